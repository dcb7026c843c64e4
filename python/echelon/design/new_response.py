"""A response in the place of another: numbers that its family can have.

Room: design/. Checks values; the shape is the caller's business.
Takes: the design and family of a fit, and (n,) finite numbers.
Gives: the numbers, whole where they are counts; or the error that says what is wrong.
Source: docs/errors.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.outcome_faults import has_fraction, whole
from echelon.design.parts import Design
from echelon.design.values import number_text
from echelon.errors import MAX_OFFENDERS, DesignError, offenders
from echelon.families import family_of
from echelon.spec import ModelSpec

WHOLE_KINDS = ("binary", "count", "ordered", "nominal")


def check_new_response(design: Design, spec: ModelSpec, y: FloatArray) -> FloatArray:
    """Check numbers that take the place of a response.

    Parameters
    ----------
    design : of the fit.
    spec : of the fit.
    y : (n,), finite: successes for binomial families, numbers of categories from 0.

    Returns
    -------
    (n,).

    Raises
    ------
    DesignError : the family cannot have these values, or a category is in no row.
    """
    family, kind = spec.family, family_of(spec.family).response
    is_bad, need = _range(design, kind, y)
    if is_bad.any():
        raise _out_of_range(design, family, y, is_bad, need)
    if kind in WHOLE_KINDS:
        is_fraction = has_fraction(y)
        if is_fraction.any():
            raise _out_of_range(design, family, y, is_fraction, f"whole numbers: {need}")
        y = whole(y)
    if kind in ("ordered", "nominal"):
        _check_all_there(design, family, y)
    if y.min() > 0.0 and (spec.zero is not None or spec.hurdle is not None):
        raise _no_zeros(design, spec, y)
    return y


def _range(design: Design, kind: str, y: FloatArray) -> tuple[NDArray[np.bool_], str]:
    """Mark the values (n,) that are out of range, and word the range."""
    match kind:
        case "binary":
            trials = np.ones_like(y) if design.trials is None else design.trials
            words = "0 or 1" if design.trials is None else "successes from 0 to the row's trials"
            return (y < 0.0) | (y > trials), words
        case "count" | "nonnegative":
            return y < 0.0, "at least 0"
        case "positive":
            return ~(y > 0.0), "above 0"
        case "unit":
            return ~((y > 0.0) & (y < 1.0)), "above 0 and below 1"
        case "ordered" | "nominal":
            last = len(design.categories) - 1
            listed = offenders(list(design.categories))
            return (y < 0.0) | (y > last), f"numbers of categories, 0 to {last}: {listed}"
    return np.zeros(len(y), dtype=np.bool_), "numbers"


def _out_of_range(
    design: Design, family: str, y: FloatArray, is_bad: NDArray[np.bool_], need: str
) -> DesignError:
    places = np.flatnonzero(is_bad)
    shown = ", ".join(number_text(value) for value in y[places[:MAX_OFFENDERS]].tolist())
    more = len(places) - MAX_OFFENDERS
    rows = offenders((places[:MAX_OFFENDERS] + 1).tolist(), len(places))
    return DesignError(
        f"The new response in place of '{design.response_name}' has values that its family "
        "cannot have.",
        where=f"refit(), argument response, rows {rows}",
        got=shown + (f" and {more:,} more" if more > 0 else ""),
        need=f"{need}, for family = '{family}'",
        do="check how the response was made; simulate() of the same fit gives such values.",
        slug="refit-response-range",
    )


def _check_all_there(design: Design, family: str, y: FloatArray) -> None:
    counts = np.bincount(y.astype(np.int64), minlength=len(design.categories))
    absent = [design.categories[i] for i in np.flatnonzero(counts == 0)]
    if absent:
        raise DesignError(
            f"The new response in place of '{design.response_name}' lacks categories of the model.",
            where="refit(), argument response",
            got=f"no row with {offenders(absent, len(absent))}",
            need=f"every category in some row, for family = '{family}'",
            do="fit to a table without these categories: refit(data=...).",
            slug="refit-response-categories",
        )


def _no_zeros(design: Design, spec: ModelSpec, y: FloatArray) -> DesignError:
    option = "zero" if spec.zero is not None else "hurdle"
    return DesignError(
        f"The new response in place of '{design.response_name}' has no zeros for {option}= to "
        "explain.",
        where="refit(), argument response",
        got=f"counts from {y.min():.6g} to {y.max():.6g} in {len(y):,} rows",
        need="zeros among the counts: their probability would be estimated as 0",
        do=f"fit without {option}: refit(data=data, {option}=None).",
        slug="no-zeros",
    )

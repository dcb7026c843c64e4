"""The same model again: to a new response, to new rows, or by another method.

Room: refit. Composes design and engine; computes nothing itself.
Takes: a `Fit`, and what is to change.
Gives: a new `Fit`; the old one is left as it is.
Source: docs/explanation, what is kept after a fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.design.build import check_start
from echelon.design.new_response import check_new_response
from echelon.engine.announce import announce
from echelon.engine.estimate import estimate_products
from echelon.errors import DesignError, SpecError, near_matches, offenders
from echelon.fit import Fit, design_with_rows, estimate_design, fit_model
from echelon.formula.parse import parse_formula
from echelon.formula.resolve import expand_dot
from echelon.formula.terms import Formula
from echelon.frame.build import build_frame
from echelon.frame.source import column_names
from echelon.spec import ModelSpec, columns_needed, family_choices, resolve_spec

WITHOUT_ROWS = ("method", "quadrature", "start", "control", "conf_level", "df_method")
OF_FAMILY = (
    "link", "method", "quadrature", "df_method", "thresholds",
    "nominal", "scale", "zero", "hurdle", "dispersion",
)  # fmt: skip
WITHOUT_ESTIMATION = {"conf_level", "df_method"}
OPTIONS = tuple(field.name for field in fields(ModelSpec))


def refit(fit: Fit, response: Any = None, *, data: Any = None, **changes: Any) -> Fit:
    """Fit a model again, with a new response, new rows, or other options.

    The design is kept. A new response costs one pass over the rows; another method costs none,
    because the cross-products say all there is to know. The minimiser starts from the estimates
    of the fit, unless they are singular or `start` says otherwise.

    Parameters
    ----------
    fit : a fitted model.
    response : (n,) numbers in place of the response, on the scale of the model (of log(y), if that
        is its response), one per row used, or one per row of the table that was read; a column
        of `simulate` will do. Binomial families take successes among the trials of the rows,
        categories their numbers from 0. None keeps the response.
    data : a table to which the model is fitted anew: categories, centring and groups are learned
        from it.
    changes : options of `fit`: method, quadrature, start, control, conf_level, df_method; with
        `data` also formula, family and its options, weights, offset, subset, missing, contrasts;
        a new family starts with its own link and options. Kenward-Roger's degrees of freedom
        exist under REML only: a refit by ML counts by Satterthwaite, and its summary says so.

    Returns
    -------
    `Fit`.

    Raises
    ------
    SpecError : an option does not exist, or needs `data`.
    DesignError : the response has another length, lacks values, is the same in every row, or has
        values that the family cannot have.
    NotEstimableError : a new response, and the fit was saved without its rows.

    Warns
    -----
    SingularFitWarning, ConvergenceWarning, RankWarning : as `fit`.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
    >>> round(fit.refit(method="ML").sigma, 3)
    25.592
    >>> again = fit.refit(fit.simulate(seed=1)[:, 0])
    >>> again.n_obs
    180
    """
    spec = _changed(fit, data, changes)
    if data is not None:
        fitted = _to_data(spec, response, data)
    elif response is None and changes and changes.keys() <= WITHOUT_ESTIMATION:
        return replace(fit, spec=spec)
    else:
        fitted = _again(fit, spec, response)
    announce(fitted.design, fitted.spec, fitted.estimates, stack=4)
    return fitted


def by_ml(fit: Fit) -> Fit:
    """Take a fit to ML from its cross-products; nothing is announced, as nobody asked for it."""
    if fit.spec.method == "ML":
        return fit
    return _again(fit, replace(fit.spec, method="ML"), None)


def _again(fit: Fit, spec: ModelSpec, response: Any) -> Fit:
    check_start(spec, fit.design.rows.blocks)
    begin = spec
    if spec.start is None and not fit.estimates.verdict.is_singular and len(fit.estimates.theta):
        # At a variance of zero the criterion is flat: there the start is made anew.
        begin = replace(spec, start=fit.estimates.theta)
    if response is None and not spec.is_generalized:
        estimates = estimate_products(fit.crossprod, fit.design, begin)
        return replace(fit, spec=spec, estimates=estimates)
    design = design_with_rows(fit, "refit()" if response is None else "refit() to a new response")
    if response is not None:
        design = replace(design, y=_response(fit, response))
    products, estimates = estimate_design(design, begin)
    frame = fit.frame if response is None else None
    return replace(
        fit, spec=spec, design=design, products=products, estimates=estimates, frame=frame
    )


def _to_data(spec: ModelSpec, response: Any, data: Any) -> Fit:
    if response is not None:
        raise SpecError(
            "A refit takes a response or data, not both.",
            where="refit(), arguments response and data",
            got="both",
            need="one of them",
            do="put the response in a column of data, under the name of the formula.",
            slug="refit-response-and-data",
        )
    frame = build_frame(data, columns_needed(spec), subset=spec.subset, missing=spec.missing)
    return fit_model(spec, frame)


def _changed(fit: Fit, data: Any, changes: Mapping[str, Any]) -> ModelSpec:
    """Check the changes as `fit` would, and put them in the specification."""
    for name in changes:
        if name not in OPTIONS:
            raise _no_such_option(name)
        if name not in WITHOUT_ROWS and data is None:
            raise _needs_data(name, fit)
    options = {name: value for name, value in changes.items() if name != "formula"}
    formula = _formula(fit, changes.get("formula"), data)
    # Whether a way to count df suits the method of the fit is judged with both of them at hand.
    apart = {"method": fit.spec.method, **options} if "df_method" in options else options
    checked = resolve_spec(formula, **(family_choices(fit.spec, changes) | apart))
    names = [*options]
    if "family" in changes or checked.is_generalized != fit.spec.is_generalized:
        names += OF_FAMILY  # what suits one family may not suit another
    spec = replace(fit.spec, formula=formula, **{name: getattr(checked, name) for name in names})
    if spec.method == "ML" and spec.df_method == "kenward_roger":
        return replace(spec, df_method="satterthwaite")
    return spec


def _formula(fit: Fit, asked: str | Formula | None, data: Any) -> Formula:
    if asked is None:
        return fit.spec.formula
    formula = parse_formula(asked) if isinstance(asked, str) else asked
    return expand_dot(formula, column_names(data)) if formula.has_dot else formula


def _response(fit: Fit, response: Any) -> FloatArray:
    """Read a response: (n,) finite numbers that vary, for the rows used."""
    name, rows = fit.design.response_name, fit.rows
    if isinstance(response, str):
        raise _response_by_name(response)
    try:
        y = np.array(response, dtype=np.float64)
    except (TypeError, ValueError):
        raise _not_numbers(response) from None
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1 or len(y) not in (rows.n_used, rows.n_read):
        raise _wrong_shape(y, fit)
    if len(y) != rows.n_used:
        y = y[rows.kept]
    _check_values(y, fit.design.trials, name)
    if fit.spec.is_generalized:
        y = check_new_response(fit.design, fit.spec, y)
    y.flags.writeable = False
    return y


def _check_values(y: FloatArray, trials: FloatArray | None, name: str) -> None:
    bad = np.flatnonzero(~np.isfinite(y))
    if len(bad):
        raise DesignError(
            f"The new response in place of '{name}' is missing or infinite in rows of the model.",
            where=f"refit(), argument response, rows {offenders((bad[:5] + 1).tolist(), len(bad))}",
            got=f"{len(bad):,} of {len(y):,} values are not finite",
            need="a finite number for every row that the model uses",
            do="fill the values in, or fit to data without these rows: refit(data=...).",
            slug="refit-response-values",
        )
    share = y if trials is None else y / trials
    if not (share != share[0]).any():
        raise DesignError(
            f"The new response in place of '{name}' is the same in every row.",
            where="refit(), argument response",
            got=f"{share[0]:.6g} in all {len(y):,} rows",
            need="a response that varies",
            do="check how the response was made.",
            slug="constant-response",
        )


def _response_by_name(response: str) -> SpecError:
    return SpecError(
        "A fit keeps the columns of its model only, and cannot look up a response by name.",
        where="refit(), argument response",
        got=repr(response),
        need="numbers, one per row",
        do=f"pass the column itself, data['{response}'], or\n"
        f"refit(data=data, formula='{response} ~ ...').",
        slug="refit-response-name",
    )


def _not_numbers(response: Any) -> DesignError:
    return DesignError(
        "The new response does not hold numbers.",
        where="refit(), argument response",
        got=f"an object of type '{type(response).__name__}'",
        need="numbers, one per row",
        do="convert the values to numbers first.",
        slug="refit-response-type",
    )


def _wrong_shape(y: FloatArray, fit: Fit) -> DesignError:
    used, read = fit.rows.n_used, fit.rows.n_read
    need = f"{used:,} numbers, one per row used"
    if read != used:
        need += f", or {read:,}, one per row of the table"
    do = (
        "take one column at a time, y[:, 0]." if y.ndim == 2 else "check where the values are from."
    )
    return DesignError(
        "The new response does not fit the rows of the model.",
        where="refit(), argument response",
        got=f"{len(y):,} numbers" if y.ndim == 1 else f"an array of shape {y.shape}",
        need=need,
        do=do,
        slug="refit-response-length",
    )


def _no_such_option(name: str) -> SpecError:
    return SpecError(
        f"A model has no option '{name}'.",
        where="refit()",
        got=f"'{name}'",
        need=f"one of {', '.join(OPTIONS[:8])},\n{', '.join(OPTIONS[8:])}",
        do=near_matches(name, OPTIONS),
        slug="unknown-option",
    )


def _needs_data(name: str, fit: Fit) -> SpecError:
    return SpecError(
        f"The option {name} cannot change without the data.",
        where="refit()",
        got=f"a new {name}, and no data",
        need=f"the table, because a fit keeps the columns of {fit.design.response_name} ~ ... only",
        do=f"write refit(data=data, {name}=...).",
        slug="refit-needs-data",
    )

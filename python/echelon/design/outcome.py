"""The response as its family reads it: numbers, successes in trials, or categories.

Room: design/. One reader per kind of response; densities are the engine's.
Takes: a specification and a scope.
Gives: `Outcome`: y (n,), trials (n,), and the labels of categories.
Source: docs/reference, families; R's glm (what weights of a proportion mean).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.category_outcome import category_codes
from echelon.design.outcome_faults import Fault, boundary_advice, has_fraction, whole
from echelon.design.response import constant_response, is_constant, numeric_response
from echelon.design.scope import Scope
from echelon.design.success_outcome import read_successes
from echelon.errors import DesignError
from echelon.families import family_of
from echelon.formula.expression import deparse
from echelon.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Outcome:
    """A response: y (n,) in its unit, successes, or the category's number from 0.

    `trials` (n,) or None (one each); `categories` labels; `has_weights` False says that the
    weights were the trials and are no prior weights.
    """

    y: FloatArray
    trials: FloatArray | None = None
    categories: tuple[str, ...] = ()
    has_weights: bool = True


def read_outcome(spec: ModelSpec, weights: FloatArray | None, scope: Scope) -> Outcome:
    """Read the response of a model.

    Parameters
    ----------
    spec : the model as asked for.
    weights : (n,) as given, or None.
    scope : rows.

    Returns
    -------
    `Outcome`.

    Raises
    ------
    DesignError : the response holds what the family cannot have, or is the same in every row.
    """
    response = spec.formula.response
    assert response is not None
    family = family_of(spec.family)
    if family.response == "binary":
        found = read_successes(response, family, weights, spec.weights, scope)
        if family.name == "betabinomial":
            _check_overdispersed(response.text, found.trials)
        return Outcome(found.y, found.trials, found.categories, found.has_weights)
    if family.response in ("ordered", "nominal"):
        y, categories = category_codes(response.expressions[0], family, scope)
        return Outcome(y, None, categories)
    y = numeric_response(spec.formula, family.name, scope)
    text = deparse(response.expressions[0])
    _CHECKS[family.response](Fault(family, text, y, scope.frame))
    if is_constant(y):
        raise constant_response(f"'{text}'", y)
    if family.response == "count":
        y = whole(y)
        _check_zeros(spec, text, y)
    return Outcome(y)


def _check_zeros(spec: ModelSpec, text: str, y: FloatArray) -> None:
    """Refuse to model the zeros of counts (n,) that have none."""
    asked = [option for option in ("zero", "hurdle") if option in spec.parts]
    if asked and y.min() > 0.0:
        raise DesignError(
            f"The response '{text}' has no zeros for {asked[0]}= to explain.",
            where=f"response '{text}', option {asked[0]}",
            got=f"counts from {y.min():.6g} to {y.max():.6g} in {len(y):,} rows",
            need="zeros among the counts: their probability would be estimated as 0",
            do=f"leave {asked[0]} out.",
            slug="no-zeros",
        )


def _check_overdispersed(text: str, trials: FloatArray | None) -> None:
    """Refuse a beta-binomial model of single trials, whose variance is that of a binomial."""
    if trials is None or trials.max() <= 1.0:
        raise DesignError(
            f"The response '{text}' has one trial per row, which cannot vary more than a binomial.",
            where=f"response '{text}', family = 'betabinomial'",
            got="1 trial in every row",
            need="two trials or more in some rows, to estimate the dispersion",
            do='write family="binomial".',
            slug="single-trials",
        )


def _check_count(response: Fault) -> None:
    y = response.values
    if (y < 0.0).any():
        raise response.out_of_range(
            y < 0.0,
            f"The response '{response.text}' is negative in some rows, which a count cannot be.",
            "whole numbers of at least 0",
            'check these rows; numbers of either sign are for family="gaussian".',
        )
    is_fraction = has_fraction(y)
    if is_fraction.any():
        raise response.not_whole(
            is_fraction,
            f"The response '{response.text}' is not a whole number in every row.",
            "whole numbers of at least 0",
            'model the counts themselves, with their exposure t as offset="log(t)"; amounts that\n'
            'are not counts are for family="gamma" or, with zeros, "tweedie".',
        )


def _check_positive(response: Fault) -> None:
    is_bad = ~(response.values > 0.0)
    if is_bad.any():
        has_zeros_only = bool((response.values >= 0.0).all())
        raise response.out_of_range(
            is_bad,
            f"The response '{response.text}' is zero or negative in some rows.",
            "numbers above 0",
            'amounts with exact zeros are for family="tweedie".'
            if has_zeros_only
            else 'check these rows; numbers of either sign are for family="gaussian".',
        )


def _check_nonnegative(response: Fault) -> None:
    is_bad = ~(response.values >= 0.0)
    if is_bad.any():
        raise response.out_of_range(
            is_bad,
            f"The response '{response.text}' is negative in some rows.",
            "numbers of at least 0",
            'check these rows; numbers of either sign are for family="gaussian".',
        )


def _check_unit(response: Fault) -> None:
    y = response.values
    is_bad: NDArray[np.bool_] = ~((y > 0.0) & (y < 1.0))
    if is_bad.any():
        raise response.out_of_range(
            is_bad,
            f"The response '{response.text}' is not strictly between 0 and 1 in every row.",
            "numbers above 0 and below 1",
            boundary_advice(response.text, y),
        )


def _check_real(response: Fault) -> None:
    """Every number will do."""


_CHECKS: dict[str, Callable[[Fault], None]] = {
    "real": _check_real,
    "count": _check_count,
    "positive": _check_positive,
    "nonnegative": _check_nonnegative,
    "unit": _check_unit,
}

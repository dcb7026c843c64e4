"""Successes in trials: from two categories, 0 and 1, counts, or proportions with their weights.

Room: design/. One reader per way to write it.
Takes: the response of a formula, the weights, and a scope.
Gives: `Successes`.
Source: R's glm, section Details: what the weights of a proportion mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.design.category_outcome import categories_in, check_categories
from echelon.design.functions import number
from echelon.design.outcome_faults import Fault, has_fraction, whole
from echelon.design.response import constant_response, is_constant
from echelon.design.scope import Scope
from echelon.design.values import row_numbers
from echelon.errors import DesignError
from echelon.families import Family
from echelon.formula.expression import Expression, deparse
from echelon.formula.terms import Response

WHOLE_PRODUCT = 1e-6  # the same for weight times proportion, which a division has rounded


@dataclass(frozen=True, slots=True)
class Successes:
    """`y` (n,) successes, `trials` (n,) or None (one each), labels of failure and success.

    `has_weights` False says that the weights were the trials.
    """

    y: FloatArray
    trials: FloatArray | None = None
    categories: tuple[str, ...] = ()
    has_weights: bool = True


def read_successes(
    response: Response,
    family: Family,
    weights: FloatArray | None,
    weights_node: Expression | None,
    scope: Scope,
) -> Successes:
    """Read a binary response.

    Two categories: the second is the success. Numbers: 0 and 1; or proportions, when `weights`
    holds the trials. `s / n` and `cbind(s, f)` are counts.

    Raises
    ------
    DesignError : values that are none of these, or the same in every row.
    """
    if response.kind != "single":
        return _counts(response, family, scope)
    node = response.expressions[0]
    found = categories_in(node, scope)
    if found is not None:
        check_categories(node, found.texts, len(found.codes), family)
        return Successes(whole(found.codes.astype(np.float64)), None, found.texts)
    y = number(node, scope)
    fault = Fault(family, deparse(node), y, scope.frame)
    _check_share(fault)
    if is_constant(y):
        raise constant_response(f"'{fault.text}'", y)
    if ((y == 0.0) | (y == 1.0)).all():
        return Successes(y)
    if weights is None or weights_node is None:
        raise _no_trials(fault)
    return _of_proportion(fault, weights, deparse(weights_node))


def _check_share(fault: Fault) -> None:
    y = fault.values
    is_bad = ~((y >= 0.0) & (y <= 1.0))
    if not is_bad.any():
        return
    values = np.unique(y)
    if len(values) == 2:
        do = f"write factor({fault.text}) as response: then the larger number is the success."
    elif (values == np.rint(values)).all() and values[0] >= 0.0:
        do = (
            f"write {fault.text} / trials or cbind({fault.text}, failures) for counts of successes."
        )
    else:
        do = "check these rows, or choose a family for such numbers."
    raise fault.out_of_range(
        is_bad,
        f"The response '{fault.text}' is not 0 or 1 in every row.",
        "0 (failure) and 1 (success), two categories, or a proportion",
        do,
    )


def _no_trials(fault: Fault) -> DesignError:
    y, text = fault.values, fault.text
    is_share = (y > 0.0) & (y < 1.0)
    return DesignError(
        f"The response '{text}' holds proportions, and their numbers of trials are not given.",
        where=f"response '{text}', {row_numbers(fault.frame, is_share)}",
        got=f"{int(is_share.sum()):,} proportions between 0 and 1, and no weights",
        need="the number of trials of each proportion",
        do='write successes / trials as response, or give the trials as weights="trials";\n'
        'proportions without trials are for family="beta".',
        slug="proportion-without-trials",
    )


def _of_proportion(fault: Fault, weights: FloatArray, name: str) -> Successes:
    """Turn proportions and their trials into counts."""
    trials = np.rint(weights)
    y = np.rint(fault.values * trials)
    is_bad = np.abs(weights - trials) > WHOLE_PRODUCT * np.maximum(1.0, weights)
    is_bad |= np.abs(fault.values * weights - y) > WHOLE_PRODUCT * np.maximum(1.0, y)
    if is_bad.any():
        products = Fault(fault.family, fault.text, fault.values * weights, fault.frame)
        raise products.not_whole(
            is_bad,
            f"The proportion '{fault.text}' times its weight {name} is not a whole number in "
            "every row.",
            f"whole numbers {name} of trials, and whole successes {fault.text} * {name}",
            "write successes / trials as response, and leave the weights out.",
        )
    return Successes(whole(y), whole(trials), has_weights=False)


def _counts(response: Response, family: Family, scope: Scope) -> Successes:
    first, second = response.expressions
    successes, other = number(first, scope), number(second, scope)
    for node, values in ((first, successes), (second, other)):
        _check_count(Fault(family, deparse(node), values, scope.frame))
    successes, other = whole(successes), whole(other)
    if response.kind == "pair":
        trials = whole(successes + other)
    else:
        trials = other
        _check_within(Fault(family, deparse(first), successes, scope.frame), second, trials)
    _check_trials(response, trials, scope)
    share = successes / trials
    if is_constant(share):
        raise constant_response(f"'{response.text}'", share)
    return Successes(successes, trials)


def _check_count(fault: Fault) -> None:
    values = fault.values
    if (values < 0.0).any():
        raise fault.out_of_range(
            values < 0.0,
            f"The counts '{fault.text}' of the response are negative in some rows.",
            "whole numbers of at least 0",
            "check these rows.",
        )
    is_fraction = has_fraction(values)
    if is_fraction.any():
        raise fault.not_whole(
            is_fraction,
            f"The counts '{fault.text}' of the response are not whole numbers in every row.",
            "whole numbers of at least 0",
            "give successes and trials as counts; a proportion stands alone, with its trials as\n"
            "weights.",
        )


def _check_within(fault: Fault, node: Expression, trials: FloatArray) -> None:
    is_bad = fault.values > trials
    if is_bad.any():
        raise fault.out_of_range(
            is_bad,
            f"The successes '{fault.text}' are more than the trials '{deparse(node)}' in some "
            "rows.",
            f"{fault.text} <= {deparse(node)}",
            f"check these rows; for successes and failures write "
            f"cbind({fault.text}, {deparse(node)}).",
        )


def _check_trials(response: Response, trials: FloatArray, scope: Scope) -> None:
    is_bad = ~(trials > 0.0)
    if not is_bad.any():
        return
    count = int(is_bad.sum())
    total = deparse(response.expressions[1])
    if response.kind == "pair":
        total = f"{deparse(response.expressions[0])} + {total}"
    raise DesignError(
        f"The response '{response.text}' has no trials in some rows.",
        where=f"response '{response.text}', {row_numbers(scope.frame, is_bad)}",
        got=f"{count:,} row{'' if count == 1 else 's'} with 0 trials",
        need="one trial or more in every row: a row without trials says nothing",
        do=f"leave these rows out with subset: {total} > 0.",
        slug="no-trials",
    )

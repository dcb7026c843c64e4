"""Whether two fits are of the same rows and the same response, judged by content.

Room: infer/. Compares sums; fits nothing.
Takes: two `Fit`s, with or without their rows.
Gives: `check_same_rows`, and the sums of products of columns that both have.
Source: docs/theory.md (5): the cross-products are all that a likelihood knows of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echelon._types import FloatArray
from echelon.errors import NotEstimableError
from echelon.fit import Fit

SAME = 1e-9  # relative distance within which two sums of products are the same


def check_same_rows(first: Fit, second: Fit, where: str) -> None:
    """Refuse two fits whose likelihoods cannot be compared.

    The same are: the number of rows, the prior weights (by the sum of their logarithms), and the
    response less its offset (value by value where both fits have their rows, otherwise by its sum
    and its sum of squares).

    Parameters
    ----------
    first, second : fitted models.
    where : what compares them, as the user called it.

    Raises
    ------
    NotEstimableError : the rows, the weights or the response differ; the message says which.
    """
    if first.spec.is_generalized or second.spec.is_generalized:
        check_same_values(first, second, where)
        return
    mine, yours = first.crossprod.to_state(), second.crossprod.to_state()
    if mine["n"] != yours["n"]:
        raise _other_rows(first, second, where)
    if abs(mine["sum_log_weights"] - yours["sum_log_weights"]) > SAME * mine["n"]:
        raise _other_weights(first, second, where)
    if not _is_same_response(first, second):
        raise _other_response(first, second, where)


def check_same_values(first: Fit, second: Fit, where: str) -> None:
    """Refuse models of which one is generalized, value by value; families may differ.

    Responses, trials and weights are compared where both fits have their rows, and the number of
    rows and the name of the response where one was saved without.
    """
    mine, yours = first.design, second.design
    if mine.n_obs != yours.n_obs:
        raise _other_rows(first, second, where)
    has_rows = first.has_rows and second.has_rows
    if has_rows and not _are_same(mine.weights, yours.weights):
        raise _other_weights(first, second, where)
    is_same = _are_same(mine.y, yours.y) and _are_same(mine.trials, yours.trials)
    is_same = is_same if has_rows else mine.response_name == yours.response_name
    if not is_same or (
        mine.categories and yours.categories and mine.categories != yours.categories
    ):
        raise _other_response(first, second, where)


def _are_same(left: FloatArray | None, right: FloatArray | None) -> bool:
    """Whether two arrays (n,) are the same; None stands for ones."""
    if left is None or right is None:
        given = right if left is None else left
        return given is None or bool((given == 1.0).all())
    return bool(np.array_equal(left, right))


def _other_rows(first: Fit, second: Fit, where: str) -> NotEstimableError:
    return _differ(
        first,
        second,
        where,
        what="The two models were fitted to different rows.",
        got=f"{first.design.n_obs:,} rows and {second.design.n_obs:,} rows",
        do="drop the rows that lack a variable of either model from the data first, then fit both.",
        slug="different-rows",
    )


def _other_weights(first: Fit, second: Fit, where: str) -> NotEstimableError:
    return _differ(
        first,
        second,
        where,
        what="The two models have different prior weights.",
        got="weights with different products",
        do="fit both with the same weights.",
        slug="different-weights",
    )


def _other_response(first: Fit, second: Fit, where: str) -> NotEstimableError:
    return _differ(
        first,
        second,
        where,
        what="The two models do not have the same response in the same rows.",
        got=f"responses '{first.design.response_name}' and '{second.design.response_name}', "
        f"{first.design.n_obs:,} values each",
        do="fit both to the same column of the same rows; a likelihood of log(y) does not compare\n"
        "with one of y.",
        slug="different-responses",
    )


def common_grams(first: Fit, second: Fit, names: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Give sums of products (m, m) of the fixed columns `names` in each fit, about one centre."""
    return _grams(
        first,
        second,
        [first.design.fixed_names.index(name) for name in names],
        [second.design.fixed_names.index(name) for name in names],
    )


def is_same_gram(left: FloatArray, right: FloatArray) -> bool:
    """Whether two matrices of sums of products (m, m) are the same up to rounding."""
    size = np.sqrt(np.abs(np.diagonal(left)))
    return bool((np.abs(left - right) <= SAME * np.outer(size, size)).all())


def _is_same_response(first: Fit, second: Fit) -> bool:
    if first.has_rows and second.has_rows:
        return bool(np.array_equal(_response(first), _response(second)))
    places = [_with_intercept(fit, [len(fit.design.fixed_names)]) for fit in (first, second)]
    if len(places[0]) != len(places[1]):
        places = [place[-1:] for place in places]
    return is_same_gram(*_grams(first, second, *places))


def _response(fit: Fit) -> FloatArray:
    offset = fit.design.rows.offset
    return fit.design.y if offset is None else fit.design.y - offset


def _with_intercept(fit: Fit, places: list[int]) -> list[int]:
    intercept = fit.crossprod.to_state()["intercept"]
    return places if intercept is None else [intercept, *places]


def _grams(
    first: Fit, second: Fit, mine: list[int], yours: list[int]
) -> tuple[FloatArray, FloatArray]:
    """Give sums of products of columns of [X y], about the centre of the first if they can be."""
    states = first.crossprod.to_state(), second.crossprod.to_state()
    centre = np.asarray(states[0]["centre"])[mine]
    if any(state["intercept"] is None for state in states):
        centre = np.zeros(len(mine))
    grams = []
    for state, places in zip(states, (mine, yours), strict=True):
        width = state["p"] + 1
        products = np.reshape(state["xx"], (width, width))
        gram = products[np.ix_(places, places)]
        if state["intercept"] is not None:
            shift = np.asarray(state["centre"])[places] - centre
            sums, n = products[state["intercept"]][places], products[(state["intercept"],) * 2]
            gram = gram + np.outer(sums, shift) + np.outer(shift, sums) + n * np.outer(shift, shift)
        grams.append(gram)
    return grams[0], grams[1]


def _differ(
    first: Fit, second: Fit, where: str, *, what: str, got: str, do: str, slug: str
) -> NotEstimableError:
    return NotEstimableError(
        what,
        where=f"{where}: {first.spec.formula.text}\nand {second.spec.formula.text}",
        got=got,
        need="the same rows, weights and response in both, for their likelihoods to be comparable",
        do=do,
        slug=slug,
    )

"""A response of categories: which there are, in which order, and the number of each row's.

Room: design/. Knows labels; whether they are ordered is the family's business.
Takes: the expression left of the tilde and a scope.
Gives: codes (n,) from 0 and the labels; or None where the response is numeric.
Source: docs/reference, families.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from echelon._types import CodeArray, FloatArray
from echelon.design.categories import number_categories
from echelon.design.contrasts import label_texts
from echelon.design.functions import evaluate, number
from echelon.design.recipe import Labels
from echelon.design.scope import Scope
from echelon.design.spelling import warn_of_spellings
from echelon.design.values import CategoryValue
from echelon.errors import DesignError, offenders
from echelon.families import Family
from echelon.formula.expression import Call, Expression, Name, Operation, deparse
from echelon.frame.columns import Categorical, Numeric
from echelon.frame.convert import not_numbers

MOST_CATEGORIES = 100  # a response with more is a number or a name


class Found(NamedTuple):
    """Codes (n,) into labels, in the order of the response."""

    codes: CodeArray
    texts: tuple[str, ...]


def categories_in(node: Expression, scope: Scope) -> Found | None:
    """Find the categories of a response; None when it holds numbers.

    The order is the one declared with the column; of texts that read as numbers the numeric, of
    others the alphabetical.
    """
    if isinstance(node, Name):
        column = scope.column(node.name)
        if isinstance(column, Numeric):
            return None
        warn_of_spellings(column)
        return _of_labels(column.codes, column.labels, column.is_ordered)
    if not (isinstance(node, Call) and (node.function in ("factor", "ordered") or _is_truth(node))):
        return None
    value = evaluate(node, scope)
    assert isinstance(value, CategoryValue)
    scope.states.pop(node, None)  # new rows need no response
    labels = value.categories.labels
    if value.categories.reference:  # factor(y, ref =) puts its reference first
        place = np.arange(len(labels))
        first = value.categories.reference
        order = np.concatenate([[first], place[place != first]])
        rank = np.argsort(order).astype(np.int32)
        return Found(rank[value.codes], label_texts(labels[order]))
    is_declared = isinstance(node, Call) and _is_ordered(node, scope)
    return _of_labels(value.codes, labels, is_declared)


def _is_truth(node: Call) -> bool:
    inner = node.arguments[0]
    comparisons = ("<", "<=", ">", ">=", "==", "!=")
    return node.function == "I" and isinstance(inner, Operation) and inner.operator in comparisons


def _is_ordered(node: Call, scope: Scope) -> bool:
    inner = node.arguments[0]
    column = scope.column(inner.name) if isinstance(inner, Name) else None
    return isinstance(column, Categorical) and column.is_ordered


def _of_labels(codes: CodeArray, labels: Labels, is_declared: bool) -> Found:
    """Drop labels without rows, and put texts that are numbers in the order of the numbers."""
    used = np.flatnonzero(np.bincount(codes, minlength=len(labels)))
    texts = label_texts(labels[used])
    order = np.arange(len(used))
    if not is_declared and labels.dtype == object:
        column = Categorical("", codes, labels[used])
        if not not_numbers(column):
            order = np.argsort([float(text.replace(",", ".")) for text in texts], kind="stable")
    rank = np.full(len(labels), -1, dtype=np.int32)
    rank[used[order]] = np.arange(len(used))
    return Found(rank[codes], tuple(texts[i] for i in order))


def category_codes(
    node: Expression, family: Family, scope: Scope
) -> tuple[FloatArray, tuple[str, ...]]:
    """Read a response of three or more categories.

    Parameters
    ----------
    node : a column, `factor()`, `ordered()`, or whole numbers.
    family : an ordinal family, or the multinomial.
    scope : rows.

    Returns
    -------
    Numbers of the categories (n,), from 0, and their labels in order.

    Raises
    ------
    DesignError : numbers that are not whole, or fewer than three categories.
    """
    found = categories_in(node, scope)
    if found is None:
        found = _of_numbers(node, family, scope)
    check_categories(node, found.texts, len(found.codes), family)
    y = found.codes.astype(np.float64)
    y.flags.writeable = False
    return y, found.texts


def _of_numbers(node: Expression, family: Family, scope: Scope) -> Found:
    values = number(node, scope)
    text = deparse(node)
    if not (values == np.rint(values)).all():
        distinct = np.unique(values)
        raise DesignError(
            f"The response '{text}' holds numbers with decimals, not categories.",
            where=f"response '{text}'",
            got=f"{len(distinct):,} different numbers: {offenders(distinct.tolist())}",
            need=f"categories or whole numbers, for family = '{family.name}'",
            do=f"write factor({text}) if each number is a category; model numbers with\n"
            'family="gaussian".',
            slug="response-not-categories",
        )
    column = number_categories(Numeric(text, values))
    return Found(column.codes, label_texts(column.labels))


def check_categories(node: Expression, texts: tuple[str, ...], n_obs: int, family: Family) -> None:
    """Refuse a number of categories that the family cannot have.

    Raises
    ------
    DesignError : one category; two where three are needed or the reverse; one in every row.
    """
    text, count = deparse(node), len(texts)
    is_binary = family.response == "binary"
    if count == 1:
        raise _one_category(text, texts[0], n_obs)
    if is_binary and count > 2:
        raise DesignError(
            f"The response '{text}' has more than two categories.",
            where=f"response '{text}'",
            got=f"{count:,} categories: {offenders(texts)}",
            need=f"two categories, failure and success, for family = '{family.name}'",
            do='ordered categories are for family="cumulative", others for "multinomial";\n'
            f'I({text} == "{texts[-1]}") makes one of them the success.',
            slug="response-categories",
        )
    if not is_binary and count == 2:
        raise DesignError(
            f"The response '{text}' has two categories.",
            where=f"response '{text}'",
            got=f"2 categories: {offenders(texts)}",
            need=f"three or more categories, for family = '{family.name}'",
            do='write family="binomial": the second category is the success.',
            slug="response-categories",
        )
    if not is_binary and count > MOST_CATEGORIES:
        raise DesignError(
            f"The response '{text}' has too many categories.",
            where=f"response '{text}'",
            got=f"{count:,} categories: {offenders(texts)}",
            need=f"at most {MOST_CATEGORIES} categories, for family = '{family.name}'",
            do=f"check that '{text}' is the response you mean; numbers are for\n"
            'family="gaussian", counts for "poisson".',
            slug="response-categories",
        )
    if count == n_obs > 1 and not is_binary:
        raise DesignError(
            f"The response '{text}' has a category of its own in every row.",
            where=f"response '{text}'",
            got=f"{count:,} categories in {n_obs:,} rows: {offenders(texts)}",
            need="categories with several rows, to estimate how likely each is",
            do=f"check that '{text}' is the response you mean.",
            slug="response-categories",
        )


def _one_category(text: str, label: str, n_obs: int) -> DesignError:
    return DesignError(
        f"The response '{text}' has a single category.",
        where=f"response '{text}'",
        got=f"{label!r} in all {n_obs:,} rows",
        need="two categories or more: a response that varies",
        do="check the column and the filter applied to the data.",
        slug="response-one-category",
    )

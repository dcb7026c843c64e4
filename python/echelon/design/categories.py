"""Categorical predictors: from a column, `factor()` or `ordered()` to codes and categories.

Room: design/. Knows labels, not contrasts' numbers.
Takes: columns of a frame, and remembered `Categories` when rows are new.
Gives: `CategoryValue`; unseen categories in new rows are an error.
Source: docs/reference, categorical predictors.
"""

from __future__ import annotations

import numpy as np

from echelon._types import CodeArray
from echelon.design.contrasts import label_texts
from echelon.design.recipe import Categories, Labels
from echelon.design.scope import Scope, constant
from echelon.design.spelling import warn_of_spellings
from echelon.design.values import CategoryValue, row_numbers
from echelon.errors import DesignError, offenders
from echelon.formula.expression import Call, Expression, Name, deparse
from echelon.frame.columns import Categorical, Column, Numeric
from echelon.frame.convert import encode_integers, looks_measured, not_numbers


def category_column(node: Name, column: Categorical, scope: Scope) -> CategoryValue:
    """Encode a categorical column, with the coding asked for in `contrasts=`."""
    known = scope.states.get(node)
    if known is not None:
        assert isinstance(known, Categories)
        return _encode_known(node, column, known, scope)
    if not scope.is_learning:
        raise _changed_type(column)
    if looks_measured(column):
        raise _numbers_as_text(column)
    warn_of_spellings(column)
    coding = scope.contrasts.get(node.name) or ("poly" if column.is_ordered else "treatment")
    categories = Categories(column.labels, label_texts(column.labels), coding)
    scope.states[node] = categories
    return CategoryValue(column.codes, categories)


def _numbers_as_text(column: Categorical) -> DesignError:
    bad = not_numbers(column)
    name = column.name
    return DesignError(
        f"The column '{name}' holds numbers as text.",
        where=f"predictor '{name}'",
        got=f"{len(column.labels):,} labels: {offenders(column.labels.tolist())}",
        need="a numeric column, or labels of categories",
        do=f"convert '{name}' to numbers in the data"
        + (f"; these are not: {offenders(bad)}.\n" if bad else ".\n")
        + f"To use its labels as categories all the same, write factor({name}).",
        slug="numbers-as-text",
    )


def _changed_type(column: Categorical) -> DesignError:
    return DesignError(
        f"The column '{column.name}' held numbers in the data of the fit and holds categories now.",
        where=f"new rows, column '{column.name}'",
        got=f"categories: {offenders(label_texts(column.labels))}",
        need="numbers, as in the data of the fit",
        do=f"convert '{column.name}' to numbers in the new rows.",
        slug="column-changed-type",
    )


def factor_call(call: Call, scope: Scope) -> CategoryValue:
    """Encode `factor(x, ref=, contrast=)` or `ordered(x)`."""
    column = _as_categorical(call, scope)
    known = scope.states.get(call)
    if known is not None:
        assert isinstance(known, Categories)
        return _encode_known(call, column, known, scope)
    texts = label_texts(column.labels)
    default = "poly" if call.function == "ordered" or column.is_ordered else "treatment"
    asked = constant(call, 9, "contrast", scope.contrasts.get(column.name, default))
    reference = _reference(call, texts)
    categories = Categories(column.labels, texts, asked, reference)
    scope.states[call] = categories
    return CategoryValue(column.codes, categories)


def _as_categorical(call: Call, scope: Scope) -> Categorical:
    node = call.arguments[0]
    assert isinstance(node, Name)  # the parser lets no other pass
    column: Column = scope.column(node.name)
    return number_categories(column) if isinstance(column, Numeric) else column


def number_categories(column: Numeric) -> Categorical:
    """Take the distinct numbers of a column, ascending, as its categories."""
    with np.errstate(invalid="ignore"):  # numbers past the integers are not whole
        whole = column.values.astype(np.int64)
    if (whole == column.values).all():
        return Categorical(column.name, *encode_integers(whole))
    labels, codes = np.unique(column.values, return_inverse=True)
    return Categorical(column.name, codes.astype(np.int32), labels)


def _reference(call: Call, texts: tuple[str, ...]) -> int:
    asked = constant(call, 1, "ref", None)
    if asked is None:
        return 0
    text = f"{asked:.15g}" if isinstance(asked, float) else str(asked)
    if text in texts:
        return texts.index(text)
    raise DesignError(
        f"The reference category {text!r} of {deparse(call.arguments[0])} does not exist.",
        where=deparse(call),
        got=f"ref = {text!r}",
        need=f"one of the categories: {offenders(texts)}",
        do="name a category that is in the rows used; letters count as upper or lower case.",
        slug="unknown-reference",
    )


def _encode_known(
    node: Expression, column: Categorical, known: Categories, scope: Scope
) -> CategoryValue:
    place = match_labels(column.labels, known.labels)
    codes = recode(column.codes, place)
    if place.min(initial=0) < 0:
        is_bad = codes < 0
        new = [
            text
            for text, at in zip(label_texts(column.labels), place.tolist(), strict=True)
            if at < 0
        ]
        raise DesignError(
            f"The column '{column.name}' has categories that the model has not seen.",
            where=f"{deparse(node)}, new {row_numbers(scope.frame, is_bad)}",
            got=offenders(new),
            need=f"one of the categories of the fit: {offenders(known.texts)}",
            do="correct the labels, leave these rows out, or fit with rows that have them.",
            slug="unseen-category",
        )
    return CategoryValue(codes, known)


def recode(codes: CodeArray, place: CodeArray) -> CodeArray:
    """Translate codes (n,) by a table of new codes; the same object when nothing changes."""
    if np.array_equal(place, np.arange(len(place))):
        return codes
    return place[codes]


def match_labels(labels: Labels, known: Labels) -> CodeArray:
    """Find each label among the known ones: positions (k,), -1 where it is not there.

    Labels of the same type match when they are equal, others when they read the same: a school
    101 is the school '101' of another file.
    """
    if labels is known:
        return np.arange(len(known), dtype=np.int32)
    if labels.dtype.kind in "iuf" and known.dtype.kind in "iuf":
        place = np.searchsorted(known, labels).clip(max=len(known) - 1)
        if np.all(known[1:] > known[:-1]):
            return np.where(known[place] == labels, place, -1).astype(np.int32)
    table = {text: i for i, text in enumerate(label_texts(known))}
    return np.fromiter((table.get(t, -1) for t in label_texts(labels)), np.int32, len(labels))

"""Which rows a subset asks for.

Room: frame/. Knows values, not models.
Takes: a `Condition` and the table it is about, or truth values (n,).
Gives: a mask (n,), True where a row is asked for. A row for which a condition is unknown, because
a value is missing, is not asked for.
Source: docs/reference, subset.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from echelon.errors import FrameError, near_matches, offenders
from echelon.frame.libraries import is_from
from echelon.frame.raw import TRUTH_LABELS, Mask, RawColumn, Values
from echelon.frame.subset import (
    ColumnName,
    Combination,
    Comparison,
    Condition,
    Literal,
    Membership,
    Negation,
    Node,
)

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Table(Protocol):
    """What a subset needs of a table."""

    words: str
    n_rows: int


def subset_mask(subset: Any, columns: Mapping[str, RawColumn], table: Table, data: Any) -> Mask:
    """Find the rows that a subset asks for.

    Parameters
    ----------
    subset : a parsed `Condition`, or truth values (n,): array, list, polars or pandas series.
    columns : the columns that the condition names, at least.
    table : the table, opened.
    data : the table as the user gave it; a pandas series is matched to its index.

    Returns
    -------
    (n,) truth values.

    Raises
    ------
    FrameError : a comparison makes no sense, or the truth values do not fit the table.
    """
    if isinstance(subset, Condition):
        return _Selection(subset, columns).true(subset.root)
    if is_from(subset, "pandas", "Series"):
        subset = _aligned(subset, data)
    if is_from(subset, "polars", "Series"):
        subset = subset.to_list() if subset.null_count() else subset.to_numpy()
    values = np.asarray(subset)
    if values.dtype.kind == "O" and values.ndim == 1:
        kinds = {type(value) for value in values.tolist() if value is not None}
        if kinds <= {bool, np.bool_}:
            values = values == True  # noqa: E712 - None, too, is not asked for
    if values.dtype != np.bool_ or values.ndim != 1:
        raise _not_truth_values(subset, values)
    if len(values) != table.n_rows:
        raise _wrong_length(len(values), table)
    return values.astype(np.bool_, copy=False)


class _Selection:
    """One condition at work on one table: rows known to be true, rows known to be false."""

    def __init__(self, condition: Condition, columns: Mapping[str, RawColumn]) -> None:
        self._condition = condition
        self._columns = columns

    def true(self, node: Node) -> Mask:
        return self._known(node)[0]

    def _known(self, node: Node) -> tuple[Mask, Mask]:
        match node:
            case Negation(part):
                is_true, is_false = self._known(part)
                return is_false, is_true
            case Combination(word, left, right):
                (left_true, left_false), (right_true, right_false) = map(self._known, (left, right))
                if word == "and":
                    return left_true & right_true, left_false | right_false
                return left_true | right_true, left_false & right_false
            case Comparison(left, sign, right):
                return self._comparison(left, sign, right)
            case Membership(column, values):
                masks = [self._comparison(column, "==", value) for value in values]
                return (
                    np.logical_or.reduce([mask[0] for mask in masks]),
                    np.logical_and.reduce([mask[1] for mask in masks]),
                )
            case ColumnName():
                return self._comparison(node, "==", Literal(value=True))

    def _comparison(
        self, left: ColumnName | Literal, sign: str, right: ColumnName | Literal
    ) -> tuple[Mask, Mask]:
        if isinstance(left, Literal):
            if isinstance(right, Literal):
                raise self._senseless(f"{left.value!r} {sign} {right.value!r}", "no column")
            left, sign, right = right, _MIRROR.get(sign, sign), left
        column = self._columns[left.name]
        absent = column.missing
        if isinstance(right, Literal):
            answer = self._with_value(column, sign, right.value)
        else:
            other = self._columns[right.name]
            answer = self._with_column(column, sign, other)
            if other.missing is not None:
                absent = other.missing if absent is None else absent | other.missing
        if absent is None:
            return answer, ~answer
        return answer & ~absent, ~answer & ~absent

    def _with_value(self, column: RawColumn, sign: str, value: float | str | bool) -> Mask:
        compare = _COMPARE[sign]
        if column.labels is not None:
            return self._with_label(column, column.labels, sign, value)
        if isinstance(value, str):
            moment = _moment(value) if column.values.dtype.kind == "M" else None
            if moment is None:
                raise self._senseless(f"{column.name} {sign} {value!r}", _kind(column))
            answer: Mask = compare(column.values, moment)
            return answer
        if isinstance(value, bool) or column.values.dtype.kind in "Mm":
            raise self._senseless(f"{column.name} {sign} {_shown(value)}", _kind(column))
        answer = compare(column.values, value)
        return np.asarray(answer)

    def _with_label(
        self, column: RawColumn, labels: Values, sign: str, value: float | str | bool
    ) -> Mask:
        is_truth = labels is TRUTH_LABELS
        text = f"{column.name} {sign} {_shown(value)}"
        if sign not in ("==", "!=") or isinstance(value, bool) != is_truth:
            raise self._senseless(text, _kind(column))
        if not len(labels):  # nothing is known of any row
            return np.zeros(len(column.values), dtype=np.bool_)
        if is_truth or isinstance(value, str) == isinstance(labels[0], str):
            wanted = str(value) if is_truth else value
        else:
            raise self._senseless(text, _kind(column))
        codes = np.flatnonzero(labels == wanted)
        if not len(codes):
            raise self._no_category(column.name, value, labels)
        answer: Mask = _COMPARE[sign](column.values, codes[0])
        return answer

    def _with_column(self, column: RawColumn, sign: str, other: RawColumn) -> Mask:
        compare = _COMPARE[sign]
        kinds = {_kind(column), _kind(other)}
        if len(kinds) > 1 or (column.labels is not None and sign not in ("==", "!=")):
            text = f"{column.name} {sign} {other.name}"
            raise self._senseless(text, " and ".join(sorted(kinds)))
        if column.labels is None or other.labels is None:
            answer: Mask = compare(column.values, other.values)
        else:
            answer = compare(column.labels[column.values], other.labels[other.values])
        return np.asarray(answer, dtype=np.bool_)

    def _senseless(self, part: str, kind: str) -> FrameError:
        return FrameError(
            f"The subset compares things of different kinds: {part}.",
            where=f'subset "{self._condition.text}"',
            got=kind,
            need="numbers with numbers, quoted texts (== or !=) with texts or dates",
            do="put texts in quotes and numbers without.",
            slug="subset-comparison",
        )

    def _no_category(self, name: str, value: Any, labels: Values) -> FrameError:
        known = [str(label) for label in labels]
        return FrameError(
            f"No row has {value!r} in column '{name}'.",
            where=f'subset "{self._condition.text}"',
            got=f"categories of '{name}': {offenders(known)}",
            need="a category that occurs",
            do=near_matches(str(value), known),
            slug="subset-category",
        )


def _kind(column: RawColumn) -> str:
    if column.labels is TRUTH_LABELS:
        return "truth values"
    if column.labels is not None:
        first = column.labels[:1].tolist()
        return "texts" if all(isinstance(label, str) for label in first) else "categories"
    return {"M": "dates", "m": "durations"}.get(column.values.dtype.kind, "numbers")


def _shown(value: float | str | bool) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return repr(value)


def _moment(text: str) -> np.datetime64 | None:
    try:
        return np.datetime64(text)
    except ValueError:
        return None


def _aligned(subset: Any, data: Any) -> Any:
    """Truth values as an array, in the order of the rows of `data`."""
    index = getattr(data, "index", None)
    if (
        index is not None
        and is_from(data, "pandas", "DataFrame")
        and not subset.index.equals(index)
    ):
        if (
            len(subset) != len(index)
            or not subset.index.is_unique
            or not index.isin(subset.index).all()
        ):
            raise _other_index(len(subset), len(index))
        subset = subset.reindex(index)
    return (
        subset.to_numpy(dtype=np.bool_, na_value=False)
        if str(subset.dtype) == "boolean"
        else subset.to_numpy()
    )


def _other_index(n_subset: int, n_rows: int) -> FrameError:
    return FrameError(
        "The subset is a pandas Series with another index than the data.",
        where="argument subset",
        got=f"truth values: {n_subset:,}, rows: {n_rows:,}, with different index labels",
        need="the same index labels in both, each once",
        do="compute the condition from the data, or pass subset.to_numpy().",
        slug="subset-index",
    )


def _not_truth_values(subset: Any, values: Values) -> FrameError:
    kind = type(subset).__name__ if values.ndim != 1 else f"values of type {values.dtype}"
    return FrameError(
        "The subset is not a condition.",
        where="argument subset",
        got=kind,
        need="one truth value per row, or a condition as text",
        do='compare first, e.g. subset=data["ses"] > 0, or write subset="ses > 0".',
        slug="subset-type",
    )


def _wrong_length(length: int, table: Table) -> FrameError:
    return FrameError(
        "The subset and the data differ in length.",
        where=f"argument subset, {table.words}",
        got=f"truth values: {length:,}, rows: {table.n_rows:,}",
        need="one truth value per row",
        do="compute the condition from the same table that is fitted.",
        slug="subset-length",
    )

"""Changes of predictors as users write them: "* 1.10", "- 5", "10%", a number, a category.

Room: infer/. Parses and applies; nothing is evaluated as code.
Takes: the text or number of each change, and the columns of a model frame.
Gives: `Change`, and the frame with changed columns.
Source: docs/how-to/what-if.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.contrasts import label_texts
from echelon.errors import SpecError, near_matches, offenders
from echelon.frame.columns import Categorical, ModelFrame, Numeric

Mask = NDArray[np.bool_]
_TEXT = re.compile(
    r"""\s*(?P<sign>[-+*/=\u2212\u00d7]?)\s*
        (?P<number>[-+\u2212]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<percent>%?)\s*""",
    re.VERBOSE,
)
_PLAIN = {"\u2212": "-", "\u00d7": "*"}
ARGUMENTS = {
    "what_if()": "what_if(), argument change",
    "trade_off()": "trade_off(), arguments offset and against",
}
EXAMPLES = {"what_if()": "change", "trade_off()": "against"}
WAYS = "'* 1.10', '/ 2', '+ 5', '- 5', '10%', '= 3', a number to set, or a category"


@dataclass(frozen=True, slots=True)
class Change:
    """One predictor and what happens to it.

    `operator` is one of + - * / =, or empty for a number in quotes, which only a category can be;
    `value` the number, or the category as text (operator '='); `typed` is what the user wrote,
    because a category may be called '10%'.
    """

    name: str
    operator: str
    value: float | str
    typed: str

    @property
    def text(self) -> str:
        """The change in words: 'staffing * 1.1'."""
        if isinstance(self.value, str):
            return f"{self.name} = {self.value}"
        if self.operator == "+" and self.value < 0:
            return f"{self.name} - {-self.value:.6g}"
        shown = f"{self.value:.6g}"
        return f"{self.name} {self.operator or '='} {shown}"

    def of_numbers(self, x: FloatArray) -> FloatArray:
        """Carry the change out, (n,)."""
        assert isinstance(self.value, float)
        match self.operator:
            case "+":
                return x + self.value
            case "-":
                return x - self.value
            case "*":
                return x * self.value
            case "/":
                return x / self.value
        return np.full(len(x), self.value)


def parse_changes(change: object, verb: str) -> tuple[Change, ...]:
    """Read the argument `change`: a mapping of names to what happens to them.

    Parameters
    ----------
    change : mapping of column names to a number, or to text with an operator, per cent or category.
    verb : that was called, for messages: 'what_if()'.

    Returns
    -------
    One `Change` per name, in order.

    Raises
    ------
    SpecError : no mapping, or a change that cannot be read.
    """
    if not isinstance(change, Mapping) or not change:
        raise SpecError(
            "What is to change is not given by name.",
            where=ARGUMENTS[verb],
            got=repr(change)[:60],
            need="a mapping of at least one predictor to its change",
            do=f'write {EXAMPLES[verb]}={{"staffing": "* 1.10"}}.',
            slug="change-not-mapping",
        )
    return tuple([_parse(str(name), value, verb) for name, value in change.items()])


def _parse(name: str, value: object, verb: str) -> Change:
    if isinstance(value, (bool, np.bool_)):
        return Change(name, "=", str(bool(value)), str(bool(value)))
    if isinstance(value, Real):
        number = float(value)
        if not np.isfinite(number):
            raise _unreadable(name, value, verb)
        return Change(name, "=", number, f"{number:.15g}")
    if not isinstance(value, str) or not value.strip():
        raise _unreadable(name, value, verb)
    found = _TEXT.fullmatch(value)
    if found is None:
        if value.lstrip()[0] in "*/+" or (value.lstrip()[0] == "=" and "=" in value[1:]):
            raise _unreadable(name, value, verb)
        category = value.strip().removeprefix("=").strip()
        return Change(name, "=", category, category)
    return _numeric(name, value, found, verb)


def _numeric(name: str, text: str, found: re.Match[str], verb: str) -> Change:
    """Read an operator and a number; per cent turn + and - into a factor."""
    sign = _PLAIN.get(found["sign"], found["sign"])
    number = float(found["number"].replace("\u2212", "-"))
    if found["percent"]:
        if sign in ("", "+", "-"):
            share = -number if sign == "-" else number
            return Change(name, "*", 1.0 + share / 100.0, text.strip())
        number /= 100.0
    if sign == "" and found["number"][0] in "+-\u2212":
        sign, number = ("+", number) if found["number"][0] == "+" else ("-", -number)
    if sign == "/" and number == 0.0:
        raise _unreadable(name, text, verb)
    return Change(name, sign, number, text.strip().removeprefix("=").strip())


def apply_changes(
    changes: tuple[Change, ...],
    frame: ModelFrame,
    predictors: tuple[str, ...],
    mask: Mask | None,
    known: Mapping[str, tuple[str, ...]],
    verb: str,
) -> ModelFrame:
    """Change columns of a frame in the rows of `mask` (n,), None for all.

    Parameters
    ----------
    changes : as parsed.
    frame : n rows.
    predictors : columns that may change.
    mask : rows that change.
    known : categories that the model has seen, as text, by name of column.
    verb : for messages.

    Returns
    -------
    ModelFrame of the same rows; columns that do not change are the same objects.

    Raises
    ------
    SpecError : a predictor that is not there, arithmetic on categories, an unknown category.
    """
    columns = dict(frame.columns)
    for change in changes:
        if change.name not in predictors:
            raise _no_predictor(change, predictors, tuple(frame.groupings), verb)
        column = columns[change.name]
        if isinstance(column, Categorical):
            columns[change.name] = _changed_category(column, change, mask, known, verb)
            continue
        if isinstance(change.value, str):
            raise _text_for_number(change, verb)
        if not change.operator:
            raise _no_operator(change, verb)
        values = change.of_numbers(column.values)
        values = values if mask is None else np.where(mask, values, column.values)
        values.flags.writeable = False
        columns[change.name] = Numeric(column.name, values)
    return replace(frame, columns=columns)


def _changed_category(
    column: Categorical,
    change: Change,
    mask: Mask | None,
    known: Mapping[str, tuple[str, ...]],
    verb: str,
) -> Categorical:
    """Set a category in some rows; labels become text, which matches labels of any type."""
    texts = known.get(column.name, label_texts(column.labels))
    wanted = change.typed
    if wanted not in texts:
        raise _no_category(change, texts, verb)
    own = np.array(label_texts(column.labels), dtype=object)[column.codes]
    values = np.full(len(own), wanted, dtype=object)
    values = values if mask is None else np.where(mask, values, own)
    labels, codes = np.unique(values.astype(str), return_inverse=True)
    return Categorical(column.name, codes.astype(np.int32), labels.astype(object))


def _no_operator(change: Change, verb: str) -> SpecError:
    number = change.typed
    return SpecError(
        f"The change of '{change.name}' is a number in quotes without an operator.",
        where=ARGUMENTS[verb],
        got=f"{change.name!r}: {number!r}",
        need="an operator in the text, or a plain number",
        do=f"write '= {number}' or {number} to set it, '+ {number}' to add it,\n"
        f"'* {number}' to multiply by it.",
        slug="change-without-operator",
    )


def _unreadable(name: str, value: object, verb: str) -> SpecError:
    return SpecError(
        f"The change of '{name}' cannot be read.",
        where=ARGUMENTS[verb],
        got=f"{name!r}: {value!r}",
        need=WAYS,
        do="write one operator and one number, such as '+ 5'.",
        slug="change-unreadable",
    )


def _no_predictor(
    change: Change, names: tuple[str, ...], groupings: tuple[str, ...], verb: str
) -> SpecError:
    is_grouping = change.name in groupings
    return SpecError(
        f"'{change.name}' groups the rows; it is no predictor that can change."
        if is_grouping
        else f"The model has no predictor '{change.name}'.",
        where=ARGUMENTS[verb],
        got=repr(change.name),
        need=f"a predictor of the model: {offenders(names)}",
        do="change a predictor; to ask about other groups use predict()."
        if is_grouping
        else near_matches(change.name, names),
        slug="change-of-nothing",
    )


def _text_for_number(change: Change, verb: str) -> SpecError:
    return SpecError(
        f"The predictor '{change.name}' holds numbers and cannot become {change.value!r}.",
        where=ARGUMENTS[verb],
        got=f"{change.name!r}: {change.value!r}",
        need="a number, or an operator and a number",
        do="write one operator and one number, such as '+ 5'.",
        slug="change-of-number",
    )


def _no_category(change: Change, texts: tuple[str, ...], verb: str) -> SpecError:
    wanted = change.typed
    is_arithmetic = change.operator not in ("", "=")
    return SpecError(
        f"The predictor '{change.name}' holds categories; {wanted!r} is none of them.",
        where=ARGUMENTS[verb],
        got=f"{change.name!r}: {wanted!r}",
        need=f"a category that the model has seen: {offenders(texts)}",
        do="name the category to set." if is_arithmetic else near_matches(wanted, texts),
        slug="change-of-category",
    )

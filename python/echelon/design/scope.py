"""Where expressions are evaluated: the rows, and what has been learned from rows so far.

Room: design/. The one mutable thing of the room; it lives for one build or one encoding.
Takes: a model frame, and the states of a recipe when rows are new.
Gives: `Scope`, and readers of the arguments of a call.
Source: docs/explanation, how new rows are encoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from echelon._types import FloatArray
from echelon.design.recipe import State
from echelon.design.values import Value
from echelon.errors import DesignError
from echelon.formula.expression import (
    Call,
    Expression,
    Name,
    Number,
    Operation,
    Sequence,
    String,
    deparse,
)
from echelon.frame.columns import Categorical, Column, ModelFrame

AnyState = TypeVar("AnyState", bound=State)

_TRUTH = {"TRUE": True, "True": True, "true": True, "FALSE": False, "False": False, "false": False}


@dataclass(slots=True)
class Scope:
    """Rows under evaluation.

    `states` maps an expression to what it learned; with `is_learning` it grows, otherwise it is
    only read. `values` and `arrays` keep what has been computed, so that an expression is
    evaluated once and equal columns of X and Z are one object.
    """

    frame: ModelFrame
    is_learning: bool
    states: dict[Expression, State] = field(default_factory=dict)
    contrasts: Mapping[str, str] = field(default_factory=dict)
    values: dict[Expression, Value] = field(default_factory=dict)
    arrays: dict[object, FloatArray] = field(default_factory=dict)

    def ones(self) -> FloatArray:
        """Return the intercept's column (n,), the same object each time."""
        array = self.arrays.get(())
        if array is None:
            array = np.ones(self.frame.n_obs)
            array.flags.writeable = False
            self.arrays[()] = array
        return array

    def column(self, name: str) -> Column:
        """Look up a column of the frame."""
        return self.frame.columns[name]

    def grouping(self, name: str) -> Categorical:
        """Look up a column of group labels."""
        return self.frame.groupings[name]


def argument(call: Call, position: int, name: str) -> Expression | None:
    """Read an argument given by position or by name; None when it is absent."""
    for option, value in call.options:
        if option == name:
            return value
    return call.arguments[position] if position < len(call.arguments) else None


def constant(call: Call, position: int, name: str, default: Any) -> Any:
    """Read a constant argument: number, text, truth value, or a bracketed list of numbers."""
    node = argument(call, position, name)
    return default if node is None else _constant(call, name, node)


def _constant(call: Call, name: str, node: Expression) -> Any:
    match node:
        case Number(value):
            return value
        case String(value):
            return value
        case Name(word) if word in _TRUTH:
            return _TRUTH[word]
        case Operation("-", (Number(value),)):
            return -value
        case Sequence(items) | Call("c", items):
            return tuple(_constant(call, name, item) for item in items)
    raise usage_fault(call, f"'{name}' written as {deparse(node)}", f"a constant for '{name}'")


def count_argument(
    call: Call, position: int, name: str, default: int | None, least: int
) -> int | None:
    """Read an argument that must be a whole number of at least `least`."""
    value = constant(call, position, name, default)
    if value is None:
        return None
    if isinstance(value, int | float) and value == int(value) and value >= least:
        return int(value)
    raise usage_fault(call, f"{name} = {value}", f"a whole number of at least {least} for '{name}'")


def usage_fault(call: Call, got: str, need: str) -> DesignError:
    """Compose the error of a call whose arguments make no sense."""
    return DesignError(
        f"The arguments of {call.function}() are not what it takes.",
        where=deparse(call),
        got=got,
        need=need,
        do=f"see the formula reference for {call.function}().",
        slug="function-arguments",
    )

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
from weakref import WeakValueDictionary

import numpy as np

from echelon._types import FloatArray
from echelon.design.recipe import State
from echelon.design.values import Value
from echelon.formula.expression import (
    Call,
    Expression,
    Name,
    Number,
    Operation,
    Sequence,
    String,
)
from echelon.frame.columns import Categorical, Column, ModelFrame

AnyState = TypeVar("AnyState", bound=State)

# Columns of ones in use, by length: a model that is fitted again shares them.
_ONES: WeakValueDictionary[int, FloatArray] = WeakValueDictionary()
_TRUTH = {"TRUE": True, "FALSE": False}


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
        n_obs = self.frame.n_obs
        array = _ONES.get(n_obs)
        if array is None:
            array = _ONES[n_obs] = np.ones(n_obs)
            array.flags.writeable = False
        self.arrays[()] = array  # keeps it alive
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
    """Read an argument that the parser has found to be a constant, or a list of them."""
    node = argument(call, position, name)
    return default if node is None else _constant(node)


def _constant(node: Expression) -> Any:
    match node:
        case Number(value) | String(value):
            return value
        case Name(word) if word in _TRUTH:
            return _TRUTH[word]
        case Operation("-", (Number(value),)):
            return -value
        case Sequence(items):
            return tuple(_constant(item) for item in items)
    raise AssertionError(node)  # the parser lets no other pass

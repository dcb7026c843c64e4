"""Nouns to plain values and back: what a saved fit is made of.

Room: storage/. A closed list of classes: nothing else is written, nothing else is made.
Takes: a noun, or the plain values and arrays of one.
Gives: JSON values with arrays put aside in a `Pool`, and the noun again.
Source: docs/reference, saved fits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np

from echelon.design.covariance import STRUCTURES
from echelon.design.parts import BlockTerm, Channel, Column, Design, Membership, RandomBlock, Rows
from echelon.design.recipe import (
    BlockRecipe,
    Categories,
    CategoryProfile,
    ChannelRecipe,
    GroupMeans,
    Moments,
    NumberProfile,
    Part,
    Piece,
    PolyBasis,
    Recipe,
    Section,
    SplineBasis,
    TermPlan,
    TermRecipe,
)
from echelon.engine.estimates import Approximation, Estimates, Generalized, Plan, Verdict
from echelon.engine.kernel import CrossProducts
from echelon.fit import Fit
from echelon.formula.expression import Call, Name, Number, Operation, Sequence, String
from echelon.formula.terms import Formula, Grouping, RandomTerm, Response, Term
from echelon.frame.columns import Categorical, ModelFrame, Numeric, RowAccount
from echelon.options import Control
from echelon.spec import ModelSpec

NOUNS: dict[str, type] = {
    noun.__name__: noun
    for noun in (
        *(Fit, ModelSpec, Control, Design, Rows, RandomBlock, Membership, BlockTerm),
        *(RowAccount, ModelFrame, Numeric, Categorical),
        *(Estimates, Verdict, Plan, Formula, Term, Grouping, RandomTerm, Response),
        *(Name, Number, String, Call, Operation, Sequence),
        *(Recipe, BlockRecipe, TermRecipe, TermPlan, Part, Section, ChannelRecipe, Piece),
        *(Channel, Column, Generalized, Approximation),
        *(Categories, Moments, PolyBasis, SplineBasis, GroupMeans),
        *(NumberProfile, CategoryProfile),
        *STRUCTURES.values(),
    )
}
PLAIN = (str, bool, int, type(None))


@dataclass(slots=True)
class Pool:
    """Arrays put aside: `arrays` of numbers, `objects` as lists; each array once."""

    arrays: list[np.ndarray[Any, Any]] = field(default_factory=list)
    objects: list[list[Any]] = field(default_factory=list)
    places: dict[int, dict[str, int]] = field(default_factory=dict)

    def put(self, array: np.ndarray[Any, Any]) -> dict[str, int]:
        """Put an array aside; the same object is put aside once."""
        place = self.places.get(id(array))
        if place is None:
            if array.dtype == object:
                place = {"objects": len(self.objects)}
                self.objects.append([encode(item, self) for item in array.tolist()])
            else:
                place = {"array": len(self.arrays)}
                self.arrays.append(array)
            self.places[id(array)] = place
        return place


def encode(value: Any, pool: Pool) -> Any:
    """Turn a value into what JSON can hold.

    Raises
    ------
    TypeError : the value is of a class that is not in the list.
    """
    if type(value) in PLAIN:
        return value
    if isinstance(value, np.ndarray):
        return pool.put(value)
    if isinstance(value, np.generic):
        return {"scalar": pool.put(np.asarray(value))}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, tuple | list):
        return {type(value).__name__: [encode(item, pool) for item in value]}
    if isinstance(value, Mapping):
        return {"mapping": [[encode(k, pool), encode(v, pool)] for k, v in value.items()]}
    if isinstance(value, CrossProducts):
        return {"cross_products": encode(value.to_state(), pool)}
    name = type(value).__name__
    if NOUNS.get(name) is not type(value) or not is_dataclass(value):
        raise TypeError(type(value).__qualname__)
    return {"noun": name, "fields": {f.name: encode(getattr(value, f.name), pool)
                                     for f in fields(value)}}  # fmt: skip


@dataclass(slots=True)
class Stock:
    """The arrays of a saved fit, read-only, by their number."""

    arrays: list[np.ndarray[Any, Any]]
    objects: list[np.ndarray[Any, Any]] = field(default_factory=list)


def decode(value: Any, stock: Stock) -> Any:
    """Make the value again that `encode` has turned into JSON.

    Raises
    ------
    KeyError, IndexError, TypeError, ValueError : the values are not those of a noun.
    """
    if not isinstance(value, dict):
        return value
    if "noun" in value:
        content = {name: decode(item, stock) for name, item in value["fields"].items()}
        return NOUNS[value["noun"]](**content)
    ((kind, content),) = value.items()
    match kind:
        case "array":
            return stock.arrays[content]
        case "objects":
            return stock.objects[content]
        case "scalar":
            return decode(content, stock)[()]
        case "float":
            return float(content)
        case "tuple":
            return tuple([decode(item, stock) for item in content])
        case "list":
            return [decode(item, stock) for item in content]
        case "mapping":
            return {decode(k, stock): decode(v, stock) for k, v in content}
        case "cross_products":
            return CrossProducts.from_state(decode(content, stock))
    raise KeyError(kind)


def restock(arrays: list[np.ndarray[Any, Any]], objects: list[list[Any]]) -> Stock:
    """Put the arrays of a file in stock, read-only."""
    stock = Stock(arrays)
    for items in objects:
        array = np.empty(len(items), dtype=object)
        array[:] = [decode(item, stock) for item in items]
        stock.objects.append(array)
    for array in (*stock.arrays, *stock.objects):
        array.flags.writeable = False
    return stock

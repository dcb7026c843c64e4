"""Where a quantity that is held lives in theta, and where its values end.

Room: engine/. Reads structures; evaluates nothing.
Takes: a `ThetaMap` and a `Quantity`.
Gives: places, positions and limits.
Source: docs/theory-inference.md (19).
"""

from __future__ import annotations

import math

import numpy as np

from echelon.engine.quantities import (
    Coefficient,
    Correlation,
    Covariance,
    Quantity,
    Sigma,
    StdDev,
)
from echelon.engine.theta import Place, ThetaMap


def place_of(mapping: ThetaMap, quantity: Quantity) -> Place:
    """Find the term that a standard deviation or correlation belongs to."""
    assert isinstance(quantity, StdDev | Correlation | Covariance)
    return next(
        place
        for place in mapping.places
        if place.block == quantity.block and place.start <= quantity.row < place.stop
    )


def edges_of(mapping: ThetaMap, quantity: Quantity) -> tuple[float, float]:
    """Where the values that the quantity can have end."""
    match quantity:
        case Coefficient() | Covariance():
            return -math.inf, math.inf
        case Sigma() | StdDev():
            return 0.0, math.inf
        case Correlation(_, row, other):
            structure = place_of(mapping, quantity).structure
            if structure.name == "ar1" and (row - other) % 2 == 0:
                return 0.0, 1.0
            is_shared_by_all = structure.name in ("cs", "hcs") and structure.size > 1
            return (-1.0 / (structure.size - 1) if is_shared_by_all else -1.0), 1.0


def own_theta(mapping: ThetaMap, quantity: StdDev) -> int:
    """Position in theta of a standard deviation, or of the diagonal of its row."""
    place = place_of(mapping, quantity)
    structure, row = place.structure, quantity.row - place.start
    if structure.index is not None:
        return place.first + int(structure.index[row, row])
    n_sd = sum(name.startswith("sd") for name in structure.theta_names)
    return place.first + (row if n_sd > 1 else 0)


def correlations_held(
    mapping: ThetaMap, quantity: Correlation, value: float
) -> list[dict[int, float]]:
    """Theta that are held, by position, in a structure with a correlation; one of several ways."""
    place = place_of(mapping, quantity)
    names = place.structure.theta_names
    at = place.first + sum(name.startswith("sd") for name in names)
    distance = abs(quantity.row - quantity.other) if place.structure.name == "ar1" else 1
    root = math.copysign(abs(value) ** (1 / distance), value)
    return [{at: root}] if distance % 2 else [{at: root}, {at: -root}]


def to_the_front(mapping: ThetaMap, quantity: Quantity) -> tuple[int, list[int]] | None:
    """Order the effects of a block so that those held are the first of their term.

    The first rows of Lambda then hold them alone. None where the structure is not unrestricted,
    or nothing about random effects is held; else the block and the old place of every column.
    """
    if not isinstance(quantity, StdDev | Correlation | Covariance):
        return None
    place = place_of(mapping, quantity)
    if not place.structure.is_unrestricted:
        return None
    first = [quantity.row] if isinstance(quantity, StdDev) else [quantity.other, quantity.row]
    inside = [i for i in range(place.start, place.stop) if i not in first]
    r = mapping.sizes[place.block]
    return place.block, [*range(place.start), *first, *inside, *range(place.stop, r)]


def order_map(order: list[int]) -> list[float]:
    """Write an order of columns as the flat (r, r) map M with Z' = Z M."""
    flat: list[float] = np.eye(len(order))[:, order].ravel().tolist()
    return flat

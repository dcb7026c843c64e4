"""What a profile holds at a value: a coefficient, sigma, or a number of a random term.

Room: engine/. Names; computes nothing.
Takes: positions.
Gives: `Quantity`.
Source: docs/theory-inference.md (19).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coefficient:
    """Hold a fixed effect, by its position."""

    position: int


@dataclass(frozen=True, slots=True)
class Sigma:
    """Hold the residual standard deviation."""


@dataclass(frozen=True, slots=True)
class StdDev:
    """Hold the standard deviation of a random effect: row of a block's template."""

    block: int
    row: int


@dataclass(frozen=True, slots=True)
class Correlation:
    """Hold the correlation of two random effects of a term: rows of a block's template."""

    block: int
    row: int
    other: int


@dataclass(frozen=True, slots=True)
class Covariance:
    """Hold the covariance of two random effects of an unrestricted term, in response units."""

    block: int
    row: int
    other: int


Quantity = Coefficient | Sigma | StdDev | Correlation | Covariance

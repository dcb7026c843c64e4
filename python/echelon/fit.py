"""Compose the stages: a specification and a frame become a fit.

Room: fit. Composes; computes nothing itself.
Takes: `ModelSpec` and `ModelFrame`.
Gives: `Fit`, numbers only: it pickles, copies and compares.
Source: docs/decisions (architecture).
"""

from __future__ import annotations

from dataclasses import dataclass

from echelon.design.parts import Design
from echelon.engine.estimates import Estimates
from echelon.engine.kernel import CrossProducts
from echelon.frame.columns import RowAccount
from echelon.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model.

    `crossprod` are the cross-products of the data: all that inference needs of the rows.
    """

    spec: ModelSpec
    design: Design
    crossprod: CrossProducts
    estimates: Estimates
    rows: RowAccount
    source: str

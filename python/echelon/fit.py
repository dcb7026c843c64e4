"""Compose the stages: a specification and a frame become a fit.

Room: fit. Composes; computes nothing itself.
Takes: `ModelSpec` and `ModelFrame`.
Gives: `Fit`, numbers only: it pickles, copies and compares.
Source: docs/decisions (architecture).
"""

from __future__ import annotations

from dataclasses import dataclass

from echelon.design.build import build_design
from echelon.design.parts import Design
from echelon.engine.estimate import estimate
from echelon.engine.estimates import Estimates
from echelon.engine.kernel import CrossProducts
from echelon.frame.columns import ModelFrame, RowAccount
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


def fit_model(spec: ModelSpec, frame: ModelFrame) -> Fit:
    """Fit a model to a frame: build the design, estimate.

    Parameters
    ----------
    spec : the model as asked for.
    frame : its rows.

    Returns
    -------
    `Fit`.

    Raises
    ------
    DesignError : formula and data do not make a model together.
    EngineError : the estimation could not be carried out.
    """
    design = build_design(spec, frame)
    crossprod, estimates = estimate(design, spec)
    return Fit(spec, design, crossprod, estimates, frame.rows, frame.source)

"""Compose the stages: a specification and a frame become a fit.

Room: fit. Composes; computes nothing itself.
Takes: `ModelSpec` and `ModelFrame`.
Gives: `Fit`, numbers only: it pickles, copies and compares.
Source: docs/decisions (architecture).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon.design.build import build_design
from echelon.design.lags import resolve_lags
from echelon.design.parts import Design
from echelon.engine.estimate import estimate
from echelon.engine.estimates import Estimates
from echelon.engine.kernel import CrossProducts
from echelon.errors import NotEstimableError
from echelon.frame.columns import ModelFrame, RowAccount
from echelon.sameness import is_same
from echelon.spec import ModelSpec


@dataclass(frozen=True, slots=True, eq=False)
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

    @property
    def has_rows(self) -> bool:
        """Whether the rows are here; a fit that was saved without them has none."""
        return len(self.design.y) == self.design.n_obs

    def __eq__(self, other: object) -> bool:
        return is_same(self, other) if isinstance(other, Fit) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # equal by value, like an array


def design_with_rows(fit: Fit, purpose: str) -> Design:
    """Give the design of a fit, for what needs its rows.

    Parameters
    ----------
    fit : a fitted model.
    purpose : what the rows are needed for, as the user called it: 'simulate()'.

    Raises
    ------
    NotEstimableError : the fit was saved without its rows.
    """
    if fit.has_rows:
        return fit.design
    raise NotEstimableError(
        "This fit was saved without its rows.",
        where=purpose,
        got=f"a loaded fit that keeps 0 of its {fit.design.n_obs:,} rows",
        need="the rows that the model was fitted to",
        do="save with rows=True, or fit the model again; predict(new_data) needs no rows.",
        slug="fit-without-rows",
    )


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
    with np.errstate(all="ignore"):  # what overflows is refused by name, not announced by NumPy
        frame = resolve_lags(spec.formula, frame)
        design = build_design(spec, frame)
        crossprod, estimates = estimate(design, spec)
    return Fit(spec, design, crossprod, estimates, frame.rows, frame.source)

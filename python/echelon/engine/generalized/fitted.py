"""A generalized workspace placed at a finished fit, for what is asked after the fit.

Room: engine/generalized/. Finds the conditional modes once more; reads the rows.
Takes: a fitted model (its spec, design and estimates), with its rows.
Gives: `generalized_at`: the workspace, evaluated, with the coefficients it was evaluated at.
Source: docs/theory.md (25) and (26).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from echelon import engine
from echelon._types import FloatArray
from echelon.design.parts import Design
from echelon.engine.estimates import Estimates
from echelon.engine.generalized.workspace import GeneralizedWorkspace
from echelon.spec import ModelSpec


class Fitted(Protocol):
    """What is needed of a fit."""

    @property
    def spec(self) -> ModelSpec:
        """The model as asked for."""

    @property
    def design(self) -> Design:
        """The encoded model, with its rows."""

    @property
    def estimates(self) -> Estimates:
        """The estimates."""


def generalized_at(fit: Fitted) -> tuple[GeneralizedWorkspace, FloatArray]:
    """Evaluate a generalized model at its estimates.

    Parameters
    ----------
    fit : a fitted generalized model with its rows.

    Returns
    -------
    The workspace, and all coefficients (p + m,), zero where not estimated.
    """
    observation = engine.observation_of(fit.design, fit.spec)
    found = fit.estimates.generalized
    assert found is not None
    workspace = GeneralizedWorkspace(
        fit.design,
        observation.core_name,
        observation.link,
        found.approximation.n_points,
        fit.spec.control.threads,
    )
    coefficients = np.nan_to_num(np.concatenate([fit.estimates.beta, found.extra]))
    if len(fit.design.rows.blocks) > 1 and found.approximation.n_points > 1:
        workspace.place(coefficients, fit.estimates.Lambdas)  # nodes of a nested quadrature
    workspace.objective(coefficients, fit.estimates.Lambdas)
    return workspace, coefficients

"""A workspace placed at a finished fit, for what is asked after the fit.

Room: engine/. Factors once more from the cross-products; no row is read.
Takes: a fitted model (its spec, design, cross-products and estimates).
Gives: conditional covariances and variances of linear combinations.
Source: docs/theory.md (8) and (9).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from echelon._types import CodeArray, FloatArray
from echelon.design.parts import Design
from echelon.engine.estimates import Estimates
from echelon.engine.kernel import CrossProducts, Workspace
from echelon.spec import ModelSpec


class Fitted(Protocol):
    """What is needed of a fit."""

    @property
    def spec(self) -> ModelSpec:
        """The model as asked for."""

    @property
    def design(self) -> Design:
        """The encoded model."""

    @property
    def crossprod(self) -> CrossProducts:
        """The cross-products of its rows."""

    @property
    def estimates(self) -> Estimates:
        """The estimates."""


def workspace_at(fit: Fitted) -> Workspace:
    """Factor the model at its estimates."""
    control = fit.spec.control
    workspace = Workspace(fit.crossprod, fit.spec.method, control.path, control.threads, fit.design)
    workspace.objective(fit.estimates.Lambdas)
    return workspace


def conditional_covariances(fit: Fitted, grouping: str, with_fixed: bool = False) -> FloatArray:
    """Conditional covariances of a factor's random effects, one (r, r) matrix per group.

    Parameters
    ----------
    fit : a fitted model.
    grouping : name of the grouping factor.
    with_fixed : include the uncertainty of the fixed effects; otherwise given all estimates, as
        lme4's condVar.

    Returns
    -------
    (J, r, r), response units squared per predictor unit squared.
    """
    blocks = fit.design.rows.blocks
    position = [block.grouping for block in blocks].index(grouping)
    block = blocks[position]
    flat = workspace_at(fit).conditional(position, with_fixed)
    return flat.reshape(block.n_groups, block.n_columns, block.n_columns)


def combination_variances(
    fit: Fitted,
    X: FloatArray,
    parts: Sequence[tuple[int, CodeArray, FloatArray]],
    with_fixed: bool = True,
) -> FloatArray:
    """Variances of x'beta + z'b - (x'beta_hat + z'b_hat) for many rows.

    Parameters
    ----------
    fit : a fitted model.
    X : (n, p), raw columns; columns that were not estimated are left out.
    parts : (block, codes (n,), Z (n, r)); a code of -1 leaves the part out of that row.
    with_fixed : include the uncertainty of the fixed effects.

    Returns
    -------
    (n,), response units squared.
    """
    contiguous = [
        (block, np.ascontiguousarray(codes, dtype=np.int32), np.ascontiguousarray(Z))
        for block, codes, Z in parts
    ]
    estimated: NDArray[np.bool_] = fit.estimates.is_estimated
    X = np.where(estimated, X, 0.0)
    return workspace_at(fit).variances(X, contiguous, with_fixed)

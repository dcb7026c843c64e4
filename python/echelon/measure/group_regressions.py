"""A regression of its own for every group: how precisely it knows its coefficients, and what.

Room: measure/. What reliability and the test of homogeneity are made of.
Takes: a `Fit` and one of its grouping factors.
Gives: `GroupRegressions`; which columns of the model carry a group's coefficient.
Source: Raudenbush & Bryk (2002), chapters 3 and 8; definitions of HLM 7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.parts import RandomBlock
from echelon.engine.kernel import Workspace
from echelon.engine.scores import scores
from echelon.errors import NotEstimableError, SpecError, near_matches, offenders
from echelon.fit import Fit, design_with_rows

DEFICIENT = 1e-10  # smallest eigenvalue of Z'Z on the correlation scale that counts as full rank
WIDE = 1e3  # own effects, relative to their error, where what the data say of them is sought
EQUAL = 1e-9  # relative distance within which two values of a column are one


@dataclass(frozen=True, slots=True, eq=False)
class GroupRegressions:
    """Least squares in each group of one factor, J groups and r random coefficients.

    `deviation` (J, r) is the group's own estimate less what the rest of the model says of it;
    `variance` (J, r) the error variance of that estimate; `modes` (J, r) the deviation that the
    model estimates; `tau` (r,) its variance between groups. `is_full` (J,): the group tells all
    its coefficients apart; NaN elsewhere. `below` and `above` are the positions of the factors
    nested in this one, and of those that it nests in; `has_crossed`, whether there are others.
    """

    block: RandomBlock
    deviation: FloatArray
    variance: FloatArray
    modes: FloatArray
    tau: FloatArray
    is_full: NDArray[np.bool_]
    below: tuple[int, ...]
    above: tuple[int, ...]
    has_crossed: bool

    @property
    def reliability(self) -> FloatArray:
        """Share of a group's own estimate that is not error, (J, r): tau / (tau + variance)."""
        with np.errstate(invalid="ignore"):
            return self.tau / (self.tau + self.variance)


def group_regressions(fit: Fit, position: int) -> GroupRegressions:
    """Regress within the groups of a factor, given the rest of the model.

    With S = Z_j'WZ_j the group's own estimate deviates from the model by
    mode + S^-1 Z_j'V^-1 (y - X beta), and has the variance sigma^2 diag(S^-1). For a factor with
    others nested in it S is Z_j'V_low^-1 Z_j, V_low the variation within its groups.

    Notes
    -----
    From cross-products alone; one factorisation, two where factors are nested in this one.
    Several factors are told apart by the rows.
    """
    block = fit.design.rows.blocks[position]
    below, above = _nesting(fit, position)
    S = _own_grams(fit, position) if not below else _grams_above(fit, position, below)
    size = np.sqrt(np.diagonal(S, axis1=1, axis2=2))
    size = np.where(size > 0, size, 1.0)
    correlation = S / (size[:, :, None] * size[:, None, :])
    is_full = np.linalg.eigvalsh(correlation)[:, 0] > DEFICIENT
    inverse = np.full(S.shape, np.nan)
    inverse[is_full] = np.linalg.inv(correlation[is_full])
    inverse /= size[:, :, None] * size[:, None, :]
    to_residual = np.append(-np.nan_to_num(fit.estimates.beta), 1.0)
    left = scores(fit).products[position] @ to_residual
    modes, Lambda = fit.estimates.modes[position], fit.estimates.Lambdas[position]
    n_others = len(fit.design.rows.blocks) - 1
    return GroupRegressions(
        block=block,
        deviation=modes + np.einsum("jab,jb->ja", inverse, left),
        variance=fit.estimates.sigma**2 * np.diagonal(inverse, axis1=1, axis2=2),
        modes=modes,
        tau=fit.estimates.sigma**2 * np.square(Lambda).sum(axis=1),
        is_full=is_full,
        below=below,
        above=above,
        has_crossed=n_others > len(below) + len(above),
    )


def factor_positions(fit: Fit, grouping: str | None, where: str) -> list[int]:
    """Find the factors asked for, all of them for None; a multiple membership cannot be.

    Raises
    ------
    NotEstimableError : no factor that divides the rows into groups.
    SpecError : the factor is not in the model.
    """
    blocks = fit.design.rows.blocks
    names = [block.grouping for block in blocks]
    if not names:
        raise _no_groups(where, "a formula without a bar", "add a random term to the formula.")
    if grouping is not None and grouping not in names:
        raise _unknown(where, grouping, names)
    asked = [i for i, name in enumerate(names) if grouping in (None, name)]
    found = [i for i in asked if len(blocks[i].memberships) == 1]
    if not found:
        do = "read the variance of the factor instead: fit.variance_components."
        raise _no_groups(where, f"the multiple membership {names[asked[0]]}", do)
    return found


def carried(fit: Fit, column: FloatArray, block: RandomBlock) -> tuple[int, FloatArray] | None:
    """Say which coefficient of a group a column is a part of: column = w_j z_q in every row.

    Returns
    -------
    The place q among the random columns and w (J,), the group's value of a predictor of that
    coefficient (1 for the coefficient itself); None for a column that varies otherwise.
    """
    codes = block.memberships[0].codes
    for q, z in enumerate(block.columns):
        rows = np.flatnonzero(z)
        w = np.zeros(block.n_groups)
        w[codes[rows]] = column[rows] / z[rows]
        tolerance = EQUAL * float(np.abs(column).max(initial=0.0))
        if (np.abs(w[codes] * z - column) <= tolerance).all():
            return q, w
    return None


def _nesting(fit: Fit, position: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Positions of the factors nested in this one, and of those that it is nested in."""
    if len(fit.design.rows.blocks) == 1:
        return (), ()
    blocks = design_with_rows(fit, "the regressions of nested groups").rows.blocks
    block = blocks[position]
    others = [(i, other) for i, other in enumerate(blocks) if i != position]
    below = tuple(i for i, other in others if _lies_within(other, block))
    above = tuple(i for i, other in others if i not in below and _lies_within(block, other))
    return below, above


def _lies_within(inner: RandomBlock, outer: RandomBlock) -> bool:
    if len(outer.memberships) > 1:
        return False
    codes = outer.memberships[0].codes
    home = np.zeros(inner.n_groups, dtype=codes.dtype)
    for member in inner.memberships:
        home[member.codes] = codes
    return all(bool((home[member.codes] == codes).all()) for member in inner.memberships)


def _own_grams(fit: Fit, position: int) -> FloatArray:
    r, n_groups, flat, _ = fit.crossprod.to_state()["blocks"][position]
    grams: FloatArray = np.asarray(flat).reshape(n_groups, r, r)
    return grams


def _grams_above(fit: Fit, position: int, below: tuple[int, ...]) -> FloatArray:
    """Z_j'V_low^-1 Z_j (J, r, r), from the conditional covariances of very wide effects.

    Given wide effects with template D, and the effects of other factors at zero, the conditional
    covariance of a group's effects is sigma^2 ((DD')^-1 + S)^-1.
    """
    blocks, control = fit.design.rows.blocks, fit.spec.control
    own = np.reshape(fit.crossprod.random_grams()[position], (blocks[position].n_columns,) * 2)
    scale = np.sqrt(np.maximum(np.diagonal(own) / blocks[position].n_groups, 1e-300))
    Lambdas = [
        np.diag(WIDE / scale) if i == position
        else (fit.estimates.Lambdas[i] if i in below else np.zeros_like(fit.estimates.Lambdas[i]))
        for i in range(len(blocks))
    ]  # fmt: skip
    workspace = Workspace(fit.crossprod, fit.spec.method, control.path, control.threads, fit.design)
    workspace.objective(Lambdas)
    numbers = workspace.solution()
    variance = numbers["pwrss"] / numbers["residual_n"]
    J, r = blocks[position].n_groups, blocks[position].n_columns
    covariance = workspace.conditional(position, with_fixed=False).reshape(J, r, r) / variance
    scaled = np.linalg.inv(covariance * np.outer(scale, scale))
    found: FloatArray = (scaled - np.eye(r) / WIDE**2) * np.outer(scale, scale)
    return (found + found.transpose(0, 2, 1)) / 2


def _no_groups(where: str, got: str, do: str) -> NotEstimableError:
    return NotEstimableError(
        "The model has no groups to regress in.",
        where=where,
        got=got,
        need="a random term of one grouping factor, e.g. (1 | school)",
        do=do,
        slug="no-random-effects",
    )


def _unknown(where: str, grouping: str, names: list[str]) -> SpecError:
    return SpecError(
        f"Grouping factor '{grouping}' is not in the model.",
        where=f"{where}, argument grouping",
        got=f"'{grouping}'",
        need=f"one of {offenders(names)}",
        do=near_matches(grouping, names),
        slug="unknown-grouping",
    )

"""Influence of groups: how the estimates change when one of them is left out.

Room: measure/. One question per file: does a conclusion hang on one group?
Takes: a `Fit` with its rows, and a grouping factor (or the rows themselves).
Gives: `Influence`: one table of summaries, one of changes by coefficient.
Source: docs/theory.md (21); Cook (1977); Belsley, Kuh & Welsch (1980); Loy & Hofmann (2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.parts import Membership
from echelon.engine.deletion import Deleted, deletions
from echelon.errors import SpecError, near_matches, offenders
from echelon.fit import Fit, design_with_rows
from echelon.infer.components.generalized_fits import (
    coefficient_covariance,
    coefficient_names,
    coefficient_values,
)
from echelon.infer.components.parameters import scale_of
from echelon.infer.sandwich.clusters import Clusters
from echelon.measure.influence_generalized import deletions_by_score, deletions_refitted
from echelon.measure.influence_held import deletions_held
from echelon.progress import Progress
from echelon.table import Table

ROWS = "rows"
MANY = 3_000  # refits that take seconds; ten times as many take a hundred times as long
COOK = 4.0  # a group is pointed out above this over the number of groups


@dataclass(frozen=True, slots=True, repr=False)
class Influence:
    """What each group does to the estimates.

    `table` has a row per group; `dfbetas` one per group and coefficient. `deleted` are the
    estimates without each group, in the order of the tables.
    """

    grouping: str
    table: Table
    dfbetas: Table
    deleted: tuple[Deleted, ...]

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def influence(fit: Fit, grouping: str | None = None, refit: bool = True) -> Influence:
    """Leave out each group in turn, estimate from the rest, and say what changed.

    By default every estimate is a full refit: theta, sigma and the fixed effects anew, from the
    cross-products of the rows that are left. With `refit=False` the variances stay at those of
    all rows, and the fixed effects without a group have a closed form. A generalized model is
    estimated anew from the rows that are left; with `refit=False` its estimates without a group
    are one step of the infinitesimal jackknife away, by the group's score: near the refit where no
    group dominates, and too small where one does. Theory (30).

    Parameters
    ----------
    fit : a fitted model with its rows.
    grouping : a grouping factor of the model, or "rows" to leave out one row at a time; None for
        the factor with the fewest groups (the highest level).
    refit : False holds theta and sigma; for a factor that no other lies above or crosses (rows,
        where there are no random effects). Generalized models: one step, for the only factor.

    Returns
    -------
    Influence. `table`: group, n_rows, cooks_distance (d'V^-1 d / p with d the change of the fixed
    effects and V their covariance in the whole fit), mdffits (the same with V of the fit without
    the group), cov_ratio (ratio of the determinants of the two V), cov_trace, sigma (without the
    group, response units; not with `refit=False`), is_influential (Cook's distance above
    4 / groups); of a generalized model no sigma, and of its one step Cook's distance alone.
    `dfbetas`: group, term, estimate (without the group), dfbeta (the change), dfbetas
    (over the standard error without the group). NaN where the rest does not determine a coefficient
    or the model.

    Raises
    ------
    SpecError : the grouping factor is not in the model, or its groups need a refit.
    NotEstimableError : the fit was saved without its rows.

    Notes
    -----
    One pass over the rows; J refits of O(J) each: 3,000 groups take seconds, 20,000 minutes, and
    a million never end. `refit=False` costs O(J p^3) in all. Multiple memberships leave out every
    row in which the group takes part.

    Source
    ------
    lme4's `influence()` and `cooks.distance()`; cases lmm_sleep_slope_reml, lmm_dyestuff_reml.
    With variances held: dense generalised least squares of the rest, to 1e-8.
    """
    design_with_rows(fit, "influence()")
    name, labels, memberships = _groups(fit, grouping)
    with np.errstate(all="ignore"):
        if refit:
            refits = deletions_refitted if fit.spec.is_generalized else deletions
            with Progress("influence", len(labels)) as bar:
                deleted = tuple(bar.each(refits(fit, memberships, len(labels))))
        elif fit.spec.is_generalized:
            deleted = deletions_by_score(fit, name)
        else:
            deleted = deletions_held(fit, _clusters(name, labels, memberships))
        summaries = _summaries(fit, deleted)
    names = ("cooks_distance", "mdffits", "cov_ratio", "cov_trace")
    columns = dict(zip(names, summaries.T, strict=True))
    has_sigma = refit and not fit.spec.is_generalized
    if fit.spec.is_generalized and not refit:
        columns = {"cooks_distance": summaries[:, 0]}
    if has_sigma:
        columns["sigma"] = np.array([each.sigma for each in deleted])
    table = Table(
        {
            "group": labels,
            "n_rows": np.array([each.n_rows for each in deleted], dtype=np.int64),
            **columns,
            "is_influential": columns["cooks_distance"] > COOK / len(labels),
        },
        scales={"sigma": "response"} if has_sigma else {},
        title=f"Influence of each group of {name}" if name != ROWS else "Influence of each row",
        notes=_notes(deleted, refit, fit.spec.is_generalized),
    )
    return Influence(name, table, _dfbetas(fit, labels, deleted), deleted)


def _groups(
    fit: Fit, grouping: str | None
) -> tuple[str, NDArray[np.object_], tuple[Membership, ...]]:
    blocks = fit.design.rows.blocks
    if grouping == ROWS or (grouping is None and not blocks):
        n = fit.design.n_obs
        places = np.arange(n) if fit.rows.kept is None else fit.rows.kept
        return ROWS, places.astype(object), (Membership(np.arange(n, dtype=np.int32)),)
    names = [block.grouping for block in blocks]
    if grouping is None:
        grouping = min(blocks, key=lambda block: block.n_groups).grouping
    if grouping not in names:
        raise SpecError(
            f"Grouping factor '{grouping}' is not in the model.",
            where="influence(), argument grouping",
            got=f"'{grouping}'",
            need=f"one of {offenders(names)}, or 'rows'",
            do=near_matches(grouping, [*names, ROWS]),
            slug="unknown-grouping",
        )
    block = blocks[names.index(grouping)]
    return grouping, block.labels, block.memberships


def _clusters(
    name: str, labels: NDArray[np.object_], memberships: tuple[Membership, ...]
) -> Clusters:
    if len(memberships) > 1:
        raise SpecError(
            f"Without a refit '{name}' cannot be left out: its groups share rows.",
            where="influence(), arguments grouping and refit",
            got=f"a multiple membership of {len(memberships)} columns",
            need="groups that are independent of each other: there the change has a closed form",
            do=f"write influence({name!r}, refit=True).",
            slug="influence-needs-refit",
        )
    return Clusters(name, memberships[0].codes.astype(np.int64), labels)


def _notes(deleted: tuple[Deleted, ...], refit: bool, is_generalized: bool) -> tuple[str, ...]:
    """Give the rule of thumb, what could not be left out, and what is held or would be quicker."""
    J, n_failed = len(deleted), sum(each.is_failed for each in deleted)
    notes = [f"Pointed out: Cook's distance above 4 / groups = {COOK / J:.3g}."]
    if n_failed:
        notes.append(f"{n_failed:,} groups cannot be left out: the rest makes no model.")
    if not refit and is_generalized:
        notes.append(
            "One step by the score of each group, without a refit: too small for groups that"
            " dominate; refit=True refits."
        )
    elif not refit:
        notes.append("The variances, sigma among them, are held at the estimates of all rows.")
    elif J > MANY and not is_generalized:
        notes.append(
            f"{J:,} refits, each of them linear in the groups; refit=False holds the variances and "
            "takes one pass."
        )
    return tuple(notes)


def _summaries(fit: Fit, deleted: tuple[Deleted, ...]) -> FloatArray:
    """Cook's distance, MDFFITS, covariance ratio and trace of every deletion, (J, 4).

    Deletions that leave the same coefficients determined are computed together.
    """
    beta, vcov = coefficient_values(fit), coefficient_covariance(fit)
    rest = np.array([each.beta for each in deleted]).reshape(len(deleted), len(beta))
    known = ~np.isnan(beta) & ~np.isnan(rest)
    known &= ~np.array([each.is_failed for each in deleted], dtype=bool)[:, None]
    found = np.full((len(deleted), 4), np.nan)
    for pattern in np.unique(known, axis=0):
        which = np.flatnonzero((known == pattern).all(axis=1))
        inside, p = np.ix_(pattern, pattern), int(pattern.sum())
        if p:
            change = (beta - rest[which])[:, pattern]
            parts = np.array([deleted[at].vcov[inside] for at in which])
            found[which] = _compared(change, vcov[inside], parts)
    return found


def _compared(change: FloatArray, full: FloatArray, parts: FloatArray) -> FloatArray:
    """Compare `change` (m, p) and `parts` (m, p, p) with `full` (p, p); NaN if that is singular."""
    p = len(full)
    if not np.isfinite(np.linalg.slogdet(full)[1]):
        return np.full((len(change), 4), np.nan)
    cook = np.einsum("mp,pm->m", change, np.linalg.solve(full, change.T)) / p
    mdffits = np.einsum("mp,mpi->m", change, _solved(parts, change[:, :, None])) / p
    ratio = np.exp(np.linalg.slogdet(parts)[1] - np.linalg.slogdet(full)[1])
    trace = np.abs(np.trace(np.linalg.solve(full, parts), axis1=1, axis2=2) - p)
    return np.column_stack([cook, mdffits, ratio, trace])


def _solved(matrices: FloatArray, values: FloatArray) -> FloatArray:
    """Solve (m, p, p) for (m, p, 1); NaN where a matrix is singular and the measure not known."""
    try:
        return np.asarray(np.linalg.solve(matrices, values))
    except np.linalg.LinAlgError:
        found = np.full(values.shape, np.nan)
        for each, matrix, value in zip(found, matrices, values, strict=True):
            if np.isfinite(np.linalg.slogdet(matrix)[1]):
                each[:] = np.linalg.solve(matrix, value)
        return found


def _dfbetas(
    fit: Fit,
    labels: NDArray[np.object_],
    deleted: tuple[Deleted, ...],
) -> Table:
    names = coefficient_names(fit)
    beta: FloatArray = np.array([each.beta for each in deleted]).reshape(len(deleted), len(names))
    errors = np.sqrt(np.array([np.diagonal(each.vcov) for each in deleted])).reshape(beta.shape)
    change = coefficient_values(fit) - beta
    return Table(
        {
            "group": np.repeat(labels, len(names)),
            "term": np.tile(np.array(names, dtype=object), len(labels)),
            "estimate": beta.ravel(),
            "dfbeta": change.ravel(),
            "dfbetas": (change / errors).ravel(),
        },
        scales=dict.fromkeys(("estimate", "dfbeta"), scale_of(fit)),
        title="Change of each fixed effect",
    )

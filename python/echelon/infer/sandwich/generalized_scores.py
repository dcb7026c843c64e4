"""What each cluster contributes to the likelihood equations of a generalized model.

Room: infer/. Differentiates cluster by cluster; chooses no kind of robust variance.
Takes: a `Fit` with its rows, and `Clusters` that hold every group whole.
Gives: the scores of all coefficients and of theta.
Source: docs/theory.md (16) and (25); White (1982), Econometrica 50; Freedman (2006).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.design.parts import Design, Membership, RandomBlock
from echelon.engine.deletion import taken
from echelon.engine.families import observation_of
from echelon.engine.generalized.fitted import generalized_at
from echelon.engine.generalized.workspace import GeneralizedWorkspace
from echelon.engine.theta import theta_map
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import known_coefficients
from echelon.infer.sandwich.clusters import Clusters, cluster_of_groups


def generalized_scores(fit: Fit, clusters: Clusters) -> FloatArray:
    """Differentiate the log likelihood of every cluster, (J, p + m + k).

    The likelihood is a product over clusters, because no group has rows in two of them; with one
    grouping factor the scores of its groups come from one pass over the rows, otherwise each
    cluster is evaluated as a model of its own.

    Parameters
    ----------
    fit : a fitted generalized model with its rows.
    clusters : J of them.

    Returns
    -------
    Derivatives by the coefficients (p + m,) and theta (k,) at the estimates; their sums are zero
    where the estimates are inside the boundary.
    """
    blocks = fit.design.rows.blocks
    if not blocks:
        return _of_rows(fit, clusters)
    slopes = _of_groups(fit, clusters) if _is_simple(blocks) else _of_parts(fit, clusters)
    n = len(known_coefficients(fit))
    directions = theta_map(blocks).directions(fit.estimates.theta)
    places = np.cumsum([n, *(block.n_columns**2 for block in blocks)])
    parts = [slopes[:, :n]]
    for number, direction in directions:
        own = slopes[:, places[number] : places[number + 1]]
        parts.append((own @ direction.ravel())[:, None])
    return -0.5 * np.hstack(parts)


def _is_simple(blocks: tuple[RandomBlock, ...]) -> bool:
    """Whether the groups of one factor share out the rows."""
    members = blocks[0].memberships
    return len(blocks) == 1 and len(members) == 1 and members[0].weights is None


def _of_rows(fit: Fit, clusters: Clusters) -> FloatArray:
    """Without random effects: sums of the rows' own derivatives times their columns."""
    workspace, coefficients = generalized_at(fit)
    slopes = workspace.row_slopes(coefficients, fit.estimates.Lambdas)
    found = np.zeros((clusters.n_clusters, len(coefficients)))
    for own, channel in zip(slopes, fit.design.channels, strict=True):
        for column in channel.columns:
            parts = column.factor * own * column.values
            found[:, column.coefficient] += np.bincount(
                clusters.codes, parts, minlength=clusters.n_clusters
            )
    return -0.5 * found


def _of_groups(fit: Fit, clusters: Clusters) -> FloatArray:
    """One factor: derivatives of the criterion of its groups, added up in clusters."""
    workspace, coefficients = generalized_at(fit)
    of_groups = workspace.scores(coefficients, fit.estimates.Lambdas[0])
    homes = cluster_of_groups(fit.design.rows.blocks[0], clusters.codes)
    found = np.zeros((clusters.n_clusters, of_groups.shape[1]))
    np.add.at(found, homes, of_groups)
    return found


def _of_parts(fit: Fit, clusters: Clusters) -> FloatArray:
    """Several factors: the criterion of each cluster's rows, and its derivatives."""
    observation = observation_of(fit.design, fit.spec)
    found = fit.estimates.generalized
    assert found is not None
    coefficients, Lambdas = known_coefficients(fit), fit.estimates.Lambdas
    slopes = []
    for design in _designs(fit.design, clusters):
        workspace = GeneralizedWorkspace(
            design, observation.core_name, observation.link, found.approximation.n_points, 1
        )
        workspace.objective(coefficients, Lambdas)
        by_coefficient, by_template = workspace.gradient()
        slopes.append(np.concatenate([by_coefficient, *(np.ravel(part) for part in by_template)]))
    return np.array(slopes)


def _designs(design: Design, clusters: Clusters) -> Iterator[Design]:
    """Cut a design into clusters, their groups numbered anew."""
    order = np.argsort(clusters.codes, kind="stable")
    ends = np.cumsum(clusters.sizes)
    for rows in np.split(order, ends[:-1]):
        part = taken(design, np.sort(rows))
        blocks = tuple(_renumbered(block) for block in part.rows.blocks)
        yield replace(part, rows=replace(part.rows, blocks=blocks))


def _renumbered(block: RandomBlock) -> RandomBlock:
    """Give codes to the groups that are left."""
    codes: IndexArray = np.array([member.codes for member in block.memberships])
    present, flat = np.unique(codes, return_inverse=True)
    new = flat.reshape(codes.shape).astype(np.int32)
    members = tuple(
        Membership(own, member.weights) for own, member in zip(new, block.memberships, strict=True)
    )
    return replace(block, memberships=members, labels=block.labels[present])

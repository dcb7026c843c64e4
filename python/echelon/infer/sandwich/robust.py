"""Cluster-robust inference: standard errors that do not trust the model's variances.

Room: infer/. Bounds; estimates nothing.
Takes: a `Fit` with its rows, a kind of correction, and what the rows are clustered by.
Gives: the table of fixed effects; or covariance and degrees of freedom for any other test.
Source: docs/theory.md (16); Liang & Zeger (1986); Bell & McCaffrey (2002); Cameron, Gelbach &
    Miller (2011); Pustejovsky & Tipton (2018).
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.errors import NotEstimableError, SpecError
from echelon.fit import Fit
from echelon.infer.coefficients.degrees import Constant
from echelon.infer.coefficients.inference import linear_inference
from echelon.infer.coefficients.joint import joint_inference
from echelon.infer.coefficients.linear import Degrees
from echelon.infer.components.generalized_fits import coefficient_names
from echelon.infer.components.parameters import SCALE
from echelon.infer.sandwich.clusters import Clusters, read_clusters, together
from echelon.infer.sandwich.covariance import FEW, KINDS, Robust
from echelon.infer.sandwich.generalized_robust import generalized_robust
from echelon.infer.sandwich.robust_cr2 import Adjusted, adjusted
from echelon.infer.sandwich.robust_degrees import ClusterDegrees
from echelon.infer.sandwich.robust_scores import FULL, ClusterScores, cluster_scores
from echelon.options import read_choice, read_conf_level
from echelon.table import Table

DF_METHODS = ("satterthwaite", "clusters", "level", "normal")
DEFAULT_DF = {"CR2": "satterthwaite", "CR3": "satterthwaite", "HLM": "level"}
SEVERAL_WAYS = ("CR0", "CR1", "CR1S")
FEW_ADJUSTED = 10  # clusters below which CR2 and CR3 are not to be relied on


def robust(
    fit: Fit,
    kind: str | None = None,
    cluster: Any = None,
    df_method: str | None = None,
    conf_level: float | None = None,
) -> Table:
    """Estimate each fixed effect with a cluster-robust standard error.

    The estimates are those of the model. Their standard errors hold whatever the variances and
    correlations within clusters are, as long as rows of different clusters are independent; the
    model's variances serve as a guess that makes the estimates efficient. With few clusters use
    "CR2": it is unbiased if the guess is right, and its degrees of freedom say how few clusters
    really inform each coefficient.

    Parameters
    ----------
    fit : a fitted model with its rows.
    kind : the correction for the residuals being smaller than the errors.
        'CR0' : none (Liang & Zeger; SAS's EMPIRICAL).
        'CR1' : variance times J / (J - 1), J clusters.
        'CR1S' : variance times J (n - 1) / ((J - 1) (n - p)), as Stata for a regression.
        'CR2' : each cluster's residuals adjusted (Bell & McCaffrey).
        'CR3' : close to the jackknife that leaves out one cluster at a time; errs on the safe side.
        'HLM' : the robust standard errors of the HLM program: CR0, with its degrees of freedom.
        None : CR2, or CR1 where factors cross (clustering in several ways).
        A generalized model has CR0 and CR1 (default): the sandwich of the observed information of
        all parameters and the likelihood's scores by cluster.
    cluster : name of a grouping factor of the model; or labels, one per row; or a list of them
        for clustering in several ways (CR0, CR1 and CR1S only). None: the factor in which all
        others nest, or every top factor where they cross.
    df_method : 'satterthwaite' (default of CR2 and CR3), 'clusters' (J - 1; default of CR0, CR1 and
        CR1S; the least J of several ways), 'level' (default of HLM) or 'normal'. A generalized
        model: 'normal' (default) or 'clusters'.
    conf_level : of the intervals, in (0, 1); None for the fit's.

    Returns
    -------
    Table with columns term, estimate, std_error, statistic, df, p_value, conf_low, conf_high, as
    the table of fixed effects; of a generalized model with the coefficients of its other linear
    predictors. The notes give the clusters, their effective number, and a warning
    when there are few.

    Raises
    ------
    SpecError, DesignError, FrameError : an option does not exist, or the clusters do not go with
        the model.
    NotEstimableError : the fit was saved without its rows; a single cluster; a cluster without
        which a coefficient has no estimate (CR3) or that is too large (CR2); a kind that adjusts
        residuals, or several ways, of a generalized model.

    Notes
    -----
    One pass over the rows and memory for 2 J p^2 numbers; CR2 adds, for each cluster, the cube of
    its random effects and coefficients (of its rows, if the model has weights).

    Source
    ------
    Theory (16). clubSandwich 0.5.8, e.g. case lmm_oxide_source_reml.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
    >>> round(fit.robust("CR2").row(term="days")["std_error"], 3)
    1.546
    """
    found = robust_covariance(fit, kind, cluster, df_method)
    inference = joint_inference(fit, robust=(found.vcov, found.degrees))
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    names = coefficient_names(fit)
    columns = inference.rows(np.eye(len(names)), level)
    what = "Coefficients" if fit.spec.is_generalized else "Fixed effects"
    return Table(
        {"term": np.array(names, dtype=object), **columns},
        scales=dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), SCALE),
        title=f"{what} with cluster-robust standard errors ({found.kind})",
        notes=found.notes,
    )


def robust_inference(
    fit: Fit, kind: str | None = None, cluster: Any = None, df_method: str | None = None
) -> tuple[FloatArray, Degrees]:
    """Give the robust covariance (p, p) and its degrees of freedom, for `linear_inference`.

    Of a generalized model (p + m, p + m), of all coefficients.

    Parameters, errors and costs are those of `robust`. Joint tests of several rows are
    approximate Hotelling tests (AHT) where degrees of freedom are Satterthwaite's.
    """
    found = robust_covariance(fit, kind, cluster, df_method)
    return found.vcov, found.degrees


def robust_covariance(
    fit: Fit, kind: str | None = None, cluster: Any = None, df_method: str | None = None
) -> Robust:
    """Compute the robust covariance, its degrees of freedom, and what to know of them."""
    ways = read_clusters(fit, cluster)
    if fit.spec.is_generalized:
        return generalized_robust(fit, kind, ways, df_method)
    if kind is None:
        kind = "CR2" if len(ways) == 1 else "CR1"
    kind = read_choice("kind", kind, KINDS)
    chosen = DEFAULT_DF.get(kind, "clusters") if df_method is None else df_method
    chosen = read_choice("df_method", chosen, DF_METHODS)
    if len(ways) > 1:
        return _several_ways(fit, kind, ways, chosen)
    clusters = ways[0]
    parts = cluster_scores(fit, clusters)
    adjustment = _adjusted(fit, kind, clusters, parts)
    factor = _factor(kind, clusters.n_clusters, fit)
    vcov = parts.spread(factor * parts.sandwich(adjustment.scores))
    if chosen == "satterthwaite":
        degrees: Degrees = ClusterDegrees(parts, adjustment.cross, adjustment.square)
    else:
        degrees = _by_rule(fit, chosen, clusters.n_clusters)
    return Robust(kind, vcov, degrees, chosen, _notes(fit, kind, clusters, parts, chosen))


def _adjusted(fit: Fit, kind: str, clusters: Clusters, parts: ClusterScores) -> Adjusted:
    if kind == "CR2":
        return adjusted(fit, clusters, parts)
    if kind == "CR3":
        return _jackknifed(fit, clusters, parts)
    return Adjusted(parts.scores, parts.information, parts.information)


def _jackknifed(fit: Fit, clusters: Clusters, parts: ClusterScores) -> Adjusted:
    """CR3: A_g = (I - H_gg)^-1, so that T_g' = (I - K_g M)^-1 X_g'V_g^-1; all of it p x p."""
    is_full = parts.leverages()[:, -1:] > FULL
    if is_full.any():
        raise _needed_cluster(fit, clusters, parts, int(np.argmax(is_full)))
    K = parts.information
    inverse = np.asarray(np.linalg.inv(np.eye(K.shape[1]) - K @ parts.bread), dtype=np.float64)
    cross = K @ inverse.transpose(0, 2, 1)
    scores = (inverse @ parts.scores[..., None])[..., 0]
    return Adjusted(scores, cross, inverse @ cross)


def _several_ways(fit: Fit, kind: str, ways: tuple[Clusters, ...], chosen: str) -> Robust:
    """Add the sandwich of every way, take away those of their intersections, and so on."""
    if kind not in SEVERAL_WAYS:
        raise _one_way_only("kind", kind, SEVERAL_WAYS, ways)
    if chosen not in DF_METHODS[1:]:
        raise _one_way_only("df_method", chosen, DF_METHODS[1:], ways)
    parts = cluster_scores(fit, ways[0])
    total = np.zeros(parts.bread.shape)
    for size in range(1, len(ways) + 1):
        for some in combinations(ways, size):
            clusters = together(some)
            scores = cluster_scores(fit, clusters).scores
            factor = _factor(kind, clusters.n_clusters, fit)
            total -= (-1) ** size * factor * parts.sandwich(scores)
    values, vectors = np.linalg.eigh(total)
    is_mended = bool(values[0] < -np.finfo(float).eps * len(values) * abs(values[-1]))
    if is_mended:
        total = (vectors * np.maximum(values, 0)) @ vectors.T
    fewest = min(way.n_clusters for way in ways)
    names = ", ".join(f"{way.name} ({way.n_clusters:,})" for way in ways)
    notes = [f"Clusters in {len(ways)} ways: {names}; df: {_words(chosen, fewest)}."]
    if is_mended:
        notes.append(
            "The variance was not positive definite; its negative eigenvalues were set to zero "
            "(Cameron, Gelbach & Miller 2011), on the scale of standardised columns."
        )
    notes += _few(kind, fewest, "such errors are too small; see whether one way alone matters")
    return Robust(kind, parts.spread(total), _by_rule(fit, chosen, fewest), chosen, tuple(notes))


def _factor(kind: str, J: int, fit: Fit) -> float:
    n, p = fit.estimates.n_obs, fit.estimates.n_estimated
    if kind == "CR1":
        return J / (J - 1)
    return J * (n - 1) / ((J - 1) * (n - p)) if kind == "CR1S" else 1.0


def _by_rule(fit: Fit, chosen: str, n_clusters: int) -> Degrees:
    if chosen == "level":
        return linear_inference(fit, "level").degrees
    return Constant(np.inf if chosen == "normal" else n_clusters - 1)


def _notes(
    fit: Fit, kind: str, clusters: Clusters, parts: ClusterScores, chosen: str
) -> tuple[str, ...]:
    J, sizes = clusters.n_clusters, clusters.sizes
    low, high = int(sizes.min()), int(sizes.max())
    rows = f"{low:,} rows each" if low == high else f"{low:,} to {high:,} rows"
    notes = [f"Clusters: {clusters.name}, {J:,} of {rows}; df: {_words(chosen, J)}."]
    if parts.bread.size:
        effective, term = _effective(fit, parts)
        least = f"{round(effective, 1):,} for {term}, the least."
        notes.append(f"Effective number of clusters (by leverage): {least}")
    return (*notes, *_few(kind, J))


def _effective(fit: Fit, parts: ClusterScores) -> tuple[float, str]:
    """Find the coefficient with the least effective number of clusters, J / (1 + CV^2).

    The share of a cluster in a coefficient is its information in the coefficient's direction
    (Carter, Schnepel & Steigerwald 2017, at the model's covariance).
    """
    v = parts.bread @ parts.basis.T
    share = np.einsum("ap,gab,bp->gp", v, parts.information, v, optimize=True)
    known = np.flatnonzero(parts.basis.any(axis=1))
    effective = share.sum(axis=0)[known] ** 2 / np.square(share).sum(axis=0)[known]
    least = int(np.argmin(effective))
    return float(effective[least]), fit.design.fixed_names[known[least]]


def _few(
    kind: str, n_clusters: int, advice: str = 'such errors are too small; use kind="CR2"'
) -> list[str]:
    limit = FEW
    if kind in ("CR2", "CR3"):
        limit, advice = FEW_ADJUSTED, "trust the model's own errors if its assumptions hold"
    if n_clusters >= limit:
        return []
    return [f"Few clusters, {n_clusters:,} where {limit} are wanted for {kind}: {advice}."]


def _words(chosen: str, n_clusters: int) -> str:
    return {
        "satterthwaite": "Satterthwaite",
        "clusters": f"clusters - 1 = {n_clusters - 1:,}",
        "level": "the level of each coefficient (HLM)",
        "normal": "normal",
    }[chosen]


def _one_way_only(
    option: str, got: str, known: tuple[str, ...], ways: tuple[Clusters, ...]
) -> SpecError:
    names = ", ".join(f"'{way.name}'" for way in ways)
    return SpecError(
        f"With clusters in several ways, {option} cannot be '{got}'.",
        where=f"robust(), argument {option}",
        got=f"'{got}', and clusters by {names}",
        need="one of " + ", ".join(repr(word) for word in known),
        do=f"write {option}='{known[1 if option == 'kind' else 0]}', or cluster in one way.",
        slug="robust-several-ways",
    )


def _needed_cluster(
    fit: Fit, clusters: Clusters, parts: ClusterScores, position: int
) -> NotEstimableError:
    root = np.linalg.cholesky(parts.bread)
    lost = np.linalg.eigh(root.T @ parts.information[position] @ root)[1][:, -1]
    term = fit.design.fixed_names[int(np.argmax(np.abs(parts.basis @ root @ lost)))]
    return NotEstimableError(
        f"Without cluster {str(clusters.labels[position])!r} of '{clusters.name}' a coefficient has"
        " no estimate.",
        where="robust(), kind='CR3'",
        got=f"'{term}' rests on this cluster alone",
        need="coefficients that can be estimated when any one cluster is left out",
        do=f"use kind='CR2', or leave '{term}' out.",
        slug="cluster-needed",
    )

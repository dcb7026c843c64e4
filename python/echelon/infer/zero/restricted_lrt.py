"""The exact restricted likelihood ratio of one variance, simulated from its own distribution.

Room: infer/. Simulates; refits nothing.
Takes: a `Fit` and the random term whose variance is tested.
Gives: draws of the statistic under a variance of zero, and the p value.
Source: docs/theory.md (18); Crainiceanu & Ruppert (2004), section 4; Greven, Crainiceanu,
    Kuechenhoff & Peters (2008) where other variances are in the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.engine.sums import Sums, sums_of
from echelon.errors import NotEstimableError
from echelon.fit import Fit

GRID = 200  # values of lambda at which the statistic is evaluated, before its peak is refined
RANGE = (1e-5, 1e5)  # of lambda times the largest eigenvalue
LARGEST = 2_000  # order of a matrix whose eigenvalues are computed
CLASSES = 300  # eigenvalues that are told apart; nearer ones are drawn together
EQUAL = 1e-9  # relative distance of eigenvalues that are the same
CHUNK = 2_000  # draws at a time


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Eigenvalues mu (K,) of Z'P0Z and how often each occurs; `residual_n` is n - rank X.

    P0 takes the fixed effects away by (weighted) least squares. `n_positive` of the eigenvalues
    are above zero, counted with multiplicity.
    """

    values: FloatArray
    counts: IndexArray
    residual_n: int

    @property
    def n_positive(self) -> int:
        """Eigenvalues above zero."""
        return int(self.counts.sum())


def spectrum(fit: Fit, block: int, start: int, stop: int) -> Spectrum:
    """Find the eigenvalues of Z'P0Z for columns `start:stop` of a block, from cross-products.

    Parameters
    ----------
    fit : a fitted model; its fixed effects count, its other random terms do not.
    block, start, stop : the columns whose effects share one variance.

    Raises
    ------
    NotEstimableError : a multiple membership with more than 2,000 groups.

    Notes
    -----
    Z'Z is block-diagonal and the fixed effects take away a matrix of rank p, so that groups of
    the same size need one QR of p columns together: linear in J. With more than 2,000 different
    sizes the nearest are taken as equal.
    """
    keep = np.flatnonzero(fit.estimates.is_estimated)
    sums = sums_of(fit.crossprod.to_state(), keep, 1.0)
    zz, zx = sums.zz[block][:, start:stop, start:stop], sums.zx[block][:, start:stop]
    half = _inverse_root(sums.xx)
    if (block, block) in sums.pairs:
        values = np.linalg.eigvalsh(_dense(fit, sums, block, start, stop, half))
        counts = np.ones(len(values), dtype=np.int64)
    else:
        own, vectors = np.linalg.eigh(zz)
        turned = np.einsum("jar,jap->jrp", vectors, zx @ half)
        values, counts = _less_fixed(own.ravel(), turned.reshape(own.size, half.shape[1]))
    is_positive = values > 1e-10 * max(values.max(initial=0.0), 1e-300)
    values, counts = _classes(values[is_positive], counts[is_positive])
    return Spectrum(values, counts, fit.estimates.n_obs - len(keep))


def simulate_statistic(spectrum: Spectrum, n: int, generator: np.random.Generator) -> FloatArray:
    """Draw the restricted likelihood ratio (n,) under a variance of zero.

    RLRT = sup over lambda >= 0 of m log(1 + N / D) - sum log(1 + lambda mu_k), with
    D = sum w_k^2 / (1 + lambda mu_k) + the rest, N + D = sum of all w^2, w standard normal and
    m = n - rank X: theory (18). The supremum is taken on a grid and refined by a parabola.
    """
    mu, counts = spectrum.values, spectrum.counts
    if not len(mu):
        return np.zeros(n)
    low, high = np.log(RANGE[0] / mu.max()), np.log(RANGE[1] / mu.max())
    grid = np.exp(np.linspace(low, high, GRID))
    shrunken = 1.0 / (1.0 + np.outer(mu, grid))
    penalty = -counts @ np.log(shrunken)
    rest = spectrum.residual_n - spectrum.n_positive
    found = np.empty(n)
    for first in range(0, n, CHUNK):
        size = min(CHUNK, n - first)
        w2 = generator.chisquare(counts, (size, len(mu)))
        left = generator.chisquare(rest, size) if rest > 0 else np.zeros(size)
        total = w2.sum(axis=1) + left
        D = w2 @ shrunken + left[:, None]
        found[first : first + size] = _peaks(
            spectrum.residual_n * np.log(total[:, None] / D) - penalty
        )
    return found


def exact_p_value(draws: FloatArray, statistic: float) -> float:
    """Share of the draws (n,) that are as large as the statistic; 1 where it is zero."""
    return 1.0 if statistic <= 0 else float((draws >= statistic).mean())


def _peaks(criterion: FloatArray) -> FloatArray:
    """Find the largest value of each row (m, G) on an even grid, refined, at least 0."""
    best = np.clip(criterion.argmax(axis=1), 1, criterion.shape[1] - 2)
    rows = np.arange(len(criterion))
    before, at, after = (criterion[rows, best + shift] for shift in (-1, 0, 1))
    slope, bend = 0.5 * (after - before), 2 * at - before - after
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where((bend > 0) & (np.abs(slope) <= bend), 0.5 * slope**2 / bend, 0.0)
    peaks: FloatArray = np.maximum(np.maximum(criterion.max(axis=1), at + gain), 0.0)
    return peaks


def _inverse_root(xx: FloatArray) -> FloatArray:
    """Give H with H H' = (X'X)^-1, (p, p)."""
    if not len(xx):
        return np.zeros((0, 0))
    root: FloatArray = np.linalg.inv(np.linalg.cholesky(xx)).T
    return root


def _less_fixed(own: FloatArray, across: FloatArray) -> tuple[FloatArray, IndexArray]:
    """Find the eigenvalues of diag(own) - across across', (q,) and (q, p), with multiplicities.

    Among the m coordinates with the same `own`, all but p directions do not notice the fixed
    effects: their eigenvalue stays. The others are put together in a small matrix.
    """
    p = across.shape[1]
    order = np.argsort(own, kind="stable")
    own, across = own[order], across[order]
    starts = np.flatnonzero(np.diff(own, prepend=-np.inf) > EQUAL * max(own[-1], 1e-300))
    if len(starts) * max(p, 1) > LARGEST:
        even = np.linspace(0, len(own), max(LARGEST // max(p, 1), 2), endpoint=False)
        starts = np.unique(even.astype(np.int64))
    diagonal, roots, values, counts = [], [], [], []
    for first, last in zip(starts, [*starts[1:], len(own)], strict=True):
        mean, size = float(own[first:last].mean()), int(last - first)
        triangle = np.linalg.qr(across[first:last])[1]
        diagonal += [mean] * len(triangle)
        roots.append(triangle)
        values.append(mean)
        counts.append(size - len(triangle))
    R = np.vstack(roots)
    changed = np.linalg.eigvalsh(np.diag(diagonal) - R @ R.T) if len(R) else np.empty(0)
    counts += [1] * len(changed)
    found = np.array(counts, dtype=np.int64)
    return np.concatenate([values, changed])[found > 0], found[found > 0]


def _classes(values: FloatArray, counts: IndexArray) -> tuple[FloatArray, IndexArray]:
    """Put equal eigenvalues together, and the nearest where there are too many."""
    if not len(values):
        return values, counts
    order = np.argsort(values)
    values, counts = values[order], counts[order]
    starts = np.flatnonzero(np.diff(values, prepend=-np.inf) > EQUAL * values[-1])
    if len(starts) > CLASSES:
        share = np.cumsum(counts) / counts.sum()
        starts = np.unique(np.searchsorted(share, np.linspace(0, 1, CLASSES, endpoint=False)))
    total = np.add.reduceat(counts, starts)
    return np.add.reduceat(values * counts, starts) / total, total


def _dense(fit: Fit, sums: Sums, block: int, start: int, stop: int, half: FloatArray) -> FloatArray:
    """Form Z'P0Z (q, q) of a multiple membership, whose groups share rows."""
    zz = sums.zz[block][:, start:stop, start:stop]
    n_groups, r = zz.shape[:2]
    if n_groups * r > LARGEST:
        raise _too_many_groups(fit, block)
    full = np.zeros((n_groups, r, n_groups, r))
    full[np.arange(n_groups), :, np.arange(n_groups)] = zz
    pair = sums.pairs[block, block]
    full[pair.rows, :, pair.columns] += pair.values[:, start:stop, start:stop]
    square = full.reshape(n_groups * r, n_groups * r)
    across = (sums.zx[block][:, start:stop] @ half).reshape(n_groups * r, -1)
    reduced: FloatArray = square - across @ across.T
    return reduced


def _too_many_groups(fit: Fit, block: int) -> NotEstimableError:
    own = fit.design.rows.blocks[block]
    return NotEstimableError(
        "The exact test of a multiple membership is not computed for so many groups.",
        where=f"variance_test(), random term {own.terms[0].text}",
        got=f"{own.n_groups:,} groups of '{own.grouping}'",
        need=f"at most {LARGEST:,} groups where several share a row",
        do="use method='mixture'; with so many groups the two agree.",
        slug="too-many-groups-exact",
    )

"""Kenward and Roger's method: an adjusted covariance, degrees of freedom and a scale for F.

Room: infer/. Adjusts and counts; tests nothing itself.
Takes: a `Fit` by REML; its cross-products.
Gives: the adjusted covariance and `KenwardRoger`, a way to count.
Source: docs/theory.md (15); Kenward & Roger (1997), Biometrics 53, 983-997; Halekoh & Hojsgaard
    (2014), Journal of Statistical Software 59(9), pbkrtest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.curvature import delta_variances
from echelon.engine.moments import Moments, moments
from echelon.fit import Fit
from echelon.infer.components.variance_information import expected_covariance, relative_root
from echelon.spec import check_df_method

DEPENDENT = 1e-10  # singular values of L below this share of the largest: redundant rows
ZERO = 1e-10  # pbkrtest's tolerances where the approximation's denominators vanish
ZERO_RATIO = 1e-14
NEAR_TWO = 1e-2


@dataclass(frozen=True, slots=True)
class KenwardRoger:
    """Degrees of freedom from how the covariance of the coefficients moves with the variances.

    In coordinates where that covariance is the identity: `root` (n_fixed, p) turns L into them
    (zero rows where not estimated), `slopes` (m, p, p) are the P_i and `covariance` (m, m) that
    of the variance parameters, of whose combinations `flat` (m, f) the data say nothing: there are
    no degrees of freedom, NaN, where the covariance of a coefficient rests on these.
    """

    root: FloatArray
    slopes: FloatArray
    covariance: FloatArray
    flat: FloatArray

    def rows(self, L: FloatArray) -> FloatArray:
        """Degrees of freedom (m,) of each row of L (m, n_fixed) by itself; its F needs no scale."""
        inside = L @ self.root
        size = np.einsum("ka,ka->k", inside, inside)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = np.einsum("ka,iab,kb->ki", inside, self.slopes, inside, optimize=True)
            moved /= size[:, None]
            df = 2 / delta_variances(moved, self.covariance, self.flat)
        return np.where(size > 0, df, np.nan)

    def joint(self, L: FloatArray) -> tuple[float, float]:
        """Degrees of freedom of F for all rows of L (m, n_fixed), and the factor F is scaled by."""
        _, size, directions = np.linalg.svd(np.atleast_2d(L) @ self.root, full_matrices=False)
        basis = directions[size > DEPENDENT * size.max(initial=0.0)]
        q = len(basis)
        if q == 0:
            return np.nan, 1.0
        moved = (basis @ self.slopes @ basis.T).reshape(-1, q * q)
        traces = moved[:, :: q + 1].sum(axis=1)
        if np.isnan(delta_variances(moved.T, self.covariance, self.flat)).any():
            return np.nan, 1.0
        A1 = float(traces @ self.covariance @ traces)
        A2 = float(np.einsum("ia,ij,ja->", moved, self.covariance, moved))
        return _df_and_factor(A1, A2, q)


def kenward_roger(fit: Fit) -> tuple[FloatArray, KenwardRoger]:
    """Adjust the covariance of the fixed effects for the estimation of the variances.

    The plug-in covariance ignores that the variances are estimates, which makes standard errors
    too small in small samples; and t and F have fewer degrees of freedom than groups suggest.
    Kenward and Roger correct both, and scale F where several rows are tested at once. The
    covariance of the variances is from the expected information and V is taken to first order in
    its parameters, as in pbkrtest and in SAS `ddfm=kenwardroger(firstorder)`; SAS's default adds
    second derivatives, which are zero unless the structure is hcs, ar1 or toep, and it inverts the
    observed information. Exact in balanced designs with exact F tests.

    Parameters
    ----------
    fit : a fitted Gaussian model, by REML. Prior weights are allowed (pbkrtest ignores them).

    Returns
    -------
    The adjusted covariance (n_fixed, n_fixed), NaN where a coefficient is not estimated, and the
    way to count. Without random effects nothing is adjusted, and the residual df come out.

    Raises
    ------
    SpecError : the fit is by ML: the method rests on restricted likelihood.
    EngineError : crossed factors with more than 4,000 random effects besides the largest.

    Notes
    -----
    Works at a boundary: a variance of zero counts as a parameter, as in pbkrtest; SAS leaves it
    out. Nested factors: J r^3 p^2 operations or so, no matrix grows with the number of groups.

    Source
    ------
    pbkrtest 0.5.2 `vcovAdj` and `KRmodcomp`: the cases' `kenward_roger` and `kr_F`, to 1e-6.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep")).fit
    >>> vcov, degrees = kenward_roger(fit)
    >>> degrees.rows([[0, 1]]).round(6).tolist()
    [17.0]
    """
    check_df_method("kenward_roger", fit.spec.method)
    found = moments(fit)
    covariance, flat = expected_covariance(found, is_restricted=True)
    root = relative_root(found.information)
    slopes = root.T @ found.P @ root
    whole = found.basis @ root
    adjusted = fit.estimates.vcov + whole @ _added(found, root, slopes, covariance) @ whole.T
    kept = fit.estimates.is_estimated
    vcov = np.where(np.outer(kept, kept), adjusted, np.nan)
    return vcov, KenwardRoger(np.where(kept[:, None], whole, 0.0), slopes, covariance, flat)


def _added(
    found: Moments, root: FloatArray, slopes: FloatArray, covariance: FloatArray
) -> FloatArray:
    """2 sum_ij W_ij (Q_ij - P_i Phi P_j) in coordinates where Phi = I, (p, p).

    It is not negative definite, because W is not: what rounding takes below zero is zero, so that
    no standard error comes out below the model's.
    """
    weighted = np.einsum("ij,ixjy->xy", covariance, found.Q)
    doubled = np.tensordot(covariance, slopes, axes=1)  # sum_j W_ij P_j
    products = np.einsum("ixy,iyz->xz", slopes, doubled)
    added = root.T @ weighted @ root - products
    values, vectors = np.linalg.eigh(added + added.T)
    positive: FloatArray = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return positive


def _df_and_factor(A1: float, A2: float, q: int) -> tuple[float, float]:
    """Match two moments of F to those of a scaled F(q, df). Kenward & Roger (1997), section 3.

    A ratio of two vanishing numbers counts as one, and so does the factor near df = 2: as pbkrtest.
    """
    if A2 <= 0:
        return np.inf, 1.0
    if q == 1:
        return 2 / A2, 1.0  # what the formulas below come to
    B = (A1 + 6 * A2) / (2 * q)
    g = ((q + 1) * A1 - (q + 4) * A2) / ((q + 2) * A2)
    below = 3 * q + 2 * (1 - g)
    V0 = 1 + g / below * B
    V1 = 1 - (q - g) / below * B
    V2 = 1 - (q + 2 - g) / below * B
    left = np.float64(1 - A2 / q)  # NumPy's: a division by zero is infinite
    with np.errstate(divide="ignore", invalid="ignore"):
        is_lost = abs(left) < ZERO_RATIO and abs(V1) < ZERO_RATIO
        ratio = np.float64(1.0) if is_lost else left / V1
        rho = ratio**2 * (0.0 if abs(V0) < ZERO else V0) / V2 / q
        df = float(4 + (q + 2) / (q * rho - 1))
    if np.isinf(df):
        return df, float(left)
    return df, 1.0 if abs(df - 2) < NEAR_TWO else float(df * left / (df - 2))

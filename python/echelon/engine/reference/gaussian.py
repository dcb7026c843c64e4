"""The same estimation in plain dense NumPy: slow, short, and written to be read.

Room: engine/reference/. Forms X, Z and Lambda in full; knows nothing of the compiled core.
Takes: a `Design`, theta and the method; a few thousand rows at most.
Gives: `DenseEstimates`, the gradient twice (closed form, differences), the criterion twice.
Source: docs/theory.md (1) to (9); Bates, Maechler, Bolker & Walker (2015), sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray, Method
from echelon.design.parts import Design, RandomBlock

ALIAS_TOLERANCE = 1e-7  # share of a column's length left after projection on the earlier ones


@dataclass(frozen=True, slots=True)
class DenseEstimates:
    """All that the model says at one theta; names and units as in `Estimates`.

    `u` (q,) and `b` (q,) are ordered by block, then group, then column. `conditional_cov` (q, q)
    is the covariance of b given y, theta and beta; `joint_cov` (p + q, p + q) is that of
    (beta_hat - beta, b_hat - b), with the uncertainty of beta, estimated columns only.
    """

    objective: float
    beta: FloatArray
    is_estimated: NDArray[np.bool_]
    vcov: FloatArray
    sigma: float
    u: FloatArray
    b: FloatArray
    pwrss: float
    logdet_random: float
    logdet_fixed: float
    conditional_cov: FloatArray
    joint_cov: FloatArray

    def modes(self, design: Design) -> tuple[FloatArray, ...]:
        """Conditional modes by block, (J, r) each, in response-per-predictor units."""
        return tuple(self.b[where].reshape(block.n_groups, -1) for block, where in places(design))


def evaluate(design: Design, theta: FloatArray, method: Method) -> DenseEstimates:
    """Solve Henderson's equations at theta and profile beta and sigma out of the criterion.

    With U = Z Lambda the penalised residual sum of squares |y - U u - X beta|^2_W + |u|^2 is
    least where M (u, beta)' = [U X]'W y, M = [U X]'W[U X] + diag(I, 0): theory (5). Then
    sigma^2 = pwrss / m and
    criterion = log|M_uu| (+ log|M / M_uu| for REML) + m (1 + log(2 pi pwrss / m)) - sum(log w),
    with m = n (ML) or n - rank X (REML): theory (6), (7).

    Parameters
    ----------
    design : model and data, encoded.
    theta : (k,), relative to sigma.
    method : "REML" or "ML".
    """
    y, w, kept = design_response(design), prior_weights(design), estimable(design.X)
    X, Z, Lambda = design.X[:, kept], dense_Z(design), dense_Lambda(design, theta)
    q, p, m = Z.shape[1], X.shape[1], degrees(design, method)

    UX = np.hstack([Z @ Lambda, X])
    penalty = np.diag(np.r_[np.ones(q), np.zeros(p)])
    M = UX.T @ (w[:, None] * UX) + penalty
    u_and_beta = np.linalg.solve(M, UX.T @ (w * y))
    u, beta_kept = u_and_beta[:q], u_and_beta[q:]
    residual = y - UX @ u_and_beta
    pwrss = float(residual @ (w * residual) + u @ u)
    sigma = float(np.sqrt(pwrss / m))

    logdet_random = logdet(M[:q, :q])
    logdet_fixed = logdet(M) - logdet_random
    objective = m * (1 + np.log(2 * np.pi * pwrss / m)) - np.log(w).sum() + logdet_random
    if method == "REML":
        objective += logdet_fixed

    to_b = np.block([[np.zeros((p, q)), np.eye(p)], [Lambda, np.zeros((q, p))]])
    inverse = sigma**2 * np.linalg.inv(M)
    beta, vcov = np.full(len(kept), np.nan), np.full((len(kept), len(kept)), np.nan)
    beta[kept], vcov[np.ix_(kept, kept)] = beta_kept, inverse[q:, q:]
    return DenseEstimates(
        objective=float(objective), beta=beta, is_estimated=kept, vcov=vcov, sigma=sigma,
        u=u, b=Lambda @ u, pwrss=pwrss, logdet_random=logdet_random, logdet_fixed=logdet_fixed,
        conditional_cov=sigma**2 * Lambda @ np.linalg.inv(M[:q, :q]) @ Lambda.T,
        joint_cov=to_b @ inverse @ to_b.T,
    )  # fmt: skip


def marginal_objective(design: Design, theta: FloatArray, method: Method) -> float:
    """Give the criterion by the other road: the n x n covariance of y, and no random effects.

    y ~ N(X beta, sigma^2 V) with V = Z Lambda Lambda' Z' + W^-1, so that -2 log likelihood is
    log|V| (+ log|X'V^-1 X| for REML) + m (1 + log(2 pi r2 / m)), r2 = |y - X beta_hat|^2_{V^-1}.
    Agrees with `evaluate` because log|V| = log|M_uu| - sum(log w): theory (3).
    """
    y, w, m = design_response(design), prior_weights(design), degrees(design, method)
    X, U = design.X[:, estimable(design.X)], dense_Z(design) @ dense_Lambda(design, theta)
    V = U @ U.T + np.diag(1 / w)
    precision = np.linalg.inv(V)
    information = X.T @ precision @ X
    residual = y - X @ np.linalg.solve(information, X.T @ precision @ y)
    r2 = residual @ precision @ residual
    extra = logdet(information) if method == "REML" else 0.0
    return float(logdet(V) + extra + m * (1 + np.log(2 * np.pi * r2 / m)))


def template_gradients(design: Design, theta: FloatArray, method: Method) -> tuple[FloatArray, ...]:
    """Differentiate the criterion with respect to the entries of each template, (r, r) each.

    Two facts: d log|M| = 2 <Z'W [U X] M^-1_(., u), dLambda>, with M_uu instead of M for ML; and
    d pwrss = -2 <Z'W e u', dLambda>, because (u, beta) minimise it: theory (8). Each group's
    diagonal block of the (q, q) result belongs to the same template, so they are added up.
    """
    at = evaluate(design, theta, method)
    y, w, kept = design_response(design), prior_weights(design), at.is_estimated
    X, Z, Lambda = design.X[:, kept], dense_Z(design), dense_Lambda(design, theta)
    q, U = Z.shape[1], Z @ Lambda
    columns = np.hstack([U, X]) if method == "REML" else U
    M = columns.T @ (w[:, None] * columns)
    M[:q, :q] += np.eye(q)
    residual = y - X @ at.beta[kept] - U @ at.u

    WZ = w[:, None] * Z
    gradient = 2 * WZ.T @ columns @ np.linalg.inv(M)[:, :q]
    gradient -= 2 * degrees(design, method) / at.pwrss * np.outer(WZ.T @ residual, at.u)
    return tuple(
        sum_of_diagonal_blocks(gradient[where, where], block.n_columns)
        for block, where in places(design)
    )


def gradient(design: Design, theta: FloatArray, method: Method) -> FloatArray:
    """Differentiate the criterion with respect to theta, (k,): templates times Jacobians."""
    pieces, start = [], 0
    by_block = template_gradients(design, theta, method)
    for block, by_template in zip(design.rows.blocks, by_block, strict=True):
        for term in block.terms:
            own = theta[start : start + term.structure.n_theta]
            entries = by_template[term.start : term.stop, term.start : term.stop]
            pieces.append(np.tensordot(term.structure.jacobian(own), entries, axes=2))
            start += term.structure.n_theta
    return np.concatenate([np.empty(0), *pieces])


def difference_gradient(
    design: Design, theta: FloatArray, method: Method, step: float = 1e-4
) -> FloatArray:
    """Differentiate the criterion by central differences of fourth order, (k,)."""
    result = np.empty(len(theta))
    for i in range(len(theta)):
        h = step * max(1.0, abs(theta[i]))
        ahead = [shifted(theta, i, k * h) for k in (-2, -1, 1, 2)]
        f = [evaluate(design, t, method).objective for t in ahead]
        result[i] = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h)
    return result


def templates(design: Design, theta: FloatArray) -> tuple[FloatArray, ...]:
    """Make one lower triangular template (r, r) per block from theta: theory (4)."""
    made, start = [], 0
    for block in design.rows.blocks:
        template = np.zeros((block.n_columns, block.n_columns))
        for term in block.terms:
            own = theta[start : start + term.structure.n_theta]
            template[term.start : term.stop, term.start : term.stop] = term.structure.Lambda(own)
            start += term.structure.n_theta
        made.append(template)
    return tuple(made)


def dense_Lambda(design: Design, theta: FloatArray) -> FloatArray:
    """Repeat each block's template along the diagonal, once per group, (q, q)."""
    Lambda = np.zeros((n_random(design), n_random(design)))
    made = templates(design, theta)
    for (block, where), template in zip(places(design), made, strict=True):
        Lambda[where, where] = np.kron(np.eye(block.n_groups), template)
    return Lambda


def dense_Z(design: Design) -> FloatArray:
    """Form Z (n, q): a row has its covariates at its group, or spread over several by weight."""
    Z = np.zeros((design.n_obs, n_random(design)))
    rows = np.arange(design.n_obs)
    for block, where in places(design):
        for member in block.memberships:
            share = np.ones(design.n_obs) if member.weights is None else member.weights
            for c, column in enumerate(block.columns):
                at = where.start + member.codes * block.n_columns + c
                np.add.at(Z, (rows, at), share * column)
    return Z


def estimable(X: FloatArray) -> NDArray[np.bool_]:
    """Say which columns (p,) are not linear combinations of columns to their left.

    Gram-Schmidt from left to right, twice for accuracy; the first of several equivalent columns
    is kept, as in R.
    """
    basis, kept = np.empty((len(X), 0)), np.zeros(X.shape[1], dtype=bool)
    for j, column in enumerate(X.T):
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        length = np.linalg.norm(rest)
        if length > ALIAS_TOLERANCE * np.linalg.norm(column):
            kept[j], basis = True, np.column_stack([basis, rest / length])
    return kept


def places(design: Design) -> Iterator[tuple[RandomBlock, slice]]:
    """Give each block with its slice of the q random effects."""
    start = 0
    for block in design.rows.blocks:
        stop = start + block.n_groups * block.n_columns
        yield block, slice(start, stop)
        start = stop


def n_random(design: Design) -> int:
    """Count the random effects (q)."""
    return sum(block.n_groups * block.n_columns for block in design.rows.blocks)


def design_response(design: Design) -> FloatArray:
    """Take the offset off the response, (n,)."""
    return design.y if design.rows.offset is None else design.y - design.rows.offset


def prior_weights(design: Design) -> FloatArray:
    """Give the prior weights (n,), ones where there are none."""
    return np.ones(design.n_obs) if design.weights is None else design.weights


def degrees(design: Design, method: Method) -> int:
    """Give m, the divisor of pwrss: n for ML, n - rank X for REML."""
    return design.n_obs - (int(estimable(design.X).sum()) if method == "REML" else 0)


def sum_of_diagonal_blocks(square: FloatArray, r: int) -> FloatArray:
    """Add up the (r, r) blocks on the diagonal of a (J r, J r) matrix."""
    J = len(square) // r
    total: FloatArray = np.einsum("jajb->ab", square.reshape(J, r, J, r))
    return total


def shifted(theta: FloatArray, i: int, by: float) -> FloatArray:
    """Copy theta with one entry moved."""
    moved = theta.copy()
    moved[i] += by
    return moved


def logdet(A: FloatArray) -> float:
    """Give log|A| of a symmetric positive definite matrix."""
    return float(np.linalg.slogdet(A)[1])

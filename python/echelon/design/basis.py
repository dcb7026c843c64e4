"""Polynomial and spline bases: learn from the rows of the fit, apply to any rows.

Room: design/. Pure arithmetic on one predictor.
Takes: values (n,), degree, degrees of freedom or knots.
Gives: `PolyBasis`, `SplineBasis` and their columns (n,), equal to R's poly, bs and ns.
Source: Kennedy & Gentle (1980), pp. 343-344 (recurrence); de Boor (2001), chapter IX;
    Hastie in Chambers & Hastie (1992), section 7.4.
"""

from __future__ import annotations

import numpy as np

from echelon._optional import require
from echelon._types import FloatArray
from echelon.design.recipe import PolyBasis, SplineBasis
from echelon.errors import DesignError
from echelon.formula.expression import Call, deparse


def learn_poly(call: Call, x: FloatArray, degree: int, is_raw: bool) -> PolyBasis:
    """Learn the recurrence of polynomials orthonormal over x (n,)."""
    if is_raw:
        return PolyBasis(degree, (), (), True)
    n_unique = len(np.unique(x))
    if n_unique <= degree:
        need = f"more than {degree} distinct values for degree {degree}"
        raise _too_few_values(call, n_unique, need)
    centres, norms = [], [float(len(x))]
    before, current = np.zeros_like(x), np.ones_like(x)
    for k in range(degree):
        centres.append(float((x * current * current).sum() / norms[-1]))
        ratio = norms[-1] / norms[-2] if k else 0.0
        before, current = current, (x - centres[-1]) * current - ratio * before
        norms.append(float((current * current).sum()))
        if not 0.0 < norms[-1] < np.inf:
            raise _out_of_range(call, x)
    return PolyBasis(degree, tuple(centres), tuple(norms))


def poly_columns(basis: PolyBasis, x: FloatArray) -> list[FloatArray]:
    """Evaluate degree 1..d at x (n,); over the rows of the fit each column has length 1."""
    if basis.is_raw:
        return [x ** (k + 1) for k in range(basis.degree)]
    columns = []
    before, current = np.zeros_like(x), np.ones_like(x)
    for k, centre in enumerate(basis.centres):
        ratio = basis.norms[k] / basis.norms[k - 1] if k else 0.0
        before, current = current, (x - centre) * current - ratio * before
        columns.append(current / np.sqrt(basis.norms[k + 1]))
    return columns


def learn_spline(
    call: Call,
    x: FloatArray,
    df: int | None,
    degree: int,
    knots: tuple[float, ...] | None,
    is_natural: bool,
) -> SplineBasis:
    """Place knots: those given, or quantiles of x (n,) so that there are `df` columns."""
    low, high = float(x.min()), float(x.max())
    if low == high:
        raise _too_few_values(call, 1, "a column that varies")
    inner = _inner_knots(call, x, df, degree, knots, is_natural)
    outside = [knot for knot in inner if not low < knot < high]
    if outside:
        raise _knots_outside(call, outside, low, high)
    full = np.concatenate([np.full(degree + 1, low), inner, np.full(degree + 1, high)])
    projection = _natural_projection(full, low, high) if is_natural else None
    return SplineBasis(full, degree, False, projection)


def _inner_knots(
    call: Call,
    x: FloatArray,
    df: int | None,
    degree: int,
    knots: tuple[float, ...] | None,
    is_natural: bool,
) -> FloatArray:
    if knots is not None:
        return np.sort(np.atleast_1d(np.array(knots, dtype=float)))
    count = (1 if is_natural else degree) if df is None else df
    n_inner = count - (1 if is_natural else degree)
    inner: FloatArray = np.quantile(x, np.linspace(0, 1, n_inner + 2)[1:-1])
    if len(np.unique(inner)) < n_inner:
        need = f"{n_inner} different quantiles for the knots"
        raise _too_few_values(call, len(np.unique(x)), need)
    return inner


def _natural_projection(knots: FloatArray, low: float, high: float) -> FloatArray:
    """Combine cubic B-splines (m) to those without second derivative at both ends, (m, m - 2).

    The first B-spline is left out (the intercept's); Householder's reflections of the two
    constraints give the null space, with R's signs.
    """
    ends = _b_splines(knots, 3, np.array([low, high]), order=2)[:, 1:]
    q = np.linalg.qr(ends.T, mode="complete")[0]
    return np.vstack([np.zeros((1, q.shape[1] - 2)), q[:, 2:]])


def _b_splines(knots: FloatArray, degree: int, x: FloatArray, order: int = 0) -> FloatArray:
    """Evaluate all B-splines, or a derivative, at x (n,): (n, m)."""
    interpolate = require("scipy.interpolate", purpose="splines in a formula")
    spline = interpolate.BSpline(knots, np.eye(len(knots) - degree - 1), degree)
    values: FloatArray = (spline.derivative(order) if order else spline)(x)
    return values


def spline_columns(basis: SplineBasis, x: FloatArray) -> list[FloatArray]:
    """Evaluate a basis at x (n,), also beyond the boundary knots.

    Beyond them B-splines continue their outermost polynomial, natural splines a straight line.
    """
    if basis.projection is None:
        return list(_b_splines(basis.knots, basis.degree, x).T[1:].copy())
    low, high = basis.knots[0], basis.knots[-1]
    inside = np.clip(x, low, high)
    values = _b_splines(basis.knots, 3, inside)
    beyond = x - inside
    if beyond.any():
        slopes = _b_splines(basis.knots, 3, np.array([low, high]), order=1)
        values = values + beyond[:, None] * slopes[(beyond > 0).astype(int)]
    return list((values @ basis.projection).T.copy())


def _too_few_values(call: Call, n_unique: int, need: str) -> DesignError:
    text = deparse(call.arguments[0])
    return DesignError(
        f"'{text}' takes too few values for {deparse(call)}.",
        where=deparse(call),
        got=f"{n_unique:,} distinct value{'s' if n_unique != 1 else ''}",
        need=need,
        do=f"lower the degree or df, or use factor({text}).",
        slug="too-few-values",
    )


def _out_of_range(call: Call, x: FloatArray) -> DesignError:
    text = deparse(call.arguments[0])
    return DesignError(
        f"The values of '{text}' are too large or too small for {deparse(call)}.",
        where=deparse(call),
        got=f"values from {x.min():.6g} to {x.max():.6g}",
        need="values whose powers are finite numbers, and not zero",
        do=f"rescale '{text}'.",
        slug="powers-out-of-range",
    )


def _knots_outside(call: Call, knots: list[float], low: float, high: float) -> DesignError:
    return DesignError(
        f"Knots of {deparse(call)} lie outside of the data.",
        where=deparse(call),
        got=", ".join(f"{knot:g}" for knot in knots),
        need=f"knots between {low:g} and {high:g}",
        do="move or remove these knots.",
        slug="knots-outside",
    )

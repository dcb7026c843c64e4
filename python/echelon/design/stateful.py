"""Functions that learn from the rows of the fit and repeat what they learned for new rows.

Room: design/. Each splits into learn (once, on the rows of the fit) and apply (always).
Takes: the call, the values (n,) of its first argument, and the scope.
Gives: numeric columns; the state is kept in `Scope.states` under the call.
Source: docs/reference, formula functions; Enders & Tofighi (2007) for the centrings.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.design.basis import learn_poly, learn_spline, poly_columns, spline_columns
from echelon.design.combinations import Combinations, find_combinations, learn_combinations
from echelon.design.recipe import GroupMeans, Moments, PolyBasis, SplineBasis
from echelon.design.scope import Scope, constant
from echelon.design.values import NumericValue
from echelon.errors import DesignError
from echelon.formula.expression import Call, Name, deparse
from echelon.frame.columns import Numeric


def centred(call: Call, x: FloatArray, scope: Scope) -> NumericValue:
    """Centre at the grand mean of the rows of the fit: `center(x)`, `cgm(x)`."""
    state = scope.states.get(call)
    if state is None:
        state = scope.states[call] = Moments(float(x.mean()), 1.0)
    assert isinstance(state, Moments)
    return NumericValue((x - state.mean,))


def scaled(call: Call, x: FloatArray, scope: Scope) -> NumericValue:
    """Standardise: `scale(x, center=, scale=)`, with the n - 1 standard deviation of the fit."""
    state = scope.states.get(call)
    if state is None:
        state = scope.states[call] = _learn_moments(call, x)
    assert isinstance(state, Moments)
    return NumericValue(((x - state.mean) / state.scale,))


def _learn_moments(call: Call, x: FloatArray) -> Moments:
    mean = float(x.mean()) if constant(call, 1, "center", True) else 0.0
    if not constant(call, 2, "scale", True):
        return Moments(mean, 1.0)
    spread = float(np.sqrt(((x - mean) ** 2).sum() / max(len(x) - 1, 1)))
    if not spread > 0.0:
        text = deparse(call.arguments[0])
        raise DesignError(
            f"'{text}' cannot be scaled: it is the same in every row.",
            where=deparse(call),
            got=f"standard deviation 0 over {len(x):,} rows",
            need="a column that varies",
            do="leave the term out, or check the filter applied to the data.",
            slug="constant-column",
        )
    return Moments(mean, spread)


def group_mean(call: Call, x: FloatArray, scope: Scope) -> NumericValue:
    """Replace each value by the mean of its group: `gm(x, g)`.

    Groups of the fit keep the mean they had there. A group that the fit has not seen gets the
    mean of its own new rows, which is what the fit would have given it.
    """
    return NumericValue((_means_by_row(call, x, scope),))


def within_group(call: Call, x: FloatArray, scope: Scope) -> NumericValue:
    """Take away the mean of the group: `cwc(x, g)`; new groups as in `gm`."""
    return NumericValue((x - _means_by_row(call, x, scope),))


def _means_by_row(call: Call, x: FloatArray, scope: Scope) -> FloatArray:
    """Look up the group mean of each row (n,), once for gm and cwc of the same arguments."""
    own = Call("gm", call.arguments)
    means = scope.arrays.get(own)
    if means is None:
        means = scope.arrays[own] = _find_means(own, x, scope)
        means.flags.writeable = False
    return means


def _find_means(call: Call, x: FloatArray, scope: Scope) -> FloatArray:
    names = [node.name for node in call.arguments[1:] if isinstance(node, Name)]
    columns = [scope.grouping(name) for name in names]
    found = learn_combinations(columns, ":".join(names))
    state = scope.states.get(call)
    if state is None:
        means = _group_means(found, x)
        scope.states[call] = GroupMeans(found.factor_labels, found.keys, means)
        return means[found.codes]
    assert isinstance(state, GroupMeans)
    codes = find_combinations(columns, state.factor_labels, state.keys)
    if codes.min(initial=0) >= 0:
        return state.means[codes]
    return np.where(codes >= 0, state.means[codes], _group_means(found, x)[found.codes])


def _group_means(found: Combinations, x: FloatArray) -> FloatArray:
    """Average x (n,) in each group, (J,)."""
    sizes = np.bincount(found.codes, minlength=found.count)
    means: FloatArray = np.bincount(found.codes, weights=x, minlength=found.count) / sizes
    return means


def polynomials(call: Call, x: FloatArray, scope: Scope) -> NumericValue:
    """Orthogonal polynomials of the rows of the fit: `poly(x, degree, raw=FALSE)`."""
    state = scope.states.get(call)
    if state is None:
        degree = int(constant(call, 1, "degree", 1))
        is_raw = bool(constant(call, 2, "raw", False))
        state = scope.states[call] = learn_poly(call, x, degree, is_raw)
    assert isinstance(state, PolyBasis)
    return _numbered(poly_columns(state, x))


def b_splines(call: Call, x: FloatArray, scope: Scope) -> NumericValue:
    """B-splines with knots at quantiles of the fit: `bs(x, df=, degree=3, knots=)`."""
    return _splines(call, x, scope, is_natural=False)


def natural_splines(call: Call, x: FloatArray, scope: Scope) -> NumericValue:
    """Natural cubic splines, linear beyond the data of the fit: `ns(x, df=, knots=)`."""
    return _splines(call, x, scope, is_natural=True)


def _splines(call: Call, x: FloatArray, scope: Scope, is_natural: bool) -> NumericValue:
    state = scope.states.get(call)
    if state is None:
        df = constant(call, 1, "df", None)
        degree = int(constant(call, 2, "degree", 3))
        knots = constant(call, 3, "knots", None)
        state = scope.states[call] = learn_spline(
            call, x, None if df is None else int(df), degree, knots, is_natural
        )
    assert isinstance(state, SplineBasis)
    return _numbered(spline_columns(state, x))


def _numbered(columns: list[FloatArray]) -> NumericValue:
    if len(columns) == 1:
        return NumericValue((columns[0],))
    return NumericValue(tuple(columns), tuple([f"[{i + 1}]" for i in range(len(columns))]))


def lagged(call: Call, scope: Scope) -> FloatArray:
    """Look up `lag(x, k)`, which the frame stage has computed; see `lags`."""
    column = scope.frame.columns.get(deparse(call))
    if column is None:
        raise DesignError(
            f"{deparse(call)} has not been computed for these rows.",
            where=deparse(call),
            got="rows without a column of earlier values",
            need="rows that went through resolve_lags",
            do="compute the lagged column in the data and use it by its name.",
            slug="lag-not-computed",
        )
    assert isinstance(column, Numeric)
    return column.values

"""Correlation of two observations of a group at chosen values of a predictor.

Room: measure/. One question per file: how does likeness change along a predictor?
Takes: a `Fit` with random slopes, and values by predictor.
Gives: a Table, one row per pair of values and grouping factor.
Source: docs/theory.md (22), (30); Goldstein, Browne & Rasbash (2002), Understanding
    Statistics 1, 223-231.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.build import columns_needed_for_new_rows
from echelon.design.new_rows import read_new_rows
from echelon.design.recipe import Recipe
from echelon.engine.curvature import curvature
from echelon.engine.kernel import INTERCEPT
from echelon.engine.theta import theta_map
from echelon.errors import SpecError, near_matches, offenders
from echelon.families import family_of
from echelon.fit import Fit
from echelon.formula.terms import Grouping
from echelon.measure.delta import correlation_limits, ratio_slopes, share_limits, std_error
from echelon.measure.enclosing import enclosing
from echelon.measure.moments import in_channel
from echelon.measure.observation_variance import observation_variance
from echelon.measure.variance_parts import known_where
from echelon.table import Table

WHERE = "icc(), argument at"
MOST_POINTS = 200

Form = tuple[float, FloatArray]  # a value and its slopes by psi (k + 1,)


class _Moves(NamedTuple):
    """Covariance (k + 1, k + 1) of psi, the same with NaN, and slopes of each block's Sigma."""

    covariance: FloatArray
    known_covariance: FloatArray
    Sigma_slopes: tuple[FloatArray, ...]


def icc_at(fit: Fit, at: Mapping[str, Any], conf_level: float, form: str | None = None) -> Table:
    """Correlate two observations that share a group, at each pair of the values given.

    With z1 and z2 the random columns at two values, the correlation is
    sum_k z1'Sigma_k z2 / sqrt(v1 v2), k over the factors shared, v = sum_k z'Sigma_k z + sigma^2
    over all of them. A value paired with itself gives the ICC there: of two different
    observations, not of one with itself. Weighted models: at weight 1. Theory (22).

    Parameters
    ----------
    fit : a fitted model with random effects; of a generalized one, on the scale of the link.
    at : values by predictor: one, or equally many of each; names as in the data, or those of the
        random effects ('cwc(ses, school)'). Every predictor of the random part must be there.
    conf_level : of the limits.
    form : of a generalized model, the variance of a response, as in `icc_table`.

    Returns
    -------
    Table with columns grouping, `<predictor>_1` and `<predictor>_2` for each predictor,
    icc, std_error, conf_low, conf_high.

    Raises
    ------
    SpecError : a predictor that is not in the random part, or is missing; values that do not
        belong together.
    """
    if family_of(fit.spec.family).response == "nominal":
        raise _several_contrasts(fit)
    points = _points(at)
    columns, around = _columns_at(fit, points), enclosing(fit)
    moves, residual, notes = _moves(fit, form)
    n_points = len(columns[0])
    pairs = list(combinations_with_replacement(range(n_points), 2))
    forms = _forms(fit, columns, moves, pairs)
    everywhere = range(len(columns))
    totals = [_sum(forms[a, a], everywhere, residual) for a in range(n_points)]
    nothing = (0.0, np.zeros(len(moves.covariance)))
    numbers = []
    for position in everywhere:
        for a, b in pairs:
            shared = _sum(forms[a, b], around[position], nothing)
            value, error = _correlation(shared, totals[a], totals[b], moves.known_covariance)
            limits = share_limits if a == b else correlation_limits
            numbers.append((value, error, *limits(value, error, conf_level)))
    names = ("icc", "std_error", "conf_low", "conf_high")
    groupings = [block.grouping for block in fit.design.rows.blocks]
    return Table(
        {
            "grouping": np.repeat(np.array(groupings, dtype=object), len(pairs)),
            **_pair_columns(points, pairs * len(columns)),
            **dict(zip(names, np.array(numbers).T, strict=True)),
        },
        title="Correlation of two observations of a group, at chosen values",
        notes=notes,
    )


def _forms(
    fit: Fit, columns: list[FloatArray], moves: _Moves, pairs: list[tuple[int, int]]
) -> dict[tuple[int, int], list[Form]]:
    """Evaluate z1'Sigma_k z2 for every pair of points, block by block."""
    Sigmas = [fit.estimates.sigma**2 * factor @ factor.T for factor in fit.estimates.Lambdas]
    blocks = list(zip(columns, Sigmas, moves.Sigma_slopes, strict=True))
    return {(a, b): [_form(z[a], z[b], S, dS) for z, S, dS in blocks] for a, b in pairs}


def _form(left: FloatArray, right: FloatArray, Sigma: FloatArray, slopes: FloatArray) -> Form:
    return float(left @ Sigma @ right), np.einsum("a,kab,b->k", left, slopes, right)


def _moves(fit: Fit, form: str | None) -> tuple[_Moves, Form, tuple[str, ...]]:
    """Say how Sigma and the residual variance move with the parameters, and what the latter is."""
    if not fit.spec.is_generalized:
        found = curvature(fit)
        slopes = np.zeros(len(found.covariance))
        slopes[-1] = 2 * fit.estimates.sigma
        moves = _Moves(found.covariance, found.known_covariance, found.Sigma_slopes)
        return moves, (fit.estimates.sigma**2, slopes), ()
    generalized = fit.estimates.generalized
    residual = observation_variance(fit, form, "icc()")
    assert generalized is not None
    n, mapping = len(residual.slopes), theta_map(fit.design.rows.blocks)
    Sigma_slopes = tuple(np.zeros((n + mapping.n_theta, r, r)) for r in mapping.sizes)
    for i, (k, direction) in enumerate(mapping.directions(fit.estimates.theta), n):
        half = direction @ fit.estimates.Lambdas[k].T
        Sigma_slopes[k][i] = half + half.T
    slopes = np.concatenate([residual.slopes, np.zeros(mapping.n_theta)])
    used = [each.reshape(len(slopes), -1) for each in Sigma_slopes]
    known = known_where(generalized.joint_cov, slopes, *used)
    notes = (f"On the scale of the {fit.spec.link} link; the residual is {residual.text}.",)
    return _Moves(known, known, Sigma_slopes), (residual.value, slopes), notes


def _pair_columns(
    points: dict[str, list[Any]], pairs: list[tuple[int, int]]
) -> dict[str, NDArray[Any]]:
    """Name the values of both observations, `<predictor>_1` and `<predictor>_2`."""
    found = {}
    for name, values in points.items():
        known = np.array(values, dtype=object if isinstance(values[0], str) else None)
        found[f"{name}_1"] = known[[a for a, _ in pairs]]
        found[f"{name}_2"] = known[[b for _, b in pairs]]
    return found


def _sum(forms: Sequence[Form], chosen: Sequence[int], start: Form) -> Form:
    total, slopes = start
    for i in chosen:
        total, slopes = total + forms[i][0], slopes + forms[i][1]
    return total, slopes


def _correlation(
    shared: Form, first: Form, second: Form, covariance: FloatArray
) -> tuple[float, float]:
    """Correlation and its standard error."""
    size = np.sqrt(first[0] * second[0])
    if not size > 0:
        return np.nan, np.nan
    by_size = 0.5 * size * (first[1] / first[0] + second[1] / second[0])
    value = shared[0] / size
    return value, std_error(ratio_slopes(shared[0], size, shared[1], by_size), covariance)


def _points(at: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Read `at`: equally many values of each predictor."""
    if not isinstance(at, Mapping) or not at:
        raise _fault(
            "The argument at is not a dictionary of values by predictor.",
            f"{at!r:.60}",
            'values by predictor, such as at={"days": (0, 3)}',
            "name the predictors of the random slopes, with a value or several.",
            slug="icc-at-not-values",
        )
    lists = {name: _listed(values) for name, values in at.items()}
    sizes = {len(values) for values in lists.values()} - {1}
    if len(sizes) > 1 or 0 in sizes or max(map(len, lists.values())) > MOST_POINTS:
        raise _fault(
            "The values of the argument at do not belong together.",
            ", ".join(f"'{name}' {len(values):,}" for name, values in lists.items()),
            f"one value, or equally many (at most {MOST_POINTS}) of each predictor",
            "write one value per point for every predictor.",
            slug="icc-at-lengths",
        )
    for name, values in lists.items():
        if any(value is None or value != value for value in values):
            raise _fault(
                f"A value of '{name}' is missing.",
                offenders(values),
                "a value of the predictor at every point",
                "leave the point out.",
                slug="icc-at-not-values",
            )
    n_points = max(sizes, default=1)
    return {
        name: list(values) * (n_points if len(values) == 1 else 1) for name, values in lists.items()
    }


def _listed(values: Any) -> list[Any]:
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        return [values]
    return list(values)


def _columns_at(fit: Fit, points: dict[str, list[Any]]) -> list[FloatArray]:
    """Evaluate the random columns at the points, (points, r) per block."""
    n_points = len(next(iter(points.values())))
    effects = {name for block in fit.design.rows.blocks for name in block.column_names}
    recipes = [_random_part(fit, position) for position in range(len(fit.design.rows.blocks))]
    variables = {name for own in recipes for name in _variables(own)}
    known = (effects - {INTERCEPT}) | variables
    unknown = [name for name in points if name not in known]
    if unknown:
        raise _no_such_predictor(str(unknown[0]), sorted(known))
    return [
        _block_columns(fit, position, own, points, n_points)
        * in_channel(fit.design.rows.blocks[position], 0)
        for position, own in enumerate(recipes)
    ]


def _random_part(fit: Fit, position: int) -> Recipe:
    """Keep of the recipe one block, without its groups: what its columns are made of."""
    recipe = fit.design.recipe
    block = replace(recipe.blocks[position], grouping=Grouping(()))
    return replace(recipe, fixed=(), fixed_sizes=(), offsets=(), blocks=(block,), channels=())


def _block_columns(
    fit: Fit, position: int, own: Recipe, points: dict[str, list[Any]], n_points: int
) -> FloatArray:
    block = fit.design.rows.blocks[position]
    if all(name == INTERCEPT or name in points for name in block.column_names):
        ones = np.ones(n_points)
        given = [ones if c == INTERCEPT else _numbers(c, points[c]) for c in block.column_names]
        return np.column_stack(given)
    needed = _variables(own)
    missing = [name for name in needed if name not in points]
    if missing:
        raise _fault(
            f"The correlation within '{block.grouping}' depends on '{missing[0]}' too.",
            f"values of {offenders(list(points))}",
            f"a value of every predictor of the random part: {offenders(needed)}",
            f"add '{missing[0]}' to at, or name the random effects: "
            f"{offenders([n for n in block.column_names if n != INTERCEPT])}.",
            slug="icc-at-missing",
        )
    recipe = replace(own, blocks=(fit.design.recipe.blocks[position],))
    table = {name: points[name] for name in needed}
    rows = read_new_rows(recipe, table, (), (0,), None, fit.spec.formula).rows
    return np.column_stack(rows.blocks[0].columns)


def _variables(own: Recipe) -> tuple[str, ...]:
    """Name the columns that the random effects are made of: cwc(ses, school) needs both."""
    needed = columns_needed_for_new_rows(own)
    return (*needed.columns, *needed.groupings)


def _numbers(name: str, values: list[Any]) -> FloatArray:
    try:
        return np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise _fault(
            f"The values of the random effect '{name}' are not numbers.",
            offenders(values),
            "numbers: the values of its column",
            "name the predictor itself to give categories.",
            slug="icc-at-not-values",
        ) from None


def _no_such_predictor(name: str, known: list[str]) -> SpecError:
    return _fault(
        f"'{name}' is not a predictor of the random part." if known else
        "The correlation within a group depends on no predictor: there are random intercepts only.",
        f"'{name}'",
        f"names among {offenders(known)}" if known else "a random slope, e.g. (days | subject)",
        near_matches(name, known) if known else "leave at out: the ICC is the same everywhere.",
        slug="icc-at-unknown",
    )  # fmt: skip


def _several_contrasts(fit: Fit) -> SpecError:
    return _fault(
        "The ICC at chosen values is not there for a multinomial model.",
        f"{len(fit.design.channels)} contrasts of categories, each with effects of its own",
        "a model with one linear predictor of the mean",
        "ask for icc(kind='levels'), or model two of the categories with family='binomial'.",
        slug="icc-at-contrasts",
    )


def _fault(what: str, got: str, need: str, do: str, slug: str) -> SpecError:
    return SpecError(what, where=WHERE, got=got, need=need, do=do, slug=slug)

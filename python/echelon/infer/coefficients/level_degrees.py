"""Degrees of freedom by counting groups: between and within, and Raudenbush and Bryk's.

Room: infer/. Counts degrees of freedom; tests nothing itself.
Takes: a `Fit`.
Gives: a number per coefficient, as `ByCoefficient`.
Source: docs/theory.md (14); Pinheiro & Bates (2000), page 91; Raudenbush & Bryk (2002).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.design.recipe import Recipe
from echelon.fit import Fit
from echelon.infer.coefficients.degrees import ByCoefficient
from echelon.infer.coefficients.levels import Level, Parts, levels_of, parts_of


def between_within(fit: Fit) -> ByCoefficient:
    """Share out the observations among the levels, and take off the coefficients of each.

    A coefficient belongs to the coarsest factor within whose groups its column is constant, and
    has as many df as the factor has groups, less the groups of the factor it nests in, less the
    coefficients there. What varies within all groups has n less all groups less its number. With
    one grouping factor this is SAS's ddfm=bw; with nested ones nlme's rule of inner and outer
    terms, except that the intercept counts as constant (nlme gives it the df of level 1). Crossed
    factors share the grand mean.
    """
    levels = levels_of(fit)
    kept = fit.estimates.is_estimated
    if not levels:
        return _same(fit, fit.estimates.n_obs - fit.estimates.n_estimated)
    home = _home(levels, kept)
    has_mean = any(level.n_above == 0 and level.is_constant[kept].any() for level in levels)
    df = np.full(len(kept), np.nan)
    n_tops = sum(level.n_above == 0 for level in levels)
    used = -(n_tops - 1) if n_tops > 1 else 0
    for k, level in enumerate(levels):
        own = home == k
        shared = 1 if level.n_above == 0 and k > 0 and has_mean else 0
        df[own] = level.n_groups - level.n_above - shared - own.sum()
        used += level.n_groups - level.n_above
    within = kept & (home == len(levels))
    df[within] = fit.estimates.n_obs - used - within.sum()
    return ByCoefficient(df)


def _home(levels: list[Level], kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Find the coarsest level in which each column is constant, (p,); -1: not estimated."""
    home = np.full(len(kept), len(levels))
    for k in reversed(range(len(levels))):
        home[levels[k].is_constant] = k
    return np.where(kept, home, -1)


def level_degrees(fit: Fit) -> ByCoefficient:
    """Count as Raudenbush and Bryk's HLM program.

    A coefficient that varies at random between the groups of a factor has J - S - 1 df, S the
    predictors of its equation at that level. One that does not, a level lower: the units there,
    less groups times random coefficients of all factors above, less the coefficients like it.
    Levels are tried from the coarsest on; a factor's coefficient is the product of the predictors
    that vary within its groups. Meant for nested factors; of crossed ones only those that a factor
    nests in count as above it.
    """
    levels = levels_of(fit)
    kept = fit.estimates.is_estimated
    sizes = fit.design.recipe.fixed_sizes
    terms = [parts_of(plan) for plan in fit.design.recipe.fixed]
    place = np.repeat(np.arange(len(sizes)), sizes)
    random = {level.grouping: level.n_groups * level.n_random for level in levels}
    df, left = np.full(len(kept), np.nan), kept.copy()
    for k, level in enumerate(levels):
        cores = _cores(fit.design.recipe, terms, level)
        own = left & np.array([cores[t] in level.random for t in place], dtype=np.bool_)
        if k == 0:
            for core in {cores[t] for t in place[own]}:
                equation = own & np.array([cores[t] == core for t in place])
                width = sizes[terms.index(core)] if core in terms else 1
                df[equation] = level.n_groups - equation.sum() / width
        else:
            spent = [n for name, n in random.items() if name in level.above]
            df[own] = level.n_groups - sum(spent) - own.sum()
        left &= ~own
    df[left] = fit.estimates.n_obs - sum(random.values()) - left.sum()
    return ByCoefficient(df)


def _cores(recipe: Recipe, terms: list[Parts], level: Level) -> list[Parts]:
    """Of each fixed term the predictors that vary within groups."""
    constant: dict[object, bool] = {}
    starts = np.cumsum([0, *recipe.fixed_sizes])
    for t in sorted(range(len(terms)), key=lambda t: len(terms[t])):
        is_constant = bool(level.is_constant[starts[t] : starts[t + 1]].all())
        for expression in terms[t]:
            constant.setdefault(expression, is_constant)
    return [frozenset(e for e in term if not constant[e]) for term in terms]


def _same(fit: Fit, df: float) -> ByCoefficient:
    return ByCoefficient(np.where(fit.estimates.is_estimated, float(df), np.nan))

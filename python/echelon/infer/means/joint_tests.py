"""Joint tests of main effects and interactions through marginal means.

Room: infer/. Tests several contrasts at once; the means come from the reference grid.
Takes: a `Fit`, or the rows of means.
Gives: a table of F tests, one per term.
Source: docs/theory.md (23); emmeans' joint_tests(); type III tests where all cells have rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.design.profile import variable_name, variables_of
from echelon.design.recipe import NumberProfile, Recipe
from echelon.families import family_of
from echelon.fit import Fit
from echelon.infer.coefficients.inference import Counted
from echelon.infer.coefficients.linear import JointTest, LinearInference
from echelon.infer.means.channel_rows import grid_rows
from echelon.infer.means.mean_rows import MeanRows, df_sentence
from echelon.infer.means.reference_grid import Axis, ReferenceGrid, marginal_rows, reference_grid
from echelon.infer.sandwich.chosen import inference_of
from echelon.table import Table

NOTHING = 1e-8  # size, relative to L, below which a combination is estimable
BETWEEN = "Numbers are compared one SD to each side of their mean: {names}."
PARTLY = "Some combinations of {terms} are not determined by the data and are left out."


def joint_tests(
    fit: Fit,
    by: str | Sequence[str] | None = None,
    at: Mapping[str, Any] | None = None,
    *,
    df_method: str | None = None,
    robust: str | Counted | None = None,
) -> Table:
    """Test every term of the fixed part by contrasts of marginal means.

    A main effect is tested averaged over all other variables with equal weights, an interaction
    by contrasts of contrasts: where all cells have rows these are the type III tests. A number is
    compared one standard deviation to each side of its mean. With `by` the terms of the other
    variables are tested at each of its values. Of a generalized model these are Wald tests of the
    linear predictor of the mean (or location), of a multinomial one of all its contrasts together.

    Parameters
    ----------
    fit : a fitted model.
    by : names of variables.
    at : values of numbers, or a choice of categories.
    df_method : how degrees of freedom are counted; None for the fit's way.
    robust : a kind of cluster-robust errors, such as 'CR2', or what `robust_inference` gives.

    Returns
    -------
    Table with columns term, those of `by`, statistic (F), df_num, df_den, p_value. A term of
    which nothing is estimable has df_num 0.

    Raises
    ------
    SpecError : a name is not in the fixed part.

    Source
    ------
    Theory (23). emmeans 1.8.4, joint_tests.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ ses * sector + (1 | school)", ec.datasets.load("hsb")).fit
    >>> joint_tests(fit)["term"].tolist()
    ['ses', 'sector', 'ses:sector']
    """
    groups = () if by is None else (by,) if isinstance(by, str) else tuple(by)
    inference = inference_of(fit, df_method, robust)
    recipe = fit.design.recipe
    chosen = dict(at or {})
    for profile in recipe.profiles:
        if isinstance(profile, NumberProfile) and profile.name not in (*chosen, *groups):
            chosen[profile.name] = [profile.mean - profile.sd, profile.mean + profile.sd]
    if groups:
        reference_grid(fit, groups, chosen)  # refuses names that are not there
    rows = []
    numbers = [p.name for p in recipe.profiles if isinstance(p, NumberProfile)]
    compared = [name for name in numbers if name not in (*groups, *(at or {}))]
    for names in _terms(recipe, groups):
        held = {k: v for k, v in chosen.items() if k in (*names, *groups) or k in (at or {})}
        grid = reference_grid(fit, (*names, *groups), held)
        rows += _tests(inference, _rows_of(fit, grid), grid.shown, names, groups)
    note = BETWEEN.format(names=", ".join(compared)) if compared else ""
    return _tabulate(rows, groups, inference, note)


def joint_table(means: MeanRows, by: Sequence[str] | None = None) -> Table:
    """Tabulate the tests of the variables of given means; see `MarginalMeans.joint_tests`."""
    own_by = means.by if by is None else tuple(by)
    _, _, axes = means.groups(own_by)
    names = [axis.name for axis in axes]
    rows = []
    for size in range(1, len(names) + 1):
        for term in combinations(names, size):
            rows += _tests(means.inference, means.L[None], means.grid.shown, term, own_by)
    return _tabulate(rows, own_by, means.inference, "")


@dataclass(frozen=True, slots=True)
class _Row:
    """One test: its term, the labels of its group, and whether combinations were left out."""

    term: str
    labels: tuple[Any, ...]
    test: JointTest
    is_partial: bool


def _terms(recipe: Recipe, by: tuple[str, ...]) -> list[tuple[str, ...]]:
    """List the sets of variables that make up terms, in the order of the formula."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for plan in recipe.fixed:
        nodes = variables_of(tuple([part.expression for part in plan.parts]))
        names = tuple([name for node in nodes if (name := variable_name(node)) not in by])
        if names:
            found.setdefault(frozenset(names), names)
    return list(found.values())


def _rows_of(fit: Fit, grid: ReferenceGrid) -> FloatArray:
    """Rows of the means (e, m, p): of e contrasts of a nominal response, else of one mean."""
    if family_of(fit.spec.family).response != "nominal":
        return marginal_rows(fit.design.recipe, grid)[0][None]
    return grid_rows(fit, grid).L[:, :, : len(fit.design.fixed_names)]


def _tests(
    inference: LinearInference,
    L: FloatArray,
    axes: Sequence[Axis],
    term: tuple[str, ...],
    by: tuple[str, ...],
) -> list[_Row]:
    """Test one term in each group: differences along its variables, averages over the others.

    `L` (e, m, p) are the means of all combinations of `axes`, the first fastest, in e equations
    that are tested together.
    """
    sizes = [len(axis.values) for axis in axes]
    cells = L.reshape((len(L), *sizes[::-1], L.shape[2])).transpose(
        (*range(len(sizes), 0, -1), 0, len(sizes) + 1)
    )
    for i, axis in enumerate(axes):
        if axis.name in term:
            cells = np.diff(cells, axis=i)
        elif axis.name not in by:
            cells = cells.mean(axis=i, keepdims=True)
    names = [axis.name for axis in axes]
    outside = [names.index(name) for name in by]
    inside = [i for i in range(len(axes)) if i not in outside]
    cells = cells.transpose((*outside[::-1], *inside, len(axes), len(axes) + 1))
    n_groups = math.prod(sizes[i] for i in outside)
    columns = ReferenceGrid(tuple([axes[i] for i in outside]), (), ()).columns()
    labels = list(zip(*[column.tolist() for column in columns.values()], strict=True))
    rows = []
    for i, part in enumerate(cells.reshape(n_groups, -1, L.shape[2])):
        known, is_partial = _estimable_part(inference, part)
        rows.append(
            _Row(":".join(term), labels[i] if labels else (), inference.joint(known), is_partial)
        )
    return rows


def _estimable_part(inference: LinearInference, L: FloatArray) -> tuple[FloatArray, bool]:
    """Keep the combinations of the rows of L (m, p) that the data determine."""
    L = L[np.isfinite(L).all(axis=1)]
    if not inference.null_space.size or not len(L):
        return L, False
    vectors, sizes, _ = np.linalg.svd(L @ inference.null_space)
    rank = int((sizes > NOTHING * np.linalg.norm(L)).sum())
    return vectors[:, rank:].T @ L, rank > 0


def _tabulate(
    rows: list[_Row], by: tuple[str, ...], inference: LinearInference, note: str
) -> Table:
    data: dict[str, Any] = {"term": np.array([row.term for row in rows], dtype=object)}
    data |= {name: [row.labels[i] for row in rows] for i, name in enumerate(by)}
    data["statistic"] = np.array([row.test.statistic for row in rows], dtype=float)
    data["df_num"] = np.array([row.test.df_num for row in rows], dtype=np.int64)
    data["df_den"] = np.array([row.test.df_den for row in rows], dtype=float)
    data["p_value"] = np.array([row.test.p_value for row in rows], dtype=float)
    partial = list(dict.fromkeys(row.term for row in rows if row.is_partial))
    notes = [note] if note else []
    notes += [PARTLY.format(terms=", ".join(partial))] if partial else []
    title = "Joint tests (F)" + (f" by {', '.join(by)}" if by else "")
    return Table(data, {}, title, (*notes, df_sentence(inference)))

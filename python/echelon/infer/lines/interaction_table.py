"""The interaction as a table: the predicted outcome at low, mean and high of both predictors.

Room: infer/. Predicts on a grid; tests nothing.
Takes: a `Fit`, a predictor and its moderator.
Gives: a Table of predicted means with intervals.
Source: docs/theory.md (23); Aiken & West (1991), chapter 2; Bauer & Curran (2005).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from echelon.errors import SpecError
from echelon.fit import Fit
from echelon.infer.coefficients.inference import Counted
from echelon.infer.lines.slopes import grid_notes, moderator_grid, outcome_notes, spread_notes
from echelon.infer.means.mean_notes import scale_notes
from echelon.infer.means.mean_rows import back_transformed, df_sentence
from echelon.infer.means.reference_grid import ReferenceGrid, marginal_rows
from echelon.infer.means.response_means import Asked, generalized_rows, read_asked, scale_of
from echelon.infer.sandwich.chosen import inference_of
from echelon.options import read_conf_level
from echelon.table import Table

SHOWN = ("estimate", "std_error", "df", "conf_low", "conf_high")
SCALED = ("estimate", "std_error", "conf_low", "conf_high")


def interaction_table(
    fit: Fit,
    variable: str,
    moderator: str,
    at: Mapping[str, Any] | None = None,
    *,
    df_method: str | None = None,
    robust: str | Counted | None = None,
    conf_level: float | None = None,
    scale: str = "link",
    target: str = "conditional",
    outcome: str | None = None,
) -> Table:
    """Predict the outcome at low, mean and high of a predictor and of its moderator.

    Low and high are one standard deviation below and above the mean over the rows of the fit, or
    the values of `at`; of a predictor with categories, each category. The prediction is x'beta,
    for the population of groups. This is what is drawn to show a (cross-level) interaction.

    Parameters
    ----------
    fit : a fitted model.
    variable : a predictor of the fixed part.
    moderator : another one.
    at : values by name, also of predictors that are held.
    df_method : how degrees of freedom are counted, as in `fit`.
    robust : as in `slopes`.
    conf_level : of the intervals, in (0, 1); None for that of the fit.
    scale, target, outcome : of a generalized model, as in `marginal_means`.

    Returns
    -------
    Table with the columns of moderator and variable, the latter varying fastest, then estimate,
    std_error, df, conf_low, conf_high, in response units.

    Raises
    ------
    SpecError : a name is not in the fixed part, or the two are the same.

    Source
    ------
    emmeans 1.8.4.1, emmeans(at=): tests/unit/infer/test_interaction_table.py.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ ses * sector + (1 | school)", ec.datasets.load("hsb"))
    >>> fit.interaction_table("ses", "sector")["estimate"].round(1).tolist()
    [9.5, 11.8, 14.1, 12.7, 13.9, 15.2]
    """
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    if variable == moderator:
        raise _same(variable)
    grid = moderator_grid(fit, [variable, moderator], at)
    asked = read_asked(fit, scale, target, outcome, "equal", df_method, robust)
    if asked is not None:
        return _generalized(fit, grid, asked, level, spread_notes(fit, [variable, moderator], at))
    L, offset = marginal_rows(fit.design.recipe, grid)
    inference = inference_of(fit, df_method, robust)
    columns = inference.rows(L, level)
    for name in ("estimate", "conf_low", "conf_high"):
        columns[name] = columns[name] + offset
    labels = grid.columns()
    return Table(
        {
            moderator: labels[moderator],
            variable: labels[variable],
            **{name: columns[name] for name in SHOWN},
        },
        scales=dict.fromkeys(SCALED, "response"),
        title=f"Predicted outcome by {variable} and {moderator}",
        notes=(
            *grid_notes(grid),
            *outcome_notes(fit),
            *spread_notes(fit, [variable, moderator], at),
            df_sentence(inference),
        ),
    )


def _generalized(
    fit: Fit, grid: ReferenceGrid, asked: Asked, level: float, spread: tuple[str, ...]
) -> Table:
    """Tabulate the means of a generalized model, the moderator first."""
    means = generalized_rows(fit, grid, (), asked, level)
    columns = means.inference.rows(means.L, level, -means.offset)
    for name in ("estimate", "conf_low", "conf_high"):
        columns[name] = columns[name] + means.offset
    if means.inverse is not None:
        columns = back_transformed(columns, means.inverse)
    labels = means.grid.columns()
    first = list(labels)[1::-1] + list(labels)[2:]
    return Table(
        {**{name: labels[name] for name in first}, **{name: columns[name] for name in SHOWN}},
        scales=dict.fromkeys(SCALED, scale_of(fit, means, asked)),
        title=f"Predicted outcome by {first[1]} and {first[0]}",
        notes=(
            *scale_notes(fit, means, asked),
            *grid_notes(grid),
            *spread,
            df_sentence(means.inference),
        ),
    )


def _same(variable: str) -> SpecError:
    return SpecError(
        f"The predictor and its moderator are both '{variable}'.",
        where="arguments variable and moderator",
        got=repr(variable),
        need="two different predictors",
        do=f"name another moderator; slopes('{variable}', by='{variable}') shows a curve.",
        slug="moderator-is-variable",
    )

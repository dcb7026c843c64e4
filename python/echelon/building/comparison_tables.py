"""The tables of a comparison: one row per model, and one row per model and number.

Room: building/. Collects what the rooms below measured.
Takes: fits with their names, and the tests between neighbours.
Gives: two tidy Tables.
Source: docs/how-to, compare models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from echelon.building.comparison import Neighbours
from echelon.building.explained import explained
from echelon.fit import Fit
from echelon.formula.render import render
from echelon.infer.coefficients.joint import joint_inference
from echelon.infer.components.variance_inference import variance_intervals
from echelon.infer.components.variances import variance_components
from echelon.measure.criteria import (
    bic_by_groups,
    conditional_criteria,
    corrected_aic,
    criteria,
)
from echelon.table import Table

NAN = float("nan")

FIT_COLUMNS = (
    "n_parameters", "log_likelihood", "objective", "aic", "aicc", "bic", "bic_groups",
    "effective_df", "caic", "icc", "r2_marginal", "r2_conditional",
)  # fmt: skip


class Component(NamedTuple):
    """A variance or covariance by its place; `term_2` is empty for a variance."""

    grouping: str
    term_1: str
    term_2: str

    @property
    def label(self) -> str:
        """Name in a column of the table: '(Intercept)|school', 'residual'."""
        return f"{self.term_1}|{self.grouping}" if self.term_1 else self.grouping


RESIDUAL = Component("residual", "", "")


def model_table(
    names: Sequence[str], fits: Sequence[Fit], judged: Sequence[Fit], tests: Sequence[Neighbours]
) -> Table:
    """Set models below each other, one row each.

    Parameters
    ----------
    names : of the models.
    fits : as given: sizes, conditional AIC, ICC, R-squared and changes are theirs.
    judged : by comparable likelihoods: log likelihood and criteria are theirs.
    tests : of each model but the first against the one before.

    Returns
    -------
    Table with columns model, formula, method, n_obs, one n_groups[...] per grouping factor,
    criteria_method, n_parameters, log_likelihood, objective (-2 log likelihood), aic, aicc, bic
    (n = observations), bic_groups (n = groups of the highest level), effective_df and caic
    (Vaida & Blanchard), against, statistic, df, p_value, mixture, icc, r2_marginal,
    r2_conditional, and one change[...] per variance of the first model: the proportion by
    which it is less than there (Raudenbush & Bryk); negative where it grew.
    """
    groupings = list(dict.fromkeys(b.grouping for fit in fits for b in fit.design.rows.blocks))
    first = variances(fits[0])
    rows = []
    for name, fit, judge, test in zip(names, fits, judged, (None, *tests), strict=True):
        row: dict[str, Any] = {"model": name, "formula": render(fit.spec.formula)}
        row |= {"method": fit.spec.method, "n_obs": fit.design.n_obs}
        counts = {b.grouping: float(b.n_groups) for b in fit.design.rows.blocks}
        row |= {f"n_groups[{g}]": counts.get(g, NAN) for g in groupings}
        row |= _judgement(fit, judge) | _test(test) | explained(fit)
        own = variances(fit)
        if fit.spec.weights != fits[0].spec.weights:
            own.pop(RESIDUAL, None)  # per unit of weight: of another meaning
        if _scale(fit) != _scale(fits[0]):
            own.clear()  # on another scale
        row |= {f"change[{c.label}]": v for c, v in changes(first, own).items()}
        rows.append(row)
    return Table(
        {column: column_of([row[column] for row in rows]) for column in rows[0]},
        title=f"Comparison of models of {fits[0].design.response_name}",
    )


def _scale(fit: Fit) -> tuple[str, str | None]:
    return fit.spec.family, fit.spec.link


def column_of(values: list[Any]) -> NDArray[Any]:
    """Make a column (n,): texts as objects, numbers and truth values as they are."""
    return np.array(values, dtype=object if isinstance(values[0], str) else None)


def _judgement(fit: Fit, judged: Fit) -> dict[str, Any]:
    found, (effective_df, caic) = criteria(judged), _conditional(fit)
    return {
        "criteria_method": judged.spec.method,
        "n_parameters": found.n_parameters,
        "log_likelihood": found.log_likelihood,
        "objective": found.objective,
        "aic": found.aic,
        "aicc": corrected_aic(judged),
        "bic": found.bic,
        "bic_groups": bic_by_groups(judged),
        "effective_df": effective_df,
        "caic": caic,
    }


def _conditional(fit: Fit) -> tuple[float, float]:
    """Effective df and conditional AIC; NaN for a generalized model, which has no hat matrix."""
    if fit.spec.is_generalized:
        return NAN, NAN
    found = conditional_criteria(fit)
    return found.effective_df, found.aic


def _test(test: Neighbours | None) -> dict[str, Any]:
    if test is None:
        return {"against": "", "statistic": NAN, "df": NAN, "p_value": NAN, "mixture": ""}
    return {
        "against": test.against,
        "statistic": test.statistic,
        "df": test.df,
        "p_value": test.p_value,
        "mixture": test.mixture,
    }


def variances(fit: Fit) -> dict[Component, float]:
    """Find the variances of a fit by their places, the residual last."""
    table = variance_components(fit)
    places = zip(table["grouping"], table["term_1"], table["term_2"], strict=True)
    found = {}
    for place, value in zip(places, table["variance"].tolist(), strict=True):
        if not place[2]:
            found[Component(*place)] = float(value)
    return found


def changes(first: dict[Component, float], own: dict[Component, float]) -> dict[Component, float]:
    """By which proportion each variance of the first model is less now; NaN where undefined."""
    return {
        place: (value - own[place]) / value if place in own and value > 0 else NAN
        for place, value in first.items()
    }


def coefficient_table(
    names: Sequence[str], fits: Sequence[Fit], models: Table, conf_level: float | None
) -> Table:
    """List every number of every model, one per row.

    Parameters
    ----------
    names : of the models.
    fits : fitted models.
    models : what `model_table` gave.
    conf_level : of the intervals; None for that of each fit.

    Returns
    -------
    Table with columns model, part ('fixed', 'correlation', 'variance', 'fit'), grouping, term,
    term_2, estimate, std_error, statistic, df, p_value, conf_low, conf_high. In part 'variance'
    the estimate is a variance, or with a term_2 a covariance; part 'fit' holds the columns of
    `models` that are about the whole model.
    """
    rows = [
        row
        for k, (name, fit) in enumerate(zip(names, fits, strict=True))
        for row in (
            *_fixed(name, fit, conf_level),
            *_variances(name, fit, conf_level),
            *_whole(name, models, k),
        )
    ]
    return Table(
        {name: column_of([getattr(row, name) for row in rows]) for name in Coefficient._fields},
        title="Coefficients, variances and criteria by model",
    )


class Coefficient(NamedTuple):
    """One row of the table of coefficients."""

    model: str
    part: str
    grouping: str
    term: str
    term_2: str
    estimate: float
    std_error: float = NAN
    statistic: float = NAN
    df: float = NAN
    p_value: float = NAN
    conf_low: float = NAN
    conf_high: float = NAN


def _fixed(name: str, fit: Fit, conf_level: float | None) -> Iterator[Coefficient]:
    inference = joint_inference(fit)
    level = fit.spec.conf_level if conf_level is None else conf_level
    columns = inference.rows(np.eye(len(inference.names)), level)
    for k, term in enumerate(inference.names):
        values = [float(column[k]) for column in columns.values()]
        yield Coefficient(name, "fixed", "", term, "", *values)


PARTS = {"variance": "variance", "covariance": "variance", "correlation": "correlation"}


def _variances(name: str, fit: Fit, conf_level: float | None) -> Iterator[Coefficient]:
    for row in variance_intervals(fit, conf_level).rows():
        if row["scale"] in PARTS:
            numbers = (row[c] for c in ("estimate", "std_error", "conf_low", "conf_high"))
            estimate, error, low, high = (NAN if value is None else value for value in numbers)
            place = row["grouping"], row["term_1"], row["term_2"]
            yield Coefficient(
                name, PARTS[row["scale"]], *place, estimate, error, conf_low=low, conf_high=high
            )


def _whole(name: str, models: Table, place: int) -> Iterator[Coefficient]:
    for column in FIT_COLUMNS:
        yield Coefficient(name, "fit", "", column, "", float(models[column][place]))

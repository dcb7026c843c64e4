"""The part of a summary about what a family has besides its mean.

Room: report/. The numbers of `component_effects` become strings here.
Takes: a `Fit`.
Gives: `Section`s: thresholds, nominal effects, scale, zeros or hurdle, dispersion.
Source: docs/reference, summary; docs/theory.md (24), (29).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from echelon.families import family_of
from echelon.fit import Fit
from echelon.infer.components.component_effects import (
    BOUNDS,
    component_effects,
    is_constant,
    natural_value,
    thresholds,
)
from echelon.report.section import Section
from echelon.typeset import numbers
from echelon.typeset.layout import Column, printable

Rows = Sequence[Mapping[str, Any]]

# How a dispersion is called, and what it does: Var is the variance of the response.
DISPERSIONS = {
    "gaussian": ("sigma", "sigma is the residual standard deviation."),
    "nbinom2": ("theta", "Var = mu + mu^2 / theta."),
    "nbinom1": ("phi", "Var = mu (1 + phi)."),
    "gamma": ("sigma", "Var = mu^2 sigma^2."),
    "inverse_gaussian": ("sigma", "Var = mu^3 sigma^2."),
    "beta": ("phi", "Var = mu (1 - mu) / (1 + phi)."),
    "betabinomial": ("phi", "Var = n mu (1 - mu) (1 + (n - 1) / (phi + 1)), n trials."),
    "tweedie": ("phi", "Var = phi mu^power."),
    "student": ("sigma", "sigma is the scale of the t distribution."),
    "lognormal": ("sigma", "sigma is the residual standard deviation of the logarithm."),
}
HEADS = {
    "nominal": "Nominal effects",
    "scale": "Scale (log)",
    "zero": "Structural zeros (logit)",
    "hurdle": "Zeros (logit)",
}
NOMINAL = "Each is added to its threshold: positive ones go with lower categories."


def component_sections(fit: Fit) -> Iterator[Section]:
    """Set what the family has besides its mean, in tables like that of the fixed effects."""
    if not fit.spec.is_generalized:
        return
    rows = component_effects(fit).rows()
    yield from _thresholds(fit, [row for row in rows if row["component"] == "threshold"])
    for component in (*HEADS, "dispersion"):
        own = [row for row in rows if row["component"] == component]
        if own and not is_constant(fit, component):
            yield _effects(fit, component, own)
    constants = [row for row in rows if is_constant(fit, row["component"])]
    if constants:
        yield _constants(fit, constants)


def _thresholds(fit: Fit, parameters: Rows) -> Iterator[Section]:
    """Set the thresholds, below the parameters that they are made of where these are fewer."""
    if family_of(fit.spec.family).response != "ordered":
        return
    kind = fit.spec.thresholds
    if kind != "flexible":
        yield Section((*_estimates(fit, f"Thresholds ({kind})", parameters),))
    notes = ("Where the nominal predictors are zero.",) if fit.spec.nominal is not None else ()
    yield Section((*_estimates(fit, "Thresholds", thresholds(fit).rows()),), notes)


def _effects(fit: Fit, component: str, rows: Rows) -> Section:
    """Set coefficients of predictors, tested against zero."""
    name, meaning = DISPERSIONS.get(fit.spec.family, ("", ""))
    heading = HEADS.get(component, f"Dispersion (log {name})")
    labels, estimate, std_error, low, high = _estimates(fit, heading, rows)
    tests = (
        Column("z", _known(rows, "statistic", numbers.statistics)),
        Column("p value", _known(rows, "p_value", lambda v: [numbers.p_value(p) for p in v])),
    )
    note = {"dispersion": meaning, "nominal": NOMINAL}.get(component)
    if rows[0]["natural"] is not None:
        note = f"A probability of {numbers.significant(float(rows[0]['natural']))} in every row."
    columns = (labels, estimate, std_error, *tests, low, high)
    return Section(columns, () if note is None else (note,))


def _known(rows: Rows, name: str, written: Any) -> tuple[str, ...]:
    """Write the tests that there are; a constant is not tested."""
    texts = written([_number(row[name]) for row in rows])
    return tuple("" if text == numbers.MISSING else text for text in texts)


def _estimates(fit: Fit, heading: str, rows: Rows) -> tuple[Column, ...]:
    values = [[_number(row[name]) for name in BOUNDS] for row in rows]
    cells = numbers.number_rows(values, [value[1] for value in values])
    estimate, std_error, low, high = zip(*cells, strict=True)
    level = numbers.percent_label(fit.spec.conf_level)
    return (
        Column(heading, tuple(printable(str(row["term"])) for row in rows), "left"),
        Column("estimate", estimate),
        Column("std. error", std_error),
        Column(f"{level} low", low),
        Column(f"{level} high", high),
    )


def _number(value: float | None) -> float:
    """Undo what a table's rows do to not-a-number."""
    return math.nan if value is None else float(value)


def _constants(fit: Fit, rows: Rows) -> Section:
    """Set the parameters of the family that are the same in every row, on their own scale."""
    name, meaning = DISPERSIONS[fit.spec.family]
    names = {"dispersion": name, "df": "degrees of freedom"}
    labels: list[str] = []
    cells: list[list[str]] = []
    for row in rows:
        component = str(row["component"])
        labels.append(names.get(component, component))
        ends = [_number(row[name]) for name in ("estimate", "conf_low", "conf_high")]
        values = [natural_value(component, end) for end in ends]
        spread = (values[2] - values[1]) / 4  # about a standard error: decides the digits
        cells.append(numbers.number_rows([values], [spread])[0])
    estimate, low, high = zip(*cells, strict=True)
    level = numbers.percent_label(fit.spec.conf_level)
    heading = "Dispersion" if len(rows) == 1 else "Family"
    columns = (
        Column(heading, tuple(labels), "left"),
        Column("estimate", estimate),
        Column(f"{level} low", low),
        Column(f"{level} high", high),
    )
    return Section(columns, (meaning,))

"""What a comparison says, line by line: the numbers of all models as strings, in blocks.

Room: report/. The comparison's numbers become strings here, once for all outputs and layouts.
Takes: a `Comparison`.
Gives: `Block`s of `Line`s: fixed effects, variances, criteria, tests, variance explained.
Source: docs/how-to, compare models.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from echelon.building.comparison import Comparison
from echelon.typeset import numbers
from echelon.typeset.layout import printable, shorten

Place: TypeAlias = tuple[str, str, str]  # grouping, term, the other term of a covariance
NAME = 24  # widest name of a model in a heading


@dataclass(frozen=True, slots=True)
class Line:
    """One quantity: a cell per model, empty where the model has none, and standard errors."""

    label: str
    cells: tuple[str, ...]
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under a heading."""

    heading: str
    lines: tuple[Line, ...]


def blocks_of(comparison: Comparison) -> tuple[Block, ...]:
    """Word a comparison; blocks without lines are left out."""
    found = (
        Block("Fixed effects", tuple(_coefficients(comparison, is_other=False))),
        Block("Other components", tuple(_coefficients(comparison, is_other=True))),
        Block("Variances", tuple(_variances(comparison))),
        Block(_fit_heading(comparison), tuple(_criteria(comparison))),
        Block("Test against the model before", tuple(_tests(comparison))),
        Block("Variance explained", tuple(_explained(comparison))),
        Block(f"Less variance than in {_first(comparison)}", tuple(_changes(comparison))),
    )
    return tuple(block for block in found if block.lines)


def _first(comparison: Comparison) -> str:
    return shorten(printable(comparison.names[0]), NAME)


def _rows(comparison: Comparison, part: str) -> list[dict[str, Any]]:
    table = comparison.coefficients
    is_part = table["part"] == part
    columns = {name: table[name][is_part].tolist() for name in table.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _coefficients(comparison: Comparison, *, is_other: bool) -> Iterator[Line]:
    """Estimates with errors; the models of a term share their decimals, terms need not.

    Thresholds, dispersion and the like (`is_other`) have a block of their own.
    """
    others = {name for fit in comparison.fits for name in fit.design.extra_names}
    by_term: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(comparison, "fixed"):
        if (row["term"] in others) is is_other:
            by_term.setdefault(row["term"], []).append(row)
    for term, rows in by_term.items():
        values = [_shown_with(row, comparison.has_intervals) for row in rows]
        formatted = numbers.number_rows(values, [row["std_error"] for row in rows])
        found = {row["model"]: texts for row, texts in zip(rows, formatted, strict=True)}
        cells = [found.get(name, [""]) for name in comparison.names]
        estimates = tuple(estimate for estimate, *_ in cells)
        yield Line(printable(term), estimates, tuple(_bracket(*errors) for _, *errors in cells))


def _bracket(*errors: str) -> str:
    if not errors or errors[0] == numbers.MISSING:
        return ""
    return f"({errors[0]})" if len(errors) == 1 else f"[{', '.join(errors)}]"


def _shown_with(row: dict[str, Any], has_intervals: bool) -> tuple[float, ...]:
    if has_intervals:
        return row["estimate"], row["conf_low"], row["conf_high"]
    return row["estimate"], row["std_error"]


def _variances(comparison: Comparison) -> Iterator[Line]:
    """Variances, then the correlations of a factor; the residual last.

    They have intervals where these are asked for, and no standard errors: a variance is not
    tested by its own.
    """
    found: dict[Place, list[dict[str, Any]]] = {}
    variances = [row for row in _rows(comparison, "variance") if not row["term_2"]]
    for row in (*variances, *_rows(comparison, "correlation")):
        found.setdefault((row["grouping"], row["term"], row["term_2"]), []).append(row)
    order = list(dict.fromkeys(place[0] for place in found))
    for place in sorted(found, key=lambda p: (not p[1], order.index(p[0]), p[2] != "")):
        rows = found[place]
        texts = dict(zip((row["model"] for row in rows), _formatted(place, rows), strict=True))
        cells = [texts.get(name, [""]) for name in comparison.names]
        errors = [_bracket(*bounds) if comparison.has_intervals else "" for _, *bounds in cells]
        yield Line(_place_label(place), tuple(cell for cell, *_ in cells), tuple(errors))


def _formatted(place: Place, rows: list[dict[str, Any]]) -> list[list[str]]:
    """Estimates with their bounds as strings, one list per model."""
    values = [(row["estimate"], row["conf_low"], row["conf_high"]) for row in rows]
    if place[2]:
        return [[numbers.fixed(value, 2) for value in each] for each in values]
    return numbers.number_rows(values, [each[0] for each in values], digits=3)


def _place_label(place: Place) -> str:
    grouping, term, other = place
    if not term:
        return printable(grouping)
    inside = f"corr. {other}, {term}" if other else term
    return printable(f"{grouping}: {inside}")


def _fit_heading(comparison: Comparison) -> str:
    methods = dict.fromkeys(fit.spec.method for fit in comparison.judged)
    return f"Fit (by {' and '.join(methods)})"


CRITERIA = (
    ("n_parameters", "parameters"),
    ("objective", "-2 log likelihood"),
    ("aic", "AIC"),
    ("aicc", "AICc"),
    ("bic", "BIC, n = rows"),
    ("bic_groups", "BIC, n = groups"),
    ("caic", "conditional AIC"),
    ("effective_df", "effective parameters"),
)


def _criteria(comparison: Comparison) -> Iterator[Line]:
    for name, label in CRITERIA:
        line = _of_column(comparison, name, label, _criterion)
        if any(cell not in ("", numbers.MISSING) for cell in line.cells):
            yield line
        if name == "objective" and comparison.is_refitted:
            values = [fit.estimates.objective for fit in comparison.fits]
            methods = dict.fromkeys(fit.spec.method for fit in comparison.fits)
            as_fitted = f"-2 log likelihood, {'/'.join(methods)}"
            yield Line(as_fitted, tuple(numbers.fixed(v, 1) for v in values))


def _criterion(value: float) -> str:
    return numbers.count(int(value)) if isinstance(value, int) else numbers.fixed(value, 1)


def _of_column(comparison: Comparison, name: str, label: str, word: Callable[[Any], str]) -> Line:
    return Line(label, tuple(word(value) for value in comparison.table[name].tolist()))


def _tests(comparison: Comparison) -> Iterator[Line]:
    if not any(math.isfinite(test.statistic) for test in comparison.tests):
        return
    columns: Sequence[tuple[str, Sequence[str]]] = (
        ("chi-square", numbers.statistics([test.statistic for test in comparison.tests])),
        ("df", [_df(test.df) for test in comparison.tests]),
        ("p", [p_value(test.p_value) for test in comparison.tests]),
        ("by", [test.method for test in comparison.tests]),
    )
    for label, cells in columns:
        if label != "by" or len({cell for cell in cells if cell}) > 1:
            yield Line(label, ("", *cells))


def _df(value: float) -> str:
    return numbers.MISSING if math.isnan(value) else f"{value:g}"


def p_value(value: float) -> str:
    """Write a p value with three decimals, '<0.001' below."""
    return "<0.001" if value < 0.0005 else numbers.fixed(value, 3)


def _explained(comparison: Comparison) -> Iterator[Line]:
    for name, label in (
        ("icc", "ICC"),
        ("r2_marginal", "R-squared, marginal"),
        ("r2_conditional", "R-squared, conditional"),
    ):
        if np.isfinite(comparison.table[name]).any():
            yield _of_column(comparison, name, label, numbers.percent)


def _changes(comparison: Comparison) -> Iterator[Line]:
    """Proportional reduction of each variance; the first model has nothing to be less than."""
    if len(comparison.names) < 2:
        return
    for name in comparison.table.columns:
        if not name.startswith("change["):
            continue
        term, _, grouping = name.removeprefix("change[").removesuffix("]").rpartition("|")
        label = f"{grouping}: {term}" if term else grouping
        cells = tuple(numbers.percent(value) for value in comparison.table[name].tolist()[1:])
        yield Line(printable(label), ("", *cells))

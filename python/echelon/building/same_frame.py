"""Fit several formulas to the rows that are complete for all of them.

Room: building/. Composes frame and fit; computes nothing itself.
Takes: formulas, a table, options of a fit.
Gives: fits of the same rows.
Source: docs/how-to, compare models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from echelon.fit import Fit, fit_model
from echelon.formula.parse import parse_formula
from echelon.formula.resolve import expand_dot
from echelon.formula.terms import Formula
from echelon.frame.build import build_frame
from echelon.frame.source import column_names
from echelon.spec import ModelSpec, Needed, columns_needed, columns_of_options, resolve_spec


def fit_to_same_rows(
    formulas: Sequence[str | Formula], data: Any, *, source: str = "", **options: Any
) -> tuple[Fit, ...]:
    """Fit formulas to one frame: a row that lacks a variable of any of them is in none.

    Parameters
    ----------
    formulas : text, or parsed.
    data : a table, opened.
    source : what to call it in print.
    options : as for `echelon.fit`, the same for every formula.

    Returns
    -------
    One fit per formula; what limits them is in their verdicts, and not announced.

    Raises
    ------
    FormulaError, SpecError, FrameError, DesignError, EngineError : as `echelon.fit`.
    """
    specs = [_spec(formula, data, options) for formula in formulas]
    frame = build_frame(
        data, _all(specs), subset=specs[0].subset, missing=specs[0].missing, source=source
    )
    return tuple(fit_model(spec, frame) for spec in specs)


def _spec(formula: str | Formula, data: Any, options: dict[str, Any]) -> ModelSpec:
    parsed = formula if isinstance(formula, Formula) else parse_formula(formula)
    if parsed.has_dot:
        beside = columns_of_options(options.get("weights"), options.get("offset"))
        parsed = expand_dot(parsed, column_names(data), beside)
    return resolve_spec(parsed, **options)


def _all(specs: Sequence[ModelSpec]) -> Needed:
    """Columns and grouping factors of all models, each once."""
    needed = [columns_needed(spec) for spec in specs]
    return Needed(
        columns=tuple(dict.fromkeys(name for each in needed for name in each.columns)),
        groupings=tuple(dict.fromkeys(name for each in needed for name in each.groupings)),
    )

"""A fit for programs: everything as plain numbers, texts, lists and mappings.

Room: report/. Full precision; nothing is rounded.
Takes: a `Fit`.
Gives: a record ready for JSON, JSON text, and one tidy table as CSV.
Source: docs/reference, command line (`schema` names the shape and changes with it).
"""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from echelon._optional import require
from echelon.fit import Fit
from echelon.formula.expression import Expression, deparse
from echelon.formula.render import render
from echelon.formula.terms import Formula
from echelon.infer.coefficients.exponentiated import exponentiated, ratio_of
from echelon.infer.coefficients.wald import fixed_effects
from echelon.infer.components.component_effects import component_effects, dispersion
from echelon.infer.components.variances import variance_components
from echelon.measure.criteria import criteria
from echelon.measure.icc import icc

SCHEMA = "echelon.fit/1"

_CSV_COLUMNS = (
    "component", "grouping", "term", "term_2", "estimate", "std_error", "statistic", "df",
    "p_value", "conf_low", "conf_high", "std_dev", "correlation",
)  # fmt: skip


def fit_record(fit: Fit) -> dict[str, Any]:
    """Lay out everything of a fit: what was asked, the rows, the estimates, the verdict.

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    Mapping of plain Python values, with None for what is not a number; `schema` and `echelon`
    (the version) first, then specification, data, tables, estimates, modes, verdict and plan.
    """
    record = {
        "schema": SCHEMA,
        "echelon": package_version(),
        "specification": _specification(fit),
        "data": _data(fit),
        "fixed_effects": fixed_effects(fit).rows(),
        "variance_components": variance_components(fit).rows(),
        "icc": icc(fit).rows() if fit.has_rows and not fit.spec.is_generalized else None,
        "criteria": asdict(criteria(fit)),
        "estimates": _estimates(fit),
        "conditional_modes": _modes(fit),
        "verdict": asdict(fit.estimates.verdict),
        "plan": asdict(fit.estimates.plan),
    }
    if fit.spec.is_generalized:
        record |= _generalized(fit)
    return {name: plain(value) for name, value in record.items()}


def _generalized(fit: Fit) -> dict[str, Any]:
    """Lay out what a generalized model has besides."""
    found, spec = fit.estimates.generalized, fit.spec
    assert found is not None
    options = ("quadrature", "thresholds", "nominal", "scale", "zero", "hurdle", "dispersion")
    chosen = {name: getattr(spec, name) for name in options}
    return {
        "generalized": {
            **{k: render(v) if isinstance(v, Formula) else v for k, v in chosen.items()},
            "categories": list(fit.design.categories),
            "approximation": asdict(found.approximation),
            "dispersion_value": dispersion(fit),
            "extra": dict(zip(fit.design.extra_names, found.extra.tolist(), strict=True)),
            "joint_cov": found.joint_cov,
        },
        "component_effects": component_effects(fit).rows(),
        "exponentiated": None if ratio_of(spec) is None else exponentiated(fit).rows(),
    }


def fit_json(fit: Fit) -> str:
    """Write `fit_record` as JSON (RFC 8259: what is not a number is null)."""
    return json.dumps(fit_record(fit), ensure_ascii=False, allow_nan=False, indent=1)


def fit_csv(fit: Fit) -> str:
    """Write fixed effects, then variance components, as one tidy table with a header line.

    Columns: component ('fixed' or 'random'; of a generalized model also 'threshold', 'zero',
    'dispersion' and the like, between these), grouping, term, term_2, estimate (the coefficient,
    variance or covariance), std_error, statistic, df, p_value, conf_low, conf_high, std_dev,
    correlation. Cells that do not apply are empty; numbers have full precision.
    """
    rows = [{"component": "fixed", **row} for row in fixed_effects(fit).rows()]
    rows += [{k: v for k, v in row.items() if k != "natural"} for row in _components(fit)]
    for row in variance_components(fit).rows():
        row["term"], row["estimate"] = row.pop("term_1"), row.pop("variance")
        rows.append({"component": "random", **row})
    return csv_text(_CSV_COLUMNS, rows)


def _components(fit: Fit) -> list[dict[str, Any]]:
    return component_effects(fit).rows() if fit.spec.is_generalized else []


def package_version() -> str:
    """Read the version of echelon that is installed."""
    return str(require("importlib.metadata").version("echelon"))


def csv_text(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    """Write records as CSV (RFC 4180, but with plain line feeds); empty where not a number."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        cells = ((name, plain(value)) for name, value in row.items())
        writer.writerow({name: "" if value is None else value for name, value in cells})
    return stream.getvalue().removesuffix("\n")


def _specification(fit: Fit) -> dict[str, Any]:
    spec = fit.spec
    return {
        "formula": render(spec.formula),
        "family": spec.family,
        "link": spec.link,
        "method": spec.method,
        "weights": _text(spec.weights),
        "offset": _text(spec.offset),
        "subset": spec.subset,
        "missing": spec.missing,
        "contrasts": dict(spec.contrasts),
        "conf_level": spec.conf_level,
        "df_method": spec.df_method,
        "start": spec.start,
        "control": asdict(spec.control),
    }


def _text(expression: Expression | None) -> str | None:
    return None if expression is None else deparse(expression)


def _data(fit: Fit) -> dict[str, Any]:
    return {
        "source": fit.source,
        "response": fit.design.response_name,
        "rows_read": fit.rows.n_read,
        "rows_used": fit.rows.n_used,
        "rows_dropped": [{"reason": reason, "count": n} for reason, n in fit.rows.dropped],
        "groups": {block.grouping: block.n_groups for block in fit.design.rows.blocks},
    }


def _estimates(fit: Fit) -> dict[str, Any]:
    estimates = fit.estimates
    names = fit.design.fixed_names
    return {
        "beta": dict(zip(names, estimates.beta.tolist(), strict=True)),
        "vcov": estimates.vcov,
        "theta": estimates.theta,
        "sigma": estimates.sigma,
        "pwrss": estimates.pwrss,
        "logdet_random": estimates.logdet_random,
        "logdet_fixed": estimates.logdet_fixed,
    }


def _modes(fit: Fit) -> list[dict[str, Any]]:
    """One entry per grouping factor: its groups, its columns, and a row of modes per group."""
    return [
        {
            "grouping": block.grouping,
            "terms": list(block.column_names),
            "groups": list(block.labels),
            "modes": modes,
        }
        for block, modes in zip(fit.design.rows.blocks, fit.estimates.modes, strict=True)
    ]


def plain(value: Any) -> Any:
    """Turn arrays, NumPy scalars, not-a-numbers and labels of any type into what JSON knows."""
    match value:
        case np.ndarray() | np.generic():
            return plain(value.tolist())
        case float():
            return value if math.isfinite(value) else None
        case None | bool() | int() | str():
            return value
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    return str(value)

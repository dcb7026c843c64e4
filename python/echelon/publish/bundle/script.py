"""The script of a bundle: it reproduces every number, and says at each line by which equation.

Room: publish/bundle/. Words; the script is for people, and `rerun` does not run it.
Takes: the model, its options, its table and its level equations.
Gives: the text of analysis.py.
Source: docs/theory.md (1) to (12), docs/theory-inference.md (13) to (23),
docs/theory-generalized.md (24) to (30).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from echelon.fit import Fit
from echelon.frame.columns import Categorical
from echelon.options import DEFAULT_CONTROL, Control
from echelon.publish.bundle.sharing import Shared, SharedColumn

WIDTH = 96
MOST_CATEGORIES = 6
HEAD = '''"""{title}

python analysis.py fits the model to data.csv, prints every table, and compares each number with
expected.json. It ends with 0 if all agree, with 1 if some do not.

Numbers in brackets are the equations of echelon's documentation: (1) to (12) docs/theory.md,
(13) to (23) docs/theory-inference.md, (24) to (30) docs/theory-generalized.md.
"""

from pathlib import Path

import echelon as ec
from echelon.publish.bundle import compare_with, read_data

HERE = Path(__file__).parent
'''
TAIL = """
# Every number against expected.json; the minimiser certifies its end by (11).
outcome = compare_with(fit.fit, HERE)
print(outcome)
raise SystemExit(0 if outcome.agrees else 1)
"""
_PART = "theory (29): another linear predictor of the family"
# Option -> what it is, and the equation that it enters.
MEANING: Mapping[str, str] = {
    "family": "distribution of the response: theory (1) if gaussian, (24) otherwise",
    "link": "of the mean: theory (24)",
    "weights": "prior weights W: theory (1); of other families, of the log density (24)",
    "offset": "added to the linear predictor: theory (1), (24)",
    "start": "theta to start from: theory (12); the end does not depend on it",
    "control": "of the minimiser: theory (11)",
    "conf_level": "of the intervals: estimate -+ quantile * standard error, theory (14)",
    "contrasts": "how categories become columns of X: theory (1)",
    "thresholds": "between neighbouring categories: theory (29)",
    "nominal": _PART,
    "scale": _PART,
    "zero": _PART,
    "hurdle": _PART,
    "dispersion": "log of the dispersion: theory (24)",
}
DF = {
    "satterthwaite": "denominator df: Satterthwaite, theory (14)",
    "kenward_roger": "denominator df: Kenward and Roger, theory (15)",
    "normal": "no denominator df: Wald z tests, theory (14)",
}


def script_text(
    fit: Fit, options: Mapping[str, Any], shared: Shared, equations: str, names: tuple[str, ...]
) -> str:
    """Write the script that fits a study and checks it.

    Parameters
    ----------
    fit : the model, fitted to the table of the bundle.
    options : its formula and options, as `options_of` spells them out.
    shared : the table.
    equations : the model as level equations, in lines.
    names : of the numbers that are expected; a measure without one is not printed.

    Returns
    -------
    Python, which `rerun` never runs.
    """
    title = _one_line(f"Rerun of {options['formula']}")
    lines = [
        HEAD.format(title=title),
        *_table_lines(shared),
        "data = read_data(HERE)",
        "",
        "# The model, level by level: theory (1), the covariance of its random terms (2) to (4).",
        *[f"#   {_one_line(line)}".rstrip() for line in equations.splitlines()],
        *_fit_lines(options),
        "",
        *_printed(fit, names),
    ]
    return "\n".join(lines) + "\n" + TAIL


def _table_lines(shared: Shared) -> Iterator[str]:
    """Say what the columns are, one a line."""
    yield f"# The table: {shared.n_rows:,} rows, every number to its last bit, categories in order."
    width = max(map(len, shared.columns))
    for name, column in shared.columns.items():
        line = f"{name.ljust(width)}  {shared.roles[name]}: {_words(column)}"
        if name in shared.coded:
            line += ", codes in random order"
        yield f"#   {_one_line(line)}"


def _words(column: SharedColumn) -> str:
    if not isinstance(column, Categorical):
        return {"f": "numbers", "M": "dates", "m": "durations"}.get(column.dtype.kind, "integers")
    labels = column.label_text
    shown = ", ".join(labels[:MOST_CATEGORIES])
    more = f", and {len(labels) - MOST_CATEGORIES:,} more" if labels[MOST_CATEGORIES:] else ""
    return f"{'ordered ' * column.is_ordered}categories {shown}{more}"


def _fit_lines(options: Mapping[str, Any]) -> Iterator[str]:
    """Spell the call of fit() out, each option with its meaning above it."""
    yield "fit = ec.fit("
    yield "    # fixed effects X beta and random effects Z b: theory (1)"
    yield f"    {options['formula']!r},"
    yield "    data,"
    for name, value in options.items():
        if name == "formula":
            continue
        yield from (f"    # {line}" for line in wrap(_meaning(name, value, options), WIDTH - 6))
        yield f"    {name}={value!r},"
    yield ")"


def _meaning(name: str, value: Any, options: Mapping[str, Any]) -> str:
    if name == "df_method":
        return DF.get(value, "denominator df: docs/explanation, degrees of freedom; theory (14)")
    if name == "control":
        is_rest = Control(**value) == DEFAULT_CONTROL
        return f"{MEANING[name]}{'; these are the defaults' if is_rest else ''}"
    if name == "quadrature":
        return "points of adaptive quadrature per random effect: theory (26)"
    if name == "method":
        return _criterion(value, options)
    return MEANING[name]


def _criterion(method: str, options: Mapping[str, Any]) -> str:
    if method[:3] in ("PQL", "MQL"):
        return "quasi-likelihood: theory (27)"
    if options["family"] == "gaussian" and options["link"] == "identity":
        return "the criterion that is minimised, exact: theory (6)"
    if "quadrature" in options:
        return "the criterion that is minimised, by adaptive quadrature: theory (26)"
    return "the criterion that is minimised, by Laplace's approximation: theory (25)"


def _printed(fit: Fit, names: tuple[str, ...]) -> Iterator[str]:
    """Print each table under the equation that gives it."""
    is_generalized = fit.spec.is_generalized
    yield "# Coefficients with standard errors, theory " + (
        "(25), and Wald tests (14)." if is_generalized else "(7), and their tests (14), (15)."
    )
    yield "print(fit.fixed_effects)"
    if is_generalized:
        yield "# Thresholds, zeros, dispersion and the like: theory (24), (29)."
        yield "print(fit.component_effects)"
    yield "# Variances and correlations of the random effects, from theta: theory (4)."
    yield "print(fit.variance_components)"
    yield (
        "# The criterion at its minimum, "
        + ("theory (25), (26)," if is_generalized else "theory (6),")
        + " and what is made of it."
    )
    yield 'print("log likelihood", fit.log_likelihood, "AIC", fit.aic, "BIC", fit.bic)'
    place = "theory (30)" if is_generalized else "theory (22)"
    if any(name.startswith("ICC ") for name in names):
        yield f"# Shares of the variance that the fixed effects leave: {place}."
        yield "print(fit.icc())"
    if any(name.startswith("R-squared ") for name in names):
        yield f"# Variance explained, by every usual definition: {place}."
        yield "print(fit.r_squared())"
    groupings = list(dict.fromkeys(block.grouping for block in fit.design.rows.blocks))
    for grouping in groupings:
        yield f"# Conditional modes of each group: theory {'(25)' if is_generalized else '(8)'}."
        yield f"print(fit.conditional_modes({grouping!r}))"


def _one_line(text: str) -> str:
    """Keep a name from ending the line, or the docstring, that it stands in."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain.replace("\\", "/").replace('"""', "'''")

"""What a summary says, in order, before it is set as text or as a page.

Room: report/. The tables' numbers become strings here, once for all outputs.
Takes: a `Fit`.
Gives: `Summary`: title, formula, level equations, sections, findings.
Source: docs/reference, summary.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from echelon.design.variable_levels import variable_levels
from echelon.fit import Fit
from echelon.formula.expression import deparse
from echelon.formula.render import level_equations, render
from echelon.infer.coefficients.wald import fixed_effects
from echelon.infer.components.variances import variance_components
from echelon.measure.criteria import criteria
from echelon.measure.icc import icc
from echelon.measure.nesting import nesting_order
from echelon.report.component_sections import component_sections
from echelon.report.modelled import approximation_text, linked_mean, modelled_lines
from echelon.report.ratios import ratios_of
from echelon.report.section import Section, Summary
from echelon.report.verdict import names_in_words, verdict_lines
from echelon.table import Table
from echelon.typeset import numbers
from echelon.typeset.layout import Column, natural_width, printable

MAX_ROWS = 200
MAX_CORRELATIONS = 4
NO_LIKELIHOOD = "none (quasi-likelihood)"
QUASI_BIAS = (
    "is for comparison with other programs: it underestimates variances and, with them, the "
    "coefficients; most of all for binary responses in small groups."
)
IN_UNITS = ("estimate", "std_error", "conf_low", "conf_high")


def summarise(fit: Fit, width: int = 88, exponentiate: bool | None = None) -> Summary:
    """Put together everything that a summary says; equations in lines of at most `width`.

    `exponentiate`: as for `summary_text`.
    """
    variances = variance_components(fit)
    sections = [
        *_fixed(fit, width + 2, exponentiate),
        *component_sections(fit),
        _random(fit, variances),
        *_wide_correlations(fit, variances),
    ]
    return Summary(
        title=printable(_title(fit)),
        remarks=tuple(map(printable, _remarks(fit))),
        formula=printable(render(fit.spec.formula)),
        equations=tuple(map(printable, _equations(fit, width))),
        sections=(*(section for section in sections if section.columns), _criteria(fit)),
        findings=tuple(map(printable, verdict_lines(fit))),
    )


def _title(fit: Fit) -> str:
    spec, is_mixed = fit.spec, bool(fit.design.rows.blocks)
    is_linear = spec.family == "gaussian" and spec.link == "identity"
    kind = f"{'Linear' if is_linear else 'Generalized linear'} {'mixed ' * is_mixed}model"
    family = "Gaussian" if spec.family == "gaussian" else spec.family
    family += "" if is_linear else f", {spec.link} link"
    method = approximation_text(fit).replace(" (", ": ").removesuffix(")")
    title = f"{kind} ({family}, {method}): {numbers.count(fit.design.n_obs)} rows"
    if is_mixed:
        title += f" in {_groups(fit)}"
    return f"{title} ({fit.source})" if fit.source else title


def _groups(fit: Fit) -> str:
    blocks = fit.design.rows.blocks
    counts = [f"{numbers.count(block.n_groups)} of {block.grouping}" for block in blocks]
    first, _, rest = counts[0].partition(" ")
    return names_in_words([f"{first} groups {rest}", *counts[1:]])


def _remarks(fit: Fit) -> Iterator[str]:
    rows = fit.rows
    if rows.dropped:
        why = names_in_words([f"{numbers.count(n)} {reason}" for reason, n in rows.dropped])
        left_out = numbers.count(rows.n_read - rows.n_used)
        yield f"{left_out} of {numbers.count(rows.n_read)} rows left out: {why}."
    offsets = [*fit.spec.formula.offsets, *([fit.spec.offset] if fit.spec.offset else [])]
    parts = [f"prior weights {deparse(fit.spec.weights)}"] if fit.spec.weights else []
    parts += [f"offset {deparse(offset)}" for offset in offsets]
    parts += [f"{option} {render(formula)}" for option, formula in fit.spec.parts.items()]
    yield from modelled_lines(fit)
    if parts:
        text = names_in_words(parts)
        yield f"With {text}."


def _equations(fit: Fit, width: int) -> Sequence[str]:
    if not fit.design.rows.blocks or not fit.has_rows:
        return ()
    levels, order = variable_levels(fit.design), nesting_order(fit.design)
    formula, (link, mean) = fit.spec.formula, linked_mean(fit)
    if mean == "location":  # thresholds stand in the place of its intercept
        formula = replace(formula, intercept=False)
    return level_equations(formula, levels, order=order, link=link, mean=mean, width=width)


def _fixed(fit: Fit, width: int, exponentiate: bool | None) -> Iterator[Section]:
    """Set the fixed effects, with ratios beside them where the line is long enough, else below."""
    table = fixed_effects(fit)
    terms = [printable(str(term)) for term in table["term"][:MAX_ROWS]]
    ratios = ratios_of(fit, exponentiate, MAX_ROWS)
    if not terms:
        return
    shown = {name: [float(v) for v in table[name][:MAX_ROWS]] for name in table.columns[1:]}
    rows = list(zip(*(shown[name] for name in IN_UNITS), strict=True))
    cells = list(zip(*numbers.number_rows(rows, shown["std_error"]), strict=True))
    level = numbers.percent_label(fit.spec.conf_level)
    more = len(table["term"]) - len(terms)
    columns = (
        Column("Fixed effects", tuple(terms), "left"),
        Column("estimate", cells[0]),
        Column("std. error", cells[1]),
        *_tests(shown, fit.spec.df_method),
        Column(f"{level} low", cells[2]),
        Column(f"{level} high", cells[3]),
    )
    notes = (
        *((f"{numbers.count(more)} more rows in fixed_effects.",) if more else ()),
        *table.notes,
    )
    if ratios is None:
        yield Section(columns, notes)
    elif natural_width((*columns, ratios.column)) <= width:
        yield Section((*columns, ratios.column), (*notes, *ratios.notes))
    else:
        yield Section(columns, notes)
        yield ratios.section(columns[0])


def _tests(shown: dict[str, list[float]], df_method: str) -> Iterator[Column]:
    """Statistic, degrees of freedom and p value; z has no degrees of freedom to show."""
    is_normal = df_method == "normal"
    yield Column("z" if is_normal else "t", tuple(numbers.statistics(shown["statistic"])))
    if not is_normal:
        yield Column("df", tuple(map(numbers.degrees, shown["df"])))
    yield Column("p value", tuple(map(numbers.p_value, shown["p_value"])))


def _random(fit: Fit, table: Table) -> Section:
    rows = [i for i, other in enumerate(table["term_2"]) if not other]
    if not rows:
        return Section(())
    variances = [float(table["variance"][i]) for i in rows]
    std_devs = [float(table["std_dev"][i]) for i in rows]
    groupings = [printable(str(table["grouping"][i])) for i in rows]
    is_mixed = bool(fit.design.rows.blocks)
    is_repeat = [k > 0 and g == groupings[k - 1] for k, g in enumerate(groupings)]
    shown = tuple("" if repeat else g for g, repeat in zip(groupings, is_repeat, strict=True))
    columns = [
        Column("Random effects" if is_mixed else "Variance", shown, "left"),
        Column("", tuple(printable(str(table["term_1"][i])) for i in rows), "left"),
        Column("variance", _one_by_one(variances)),
        Column("std. dev.", _one_by_one(std_devs)),
    ]
    if fit.spec.is_generalized:
        return Section((*columns, *_correlation_columns(table, rows)))
    if len(rows) == 1:
        return Section((columns[0], *columns[2:]))
    if fit.has_rows:
        columns.append(Column("share", _shares(fit)))
    return Section((*columns, *_correlation_columns(table, rows)))


def _one_by_one(values: Sequence[float]) -> tuple[str, ...]:
    cells = numbers.number_rows([(value,) for value in values], values, digits=3)
    return tuple(row[0] for row in cells)


def _shares(fit: Fit) -> tuple[str, ...]:
    """Put the share of each random term beside its first variance, then the residual's."""
    shares = [numbers.percent(float(share)) for share in icc(fit)["icc"]]
    sizes = [term.size for block in fit.design.rows.blocks for term in block.terms]
    cells: list[str] = []
    for share, size in zip(shares, [*sizes, 1], strict=True):
        cells += [share] + [""] * (size - 1)
    return tuple(cells)


def _correlation_rows(table: Table, rows: Sequence[int]) -> list[list[str]]:
    """Correlations of each effect with those above it, one list per variance row."""
    found: dict[tuple[str, str], list[str]] = {}
    columns = (table[name] for name in ("grouping", "term_1", "term_2", "correlation"))
    for grouping, term, other, correlation in zip(*columns, strict=True):
        if other:
            found.setdefault((grouping, term), []).append(numbers.fixed(float(correlation), 2))
    return [found.get((table["grouping"][i], table["term_1"][i]), []) for i in rows]


def _correlation_columns(table: Table, rows: Sequence[int]) -> list[Column]:
    lists = _correlation_rows(table, rows)
    most = max(map(len, lists))
    if not 0 < most <= MAX_CORRELATIONS:
        return []
    filled = [cells + [""] * (most - len(cells)) for cells in lists]
    heads = ["correlation" if most == 1 else "corr."] + [""] * (most - 1)
    columns = zip(*filled, strict=True)
    return [Column(head, cells) for head, cells in zip(heads, columns, strict=True)]


def _wide_correlations(fit: Fit, table: Table) -> Iterator[Section]:
    """Correlations of more than five effects, in panels of eight numbered columns."""
    rows = [i for i, other in enumerate(table["term_2"]) if not other]
    lists = _correlation_rows(table, rows)
    if max(map(len, lists), default=0) <= MAX_CORRELATIONS:
        return
    start = 0
    for block in fit.design.rows.blocks:
        for term in block.terms:
            inside = lists[start : start + term.size]
            names = block.column_names[term.start : term.stop]
            start += term.size
            if any(inside):
                yield from _panels(block.grouping, names, inside)


def _panels(
    grouping: str, names: Sequence[str], triangle: Sequence[Sequence[str]]
) -> Iterator[Section]:
    labels = tuple(f"{k} {printable(name)}" for k, name in enumerate(names, 1))
    for left in range(0, len(names) - 1, 8):
        columns = [Column(f"Correlations in {printable(grouping)}", labels[left + 1 :], "left")]
        for k in range(left, min(left + 8, len(names) - 1)):
            cells = tuple(row[k] if k < len(row) else "" for row in triangle[left + 1 :])
            columns.append(Column(str(k + 1), cells))
        yield Section(tuple(columns))


def _criteria(fit: Fit) -> Section:
    found = criteria(fit)
    parameters = Column("parameters", (numbers.count(found.n_parameters),))
    method = Column("Fit criteria", (fit.spec.method,), "left")
    if math.isnan(found.objective):
        columns = (method, Column("", (NO_LIKELIHOOD,), "left"), parameters)
        return Section(columns, (f"{fit.spec.method} {QUASI_BIAS}",))
    values = (found.objective, found.log_likelihood, found.aic, found.bic)
    heads = ("-2 log likelihood", "log likelihood", "AIC", "BIC")
    cells = [Column(h, (numbers.fixed(v, 2),)) for h, v in zip(heads, values, strict=True)]
    return Section((method, *cells, parameters))

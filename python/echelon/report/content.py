"""What a summary says, in order, before it is set as text or as a page.

Room: report/. The tables' numbers become strings here, once for all outputs.
Takes: a `Fit`.
Gives: `Summary`: title, formula, level equations, sections, findings.
Source: docs/reference, summary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from echelon.design.variable_levels import variable_levels
from echelon.fit import Fit
from echelon.formula.expression import deparse
from echelon.formula.render import level_equations, render
from echelon.infer.coefficients.wald import fixed_effects
from echelon.infer.components.variances import variance_components
from echelon.measure.criteria import criteria
from echelon.measure.icc import icc
from echelon.measure.nesting import nesting_order
from echelon.report.verdict import names_in_words, verdict_lines
from echelon.table import Table
from echelon.typeset import numbers
from echelon.typeset.layout import Column, printable

MAX_ROWS = 200
MAX_CORRELATIONS = 4
IN_UNITS = ("estimate", "std_error", "conf_low", "conf_high")


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a summary: the first column's heading names it; notes stand below."""

    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """The content of a summary, as strings ready to be set."""

    title: str
    remarks: tuple[str, ...]
    formula: str
    equations: tuple[str, ...]
    sections: tuple[Section, ...]
    findings: tuple[str, ...]


def summarise(fit: Fit, width: int = 88) -> Summary:
    """Put together everything that a summary says; equations in lines of at most `width`."""
    variances = variance_components(fit)
    sections = [_fixed(fit), _random(fit, variances), *_wide_correlations(fit, variances)]
    return Summary(
        title=printable(_title(fit)),
        remarks=tuple(map(printable, _remarks(fit))),
        formula=printable(render(fit.spec.formula)),
        equations=tuple(map(printable, _equations(fit, width))),
        sections=(*(section for section in sections if section.columns), _criteria(fit)),
        findings=tuple(map(printable, verdict_lines(fit))),
    )


def _title(fit: Fit) -> str:
    is_mixed, is_gaussian = bool(fit.design.rows.blocks), fit.spec.family == "gaussian"
    kind = f"{'Linear' if is_gaussian else 'Generalized linear'} {'mixed ' * is_mixed}model"
    family = "Gaussian" if is_gaussian else f"{fit.spec.family}, {fit.spec.link} link"
    title = f"{kind} ({family}, {fit.spec.method}): {numbers.count(fit.design.n_obs)} rows"
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
    if parts:
        text = names_in_words(parts)
        yield f"With {text}."


def _equations(fit: Fit, width: int) -> Sequence[str]:
    if not fit.design.rows.blocks or not fit.has_rows:
        return ()
    levels, order = variable_levels(fit.design), nesting_order(fit.design)
    formula, link = fit.spec.formula, fit.spec.link
    return level_equations(formula, levels, order=order, link=link, width=width)


def _fixed(fit: Fit) -> Section:
    table = fixed_effects(fit)
    terms = [printable(str(term)) for term in table["term"][:MAX_ROWS]]
    if not terms:
        return Section(())
    shown = {name: [float(v) for v in table[name][:MAX_ROWS]] for name in table.columns[1:]}
    rows = list(zip(*(shown[name] for name in IN_UNITS), strict=True))
    cells = list(zip(*numbers.number_rows(rows, shown["std_error"]), strict=True))
    level = numbers.percent_label(fit.spec.conf_level)
    more = len(table["term"]) - len(terms)
    return Section(
        columns=(
            Column("Fixed effects", tuple(terms), "left"),
            Column("estimate", cells[0]),
            Column("std. error", cells[1]),
            *_tests(shown, fit.spec.df_method),
            Column(f"{level} low", cells[2]),
            Column(f"{level} high", cells[3]),
        ),
        notes=(
            *((f"{numbers.count(more)} more rows in fixed_effects.",) if more else ()),
            *table.notes,
        ),
    )


def _tests(shown: dict[str, list[float]], df_method: str) -> Iterator[Column]:
    """Statistic, degrees of freedom and p value; z has no degrees of freedom to show."""
    is_normal = df_method == "normal"
    yield Column("z" if is_normal else "t", tuple(numbers.statistics(shown["statistic"])))
    if not is_normal:
        yield Column("df", tuple(map(numbers.degrees, shown["df"])))
    yield Column("p value", tuple(map(numbers.p_value, shown["p_value"])))


def _random(fit: Fit, table: Table) -> Section:
    rows = [i for i, other in enumerate(table["term_2"]) if not other]
    variances = [float(table["variance"][i]) for i in rows]
    std_devs = [float(table["std_dev"][i]) for i in rows]
    groupings = [printable(str(table["grouping"][i])) for i in rows]
    is_repeat = [k > 0 and g == groupings[k - 1] for k, g in enumerate(groupings)]
    shown = tuple("" if repeat else g for g, repeat in zip(groupings, is_repeat, strict=True))
    columns = [
        Column("Random effects" if len(rows) > 1 else "Variance", shown, "left"),
        Column("", tuple(printable(str(table["term_1"][i])) for i in rows), "left"),
        Column("variance", _one_by_one(variances)),
        Column("std. dev.", _one_by_one(std_devs)),
    ]
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
    if max(map(len, lists)) <= MAX_CORRELATIONS:
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
    values = (found.objective, found.log_likelihood, found.aic, found.bic)
    heads = ("-2 log likelihood", "log likelihood", "AIC", "BIC")
    cells = [Column(h, (numbers.fixed(v, 2),)) for h, v in zip(heads, values, strict=True)]
    parameters = Column("parameters", (numbers.count(found.n_parameters),))
    return Section((Column("Fit criteria", (fit.spec.method,), "left"), *cells, parameters))

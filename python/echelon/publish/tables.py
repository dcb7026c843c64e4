"""The tables of a report: those of the printed summary, then ICC and R-squared.

Room: publish/. Titles and heads; the strings are those of report/ and typeset/.
Takes: a `Fit`.
Gives: `Tabular`s, and paragraphs that say why one is not there.
Source: docs/reference, reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from echelon.errors import EchelonError
from echelon.fit import Fit
from echelon.measure.icc_kinds import icc_table
from echelon.measure.r_squared import r_squared
from echelon.publish.document import Block, Paragraph, Tabular
from echelon.report.content import MAX_ROWS, summarise
from echelon.report.ratios import ratios_of
from echelon.report.section import Section
from echelon.report.wording.reporting import not_shown
from echelon.table import Table
from echelon.typeset.cells import cells
from echelon.typeset.layout import Column
from echelon.typeset.numbers import percent_label

# Heading of a section's first column -> title of its table, and the heads in its place.
TITLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Random effects": ("Variance components", ("Grouping factor", "Effect")),
    "Variance": ("Residual variance", ("Source",)),
    "Fit criteria": ("Fit criteria", ("Method",)),
    "Thresholds": ("Thresholds", ("Between",)),
    "Dispersion": ("Dispersion", ("Parameter",)),
    "Family": ("Parameters of the family", ("Parameter",)),
}
SOURCES = ("total f1", "total f2", "total v", "total m")  # the parts that add up
SYMBOLS = ("t", "z", "df", "p value")  # never with a capital
DISTINCT = ("Rights & Sterba", "Edwards et al.")  # measures with many parts: one chart, one call


def tables_of(fit: Fit) -> Iterator[Block]:
    """Set the tables of a fit, in the order in which they are read.

    Parameters
    ----------
    fit : a fitted model.

    Yields
    ------
    Fixed effects, ratios where e to a coefficient is one, thresholds and the like, variances, fit
    criteria, ICC, R-squared.
    """
    sections = list(summarise(fit, exponentiate=False).sections)
    ratios = ratios_of(fit, None, MAX_ROWS)
    for place, section in enumerate(sections):
        yield _titled(section)
        if place == 0 and ratios is not None and section.columns[0].heading == "Fixed effects":
            yield _titled(ratios.section(section.columns[0]))
    yield from shares(fit)


def shares(fit: Fit) -> Iterator[Block]:
    """Set ICC and R-squared, or say why they are not there."""
    level = percent_label(fit.spec.conf_level)
    heads = {"conf_low": f"{level} low", "conf_high": f"{level} high"}
    if fit.design.rows.blocks:
        yield _measured("Intraclass correlation", lambda: icc_table(fit), heads)
    yield _measured("Variance explained", lambda: _brief(r_squared(fit)), heads)


def tabular(title: str, table: Table, heads: Mapping[str, str]) -> Tabular:
    """Set a result table; `heads` in place of the names of its columns."""
    words = {
        "icc": "ICC", "std_error": "std. error", "p_value": "p value", "std_dev": "std. dev.",
        "grouping": "grouping factor", **heads,
    }  # fmt: skip
    columns = [
        replace(column, heading=words.get(column.heading, column.heading.replace("_", " ")))
        for column in cells(table.data)
    ]
    return Tabular(title, Section(tuple(map(headed, columns)), table.notes))


def headed(column: Column) -> Column:
    """Begin a head with a capital, as papers do; symbols stay as they are."""
    head = column.heading
    if head in SYMBOLS:
        return column
    return replace(column, heading=f"{head[:1].upper()}{head[1:]}")


def _titled(section: Section) -> Tabular:
    first, *rest = section.columns
    title, heads = TITLES.get(first.heading, (first.heading, ("Term",)))
    columns = [replace(first, heading=heads[0]), *rest]
    if len(heads) > 1 and len(columns) > 1 and not columns[1].heading:
        columns[1] = replace(columns[1], heading=heads[1])
    return Tabular(title, Section(tuple(map(headed, columns)), section.notes))


def _measured(title: str, measure: Callable[[], Table], heads: Mapping[str, str]) -> Block:
    try:
        return tabular(title, measure(), heads)
    except EchelonError as error:
        return Paragraph(not_shown(title, error.what))


def _brief(table: Table) -> Table:
    """Keep the measures that add to each other; `fit.r_squared()` has them all."""
    parts = zip(table["measure"].tolist(), table["part"].tolist(), strict=True)
    kept = [
        measure not in DISTINCT or part in (*SOURCES, "all predictors") for measure, part in parts
    ]
    data: dict[str, Any] = {name: table[name][np.array(kept)] for name in table.columns}
    more = int(len(kept) - sum(kept))
    note = (f"{more} more measures in fit.r_squared().",) if more else ()
    return Table(data, table.scales, table.title, (*table.notes, *note))

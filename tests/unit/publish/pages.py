"""A document with one block of every kind and names that every page could stumble over."""

from __future__ import annotations

from typing import Any

import altair as alt

from echelon.plot.chart import finish, records
from echelon.publish.document import (
    Code,
    Document,
    Equations,
    Figure,
    Findings,
    Heading,
    Listing,
    Paragraph,
    Remark,
    Tabular,
    numbered,
)
from echelon.report.section import Section
from echelon.typeset.layout import Column

NASTY = "<b>50% & $x_1^2$ {a}\\b #1 ~ | `c`*d*"
COLUMNS = (
    Column("Term", ("(Intercept)", "[a]|*b*_c_", NASTY), "left"),
    Column("Estimate", ("251.41", "-0.5", "1.2e-08")),
    Column("df", ("17", "17.0", "")),
)
REMARK = Remark("act", "Shape", "It is <odd>.", "Means & ends.", "Do {this}.", "print(1)", "a 1; B")


def chart() -> Any:
    """Draw two points, as small as a chart can be."""
    data = records(x=[1.0, 2.0], y=[3.0, 4.0])
    drawn = alt.Chart(data, width=80, height=60).mark_point(clip=True).encode(x="x:Q", y="y:Q")
    return finish(drawn, "Two <points>", ["Both of 2."])


def document(style: str = "apa", *, with_figures: int = 0) -> Document:
    """Put one block of every kind together."""
    figures = [
        Figure("Two <points>", chart(), 'Two points & a "line".', ("Both of 2.",))
        for _ in range(with_figures)
    ]
    blocks = numbered(
        [
            Paragraph(f"Singular: {NASTY}.", is_warning=True),
            Heading("Data & more"),
            Paragraph(f"Of {NASTY}."),
            Code("y ~ x_1 + (1 | g)"),
            Equations("Level 1:  y_ij = b0_j\n          b0_j = g00"),
            Tabular("Fixed effects of <y>", Section(COLUMNS, ("df by <us>.", "Second note."))),
            *figures,
            Heading("Not examined", 3),
            Findings("act", (REMARK,)),
            Findings("fine", (Remark("fine", "Good", "All is well.", basis="b 2"),)),
            Listing(("First & last.", "Second_one.")),
        ]
    )
    return Document(f"A model of {NASTY}", "180 rows & 18 groups", blocks, style)

"""A comparison of models as a document: the models, the table of a paper, what to know.

Room: publish/. Orders blocks; the strings are those of the printed comparison.
Takes: a `Comparison`.
Gives: `Document`.
Source: docs/how-to, compare models; the layout of tables in Raudenbush & Bryk (2002).
"""

from __future__ import annotations

from collections.abc import Iterator

from echelon.building.comparison import Comparison
from echelon.publish.document import Block, Document, Heading, Listing, Paragraph, Tabular, numbered
from echelon.publish.tables import headed
from echelon.report.comparison import comparison_content, model_columns
from echelon.report.record import package_version
from echelon.report.section import Section
from echelon.report.wording.references import works_cited
from echelon.typeset.layout import Column, printable


def assemble_comparison(
    comparison: Comparison, style: str = "apa", title: str | None = None
) -> Document:
    """Write a comparison of models up.

    Parameters
    ----------
    comparison : what `building.compare` returned.
    style : of the tables: 'apa', 'plain' or 'journal'.
    title : of the document; None names the response.

    Returns
    -------
    `Document`.
    """
    content = comparison_content(comparison)
    name = comparison.fits[0].design.response_name
    heading = f"Models of {name}, compared" if title is None else title
    blocks = numbered(_blocks(comparison))
    return Document(printable(heading), content.title, blocks, style)


def _blocks(comparison: Comparison) -> Iterator[Block]:
    content = comparison_content(comparison)
    if content.remarks:
        yield Paragraph(" ".join(content.remarks))
    yield Tabular("The models", Section(tuple(map(headed, model_columns(comparison)))))
    for section in content.sections:
        label, *rest = section.columns
        title = label.heading or "Estimates and fit"
        first = Column("Model" if label.heading else "", label.cells, "left")
        yield Tabular(title, Section((first, *rest), section.notes))
    if content.findings:
        yield Heading("Notes")
        for finding in content.findings:
            yield Paragraph(finding)
    yield Paragraph(f"The models were fitted and compared with echelon {package_version()}.")
    works = works_cited(content.findings)
    if works:
        yield Heading("References")
        yield Listing(works, is_hanging=True)

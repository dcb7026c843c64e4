"""The Word report: opened again by python-docx, its tables compared cell by cell."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import docx as library
import pytest
from docx.oxml.ns import qn

from echelon.infer.coefficients.wald import fixed_effects
from echelon.publish.assemble import assemble
from echelon.publish.document import Document, Listing, Tabular
from echelon.publish.docx import docx
from echelon.report.section import Section
from echelon.typeset.layout import Column
from tests.golden import fits
from tests.unit.publish.pages import NASTY, document

ORDER = ("tblStyle", "tblW", "jc", "tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook",
         "tblCaption")  # fmt: skip


def opened(content: Document) -> Any:
    return library.Document(io.BytesIO(docx(content).content))


@pytest.fixture(scope="module")
def page() -> Any:
    return opened(document(with_figures=1))


def test_tables_have_the_numbers_of_the_fit() -> None:
    """Every cell of the table of fixed effects is its number, to the digits that are shown."""
    fit = fits.sleep()
    table = opened(assemble(fit, charts=False, check=False)).tables[0]
    shown = [[cell.text.strip() for cell in row.cells] for row in table.rows]
    effects = fixed_effects(fit)
    assert [row[0] for row in shown[1:]] == effects["term"].tolist()
    names = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
    for row, cells in zip(effects.rows(), shown[1:], strict=True):
        for name, cell in zip(names, cells[1:], strict=True):
            decimals = len(cell.partition(".")[2])
            limit = 0.001 if cell.startswith("<") else 0.5 * 10.0**-decimals
            value = 0.0 if cell.startswith("<") else float(cell)
            assert abs(row[name] - value) <= limit * 1.0000001


def test_blocks(page: Any) -> None:
    texts = [paragraph.text for paragraph in page.paragraphs]
    assert texts[0] == f"A model of {NASTY}"
    assert {"Data & more", "Act on this (1)", "Fine (1)", "Not examined"} <= set(texts)
    assert "Table 1\nFixed effects of <y>" in texts
    assert "Note. df by <us>. Second note." in texts
    assert "Shape. It is <odd>. Means & ends. Do {this}." in texts
    styles = {paragraph.text: paragraph.style.name for paragraph in page.paragraphs}
    assert styles["Data & more"] == "Heading 1"
    assert styles["Not examined"] == "Heading 2"


def test_header_rows_repeat(page: Any) -> None:
    table = page.tables[0]
    rows = [row._tr.trPr is not None and row._tr.trPr.find(qn("w:tblHeader")) is not None
            for row in table.rows]  # fmt: skip
    assert rows == [True, False, False, False]


def test_numbers_align(page: Any) -> None:
    table = page.tables[0]
    assert table.cell(1, 0).paragraphs[0].alignment == 0  # left
    assert table.cell(1, 1).paragraphs[0].alignment == 2  # right
    assert table.cell(2, 1).text == "-0.5\u2007"
    assert table.cell(1, 2).text == "17\u2008\u2007"


def test_elements_stand_in_the_order_of_the_standard(page: Any) -> None:
    """Word calls a file damaged whose elements have another order."""
    for table in page.tables:
        places = [ORDER.index(child.tag.partition("}")[2]) for child in table._tbl.tblPr]
        assert all(a < b for a, b in pairwise(places))
        for cell in table.rows[0].cells:
            names = [child.tag.partition("}")[2] for child in cell._tc.tcPr]
            assert names == [n for n in ("tcW", "tcBorders", "noWrap") if n in names]


def test_charts_have_alternatives(page: Any) -> None:
    (picture,) = page.inline_shapes
    assert picture._inline.docPr.get("descr") == 'Two points & a "line".'
    assert 1 < picture.width.inches < 6.5


def test_short_tables_stay_on_one_page(page: Any) -> None:
    kept = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next
            for row in page.tables[0].rows]  # fmt: skip
    assert kept == [True, True, True, None]


def test_numbers_have_the_width_of_their_line(page: Any) -> None:
    """Words share what numbers leave of the line."""
    words, *numbers = (column.width.inches for column in page.tables[0].columns)
    assert all(0.4 < width < 1 for width in numbers)
    assert words + sum(numbers) <= 6.5


def test_works_cited_hang() -> None:
    cited = Document("A", "", (Listing(("A work.",), is_hanging=True), Listing(("A point.",))))
    work, point = opened(cited).paragraphs[-2:]
    assert work.paragraph_format.first_line_indent.inches == -0.3
    assert point.style.name == "List Bullet"


def test_rows_below_a_heading_keep_their_cells() -> None:
    labels = Column("", ("Fixed", "  a", "  b", "Variances", "  c"), "left")
    columns = (labels, Column("Model 1", ("", "1.5", "2.5", "", "3.5")))
    table = opened(Document("A", "", (Tabular("T", Section(columns), 1),))).tables[0]
    shown = [tuple(cell.text for cell in row.cells) for row in table.rows]
    assert shown == [
        ("", "Model 1"), ("Fixed", ""), ("a", "1.5"), ("b", "2.5"), ("Variances", ""), ("c", "3.5")
    ]  # fmt: skip


def test_groups_of_rows() -> None:
    from_comparison = document("journal")
    assert opened(from_comparison).tables[0].rows[0].cells[1].paragraphs[0].runs[0].bold
    assert opened(from_comparison).core_properties.title == f"A model of {NASTY}"

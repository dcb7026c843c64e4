"""Tables through great_tables: the strings of the printed summary, in three styles."""

from __future__ import annotations

import re

import pytest

from echelon.infer.coefficients.wald import fixed_effects
from echelon.publish.table_styles import STYLES, great_table, padded
from echelon.report.content import summarise
from echelon.report.section import Section
from echelon.typeset.layout import Column
from tests.golden import fits
from tests.unit.publish.pages import COLUMNS


def test_points_stand_under_each_other() -> None:
    """A point and digits that a cell lacks become spaces of their width."""
    column = Column("b", ("251.41", "-0.5", "17", ""))
    assert padded(column) == ("251.41", "-0.5\u2007", "17\u2008\u2007\u2007", "")
    assert padded(Column("a", ("17", "1.5"), "left")) == ("17", "1.5")


@pytest.mark.parametrize("style", STYLES)
def test_cells_are_those_of_the_summary(style: str) -> None:
    section = summarise(fits.sleep()).sections[0]
    page = great_table(section, style).as_raw_html()
    heads = re.findall(r"<th[^>]*scope=\"col\"[^>]*>(.*?)</th>", page)
    assert heads == [column.heading for column in section.columns]
    cells = [text.strip() for text in re.findall(r"<t[hd][^>]*gt_row[^>]*>(.*?)</t[hd]>", page)]
    rows = zip(*(column.cells for column in section.columns), strict=True)
    assert cells == [cell.replace("<", "&lt;") for row in rows for cell in row]


def test_styles_differ() -> None:
    section = Section(COLUMNS, ("df by <us>.",))
    apa, plain, journal = (great_table(section, style).as_raw_html() for style in STYLES)
    assert "<em>Note.</em> df by &lt;us&gt;." in apa
    assert "<em>Note.</em>" not in plain + journal
    assert re.search(r"gt_row \{[^}]*border-top-style: solid", plain)
    assert re.search(r"gt_row \{[^}]*border-top-style: none", apa)
    assert re.search(r"gt_col_heading \{[^}]*font-weight: bold", journal)


def test_a_result_table_has_its_title() -> None:
    table = fixed_effects(fits.sleep())
    assert "Fixed effects" in great_table(table).as_raw_html()
    assert "Fixed effects" not in great_table(table, title="").as_raw_html()
    assert "\\toprule" in great_table(table).as_latex()

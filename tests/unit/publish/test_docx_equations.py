"""Equations in Word: real mathematics, relations under each other."""

from __future__ import annotations

import docx as library

from echelon.publish.docx_equations import BESIDE, FARTHEST, PER_LETTER, add_equations
from echelon.report.equation_omml import OfficeLine, set_omml
from echelon.report.equations import equations
from tests.golden import fits

MATHS = "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath"


def test_levels() -> None:
    page = library.Document()
    add_equations(page, set_omml(equations(fits.sleep(), "levels").page))
    levels = page.paragraphs[:3]
    assert [each.text for each in levels] == ["Level 1:\t\t", "Level 2 (subject):\t\t", "\t\t"]
    assert all(len(each._p.findall(MATHS)) == 2 for each in levels)
    places = {tuple(stop.position.inches for stop in p.paragraph_format.tab_stops) for p in levels}
    (found,) = places
    assert abs(found[0] - (PER_LETTER * len("Level 2 (subject):") + BESIDE)) < 0.001
    assert found[0] < found[1]
    assert [each.paragraph_format.keep_with_next for each in levels] == [True, True, False]


def test_long_left_sides_leave_room() -> None:
    page = library.Document()
    math = set_omml(equations(fits.sleep(), "mixed").page)[0][0].right
    add_equations(page, [[OfficeLine("", math, math, 39), OfficeLine("", math, math, 90)]])
    stops = page.paragraphs[0].paragraph_format.tab_stops
    assert [stop.position.inches for stop in stops] == [FARTHEST]

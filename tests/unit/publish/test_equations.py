"""The equations of a report: in every notation, remarks beside them and not within."""

from __future__ import annotations

from echelon.publish.document import Equations, Paragraph
from echelon.publish.equations import equations_of
from echelon.report.equations import equations
from echelon.report.wording.reporting import FILLED_IN
from echelon.storage.archive import without_rows
from tests.golden import fits, generalized_fits


def test_symbols_then_numbers() -> None:
    symbols, said, numbers = equations_of(fits.sleep())
    assert isinstance(symbols, Equations)
    assert symbols.text == equations(fits.sleep(), "both").text
    assert symbols.latex.startswith("\\begin{aligned}")
    assert "<math" in symbols.mathml
    assert [len(block) for block in symbols.office] == [3, 1, 2]
    assert said == Paragraph(FILLED_IN)
    assert isinstance(numbers, Equations)
    assert "Level" not in numbers.text


def test_remarks_are_said_once() -> None:
    symbols, remark, said, numbers = equations_of(generalized_fits.multinomial())
    assert isinstance(symbols, Equations)
    assert isinstance(remark, Paragraph)
    assert isinstance(numbers, Equations)
    assert said == Paragraph(FILLED_IN)
    assert remark.text.startswith("c = ")
    for notation in (symbols.text, symbols.latex, symbols.mathml, numbers.text):
        assert remark.text not in notation


def test_without_rows() -> None:
    (said,) = equations_of(without_rows(fits.sleep()))
    assert said == Paragraph("Equations: not shown. This fit was saved without its rows.")

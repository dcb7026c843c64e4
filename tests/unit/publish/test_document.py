"""Tables and figures are counted apart, in their order."""

from __future__ import annotations

from echelon.publish.document import Figure, Heading, Tabular, numbered
from echelon.report.section import Section


def test_numbers() -> None:
    table, figure = Tabular("t", Section(())), Figure("f", None, "")
    blocks = numbered([table, figure, Heading("h"), table, figure, table])
    found = [getattr(block, "number", None) for block in blocks]
    assert found == [1, 1, None, 2, 2, 3]

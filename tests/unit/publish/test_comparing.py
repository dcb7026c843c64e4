"""A comparison as a document: the same numbers as in print."""

from __future__ import annotations

from echelon.building.compare import compare
from echelon.publish.comparing import assemble_comparison
from echelon.publish.document import Heading, Paragraph, Tabular
from echelon.publish.markdown import markdown
from echelon.report.comparison import comparison_text
from echelon.report.record import package_version
from tests.golden import fits


def test_document() -> None:
    comparison = compare({"One": fits.sleep(), "Two": fits.sleep()})
    document = assemble_comparison(comparison)
    assert document.title == "Models of reaction, compared"
    assert document.subtitle == "2 models of reaction: 180 rows in 18 groups of subject (sleep)"
    models, estimates = (b for b in document.blocks if isinstance(b, Tabular))
    assert [c.heading for c in models.section.columns] == ["Model", "Method", "Formula"]
    assert (models.number, estimates.number) == (1, 2)
    notes = [b.text for b in document.blocks if isinstance(b, Paragraph)]
    assert notes[-1] == f"The models were fitted and compared with echelon {package_version()}."
    assert Heading("Notes") in document.blocks
    printed = comparison_text(comparison)
    for column in estimates.section.columns[1:]:
        assert all(part in printed for cell in column.cells for part in cell.split())


def test_groups_of_rows() -> None:
    comparison = compare({"One": fits.sleep(), "Two": fits.sleep()})
    text = markdown(assemble_comparison(comparison, title="T"), "f").content.decode()
    assert text.startswith("# T\n")
    assert "| *Fixed effects* | | |\n| (Intercept) | 251.41 (" in text


def test_rows() -> None:
    comparison = compare({"One": fits.sleep(), "Two": fits.sleep()}, layout="rows")
    blocks = assemble_comparison(comparison).blocks
    titles = [block.title for block in blocks if isinstance(block, Tabular)]
    assert titles[:3] == ["The models", "Fixed effects", "Variances"]

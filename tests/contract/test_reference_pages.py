"""The reference pages on charts and findings name all of them, and draw all of them."""

from __future__ import annotations

import re

from echelon import plot
from echelon.report.wording.lexicon import LEXICON
from echelon.result.plots import Plots
from tests.contract.pages import DOCS

CHARTS = (DOCS / "reference" / "charts.md").read_text("utf-8")
FINDINGS = (DOCS / "reference" / "diagnostics.md").read_text("utf-8")


def test_every_finding_has_its_row() -> None:
    rows = re.findall(r"^\| `(\w+)`<br>", FINDINGS, re.MULTILINE)
    assert sorted(rows) == sorted(LEXICON)


def test_every_chart_has_its_section_and_a_picture() -> None:
    sections = re.split(r"^### ", CHARTS, flags=re.MULTILINE)[1:]
    shown = {section.split("\n", 1)[0] for section in sections if "](_charts/" in section}
    drawn = {name for name in vars(plot)["__all__"] if name != "chart"}
    assert shown == drawn
    methods = {name for name in dir(Plots) if not name.startswith("_") and name != "fit"}
    assert methods <= shown


def test_every_picture_stands_below_its_code() -> None:
    pictures = re.findall(r"_charts/(\w+\.svg)\)", CHARTS)
    below = re.findall(r"^```\n\n!\[[^\]]+\]\(_charts/(\w+\.svg)\)$", CHARTS, re.MULTILINE)
    assert below == pictures
    assert len(set(pictures)) == len(pictures)

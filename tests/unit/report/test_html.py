"""The summary as HTML; whole pages are in tests/golden."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from echelon.report.content import summarise
from echelon.report.html import summary_html, summary_page
from tests.golden import fits

VOID = {"meta"}


class Nesting(HTMLParser):
    """Collects text, and fails at a tag that closes what is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(text: str) -> Nesting:
    nesting = Nesting()
    nesting.feed(text)
    nesting.close()
    assert nesting.open == []
    return nesting


def test_tags_are_balanced() -> None:
    parsed(summary_html(fits.many_effects()))
    parsed(summary_page(fits.troubled()))


def test_names_are_escaped() -> None:
    page = summary_page(fits.long_names())
    assert "prüfung &lt;%&gt;" in page
    assert "<%>" not in page


def test_html_says_what_the_text_says() -> None:
    fit = fits.troubled()
    words = " ".join(" ".join(parsed(summary_html(fit)).text).split())
    summary = summarise(fit)
    cells = [
        cell
        for section in summary.sections
        for column in section.columns
        for cell in (column.heading, *column.cells)
    ]
    for text in (summary.title, summary.formula, *cells, *summary.findings):
        assert " ".join(text.split()) in words


def test_nothing_is_fetched() -> None:
    assert not re.search(r"https?:|src=|@import|url\(", summary_page(fits.sleep()))


def test_a_formula_folds_between_its_terms_and_can_be_copied() -> None:
    page = summary_html(fits.sleep())
    assert '<pre class="formula">' in page
    assert '<span class="tied">(1 + days | subject)</span></pre>' in page
    assert "\N{NO-BREAK SPACE}" not in page

"""The HTML report: complete, self-contained, and silent on the network."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from shutil import which

import pytest

from echelon.publish.html import html
from tests.unit.publish.pages import NASTY, REMARK, document

VOID = {"meta", "br", "link", "img", "hr", "input", "path", "rect", "line", "use", "circle"}
OUTSIDE = re.compile(
    r"""(?:src|href|action|data|poster)\s*=\s*["']?\s*(?:https?:)?//|url\(\s*["']?(?:https?:)?//"""
    r"|@import",
    re.IGNORECASE,
)


class Elements(HTMLParser):
    """Collect the elements of a page, and see that each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page() -> str:
    return html(document(with_figures=2)).content.decode()


def test_elements_are_closed_and_named(page: str) -> None:
    elements = Elements()
    elements.feed(page)
    assert not elements.open
    scopes = [attrs.get("scope") for tag, attrs in elements.found if tag == "th"]
    assert scopes == ["col"] * 3 + ["row"] * 3
    ids = [attrs["id"] for _, attrs in elements.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    tags = [tag for tag, _ in elements.found]
    assert (tags.count("figure"), tags.count("figcaption"), tags.count("caption")) == (2, 2, 1)
    assert tags.count("svg") == 2
    assert ("html", {"lang": "en"}) in elements.found


def test_nothing_comes_from_outside(page: str) -> None:
    assert not OUTSIDE.search(page)
    assert "<script" not in page
    assert "<link" not in page


def test_charts_clip_by_their_own_ids(page: str) -> None:
    """Two charts on a page must not share ids, or the second is clipped as the first."""
    used = set(re.findall(r"url\(#([^)]*)\)", page))
    assert used
    assert used <= set(re.findall(r'id="([^"]*)"', page))
    assert {name.partition("-")[0] for name in used} == {"figure1", "figure2"}


def test_names_are_escaped(page: str) -> None:
    assert "<b>50%" not in page
    assert page.count("&lt;b&gt;50% &amp; $x_1^2$ {a}\\b #1 ~ | `c`*d*") >= 4
    assert 'aria-label="Two points &amp; a &quot;line&quot;."' in page
    assert '<i class="name">Fixed effects of &lt;y&gt;</i>' in page


def test_every_sentence_is_there(page: str) -> None:
    for text in (REMARK.title, "It is &lt;odd&gt;.", "Means &amp; ends.", "Do {this}.", "print(1)"):
        assert text in page
    for text in ("Act on this (1)", "Fine (1)", "All is well.", "First &amp; last.", "Both of 2."):
        assert text in page
    assert '<p class="warning" role="note">Singular' in page


def test_light_and_dark(page: str) -> None:
    assert 'content="light dark"' in page
    assert "prefers-color-scheme:dark" in page
    assert "@media print" in page
    tables = "\n".join(line for line in page.splitlines() if line.startswith(".grid .gt_"))
    assert "color: inherit" in tables
    assert "#222222" not in tables


def test_captions_follow_the_style() -> None:
    plain = html(document("plain")).content.decode()
    journal = html(document("journal")).content.decode()
    assert "<caption><b>Table 1:</b> Fixed effects of &lt;y&gt;</caption>" in plain
    assert "<caption><b>Table 1.</b> Fixed effects of &lt;y&gt;</caption>" in journal


CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here")
def test_a_browser_asks_for_nothing(page: str, tmp_path: Path) -> None:
    """Open the page in Chromium, without network, and record every request that it makes."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = tmp_path / "report.html"
    path.write_text(page, "utf-8")
    requests: list[str] = []
    errors: list[str] = []
    with sync_api.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(offline=True, viewport={"width": 390, "height": 800})
        tab = context.new_page()
        tab.on("request", lambda request: requests.append(request.url))
        tab.on("console", lambda message: errors.append(message.text))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(path.as_uri(), wait_until="load")
        width = tab.evaluate("document.documentElement.scrollWidth")
        text = tab.inner_text("main")
        colours = {}
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            colours[scheme] = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        browser.close()
    assert requests == [path.as_uri()]
    assert errors == []
    assert width <= 390  # on a telephone, tables scroll and the page does not
    assert NASTY in text
    assert colours == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 24, 27)"}

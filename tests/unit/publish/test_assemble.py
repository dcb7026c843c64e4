"""A report as a whole: its parts in order, and what is said where something is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from echelon.check.diagnosis import Diagnosis
from echelon.check.finding import Finding
from echelon.fit import Fit
from echelon.publish import assemble as module
from echelon.publish.assemble import assemble
from echelon.publish.document import (
    Block,
    Code,
    Document,
    Equations,
    Findings,
    Heading,
    Listing,
    Paragraph,
    Tabular,
)
from echelon.report.verdict import verdict_lines
from echelon.report.wording import lexicon
from echelon.report.wording.apa import FIRM
from echelon.report.wording.methods import methods_paragraph
from echelon.report.wording.results import results_paragraph
from echelon.report.wording.words import Words
from echelon.storage.archive import without_rows
from tests.golden import fits, generalized_fits


def quick(fit: Fit, title: str | None = None) -> Document:
    return assemble(fit, title=title, charts=False, check=False)


def headings(document: Document) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Heading)]


def below(document: Document, heading: str) -> list[Block]:
    """Blocks under a heading, up to the next of its level."""
    blocks = list(document.blocks)
    start = blocks.index(Heading(heading)) + 1
    ends = [k for k in range(start, len(blocks)) if isinstance(blocks[k], Heading)]
    return blocks[start : ends[0] if ends else None]


def test_parts() -> None:
    fit = fits.sleep()
    document = quick(fit)
    assert document.title == "A multilevel model of reaction"
    assert document.subtitle == (
        "Linear mixed model (Gaussian, REML): 180 rows in 18 groups of subject (sleep)"
    )
    parts = ["Data", "Model", "Method", "Results", "Diagnostics", "References"]
    assert headings(document) == parts
    kinds = [type(block) for block in below(document, "Model")]
    assert kinds == [Paragraph, Code, Equations, Paragraph, Equations]
    assert below(document, "Method") == [Paragraph(methods_paragraph(fit, None))]
    assert below(document, "Results")[0] == Paragraph(results_paragraph(fit, None))
    tables = [block.number for block in document.blocks if isinstance(block, Tabular)]
    assert tables == [1, 2, 3, 4, 5]


def test_title() -> None:
    assert quick(fits.sleep(), title="Sleep\nlost").title == "Sleep\\nlost"


def test_what_limits_the_numbers_comes_first() -> None:
    """Not converged, singular, aliased: said before anything else, in the words of the summary."""
    document = quick(fits.troubled())
    lines = verdict_lines(fits.troubled())
    assert len(lines) == 3
    assert list(document.blocks[:3]) == [Paragraph(line, is_warning=True) for line in lines]
    assert document.blocks[0].text.startswith("Not converged")


def test_without_rows() -> None:
    document = assemble(without_rows(fits.sleep()))
    (said,) = below(document, "Diagnostics")
    assert isinstance(said, Paragraph)
    assert said.text.startswith("The fit was saved without its 180 rows.")
    assert below(document, "Model")[-1] == Paragraph(
        "Equations: not shown. This fit was saved without its rows."
    )


@pytest.mark.parametrize(
    "fit",
    [
        fits.no_groups(),
        generalized_fits.binomial(),
        generalized_fits.ordered(),
        generalized_fits.multinomial(),
        generalized_fits.quasi(),
        without_rows(generalized_fits.zeros()),
        replace(fits.sleep(), source="a\tb"),
    ],
    ids=["no groups", "binomial", "ordered", "multinomial", "quasi", "zeros", "source"],
)
def test_every_model_is_written_up(fit: Fit) -> None:
    document = quick(fit)
    assert headings(document)[:4] == ["Data", "Model", "Method", "Results"]
    texts = [block.text for block in document.blocks if isinstance(block, Paragraph)]
    assert all(text.replace(FIRM, " ").isprintable() and text.strip() for text in texts)
    assert all(text[-1] in ".:" for text in texts)
    assert not [text for text in texts if "nan" in text.split() or "  " in text]


def test_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings stand by verdict, those to act on first; what was left out is said with why."""
    verdicts = ("fine", "act", "look")
    found = tuple(
        Finding(name, "", "size", 2.0, 1.0, 3.0, name, "Fox (2016), p. 3", p_value=0.25)
        for name in verdicts
    )
    diagnosis = Diagnosis({"Shape": found}, (("Time", "No order."), ("Time", "No order.")), 0)
    words = Words("A title", "A sentence.", "A meaning.", "Advice.", "print(1)")
    monkeypatch.setattr(module, "diagnose", lambda *_, **__: diagnosis)
    monkeypatch.setattr(lexicon, "LEXICON", {name: lambda _: words for name in verdicts})
    document = assemble(fits.sleep(), charts=False)
    groups = [block for block in document.blocks if isinstance(block, Findings)]
    assert [group.verdict for group in groups] == ["act", "look", "fine"]
    (remark,) = groups[0].items
    assert (remark.title, remark.sentence, remark.code) == ("A title", "A sentence.", "print(1)")
    assert remark.basis == "size = 2; look from 1, act from 3; p = .250; Fox (2016), p. 3"
    listings = [block.items for block in document.blocks if isinstance(block, Listing)]
    assert listings[0] == ("Time: No order.",)
    assert any(work.startswith("Fox, J. (2016).") for work in listings[1])


def test_nothing_is_checked_that_was_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "diagnose", lambda *_, **__: pytest.fail("checked"))
    assert "We checked" not in methods_paragraph(fits.sleep(), None)
    quick(fits.sleep())

"""Works cited: those that are named, in APA style and in order."""

from __future__ import annotations

import re

import pytest

from echelon.report.wording.references import WORKS, works_cited


def test_only_those_named() -> None:
    texts = ["df by Satterthwaite.", "one variance at zero (Self & Liang 1987, case 5)."]
    assert [work.partition(",")[0] for work in works_cited(texts)] == ["Satterthwaite", "Self"]
    assert works_cited(["Nothing is cited here."]) == ()


def test_same_author_other_work() -> None:
    assert works_cited(["Fox & Monette (1992)"])[0].startswith("Fox, J., & Monette, G. (1992).")
    assert works_cited(["Fox (2016), section 12.2"])[0].startswith("Fox, J. (2016).")


@pytest.mark.parametrize("work", WORKS.values())
def test_apa_style(work: str) -> None:
    """Authors with initials, a year in brackets, and a full stop at the end."""
    assert re.match(r"[A-Z][\w'-]+, (?:[A-Z]\.[ -]?)+.*\(\d{4}\)\. .+\.$", work)
    assert "  " not in work

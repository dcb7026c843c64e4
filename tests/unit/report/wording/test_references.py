"""Works cited: those that are named, in APA style and in order."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest

from echelon import check
from echelon.report.wording.references import WORKS, works_cited


def test_only_those_named() -> None:
    texts = ["df by Satterthwaite.", "one variance at zero (Self & Liang 1987, case 5)."]
    assert [work.partition(",")[0] for work in works_cited(texts)] == ["Satterthwaite", "Self"]
    assert works_cited(["Nothing is cited here."]) == ()


def test_same_author_other_work() -> None:
    assert works_cited(["Fox & Monette (1992)"])[0].startswith("Fox, J., & Monette, G. (1992).")
    assert works_cited(["Fox (2016), section 12.2"])[0].startswith("Fox, J. (2016).")


def sources() -> list[str]:
    """List the works that the checks name beside their limits: 'Clarke (2008)', 'Wilks 1963'."""
    found = []
    for name in sorted(module.name for module in pkgutil.iter_modules(check.__path__)):
        module = importlib.import_module(f"echelon.check.{name}")
        texts = [text for text in vars(module).values() if isinstance(text, str)]
        texts.append(inspect.getsource(module).partition("from __future__")[2])
        for text in (*texts[:-1], " ".join(re.findall(r'"([^"\n]*)"', texts[-1]))):
            if text != module.__doc__:
                found += re.findall(r"[A-ZÉ][\w&,. é]{2,60} \(?(?:19|20)\d\d\b\)?", text)
    return sorted(set(found))


@pytest.mark.parametrize("cited", sources())
def test_every_source_of_a_limit_has_an_entry(cited: str) -> None:
    assert works_cited([cited])


@pytest.mark.parametrize("work", WORKS.values())
def test_apa_style(work: str) -> None:
    """Authors with initials, a year in brackets, and a full stop at the end."""
    assert re.match(r"[A-Z][\w'-]+, (?:[A-Z]\.[ -]?)+.*\(\d{4}\)\. .+\.$", work)
    assert "  " not in work

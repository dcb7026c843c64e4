"""All checks in order, why some were left out, and how far they have come."""

from __future__ import annotations

import sys
from io import StringIO

import pytest

import echelon as ec
from echelon import progress
from echelon.check.diagnosis import CHECKS, TOPICS, diagnose
from echelon.errors import SpecError
from tests.families import fitted


def test_topics_come_in_their_order() -> None:
    assert tuple(CHECKS) == TOPICS
    fit = ec.fit("reaction ~ days + (days | subject)", "sleep").fit
    assert tuple(diagnose(fit).findings) == TOPICS
    found = diagnose(fit, topics=["influence", "Convergence"])
    assert tuple(found.findings) == ("Convergence", "Influence")


def test_a_reason_is_given_once() -> None:
    reasons = diagnose(fitted("ordered").fit).not_examined
    assert reasons
    assert len(set(reasons)) == len(reasons)


def test_an_unknown_topic() -> None:
    fit = ec.fit("reaction ~ days", "sleep").fit
    with pytest.raises(SpecError, match="unknown-option-value"):
        diagnose(fit, topics="residuals")


def test_the_same_seed_finds_the_same() -> None:
    fit = fitted("counts").fit
    assert repr(diagnose(fit, seed=4)) == repr(diagnose(fit, seed=4))


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_shown_where_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = ec.fit("reaction ~ days", "sleep").fit
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    diagnose(fit, topics="Convergence")
    assert terminal.getvalue() == ""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    diagnose(fit, topics="Convergence")
    assert terminal.getvalue().startswith("\rChecking [==========")
    assert terminal.getvalue().endswith("3 of 3, about 0 s left \x1b[K\r\x1b[K")

"""How an effect size is judged."""

from __future__ import annotations

import dataclasses
import math

import pytest

import echelon as ec
from echelon.check.diagnosis import CHECKS, diagnose
from echelon.check.finding import judge
from tests.unit.check.model_cases import clean


@pytest.mark.parametrize(
    ("size", "verdict"), [(0.99, "fine"), (1.0, "look"), (1.99, "look"), (2.0, "act")]
)
def test_sizes(size: float, verdict: str) -> None:
    assert judge(size, 1.0, 2.0) == verdict


def test_a_large_size_without_evidence_is_noise() -> None:
    assert judge(9.0, 1.0, 2.0, p_value=0.01) == "fine"
    assert judge(9.0, 1.0, 2.0, p_value=0.0099) == "act"
    assert judge(9.0, 1.0, 2.0, p_value=0.04, alpha=0.05) == "act"
    assert judge(9.0, 1.0, 2.0, p_value=math.nan) == "fine"


def test_evidence_without_size_is_fine() -> None:
    assert judge(0.1, 1.0, 2.0, p_value=1e-300) == "fine"


def test_a_limit_that_is_none() -> None:
    assert judge(9.0, 1.0, math.nan) == "look"
    assert judge(9.0, math.nan, math.nan) == "fine"
    assert judge(math.nan, 1.0, 2.0) == "fine"


def test_every_test_comes_with_a_size_and_every_limit_with_a_source() -> None:
    formula, data, options = clean()
    found = [
        each
        for own in diagnose(ec.fit(formula, data, **options).fit).findings.values()
        for each in own
    ]
    assert len(found) >= len(CHECKS)
    for finding in found:
        assert finding.measure
        assert finding.source
        assert not isinstance(finding.value, str)
        assert finding.p_value is None or 0 <= finding.p_value <= 1
        with pytest.raises(dataclasses.FrozenInstanceError):
            finding.value = 0.0

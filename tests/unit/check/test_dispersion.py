"""Too much variation, too little, too many zeros, too few."""

from __future__ import annotations

import pytest

from echelon.check.dispersion import _alpha
from tests.unit.check.shape_cases import diagnosis, finding


def test_overdispersed() -> None:
    found = finding("overdispersed", "overdispersion")
    assert found.verdict == "act"
    assert found.value > 2


def test_underdispersed_deserves_a_look() -> None:
    found = finding("underdispersed", "overdispersion")
    assert found.verdict == "look"
    assert found.value < 1 / 1.2


def test_as_the_family_says() -> None:
    found = finding("clean counts", "overdispersion")
    assert found.verdict == "fine"
    assert found.value == pytest.approx(1, abs=0.2)


def test_many_zeros() -> None:
    found = finding("many zeros", "zero_inflation")
    assert found.verdict == "act"
    assert found.value == pytest.approx(found.facts["observed"] - found.facts["expected"])


def test_few_zeros() -> None:
    found = finding("few zeros", "zero_inflation")
    assert (found.verdict, found.value < -0.1) == ("act", True)


def test_as_many_zeros_as_the_model_says() -> None:
    assert finding("clean counts", "zero_inflation").verdict == "fine"


def test_single_trials_have_no_dispersion() -> None:
    names = {f.name for f in diagnosis("clean yes-no").findings["Outcome"]}
    assert not names & {"overdispersion", "zero_inflation"}


def test_evidence_that_few_simulations_can_give() -> None:
    assert _alpha(250) == 0.01
    assert _alpha(20) == pytest.approx(2 / 21, rel=0.01)

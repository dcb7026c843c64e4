"""Separation, one-sided groups, parameters at their limit, flat directions."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import echelon as ec
from echelon.check.evidence import Evidence
from echelon.check.identification import one_sided
from tests.unit.check.shape_cases import diagnosis, finding


def test_separation() -> None:
    found = finding("separated", "separation")
    assert (found.verdict, found.facts["names"]) == ("act", ("z[usual]",))
    assert 0 < found.value < 0.5


@pytest.mark.parametrize("case", ["clean yes-no", "clean counts"])
def test_no_separation(case: str) -> None:
    found = finding(case, "separation")
    assert (found.verdict, found.value) == ("fine", 0.0)


def test_groups_with_one_outcome() -> None:
    found = finding("one-sided", "one_sided_groups")
    assert found.verdict == "look"
    assert found.value > 0.5
    assert found.facts["n_low"] + found.facts["n_high"] == round(120 * found.value)


def test_groups_with_both() -> None:
    assert finding("clean yes-no", "one_sided_groups").verdict == "fine"


def test_a_parameter_at_its_limit() -> None:
    found = finding("nearly Poisson", "parameter_at_limit")
    assert (found.verdict, found.facts["simpler"]) == ("look", "family='poisson'")


def test_a_flat_direction() -> None:
    found = finding("nearly twice", "flat_direction")
    assert (found.verdict, found.facts["names"]) == ("act", ("x", "again"))
    assert found.value < 1e-8


def test_separation_explains_a_flat_direction() -> None:
    names = {f.name for f in diagnosis("separated").findings["Outcome"]}
    assert "flat_direction" not in names


def test_groups_with_one_category_each() -> None:
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(30), 4)
    data = {"y": rng.choice(["a", "b", "c"], 30)[g], "x": rng.standard_normal(120), "g": g}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = ec.fit("y ~ 1 + (1 | g)", data, family="multinomial").fit
    found = [f for f in one_sided(Evidence(fit)) if f.verdict == "act"]
    assert found
    assert found[0].value == 1.0
    assert not found[0].facts["is_binary"]


def test_parameters_that_the_data_determine() -> None:
    assert finding("clean counts", "flat_direction").verdict == "fine"
    names = {f.name for f in diagnosis("clean counts").findings["Outcome"]}
    assert "parameter_at_limit" not in names

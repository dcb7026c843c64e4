"""Responses against those that the model draws."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.check.evidence import Evidence
from echelon.check.simulated_residuals import _beyond, _upper, simulated_outliers, simulated_shape
from tests.unit.check.shape_cases import diagnosis, finding


def test_zeros_from_elsewhere() -> None:
    found = finding("many zeros", "simulated_shape")
    assert found.verdict == "act"
    assert found.p_value is not None
    assert found.p_value < 0.01


def test_rows_beyond_all_simulations() -> None:
    found = finding("overdispersed", "simulated_outliers")
    assert found.verdict == "act"
    assert found.facts["n_beyond"] > 5 * found.facts["expected"]


@pytest.mark.parametrize("case", ["clean counts", "clean yes-no"])
def test_clean_shape(case: str) -> None:
    assert finding(case, "simulated_shape").verdict == "fine"


def test_clean_outliers() -> None:
    assert finding("clean counts", "simulated_outliers").verdict == "fine"


def test_the_same_seed_finds_the_same() -> None:
    fit = ec.fit("calls ~ food + (1 | nest)", "owls", family="poisson").fit
    first, second = (simulated_shape(Evidence(fit, 3, 60)) for _ in range(2))
    assert first == second


def test_yes_no_has_no_extremes() -> None:
    names = {f.name for f in diagnosis("clean yes-no").findings["Outcome"]}
    assert "simulated_outliers" not in names


def test_gaussian_models_have_no_outcome_to_simulate() -> None:
    evidence = Evidence(ec.fit("mathach ~ ses", "hsb").fit)
    assert simulated_shape(evidence) == simulated_outliers(evidence) == ()


def test_beyond_all_others() -> None:
    table = np.array([[5.0, 1, 2, 3], [1, 1, 2, 2], [0, 1, 1, 9]])
    assert _beyond(table).tolist() == [[1, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 1]]


def test_upper_tail() -> None:
    others = np.arange(99.0)
    assert _upper(np.append(50.5, others)) == pytest.approx(0.49)
    assert _upper(np.append(100.0, others)) == pytest.approx(0.01)
    assert _upper(np.append(500.0, others)) < 1e-10

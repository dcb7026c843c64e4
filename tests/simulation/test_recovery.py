"""Every family gives its truth back: means, standard errors and coverage over many responses."""

from __future__ import annotations

import zlib
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from echelon.families import FAMILIES
from tests.simulation.cases import ONE_FACTOR, PROBABILITIES, binary, intercepts
from tests.simulation.recovery import COUNTED_ERRORS, Case, Recovered, World, recover
from tests.simulation.structures import CATEGORIES, EFFECTS, ZEROS

SPARSE = World.drawn(n_groups=150, rows=4)
CASES: dict[str, Case] = {**ONE_FACTOR, **ZEROS, **CATEGORIES, **EFFECTS}
REPLICATES, FEWER = 400, {"tweedie": 150, "zero nbinom2": 200, "hurdle nbinom2": 200}

pytestmark = pytest.mark.slow
every_case = pytest.mark.parametrize("name", CASES)


@cache
def recovered(name: str) -> Recovered:
    """Simulate and refit a case, once for all tests."""
    return recover(CASES[name], FEWER.get(name, REPLICATES), zlib.crc32(name.encode()))


def test_no_family_is_left_out() -> None:
    used = [case.options for case in CASES.values()]
    assert {options["family"] for options in used} == set(FAMILIES)
    for family in ("binomial", "cumulative"):
        links = {options.get("link", "logit") for options in used if options["family"] == family}
        assert links == set(PROBABILITIES), family


@every_case
def test_means_are_the_truth(name: str) -> None:
    """Within four Monte Carlo standard errors, and the bias that maximum likelihood is known for.

    A standard deviation of J groups is too small by 3 / (4 J) of itself or more: `allowances`.
    """
    check_means(recovered(name), CASES[name])


def check_means(found: Recovered, case: Case) -> None:
    """Compare means with the truth."""
    allowed = COUNTED_ERRORS / np.sqrt(len(found.estimates)) + case.allowances()
    assert (abs(found.bias()) < allowed).all(), dict(zip(found.names, found.bias(), strict=True))


@every_case
def test_intervals_hold_the_truth(name: str) -> None:
    """Wald intervals of 95 %, of all coefficients: within binomial error."""
    found = recovered(name)
    error = COUNTED_ERRORS * np.sqrt(0.95 * 0.05 / len(found.estimates))
    covered = found.coverage()[: found.n_coefficients]
    assert (abs(covered - 0.95) < error).all(), dict(zip(found.names, covered, strict=False))


@every_case
def test_standard_errors_are_standard_deviations(name: str) -> None:
    """Within 15 %, or the Monte Carlo error of fewer replicates."""
    found = recovered(name)
    error = max(0.15, COUNTED_ERRORS / np.sqrt(2.0 * len(found.estimates)))
    assert found.ratio() == pytest.approx(np.ones(len(found.names)), abs=error)


@pytest.mark.parametrize("name", ["binary", "zero effects", "multinomial"])
def test_quadrature_has_no_bias_of_its_own(name: str) -> None:
    """What Laplace's approximation was allowed above, quadrature does not need."""
    case = CASES[name].with_points(9 if name == "binary" else 5)
    check_means(recover(case, 150, zlib.crc32(name.encode())), case)


def test_laplace_falls_short_of_few_binary_rows_per_group() -> None:
    """Known: variances too small. Nine points mend it (Breslow & Lin 1995)."""
    case = intercepts(binary("logit"), "binomial", (0.3, 0.8), 1.5)
    case = replace(case, groups=(150,))
    laplace = recover(case, 150, world=SPARSE)
    assert laplace.bias()[-1] < -0.3
    check_means(recover(case.with_points(9), 150, world=SPARSE), case)

"""Groups on which the estimates hang."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.errors import SpecError
from tests.unit.check.model_cases import (
    binary,
    clean,
    diagnosis,
    finding,
    fitted,
    many_groups,
    odd_group,
    odd_level,
    world,
)


def test_one_group_decides() -> None:
    found = finding(odd_group, "influential_groups")
    table = fitted(odd_group).influence("g").table
    worst = int(np.argmax(table["cooks_distance"]))
    assert found.verdict == "act"
    assert found.value == table["cooks_distance"][worst]
    assert (found.facts["worst"], found.facts["mdffits"]) == ("7", table["mdffits"][worst])
    assert (found.look, found.act) == (max(0.5, 16 / 30), 2 * 16 / 30)
    moved = finding(odd_group, "changed_estimates")
    assert (moved.verdict, moved.facts["worst"], moved.facts["term"]) == ("act", "7", "w")
    kept = world(30)
    without = ec.fit("y ~ x + w + (1 | g)", {k: v[kept["g"] != 7] for k, v in kept.items()})
    assert moved.facts["without_it"] == pytest.approx(without.beta["w"], rel=1e-5)


def test_one_group_costs_precision() -> None:
    found = finding(odd_level, "inflated_errors")
    assert (found.verdict, found.facts["worst"]) == ("act", "7")
    assert found.value == pytest.approx(found.facts["cov_ratio"] ** (-1 / 6))


@pytest.mark.parametrize("name", ["influential_groups", "changed_estimates", "inflated_errors"])
def test_no_group_does(name: str) -> None:
    assert finding(clean, name).verdict == "fine"


def test_many_groups_hold_the_variances() -> None:
    assert finding(many_groups, "influential_groups").facts["is_held"]
    assert not finding(clean, "influential_groups").facts["is_held"]


def test_a_generalized_model_takes_one_step() -> None:
    found = finding(binary, "influential_groups")
    assert found.facts["is_generalized"]
    assert np.isnan(found.facts["mdffits"])
    assert found.verdict == "fine"


def test_crossed_factors_of_a_generalized_model_are_not_examined() -> None:
    _, data, options = binary()
    data["h"] = np.arange(900) % 15
    seen = diagnosis(lambda: ("b ~ x + (1 | g) + (1 | h)", data, options))
    assert ("Influence", _refused(data)) in seen.not_examined
    assert seen.findings["Influence"] == ()


def _refused(data: dict[str, object]) -> str:
    result = ec.fit("b ~ x + (1 | g) + (1 | h)", data, family="binomial")
    with pytest.raises(SpecError) as caught:
        result.influence("h", refit=False)
    return caught.value.what

"""Products of level-1 predictors and predictors of groups."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.check import added
from tests.unit.check.model_cases import (
    clean,
    crossed,
    crossed_without_slope,
    diagnosis,
    finding,
    names,
)


def test_a_missing_product() -> None:
    found = finding(crossed, "cross_level")
    data = crossed()[1]
    assert found.about == "x:w"
    assert found.verdict == "act"
    assert found.value == pytest.approx(0.3 * np.std(data["w"]) / data["y"].std(), rel=0.2)
    assert found.facts["formula"] == "y ~ x + z + w + (1 + x | g) + x:w"
    assert (found.facts["n_tried"], found.facts["has_slope"]) == (2, True)
    assert not finding(crossed_without_slope, "cross_level").facts["has_slope"]


def test_none_is_missing() -> None:
    found = finding(clean, "cross_level")
    assert found.verdict == "fine"
    assert [name for name in names(clean) if name == "cross_level"] == ["cross_level"]


def test_products_in_the_model_are_not_tried() -> None:
    data = crossed()[1]
    assert "cross_level" not in names(lambda: ("y ~ x * w + (x | g)", data, {}))
    assert "cross_level" not in names(lambda: ("y ~ x + z + (x | g)", data, {}))


def test_pairs_beyond_the_cap_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(added, "MANY", 1)
    found = finding(lambda: crossed(), "cross_level")
    assert (found.facts["n_tried"], found.facts["n_left_out"]) == (1, 1)
    assert found.about == "x:w"  # random slopes come first
    assert diagnosis(crossed) is diagnosis(crossed)

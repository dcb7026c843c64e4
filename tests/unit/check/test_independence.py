"""One slope within and between groups, or two."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from tests.unit.check.model_cases import clean, contextual, finding, names, quiet


def test_two_slopes() -> None:
    found = finding(contextual, "independence")
    assert found.verdict == "look"
    assert found.p_value is not None
    assert found.p_value < 1e-3
    data = contextual()[1]
    split = ec.fit("y ~ x + gm(x, g) + w + (x | g)", data)
    means = np.bincount(data["g"], data["x"])[data["g"]] / 12
    X = np.column_stack([np.ones(960), data["w"]])
    rest = means - X @ np.linalg.lstsq(X, means, rcond=None)[0]
    difference = split.beta["gm(x, g)"]
    assert found.value == pytest.approx(difference * rest.std() / data["y"].std(), rel=1e-6)
    assert found.facts["within"] == pytest.approx(split.beta["x"], rel=1e-8)
    assert found.facts["between"] == pytest.approx(split.beta["x"] + difference, rel=1e-8)
    assert found.facts["formula"] == "y ~ cwc(x, g) + w + gm(x, g) + (1 + cwc(x, g) | g)"


def test_one_slope() -> None:
    assert finding(clean, "independence", "x").verdict == "fine"


def test_the_question_does_not_arise() -> None:
    data = contextual()[1]
    data["m"] = np.bincount(data["g"], data["x"])[data["g"]] / 12
    for formula in ("y ~ x + gm(x, g) + (1 | g)", "y ~ cwc(x, g) + (1 | g)", "y ~ x + m + (1 | g)"):
        assert "independence" not in names(lambda text=formula: (text, data, {}))


def test_nested_factors_keep_the_slope_and_add_means() -> None:
    data = contextual()[1]
    data["h"] = data["g"] // 4
    from_h = finding(lambda: ("y ~ x + (1 | h/g)", data, {}), "independence")
    assert from_h.facts["formula"] == "y ~ x + gm(x, h) + (1 | h/g)"
    assert quiet(from_h.facts["formula"], data).beta["gm(x, h)"]

"""The unit of effects, by link."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.check.outcome_scale import outcome_scale
from tests.unit.check.model_cases import binary, clean, fitted, world


def test_response() -> None:
    result, data = fitted(clean), clean()[1]
    scale = outcome_scale(result.fit)
    assert (scale.size, scale.kind) == (pytest.approx(data["y"].std()), "response")


def test_latent() -> None:
    result = fitted(binary)
    scale = outcome_scale(result.fit)
    generalized = result.fit.estimates.generalized
    assert generalized is not None
    expected = np.sqrt(generalized.eta[0].var() + np.pi**2 / 3)
    assert (scale.size, scale.kind) == (pytest.approx(expected), "latent")


@pytest.mark.parametrize(
    ("family", "link", "kind"),
    [
        ("poisson", "log", "log"),
        ("poisson", "sqrt", "linear predictor"),
        ("lognormal", "identity", "response"),
        ("beta", "logit", "linear predictor"),
    ],
)
def test_others(family: str, link: str, kind: str) -> None:
    data = world(20, 10)
    data["c"] = np.random.default_rng(1).poisson(np.exp(data["y"] / 3)) + 0.0
    data["p"] = 1 / (1 + np.exp(-data["y"]))
    data["l"] = np.exp(data["y"])
    response = {"poisson": "c", "beta": "p", "lognormal": "l"}[family]
    result = ec.fit(f"{response} ~ x + (1 | g)", data, family=family, link=link)
    scale = outcome_scale(result.fit)
    assert scale.kind == kind
    assert scale.size > 0
    if family == "lognormal":
        assert scale.size == pytest.approx(data["y"].std())

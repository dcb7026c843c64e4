"""Hostile data that once broke a generalized fit, smallest first."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest

import echelon
from echelon.errors import EchelonError

pytestmark = pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
SIX = {"y": list("abcabc"), "x": np.zeros(6), "g": [1, 1, 2, 2, 3, 3]}


def test_no_column_is_left() -> None:
    """All predictors are zero: nothing is estimated but the random effects."""
    fit = echelon.fit("y ~ 0 + x + (1 | g)", SIX, family="multinomial")
    assert np.isfinite(fit.objective)
    assert not fit.fit.estimates.is_estimated.any()


@pytest.mark.parametrize("quadrature", [9, "auto"])
def test_rules_of_many_dimensions_are_refused(quadrature: Any) -> None:
    """Fourteen random effects per group: no list of 9^14 nodes is begun."""
    rng = np.random.default_rng(1)
    data = {"y": rng.integers(0, 15, 300), "g": rng.integers(0, 8, 300)}
    with pytest.raises(EchelonError, match="too many nodes"):
        echelon.fit("y ~ 1 + (1 | g)", data, family="multinomial", quadrature=quadrature)


def test_no_column_of_the_mean_is_left() -> None:
    """The dispersion is estimated, the mean is an offset: nothing can separate."""
    rng = np.random.default_rng(12)
    amount = rng.gamma(2.0, 1.0, 40) * (rng.random(40) < 0.3)
    data = {"y": amount, "x": np.zeros(40), "z": rng.normal(size=40) * 1e6, "o": 30.0 + amount}
    options: dict[str, Any] = {"family": "tweedie", "dispersion": "~ z", "offset": "o"}
    with contextlib.suppress(EchelonError):
        echelon.fit("y ~ 0 + x", data, **options)

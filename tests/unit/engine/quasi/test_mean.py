"""The mean, its slope and its curvature; rows at the end of their range."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.engine.observation.links import inverse, slope
from echelon.engine.quasi.mean import BENDS, RANGES, MeanModel
from tests.designs import design_of

LINKS = tuple(BENDS)


@pytest.mark.parametrize("link", LINKS)
def test_bend_is_the_second_derivative_over_the_first(link: str) -> None:
    low, high = RANGES[link]
    eta = np.linspace(max(low, -4.0) + 0.5, min(high, 4.0) - 0.5, 30)
    step = 1e-5
    second = (slope(link, eta + step) - slope(link, eta - step)) / (2 * step)
    np.testing.assert_allclose(
        MeanModel("poisson", link).bend(eta), second / slope(link, eta), rtol=1e-7, atol=1e-8
    )


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog", "loglog", "cauchit"])
def test_working_values_are_finite_at_the_ends(link: str) -> None:
    data = {"y": np.tile([0.0, 1.0], 2), "x": np.arange(4.0)}
    design = design_of("y ~ x", data, family="binomial")
    model = MeanModel("binomial", link)
    low, high = model.limits
    for end in (low, high):
        residual, weight = model.working(design, np.full(4, end))
        assert np.isfinite(residual).all()
        assert (np.isfinite(weight) & (weight > 0)).all()
    assert model.is_saturated(np.array([0.0, high]))
    assert not model.is_saturated(np.array([0.0, 1.0]))


@pytest.mark.parametrize("family", ["poisson", "gamma", "inverse_gaussian", "gaussian"])
@pytest.mark.parametrize("link", ["log", "identity", "sqrt", "inverse"])
def test_start_is_inside(family: str, link: str) -> None:
    y = np.array([1.0, 2.0, 5.0, 30.0] if family != "poisson" else [0.0, 2.0, 5.0, 30.0])
    design = design_of("y ~ x", {"y": y, "x": np.arange(4.0)})
    model = MeanModel(family, link)
    eta = model.start(design)
    assert (np.isfinite(eta) & (inverse(link, eta) > 0)).all()
    residual, weight = model.working(design, eta)
    assert np.isfinite(residual).all()
    assert (weight > 0).all()

from __future__ import annotations

import numpy as np
from scipy import stats

from echelon.plot.profile_curves import profile_curves
from echelon.plot.profile_density import LEVELS, density
from tests.drawn import is_picture
from tests.unit.plot.drawn import column, fitted, spec_of


def test_densities_integrate_to_their_share() -> None:
    curves, _ = profile_curves(fitted("sleep").fit, None, LEVELS, "here")
    areas = [np.trapezoid(density(curve), curve.fine) for curve in curves]
    np.testing.assert_allclose(areas[:4], 0.999, atol=4e-3)
    assert abs(areas[5] - 0.999) < 4e-3


def test_the_shape_is_that_of_the_profile() -> None:
    """An interval of the density is the profile interval: 80% of the area between its limits."""
    (curve,), _ = profile_curves(fitted("sleep").fit, "sd_days|subject", LEVELS, "here")
    low, high = curve.limits[0.8]
    inside = (curve.fine >= low) & (curve.fine <= high)
    share = np.trapezoid(density(curve)[inside], curve.fine[inside])
    assert abs(share - 0.8) < 0.02
    at = int(np.argmin(abs(curve.fine_zeta)))
    assert np.isclose(density(curve)[at], stats.norm.pdf(0) * curve.slope[at], rtol=1e-2)


def test_chart() -> None:
    chart = fitted("sleep").plot.profile_density(["days", "sd_days|subject"])
    panel = spec_of(chart)["concat"][1]
    line = panel["layer"][1]
    (curve,), _ = profile_curves(fitted("sleep").fit, "sd_days|subject", LEVELS, "here")
    np.testing.assert_allclose(column(line, "y"), density(curve))
    low, high = curve.limits[0.95]
    shaded = column(panel["layer"][0], "x")
    assert low <= shaded[0] < shaded[-1] <= high
    assert is_picture(chart)

from __future__ import annotations

import numpy as np

from echelon.infer import profile
from echelon.plot.profile_curves import profile_curves
from tests.unit.plot.drawn import fitted, quiet


def test_limits_and_points_are_those_of_profile() -> None:
    fit = fitted("sleep").fit
    curves, notes = profile_curves(fit, ["days", "sigma"], (0.5, 0.95), "here")
    assert [curve.parameter for curve in curves] == ["days", "sigma"]
    for level in (0.5, 0.95):
        table = profile(fit, ["days", "sigma"], level).intervals()
        for k, curve in enumerate(curves):
            assert curve.limits[level] == (table["conf_low"][k], table["conf_high"][k])
    assert any("ML likelihood" in note for note in notes)


def test_the_line_passes_the_points_and_the_limits() -> None:
    (curve,), _ = profile_curves(fitted("sleep").fit, "sd_days|subject", (0.5, 0.95), "here")
    np.testing.assert_allclose(
        np.interp(curve.values, curve.fine, curve.fine_zeta), curve.zeta, atol=5e-3
    )
    (other,) = profile(fitted("sleep").fit, "sd_days|subject", 0.8).limits
    z = np.interp(other, curve.fine, curve.fine_zeta)  # a limit that was not among the points
    np.testing.assert_allclose(z, [-1.2816, 1.2816], atol=5e-3)
    assert (curve.slope >= 0).all()


def test_a_variance_of_zero_has_a_side_only() -> None:
    fit = quiet("yield ~ 1 + (1 | batch)", "dyestuff2").fit
    (curve,), _ = profile_curves(fit, "sd_(Intercept)|batch", (0.5, 0.95), "here")
    assert curve.estimate == 0
    assert curve.values[0] == 0
    assert curve.limits[0.95][0] == 0
    assert (np.diff(curve.values) > 0).all()


def test_aliased_coefficients_are_left_out() -> None:
    data = {"y": [1.0, 2, 4, 3, 6, 5], "x": np.arange(6.0), "z": 2 * np.arange(6.0)}
    fit = quiet("y ~ x + z", data).fit
    curves, notes = profile_curves(fit, None, (0.5, 0.95), "here")
    assert [curve.parameter for curve in curves] == ["(Intercept)", "x", "sigma"]
    assert "z has no profile." in notes

from __future__ import annotations

import numpy as np
import pytest

from tests.drawn import is_picture
from tests.unit.plot.drawn import column, fitted, notes, rows, spec_of


def test_cuts_are_the_profile_limits() -> None:
    result = fitted("sleep")
    chart = result.plot.profile(["days", "sigma"])
    panels = spec_of(chart)["concat"]
    for level in (0.5, 0.8, 0.95):
        table = result.conf_int("profile", parameters=["days", "sigma"], conf_level=level)
        for k, panel in enumerate(panels):
            cuts = [r for r in rows(panel, "level") if r["level"] == f"{100 * level:g}%"]
            assert [r["x"] for r in cuts] == pytest.approx(
                [table["conf_low"][k], table["conf_high"][k]]
            )
            assert cuts[1]["y"] == pytest.approx(-cuts[0]["y"])
    assert "±" in notes(chart)
    assert is_picture(chart)


def test_all_parameters_have_a_panel() -> None:
    chart = fitted("sleep").plot.profile()
    panels = spec_of(chart)["concat"]
    titles = [panel["layer"][2]["encoding"]["x"]["title"] for panel in panels]
    assert titles == [
        "(Intercept)", "days", "sd_(Intercept)|subject", "sd_days|subject",
        "cor_days.(Intercept)|subject", "sigma",
    ]  # fmt: skip
    assert all((np.diff(column(panel["layer"][2], "y")) > 0).all() for panel in panels)


def test_generalized_models() -> None:
    chart = fitted("wine").plot.profile(["temp[warm]", "1|2"])
    assert len(chart.concat) == 2
    assert is_picture(chart)

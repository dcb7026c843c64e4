from __future__ import annotations

import numpy as np
import pytest

from echelon.plot.coefficients import _ratio_axis, readable
from tests.drawn import is_picture
from tests.unit.plot.drawn import fitted, notes, quiet, rows, spec_of


@pytest.mark.parametrize(
    ("term", "label"),
    [
        ("ses", "ses"),
        ("(Intercept)", "(Intercept)"),
        ("sector[Catholic]", "sector: Catholic"),
        ("ses:sector[Catholic]", "ses × sector: Catholic"),
        ("food[Satiated]:parent[Male]", "food: Satiated × parent: Male"),
        ("time[12:30]:x", "time: 12:30 × x"),
        ("poly(x, 2)[1]", "poly(x, 2)[1]"),
        ("cwc(x, a:b):z", "cwc(x, a:b) × z"),
        ("`my:name`", "`my:name`"),
    ],
)
def test_readable(term: str, label: str) -> None:
    assert readable(term) == label


def test_rows_are_the_fixed_effects_in_order() -> None:
    result = fitted("hsb")
    chart = result.plot.coefficients()
    drawn = rows(chart, "conf_low")
    assert [row["term"] for row in drawn] == ["ses", "sector[Catholic]", "ses:sector[Catholic]"]
    for row in drawn:
        own = result.fixed_effects.row(term=row["term"])
        for key in ("estimate", "conf_low", "conf_high", "p_value"):
            assert row[key] == own[key]
    spec = spec_of(chart)
    order = spec["layer"][1]["encoding"]["y"]["sort"]
    assert order == ["ses", "sector: Catholic", "ses × sector: Catholic"]
    assert spec["layer"][0]["data"]["values"] == [{"estimate": 0.0}]
    assert is_picture(chart)


def test_ratios_where_the_link_gives_them() -> None:
    result = fitted("use")
    chart = result.plot.coefficients()
    table = result.exponentiated()
    for row in rows(chart, "conf_low"):
        own = table.row(term=row["term"])
        assert (row["estimate"], row["conf_low"]) == (own["odds_ratio"], own["conf_low"])
    x = spec_of(chart)["layer"][0]["encoding"]["x"]
    assert x["scale"]["type"] == "log"
    assert x["title"] == "odds ratio per unit (log scale)"
    assert 1 in x["axis"]["values"]
    assert "Ratios of the odds of a success." in notes(chart)
    assert is_picture(chart)
    plain = result.plot.coefficients(exponentiate=False)
    assert rows(plain, "conf_low")[0]["estimate"] == result.beta["age"]


def test_several_models() -> None:
    one, two = fitted("sleep line"), fitted("sleep")
    chart = one.plot.coefficients(two.fit, names=["intercepts", "slopes"], intercept=True)
    drawn = rows(chart, "conf_low")
    assert [(row["model"], row["term"]) for row in drawn] == [
        ("intercepts", "(Intercept)"), ("intercepts", "days"),
        ("slopes", "(Intercept)"), ("slopes", "days"),
    ]  # fmt: skip
    colour = spec_of(chart)["layer"][1]["encoding"]["color"]
    assert colour["scale"]["domain"] == ["intercepts", "slopes"]
    assert is_picture(chart)


def test_terms_and_standard_deviations() -> None:
    result = fitted("sleep")
    (row,) = rows(result.plot.coefficients(terms=["days"], standardize=True), "conf_low")
    sd = np.std(np.tile(np.arange(10.0), 18), ddof=1)
    assert row["estimate"] == pytest.approx(result.beta["days"] * sd)
    null = fitted("sleep null").plot.coefficients()
    assert [row["term"] for row in rows(null, "conf_low")] == ["(Intercept)"]


def test_standardized_ratios() -> None:
    result = fitted("owls")
    arrival = result.fit.design.rows.fixed_columns[2]
    chart = result.plot.coefficients(terms=["arrival"], standardize=True, exponentiate=True)
    (row,) = rows(chart, "conf_low")
    assert row["estimate"] == pytest.approx(np.exp(result.beta["arrival"] * arrival.std(ddof=1)))


def test_what_is_not_estimated_is_said() -> None:
    data = {"y": [1.0, 2, 4, 3, 6, 5], "x": np.arange(6.0), "z": 2 * np.arange(6.0)}
    chart = quiet("y ~ x + z", data).plot.coefficients()
    assert [row["term"] for row in rows(chart, "conf_low")] == ["x"]
    assert "Not estimated: 'z'." in notes(chart)


def test_other_units_are_said() -> None:
    chart = fitted("sleep").plot.coefficients(fitted("use"))
    assert "other responses or links" in notes(chart)
    assert spec_of(chart)["layer"][0]["data"]["values"] == [{"estimate": 0.0}]


def test_ratios_without_a_finite_end_have_an_axis_around_one() -> None:
    drawn = [{"conf_low": np.nan, "conf_high": np.nan, "estimate": np.inf}]
    low, high = _ratio_axis(drawn, "odds ratio").to_dict()["scale"]["domain"]
    assert low < 1 < high

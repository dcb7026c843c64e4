"""Shares of variance: the numbers of the ICC and of Rights & Sterba's partition."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.fit import Fit
from echelon.measure.icc_kinds import icc_table
from echelon.measure.r_squared import r_squared
from echelon.plot.variance_shares import variance_shares
from tests.drawn import data_of, marks, notes, rows_with, size_of_png
from tests.group_fits import contraception, fitted, flat, hsb, pastes, penicillin


def centred() -> Fit:
    formula = "mathach ~ cwc(ses, school) + meanses + (cwc(ses, school) | school)"
    return fitted(formula, "hsb")


@pytest.mark.parametrize("fit", [penicillin(), pastes(), hsb(), contraception()])
def test_shares_are_the_icc(fit: Fit) -> None:
    table = icc_table(fit)
    drawn = rows_with(variance_shares(fit), "source", "share")
    assert [row["share"] for row in drawn] == table["icc"].tolist()
    assert [row["variance"] for row in drawn] == table["variance"].tolist()
    assert sum(row["share"] for row in drawn) == pytest.approx(1.0)
    assert drawn[0]["high"] == 1.0
    np.testing.assert_allclose(drawn[-1]["low"], 0.0, atol=1e-12)


def test_labels_do_not_touch() -> None:
    places = sorted(
        row["place"] for row in rows_with(variance_shares(centred(), "rights-sterba"), "place")
    )
    assert (np.diff(places) >= 15 / 300 - 1e-9).all()


def test_rights_and_sterba() -> None:
    table = r_squared(centred())
    shares = dict(zip(table["part"].tolist(), table["value"].tolist(), strict=True))
    spec = variance_shares(centred(), kind="Rights-Sterba").to_dict()
    drawn = {
        panel["title"]: [
            row["share"]
            for row in data_of(spec, panel["layer"][0] if "data" in panel["layer"][0] else panel)
        ]
        for panel in spec["hconcat"]
    }
    expected = [shares[f"total {key}"] for key in ("f1", "f2", "v", "m")]
    assert drawn["total"][:-1] == pytest.approx(expected)
    assert drawn["within groups"][:-1] == pytest.approx([shares["within f1"], shares["within v"]])
    assert drawn["between groups"] == pytest.approx([shares["between f2"], shares["between m"]])
    assert [sum(parts) for parts in drawn.values()] == pytest.approx([1.0, 1.0, 1.0])


def test_levels_that_are_not_told_apart() -> None:
    assert notes(variance_shares(hsb(), "rights-sterba")) == [
        "Total: 47.96 mathach², by Rights & Sterba's sources.",
        "Levels are not told apart: 'ses' varies within and between groups: centre it,",
        "  cwc(., school).",
    ]


def test_words() -> None:
    chart = variance_shares(penicillin())
    assert [row["label"] for row in rows_with(chart, "label")] == [
        "plate: (1 | plate)  15.1%",
        "sample: (1 | sample)  78.5%",
        "residual  6.4%",
    ]
    assert notes(chart) == ["Total: 4.750 diameter², what the fixed effects leave."]
    assert marks(chart.to_dict()) == ["rect", "rule", "text"]
    assert any("logit link" in note for note in notes(variance_shares(contraception())))


def test_a_bar_for_each_contrast() -> None:
    fit = fitted("rating ~ 1 + (1 | judge)", "wine", family="multinomial")
    spec = variance_shares(fit).to_dict()
    assert [panel["title"] for panel in spec["hconcat"]] == [f"rating: {k}" for k in (2, 3, 4, 5)]


@pytest.mark.parametrize(
    ("fit", "kind"),
    [(centred(), "rights-sterba"), pytest.param(flat(), "levels", marks=pytest.mark.slow)],
)
def test_picture(fit: Fit, kind: str) -> None:
    width, height = size_of_png(variance_shares(fit, kind))
    assert 200 < width < 1_300
    assert 300 < height < 500

"""The interaction table against emmeans."""

from __future__ import annotations

import numpy as np

import echelon as ec

# R 4.2.2, emmeans 1.8.4.1: m <- lmer(mathach ~ ses*sector + minority + (1|school), hsb)
#   emmeans(m, ~ses*sector, at = list(ses = mean(ses) + c(-1, 0, 1) * sd(ses)))
ESTIMATE = [
    9.00586071052, 11.03167687128, 13.05749303203, 12.20789900183, 13.35839470850, 14.50889041516,
]  # fmt: skip
STD_ERROR = [
    0.220567319520, 0.207300532065, 0.247625845070, 0.265012361515, 0.224479018409, 0.245309056267,
]  # fmt: skip
DF = [217.99, 175.23, 341.68, 265.61, 147.04, 205.95]
LOW = [
    8.57114319901, 10.62254971620, 12.57043005320, 11.68610675233, 12.91477269404, 14.02525146492,
]  # fmt: skip


def test_low_mean_and_high_of_both() -> None:
    fit = ec.fit("mathach ~ ses*sector + minority + (1|school)", ec.datasets.load("hsb"))
    table = fit.interaction_table("ses", "sector")
    assert table["sector"].tolist() == ["Public"] * 3 + ["Catholic"] * 3
    np.testing.assert_allclose(table["estimate"], ESTIMATE, rtol=1e-6)
    np.testing.assert_allclose(table["std_error"], STD_ERROR, rtol=1e-6)
    np.testing.assert_allclose(table["df"], DF, atol=0.006)
    np.testing.assert_allclose(table["conf_low"], LOW, rtol=1e-6)
    chosen = fit.interaction_table("ses", "sector", at={"ses": [0, 1], "sector": ["Public"]})
    assert chosen["ses"].tolist() == [0.0, 1.0]


def test_an_offset_is_part_of_the_prediction() -> None:
    data = ec.datasets.load("hsb")
    fit = ec.fit("mathach ~ ses*minority + offset(meanses) + (1|school)", data)
    table = fit.interaction_table("ses", "minority", at={"ses": [0.5], "meanses": 0.25})
    rows = {"ses": [0.5] * 2, "minority": ["No", "Yes"], "meanses": [0.25] * 2}
    np.testing.assert_allclose(table["estimate"], fit.predict(rows, random="none"), rtol=1e-12)

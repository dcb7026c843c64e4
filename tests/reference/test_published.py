"""High School and Beyond as printed in the textbook (two decimals), by HLM.

Source: Raudenbush & Bryk (2002), Hierarchical Linear Models, chapter 4: the four models of the
chapter. The variance of the slopes is left out: HLM stopped its EM iterations there before the
maximum (0.68 and 0.15 in the book; 0.69 and 0.10 at the maximum, where lme4 is, too).

The values were written down from memory, without the book at hand: compare them with a copy
before they are cited. The proof of these models is lme4's output (lmm_hsb_*), not this file.
"""

from __future__ import annotations

import math

import pytest

import echelon

# formula; (coefficient, standard error) in order; variance of the intercepts; residual variance
MODELS = {
    "one-way ANOVA": ("1 + (1 | school)", [(12.64, 0.24)], 8.61, 39.15),
    "means as outcomes": ("meanses + (1 | school)", [(12.65, 0.15), (5.86, 0.36)], 2.64, 39.16),
    "random coefficients": (
        "cwc(ses, school) + (cwc(ses, school) | school)",
        [(12.64, 0.24), (2.19, 0.13)],
        8.68,
        36.70,
    ),
    "intercepts and slopes as outcomes": (
        "(meanses + sector) * cwc(ses, school) + (cwc(ses, school) | school)",
        [(12.10, 0.20), (5.33, 0.37), (1.23, 0.31), (2.94, 0.16), (1.03, 0.30), (-1.64, 0.24)],
        2.38,
        None,  # belongs to the variance of the slopes, see above
    ),
}
PRINTED = 0.0101  # one unit of the last digit


@pytest.mark.parametrize("model", MODELS)
def test_high_school_and_beyond(model: str) -> None:
    right, fixed, intercepts, residual = MODELS[model]
    fit = echelon.fit(f"mathach ~ {right}", echelon.datasets.load("hsb"))
    errors = [math.sqrt(value) for value in fit.vcov.diagonal()]
    assert list(fit.beta.values()) == pytest.approx([beta for beta, _ in fixed], abs=PRINTED)
    assert errors == pytest.approx([error for _, error in fixed], abs=PRINTED)
    components = fit.variance_components
    assert components["variance"][0] == pytest.approx(intercepts, abs=PRINTED)
    if residual is not None:
        assert fit.sigma**2 == pytest.approx(residual, abs=PRINTED)

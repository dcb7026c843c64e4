"""The methods paragraph, in whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.report.record import package_version
from echelon.report.wording.methods import methods_paragraph

VERSION = package_version()
LAPLACE = (
    "Estimates are by maximum likelihood with the Laplace approximation. Tests are Wald z tests."
)


@pytest.mark.parametrize(
    ("formula", "data", "options", "expected"),
    [
        (
            "reaction ~ days + (days || subject)",
            "sleep",
            {"df_method": "kenward_roger", "conf_level": 0.9},
            "We fitted a linear mixed model to 180 rows in 18 groups of subject: reaction ~ days + "
            "(1 + days || subject). Random intercepts and slopes of days varied over subject, "
            "without correlations. Estimates are by restricted maximum likelihood (REML). Standard "
            "errors and degrees of freedom follow Kenward and Roger. Intervals have 90% "
            "confidence. The model was fitted with echelon "
            f"{VERSION}. The data are sleep.",
        ),
        (
            "use ~ age + (1 | district)",
            "contraception",
            {"family": "binomial"},
            "We fitted a binomial mixed model with a logit link to 1,934 rows in 60 groups of "
            "district: use ~ age + (1 | district). Modelled: P(use = 'Y'). Random intercepts "
            f"varied over district. {LAPLACE} Intervals have 95% confidence. The model was fitted "
            f"with echelon {VERSION}. The data are contraception.",
        ),
        (
            "incidence / size ~ period + (1 | herd)",
            "cbpp",
            {"family": "binomial", "method": "MQL2"},
            "We fitted a binomial mixed model with a logit link to 56 rows in 15 groups of herd: "
            "incidence / size ~ period + (1 | herd). Modelled: P(success): incidence of size "
            "trials. Random intercepts varied over herd. Estimates are by second-order marginal "
            "quasi-likelihood (MQL2), which underestimates variances. Tests are Wald z tests. "
            "Intervals have 95% confidence. The "
            f"model was fitted with echelon {VERSION}. The data are cbpp.",
        ),
        (
            "rating ~ temp + (1 | judge)",
            "wine",
            {"family": "cumulative", "quadrature": 7},
            "We fitted a cumulative mixed model with a logit link to 72 rows in 9 groups of judge: "
            "rating ~ temp + (1 | judge). Modelled: logit P(rating <= j) = threshold j - location; "
            "positive coefficients go with higher categories. Categories: 1 < 2 < 3 < 4 < 5. "
            "Random intercepts varied over judge. Estimates are by maximum likelihood with "
            "adaptive Gauss-Hermite quadrature with 7 points. Tests are Wald z tests. Intervals "
            f"have 95% confidence. The model was fitted with echelon {VERSION}. The data are wine.",
        ),
        (
            "mathach ~ ses",
            "hsb",
            {"method": "ML", "df_method": "residual", "subset": "ses > 0"},
            "We fitted a linear regression model to 3,619 rows: mathach ~ ses. Of 7,185 rows, "
            "3,566 "
            "(subset) were left out. Estimates are by maximum likelihood (ML). Degrees of freedom "
            "are those of the residual. Intervals have 95% confidence. The model was fitted with "
            f"echelon {VERSION}. The data are hsb.",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::echelon.errors.QuasiLikelihoodWarning")
def test_the_paragraph(formula: str, data: str, options: dict[str, Any], expected: str) -> None:
    assert methods_paragraph(ec.fit(formula, data, **options).fit) == expected


def test_weights_offsets_and_other_parts() -> None:
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(12), 10)
    x, t = rng.normal(size=120), rng.uniform(1, 2, 120)
    y = rng.poisson(t * np.exp(0.3 * x + rng.normal(size=12)[g] * 0.5)) * (rng.random(120) < 0.8)
    fit = ec.fit(
        "y ~ x + (1 | g)",
        {"y": y, "x": x, "t": t, "g": g},
        family="poisson",
        offset="log(t)",
        weights="t",
        zero="~ 1",
    )
    text = methods_paragraph(fit.fit)
    assert "Rows were weighted by t. The linear predictor had the offset log(t). " in text
    assert "The zero part was ~ 1. Random intercepts varied over g." in text
    assert "The data are" not in text


def test_what_was_checked_is_named() -> None:
    fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    text = methods_paragraph(fit.fit, fit.check(["Convergence", "Random effects"]).diagnosis)
    head, checked = text.split(" The data are sleep. ")
    assert head == methods_paragraph(fit.fit).removesuffix(" The data are sleep.")
    assert checked.startswith("We checked convergence (")
    assert "; random effects (" in checked
    assert checked.endswith(").")

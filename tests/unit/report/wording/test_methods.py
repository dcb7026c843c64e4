"""The methods paragraph, in whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.families import FAMILIES
from echelon.report.record import package_version
from echelon.report.wording.methods import methods_paragraph
from echelon.report.wording.reporting import KINDS

VERSION = package_version()
LAPLACE = (
    "Estimates were obtained by maximum likelihood with the Laplace approximation. Tests were Wald "
    "z tests. We report 95% confidence intervals."
)


def read_from(name: str) -> str:
    return f"The model was fitted with echelon {VERSION}, and the data were read from {name}."


@pytest.mark.parametrize(
    ("formula", "data", "options", "expected"),
    [
        (
            "reaction ~ days + (days || subject)",
            "sleep",
            {"df_method": "kenward_roger", "conf_level": 0.9},
            "We fitted a linear mixed model to 180 rows in 18 groups of subject: reaction ~ days + "
            "(1 + days || subject). Intercepts and slopes of days varied randomly between groups "
            "of subject, without correlations among them. Estimates were obtained by restricted "
            "maximum likelihood (REML). Standard errors and degrees of freedom followed Kenward "
            f"and Roger. We report 90% confidence intervals. {read_from('sleep')}",
        ),
        (
            "use ~ age + (1 | district)",
            "contraception",
            {"family": "binomial"},
            "We fitted a binomial mixed model with a logit link to 1,934 rows in 60 groups of "
            "district: use ~ age + (1 | district). We modelled P(use = 'Y'). Intercepts varied "
            f"randomly between groups of district. {LAPLACE} {read_from('contraception')}",
        ),
        (
            "incidence / size ~ period + (1 | herd)",
            "cbpp",
            {"family": "binomial", "method": "MQL2"},
            "We fitted a binomial mixed model with a logit link to 56 rows in 15 groups of herd: "
            "incidence / size ~ period + (1 | herd). We modelled P(success): incidence of size "
            "trials. Intercepts varied randomly between groups of herd. Estimates were obtained by "
            "second-order marginal quasi-likelihood (MQL2), which tends to underestimate "
            "variances. Tests were Wald z tests. We report 95% confidence intervals. "
            f"{read_from('cbpp')}",
        ),
        (
            "rating ~ temp + (1 | judge)",
            "wine",
            {"family": "cumulative", "quadrature": 7},
            "We fitted a cumulative ordinal mixed model with a logit link to 72 rows in 9 groups "
            "of judge: rating ~ temp + (1 | judge). We modelled logit P(rating <= j) = threshold j "
            "- location; positive coefficients go with higher categories. The categories were 1 < "
            "2 < 3 < 4 < 5. Intercepts varied randomly between groups of judge. Estimates were "
            "obtained by maximum likelihood with adaptive Gauss-Hermite quadrature (7 points). "
            f"Tests were Wald z tests. We report 95% confidence intervals. {read_from('wine')}",
        ),
        (
            "diameter ~ 1 + (1 | plate) + (1 | sample)",
            "penicillin",
            {},
            "We fitted a linear mixed model to 144 rows in 24 groups of plate and 6 groups of "
            "sample: diameter ~ 1 + (1 | plate) + (1 | sample). Intercepts varied randomly between "
            "groups of plate and groups of sample. Estimates were obtained by restricted maximum "
            "likelihood (REML). Degrees of freedom followed Satterthwaite's approximation. We "
            f"report 95% confidence intervals. {read_from('penicillin')}",
        ),
        (
            "mathach ~ ses",
            "hsb",
            {"method": "ML", "subset": "ses > 0"},
            "We fitted a linear regression model to 3,619 rows: mathach ~ ses. Of 7,185 rows, "
            "3,566 were left out (outside the subset that was asked for). Coefficients were "
            "obtained by least squares, the residual variance by maximum likelihood (ML). Degrees "
            "of freedom were those of the residual. We report 95% confidence intervals. "
            f"{read_from('hsb')}",
        ),
        (
            "use ~ urban",
            "contraception",
            {"family": "binomial", "link": "cloglog"},
            "We fitted a binomial regression model with a complementary log-log link to 1,934 "
            "rows: use ~ urban. We modelled P(use = 'Y'). Estimates were obtained by maximum "
            "likelihood. Tests were Wald z tests. We report 95% confidence intervals. "
            f"{read_from('contraception')}",
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
    assert text.startswith("We fitted a Poisson mixed model with a log link to 120 rows")
    assert "Rows were weighted by t. The linear predictor had the offset log(t). " in text
    assert "Structural zeros had the formula ~ 1. Intercepts varied randomly between" in text
    assert "read from" not in text


def test_other_linear_predictors_are_named() -> None:
    fit = ec.fit("calls ~ food + (1 | nest)", "owls", family="nbinom2", zero="~ 1 + (1 | nest)").fit
    text = methods_paragraph(fit)
    assert "We fitted a negative binomial (NB2) mixed model with a log link to" in text
    assert "Intercepts varied randomly between groups of nest. Intercepts of the zero part" in text


def test_every_family_has_a_name() -> None:
    assert set(KINDS) == {family.name for family in FAMILIES.values()}


def test_what_was_checked_is_named() -> None:
    fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    text = methods_paragraph(fit.fit, fit.check(["Convergence", "Random effects"]).diagnosis)
    assert text.removeprefix(methods_paragraph(fit.fit)) == (
        " We checked the fit (convergence, boundary, aliased coefficients) and the random effects "
        "(normality, outlying groups)."
    )


def test_sentences_are_short() -> None:
    fit = ec.fit("mathach ~ ses * sector + (1 | school)", "hsb")
    sentences = methods_paragraph(fit.fit, fit.check().diagnosis).split(". ")
    assert max(len(sentence.split()) for sentence in sentences) <= 36

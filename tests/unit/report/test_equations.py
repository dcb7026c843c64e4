"""The equations of fits of every kind: exact texts, and numbers against the fit's own."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.fit import Fit
from echelon.report.content import summarise
from echelon.report.equations import equations
from tests.families import MODELS, fitted
from tests.golden import fits, generalized_fits

BLANK = re.compile(r"\s+")


def lines(text: str) -> str:
    """Undo the wrapping of lines, so that texts can be compared."""
    return BLANK.sub(" ", text)


def test_levels_and_mixed_in_plain_letters() -> None:
    assert str(equations(fits.sleep(), notation="text")) == (
        "Level 1:            reaction_ij = b0_j + b1_j days_ij + e_ij\n"
        "Level 2 (subject):  b0_j = g00 + u0_j\n"
        "                    b1_j = g10 + u1_j\n"
        "\n"
        "reaction_ij = g00 + g10 days_ij + u0_j + u1_j days_ij + e_ij\n"
        "\n"
        "(u0_j, u1_j)' ~ N(0, [[tau00, tau01], [tau01, tau11]])\n"
        "e_ij ~ N(0, sigma^2)"
    )


def test_unicode_with_estimates() -> None:
    text = equations(fits.school(), "levels", estimates=True).text
    assert text.split("\n")[3:5] == [
        "Level 3 (school):        β₀₀ₖ = 12.13 + 0.40 sector[Public]ₖ + u₀₀ₖ",
        "                         β₁₀ₖ = 2.12 − 0.0012 sector[Public]ₖ + u₁₀ₖ",
    ]


@pytest.mark.parametrize("make", [fits.sleep, fits.troubled, fits.many_effects])
def test_the_summary_says_the_same(make: Any) -> None:
    fit: Fit = make()
    own = equations(fit, "levels", "text").text.split("\n\n")[0]
    assert lines(own) == lines("\n".join(summarise(fit).equations))


def test_signs_follow_the_estimates() -> None:
    text = equations(fits.troubled(), "mixed", "text", estimates=True).text
    assert text.startswith("y_ij = 0.50 - 1.25 x_ij + u0_j + u1_j x_ij + e_ij\n")
    assert text.endswith("Not estimated and left out: twice_x.")


def test_digits_are_decimals_and_significant_below_one() -> None:
    fit = fits.long_names()
    text = equations(fit, "mixed", "text", estimates=True, digits=3).text
    assert "= 1234.500 + 0.100 " in text
    assert "- 0.00300 school_type[Public]_ij" in text
    assert "3.200e-08 income_ij" in text
    assert "= 1234 + " in lines(equations(fit, "mixed", "text", estimates=True, digits=0).text)


def numbers_in(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.\d+(?:e[+-]\d+)?", text)]


def test_numbers_are_those_of_the_fit() -> None:
    hsb = ec.datasets.load("hsb")
    fit = ec.fit("mathach ~ ses * sector + (minority | school)", hsb)
    text = fit.equations("mixed", "text", estimates=True, digits=6).text
    found = numbers_in(text.replace("- ", "-"))
    theirs = [fit.beta[n] for n in ("(Intercept)", "sector[Catholic]", "ses")]
    theirs.append(fit.beta["ses:sector[Catholic]"])
    np.testing.assert_allclose(found[:4], theirs, atol=1e-5)
    rows = fit.variance_components["variance"]
    np.testing.assert_allclose(found[4:], [*rows[[0, 2, 2, 1]], rows[3]], rtol=1e-4)


STARTS = {
    "binary": "y_ij ~ Bernoulli(p_ij)\np_ij = P(y = 1)",
    "slope": "s_ij ~ Binomial(t_ij, p_ij)",
    "pair": "s_ij ~ Binomial(s_ij + f_ij, p_ij)",
    "weighted share": "t_ij share_ij ~ Binomial(t_ij, p_ij)",
    "counts": "count_ij ~ Poisson(mu_ij)",
    "members": "count ~ NegBin(mu, theta)\nVar(count) = mu + mu^2 / theta",
    "zeros": "zeros_ij ~ Poisson(mu_ij) with probability 1 - zeta_ij and 0 otherwise",
    "hurdle": "zeros_ij ~ Poisson(mu_ij) above 0 with probability 1 - zeta_ij and 0 otherwise",
    "amounts": "amount_ij ~ Gamma(mu_ij, sigma_ij)\nVar(amount_ij) = mu_ij^2 sigma_ij^2",
    "logs": "log(amount_ij) ~ N(mu_ij, sigma^2)",
    "robust": "amount_ij ~ t(mu_ij, sigma, nu)",
}
HOLDS = {
    "pair": "cloglog(p_ij) = b0_j + b1 x_ij",
    "counts": "log(mu_ij) = b0_j + b1 x_ij + log(exposure)_ij",
    "members": "log(mu) = b0 + b1 x + log(exposure) + u0[mm(g, h)]",
    "zeros": "logit(zeta_ij) = zeta0 + zeta1 x_ij",
    "zero effects": "logit(zeta_ij) = zeta0 + v0_j",
    "amounts": "log(sigma_ij) = delta0 + delta1 x_ij",
    "inverse": "1 / mu_i = b0 + b1 h[h1]_i",
    "ordered": "logit(P(grade_ij <= c)) = (theta[c] - location_ij) / kappa_ij",
    "nominal": "log(P(kind_ij = c) / P(kind_ij = 'a')) = b0_j[c] + b1[c] x_ij",
    "crossed": "logit(p) = b0 + b1 x + u0[g] + v0[h]",
    "weights": "The log likelihood of each row is multiplied by w.",
}


@pytest.mark.parametrize("name", STARTS)
def test_distribution_of_the_response(name: str) -> None:
    assert fitted(name).equations(notation="text").text.startswith(STARTS[name])


@pytest.mark.parametrize("name", HOLDS)
def test_what_is_modelled(name: str) -> None:
    assert HOLDS[name] in lines(fitted(name).equations(notation="text").text)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("notation", ["unicode", "text", "latex", "mathml"])
def test_every_family_in_every_notation(name: str, notation: str) -> None:
    for estimates in (False, True):
        text = fitted(name).equations(notation=notation, estimates=estimates).text
        assert "nan" not in text
        assert "(Intercept)" not in text


def test_thresholds_have_values() -> None:
    fit = fitted("ordered")
    text = fit.equations("mixed", "text", estimates=True, digits=6).text
    for row, place in zip(fit.thresholds.rows(), "012", strict=True):
        found = re.search(rf"^theta\[{place}\] = (.*)$", text, re.MULTILINE)
        assert found
        np.testing.assert_allclose(float(found[1]), row["estimate"], atol=1e-5)


def test_a_multinomial_model_has_equations_for_each_category() -> None:
    text = fitted("nominal").equations("levels", "text", estimates=True).text
    assert text.count("Level 1:") == 2
    assert "(u0_j[b], u0_j[c])' ~ N(0, [[" in text


def test_weights_divide_the_variance() -> None:
    assert "e_i ~ N(0, sigma^2 / w_i)" in str(equations(fits.no_groups(), notation="text"))


def test_generalized_fits_set_by_hand() -> None:
    for make in (generalized_fits.equidistant, generalized_fits.hazard, generalized_fits.zeros):
        assert "~ N(0, " in str(equations(make(), notation="text", estimates=True))


def test_a_notebook_shows_mathematics() -> None:
    shown = equations(fits.sleep(), notation="text")
    assert repr(shown) == shown.text
    assert shown._repr_latex_().startswith("$$\n\\begin{aligned}")
    assert shown._repr_html_() == shown._repr_mathml_()
    assert "<math" in shown._repr_html_()


def test_level_equations_of_a_fit_can_be_read_again() -> None:
    hsb = ec.datasets.load("hsb")
    formula = "mathach ~ ses + meanses + ses:meanses + (1 + ses | school)"
    fit = ec.fit(formula, hsb)
    for notation in ("text", "unicode"):
        assert ec.levels(fit.equations("levels", notation).text) == fit.fit.spec.formula

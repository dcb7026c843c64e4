"""Tests of terms and hypotheses of generalized models, against emmeans and by their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.errors import SpecError
from echelon.infer.coefficients.anova import anova
from echelon.infer.coefficients.hypothesis import hypothesis_tests
from echelon.infer.coefficients.joint import joint_inference
from tests.unit.infer.generalized_fits import contraception, fitted, salamanders, wine

CROSSED = "factor(use) ~ age + urban * livch + (1 | district)"


def test_type_3_against_emmeans() -> None:
    """R 4.2, emmeans: joint_tests(glmer(use ~ age + urban * livch + (1 | district), Contraception,
    family = binomial)), F.ratio times df1, printed to three decimals."""
    found = anova(contraception(CROSSED))
    assert list(found["term"]) == ["age", "urban", "livch", "urban:livch"]
    assert list(found["df"]) == [1, 1, 3, 3]
    expected = np.array([12.013, 33.679, 71.490, 2.547])
    assert found["statistic"] == pytest.approx(expected, rel=5e-3)


def test_type_3_of_ordered_categories_against_emmeans() -> None:
    """emmeans: joint_tests(clmm(rating ~ temp * contact + (1 | judge), wine))."""
    found = anova(wine("rating ~ temp * contact + (1 | judge)"))
    assert list(found["term"]) == ["temp", "contact", "temp:contact"]
    assert found["statistic"] == pytest.approx(np.array([26.454, 12.798, 0.059]), abs=2e-3)


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_the_coding_of_categories_does_not_matter(kind: int) -> None:
    fit = contraception(CROSSED)
    coding = {"livch": "sum", "urban": "sum"}  # no key of a cache: fitted anew
    coded = fitted.__wrapped__(CROSSED, "Contraception.csv", family="binomial", contrasts=coding)
    first, second = anova(fit, kind), anova(coded, kind)
    assert first["statistic"] == pytest.approx(second["statistic"], rel=1e-3)


def test_type_2_is_the_test_in_the_model_without_the_interaction_by_its_covariance() -> None:
    """Of the combinations uncorrelated with the interaction: R's car::Anova by its definition."""
    fit = contraception(CROSSED)
    V, beta = fit.estimates.vcov, fit.estimates.beta
    inside = [k for k, name in enumerate(fit.design.fixed_names) if ":" in name]
    own = [
        k for k, n in enumerate(fit.design.fixed_names) if n.startswith("livch") and ":" not in n
    ]
    cross = V[np.ix_(own, inside)] @ np.linalg.inv(V[np.ix_(inside, inside)])
    adjusted = beta[own] - cross @ beta[inside]
    spread = V[np.ix_(own, own)] - cross @ V[np.ix_(inside, own)]
    expected = float(adjusted @ np.linalg.solve(spread, adjusted))
    assert anova(fit, 2).row(term="livch")["statistic"] == pytest.approx(expected, rel=1e-8)


def test_types_agree_on_the_last_term_of_every_equation() -> None:
    fit = fitted("f ~ x + k + (1 | g)", family="multinomial")
    tests = [anova(fit, kind).row(term="k") for kind in (1, 2, 3)]
    places = [k for k, name in enumerate(fit.design.fixed_names) if name.endswith(".k")]
    b, V = fit.estimates.beta[places], fit.estimates.vcov[np.ix_(places, places)]
    for row in tests:
        assert row["df"] == 2
        assert row["statistic"] == pytest.approx(float(b @ np.linalg.solve(V, b)), rel=1e-8)


def test_columns_that_repeat_others_are_not_tested() -> None:
    plain = fitted("b ~ f * x + (1 | g)", family="binomial")
    twice = fitted("b ~ f * x + I(2 * x) + (1 | g)", family="binomial")
    for kind in (2, 3):
        found, expected = anova(twice, kind), anova(plain, kind)
        assert found.row(term="I(2 * x)")["df"] == 0
        for term in ("f", "f:x"):
            statistic = expected.row(term=term)["statistic"]
            assert found.row(term=term)["statistic"] == pytest.approx(statistic, rel=1e-4)


def test_hypotheses_reach_every_linear_predictor() -> None:
    fit = salamanders(family="nbinom2", zero="~ mined")
    found = hypothesis_tests(fit, "zero.mined[yes] = 1, dispersion.(Intercept) = mined[yes]")
    inference = joint_inference(fit)
    estimate = dict(zip(inference.names, inference.beta.tolist(), strict=True))
    first = found.row(hypothesis="zero.mined[yes] = 1")
    assert first["test"] == "z"
    assert first["estimate"] == pytest.approx(estimate["zero.mined[yes]"] - 1)
    assert found.row(hypothesis="joint")["test"] == "chi-square"


def test_thresholds_by_name_and_by_matrix() -> None:
    fit = wine()
    L = np.zeros((1, 6))
    L[0, 2], L[0, 3] = 1.0, -1.0
    by_name = hypothesis_tests(fit, "1|2 = 2|3")
    by_matrix = hypothesis_tests(fit, L)
    assert by_name["statistic"][0] == pytest.approx(by_matrix["statistic"][0])


def test_degrees_of_freedom_are_not_counted() -> None:
    with pytest.raises(SpecError) as caught:
        hypothesis_tests(wine(), "temp[warm] = 0", df_method="kenward_roger")
    assert caught.value.slug == "df-method-of-generalized"

"""The same model again."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

from echelon import api, datasets
from echelon.errors import SingularFitWarning
from echelon.refit import refit
from tests.families import DATA, fitted
from tests.families import MODELS as FAMILIES
from tests.property.models import MODELS, table

FORMULA = "reaction ~ days + (days | subject)"


@pytest.fixture(scope="module")
def sleep() -> api.Result:
    return api.fit(FORMULA, datasets.load("sleep"))


def assert_same_estimates(ours: api.Result, theirs: api.Result) -> None:
    assert ours.objective == pytest.approx(theirs.objective, rel=1e-10)
    np.testing.assert_allclose(ours.theta, theirs.theta, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(list(ours.beta.values()), list(theirs.beta.values()), rtol=1e-6)


def test_another_method_is_a_fit_by_it(sleep: api.Result) -> None:
    again = sleep.refit(method="ml")
    assert again.method == "ML"
    assert_same_estimates(again, api.fit(FORMULA, datasets.load("sleep"), method="ML"))
    assert_same_estimates(again.refit(method="REML"), sleep)
    assert sleep.method == "REML"


def test_another_way_to_count_df_needs_no_estimation(sleep: api.Result) -> None:
    again = sleep.refit(df_method="kenward-roger")
    assert again.fit.estimates is sleep.fit.estimates
    assert again.fixed_effects.notes == ("Standard errors and df by Kenward and Roger.",)


def test_a_refit_by_ml_leaves_kenward_roger_for_satterthwaite(sleep: api.Result) -> None:
    again = sleep.refit(df_method="kenward_roger").refit(method="ML")
    assert (again.method, again.fit.spec.df_method) == ("ML", "satterthwaite")


def test_another_method_needs_no_rows(sleep: api.Result) -> None:
    design = replace(sleep.fit.design, y=np.empty(0))
    assert_same_estimates(
        api.Result(refit(replace(sleep.fit, design=design), method="ML")), sleep.refit(method="ML")
    )


@pytest.mark.parametrize("model", ["slope", "nested", "crossed", "membership", "no random effect"])
def test_a_new_response_is_a_fit_to_it(model: str) -> None:
    data = table(8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = api.fit(MODELS[model], data, weights="prior", offset="exposure")
        y = result.simulate(2, seed=4)[:, 1]
        expected = api.fit(MODELS[model], data | {"y": y}, weights="prior", offset="exposure")
        again = result.refit(y)
    assert_same_estimates(again, expected)
    np.testing.assert_allclose(again.residuals(), expected.residuals(), atol=1e-4)
    assert again.fit.spec == result.fit.spec


def test_its_own_response_changes_nothing_and_takes_few_steps(sleep: api.Result) -> None:
    again = sleep.refit(sleep.fit.design.y)
    assert_same_estimates(again, sleep)
    assert again.convergence.n_evaluations < sleep.convergence.n_evaluations


def test_a_response_for_every_row_of_the_table() -> None:
    data = table(8)
    data["x"][[3, 7]] = np.nan
    result = api.fit("y ~ x + (1 | g)", data)
    y = data["y"] ** 2
    expected = api.fit("y ~ x + (1 | g)", data | {"y": y})
    assert_same_estimates(result.refit(y), expected)
    assert_same_estimates(result.refit(y[~np.isnan(data["x"])]), expected)


def test_the_response_is_copied(sleep: api.Result) -> None:
    y = sleep.simulate(seed=1)
    again = sleep.refit(y)
    residual = again.residuals()
    y[:] = 0.0
    np.testing.assert_array_equal(again.residuals(), residual)


def test_a_singular_fit_does_not_hold_its_refits_back() -> None:
    """At theta = 0 the gradient is zero whatever the data; the refit must not start there."""
    data = table(8)
    noise = np.random.default_rng(3).standard_normal(90)
    with pytest.warns(SingularFitWarning):
        result = api.fit("y ~ 1 + (1 | f)", data | {"y": noise})
    shift = 3.0 * np.unique(data["f"], return_inverse=True)[1]
    again = result.refit(noise + shift)
    assert_same_estimates(again, api.fit("y ~ 1 + (1 | f)", data | {"y": noise + shift}))
    assert not again.is_singular


def test_new_data_and_a_new_formula(sleep: api.Result) -> None:
    frame = datasets.load("sleep")
    half = frame.filter(frame["days"] < 5)
    assert_same_estimates(sleep.refit(data=half), api.fit(FORMULA, half))
    assert_same_estimates(sleep.refit(data=frame, subset="days < 5"), api.fit(FORMULA, half))
    other = "reaction ~ days + (1 | subject)"
    assert_same_estimates(sleep.refit(data=frame, formula=other), api.fit(other, frame))
    assert sleep.refit(
        data=frame, formula="reaction ~ . - subject + (1 | subject)"
    ).beta.keys() == (sleep.beta.keys())


def test_another_confidence_level_keeps_the_estimates(sleep: api.Result) -> None:
    again = sleep.refit(conf_level=0.8)
    assert again.fit.estimates is sleep.fit.estimates
    width = np.ptp([again.fixed_effects["conf_low"], again.fixed_effects["conf_high"]], axis=0)
    assert (width < 4 * sleep.fixed_effects["std_error"]).all()


def test_theta_of_another_fit_is_a_start(sleep: api.Result) -> None:
    frame = datasets.load("sleep")
    near = api.fit(FORMULA, frame, start=sleep.theta)
    far = api.fit(FORMULA, frame, start=[5.0, 0.0, 5.0])
    for result in (near, far):
        assert_same_estimates(result, sleep)
    assert near.convergence.n_evaluations < far.convergence.n_evaluations
    assert_same_estimates(sleep.refit(start=[5.0, 0.0, 5.0]), sleep)


def test_warnings_point_at_the_line_of_the_user() -> None:
    data = table(8)
    result = api.fit("y ~ x + (1 | g)", data)
    with pytest.warns(SingularFitWarning) as caught:
        result.refit(np.random.default_rng(5).standard_normal(90))
    assert caught[0].filename == __file__


@pytest.mark.parametrize("name", [n for n in FAMILIES if n not in ("inverse", "robust")])
def test_every_family_takes_its_own_draws(name: str) -> None:
    """Parametric bootstrap: simulate, refit."""
    fit = fitted(name)
    y = fit.simulate(1, seed=6)[:, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = fit.refit(y)
    assert again.fit.spec == fit.fit.spec
    np.testing.assert_array_equal(again.fit.design.y, y)
    assert np.isfinite(again.log_likelihood)
    assert again.log_likelihood != fit.log_likelihood


def test_a_family_with_its_own_response_is_the_same_fit() -> None:
    fit = fitted("slope")
    again = fit.refit(DATA["s"])
    assert again.objective == pytest.approx(fit.objective, abs=1e-6)
    np.testing.assert_allclose(list(again.beta.values()), list(fit.beta.values()), rtol=1e-4)


def test_another_number_of_points_and_another_approximation() -> None:
    fit = fitted("binary")
    formula, options = FAMILIES["binary"]
    finer = fit.refit(quadrature=9)
    expected = api.fit(formula, DATA, quadrature=9, **options)
    assert finer.objective == pytest.approx(expected.objective, abs=1e-6)
    assert finer.refit(quadrature=1).objective == pytest.approx(fit.objective, abs=1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quasi = fit.refit(method="PQL1")
    assert quasi.method == "PQL1"
    assert quasi.beta["x"] == pytest.approx(fit.beta["x"], rel=0.2)
    assert quasi.refit(method="ML").objective == pytest.approx(fit.objective, abs=1e-6)


def test_new_data_keep_the_family_unless_another_is_asked_for() -> None:
    fit = fitted("zeros")
    half = {name: values[:120] for name, values in DATA.items()}
    formula, options = FAMILIES["zeros"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_same_objective(fit.refit(data=half), api.fit(formula, half, **options))
        other = fit.refit(data=DATA, family="nbinom2")
        assert_same_objective(other, api.fit(formula, DATA, family="nbinom2"))
        probit = fitted("binary").refit(data=DATA, link="probit")
        assert (probit.family, probit.link) == ("binomial", "probit")
        without = fit.refit(data=DATA, zero=None)
        assert_same_objective(without, api.fit(formula, DATA, family="poisson"))
        gaussian = fit.refit(data=DATA, family="gaussian")
    assert (gaussian.family, gaussian.link, gaussian.method) == ("gaussian", "identity", "REML")
    assert gaussian.fit.products is not None


def assert_same_objective(ours: api.Result, theirs: api.Result) -> None:
    assert ours.objective == pytest.approx(theirs.objective, abs=1e-6)
    assert ours.fit.spec.parts.keys() == theirs.fit.spec.parts.keys()

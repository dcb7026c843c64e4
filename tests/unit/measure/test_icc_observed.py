"""ICC on the observed scale: against simulated groups, exact forms, and dense derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

import echelon
from echelon._types import FloatArray
from echelon.measure.icc_kinds import icc_table
from echelon.measure.observed_moments import observed_model
from tests.reference.case import load
from tests.reference.test_generalized_cases import fitted


def simulated(eta: FloatArray, shared: float, other: float, draws: int = 400_000) -> float:
    """Correlation of two logistic responses with shared and own effects, by simulation."""
    rng = np.random.default_rng(8)
    common = np.sqrt(shared) * rng.normal(size=draws)
    both = [special.expit(eta + common + np.sqrt(other) * rng.normal(size=draws)) for _ in range(2)]
    covariance = float(np.cov(*both)[0, 1])
    p = float(np.mean(both))
    return covariance / (p * (1 - p))


def test_logistic_responses_against_simulation() -> None:
    """Intercept only, two levels: what two children of a community, and of a mother, share."""
    fit = fitted("glmm_guimmun_3level_laplace").fit
    found = icc_table(fit, "unconditional", scale="observed")
    from_null = icc_table(fit, "unconditional").to_dict()
    variances = dict(zip(from_null["grouping"], from_null["variance"], strict=True))
    note = next(note for note in found.notes if note.startswith("At the mean"))
    assert f"{found['icc'][0]:.3g}" in note  # one linear predictor: the mean is every row
    data = load("glmm_guimmun_3level_laplace").frame()
    null = echelon.fit("immun ~ 1 + (1 | mom) + (1 | comm)", data, family="binomial")
    eta = np.array(null.beta["(Intercept)"])
    expected = [
        simulated(eta, variances["comm"], variances["mom"]),
        simulated(eta, variances["comm"] + variances["mom"], 0.0),
    ]
    np.testing.assert_allclose(found["icc"], expected, atol=3e-3)
    assert found["shared"].tolist() == ["comm", "comm, mom"]


def test_poisson_exact_form() -> None:
    """(e^v - 1) / (e^v - 1 + 1 / mean), at an intercept alone (Nakagawa et al., supplement)."""
    rng = np.random.default_rng(4)
    g = np.repeat(np.arange(30), 8)
    y = rng.poisson(np.exp(0.7 + 0.6 * rng.normal(size=30)[g]))
    fit = echelon.fit("y ~ 1 + (1 | g)", {"y": y, "g": g}, family="poisson").fit
    row = icc_table(fit, scale="observed").row(grouping="g")
    v = float(fit.estimates.Lambdas[0][0, 0] ** 2)
    mean = np.exp(fit.estimates.beta[0] + v / 2)
    np.testing.assert_allclose(row["icc"], np.expm1(v) / (np.expm1(v) + 1 / mean), rtol=1e-12)
    np.testing.assert_allclose(row["variance"], mean**2 * np.expm1(v), rtol=1e-12)
    assert row["conf_low"] < row["icc"] < row["conf_high"]


@pytest.mark.parametrize("family", ["poisson", "nbinom1", "nbinom2", "gamma"])
def test_exact_forms_are_what_quadrature_finds(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = {
        "poisson": "glmm_salamanders_poisson",
        "nbinom1": "glmm_owls_nbinom1_offset",
        "nbinom2": "glmm_salamanders_nbinom2",
        "gamma": "glmm_sleep_gamma_log_slope",
    }[family]
    fit = fitted(name).fit
    exact = icc_table(fit, scale="observed").row()
    monkeypatch.setattr("echelon.measure.observed_moments._powers", lambda *_: None)
    near = icc_table(fit, scale="observed").row()
    for column in ("variance", "icc", "std_error"):
        np.testing.assert_allclose(near[column], exact[column], rtol=1e-5)


def test_standard_errors_are_slopes_of_the_whole() -> None:
    """The delta method over all rows, by differences."""
    fit = fitted("glmm_cbpp_logit_laplace").fit
    row = icc_table(fit, scale="observed").row(grouping="herd")
    model = observed_model(fit)
    psi = np.concatenate([model.coefficients, model.theta])
    slopes = np.empty(len(psi))
    for i in range(len(psi)):
        step = np.zeros(len(psi))
        step[i] = 1e-4
        ends = []
        for at in (psi + step, psi - step):
            values = model.values(at[:-1], at[-1:], [[0]])
            ends.append(values.shared[0] / values.total)
        slopes[i] = (ends[0] - ends[1]) / 2e-4
    generalized = fit.estimates.generalized
    assert generalized is not None
    expected = np.sqrt(slopes @ generalized.joint_cov @ slopes)
    np.testing.assert_allclose(row["std_error"], expected, rtol=1e-5)


def test_kinds_and_scales() -> None:
    fit = fitted("glmm_contraception_logit_laplace").fit
    adjusted = icc_table(fit, scale="observed").row()
    whole = icc_table(fit, "unadjusted", scale="observed").row()
    latent = icc_table(fit).row(grouping="district")
    assert whole["icc"] < adjusted["icc"] < latent["icc"]
    assert whole["variance"] == adjusted["variance"]


def test_rows_are_thinned_without_harm() -> None:
    fit = fitted("glmm_contraception_logit_laplace").fit
    few, all_rows = observed_model(fit), observed_model(fit, fit.design.n_obs)
    assert (len(few.rows), len(all_rows.rows)) == (500, fit.design.n_obs)
    shares = [
        found.shared[0] / found.total
        for model in (few, all_rows)
        for found in [model.values(model.coefficients, model.theta, [[0]])]
    ]
    np.testing.assert_allclose(shares[0], shares[1], rtol=1e-3)


def test_nothing_shared_is_nothing() -> None:
    """A variance of zero gives an ICC of zero, without an interval."""
    rng = np.random.default_rng(2)
    y = np.tile([0.0, 1.0], 60)
    data = {"y": y, "g": np.repeat(np.arange(20), 6), "x": rng.normal(size=120)}
    with pytest.warns(echelon.errors.SingularFitWarning):
        fit = echelon.fit("y ~ x + (1 | g)", data, family="binomial").fit
    row = icc_table(fit, scale="observed").row()
    assert (row["icc"], row["std_error"]) == (0.0, None)


def test_a_gaussian_model_has_one_scale() -> None:
    fit = echelon.fit("reaction ~ days + (1 | subject)", echelon.datasets.load("sleep")).fit
    assert icc_table(fit, scale="observed") == icc_table(fit)

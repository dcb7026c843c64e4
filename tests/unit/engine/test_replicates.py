"""Draws in cross-product space against their distribution and row by row; their refits."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import chi2, ks_2samp, kstest

import echelon as ec
from echelon._types import FloatArray
from echelon.engine.estimate import estimate_products
from echelon.engine.kernel import CrossProducts
from echelon.engine.reference import gaussian as dense
from echelon.engine.replicates import Replicates, Simulation, Truth, replicate_seeds
from echelon.fit import Fit
from tests.unit.engine.random_designs import MODELS, fitted

N_DRAWS = 1_500
DRAWN = (
    "no random effects",
    "slopes, weights",
    "three levels, weights",
    "four levels",
    "crossed, weights",
    "crossed and nested",
    "multiple membership",
    "multiple membership alone",
    "far from zero",
    "no intercept, aliased",
    "aliased",
    "autoregressive",
)
SEVERAL_MINIMA = ("compound symmetry", "heterogeneous")  # the two start from different places


def sums(products: CrossProducts, n_columns: int) -> tuple[FloatArray, float]:
    """[Z X - centre]'W (y - centre) in the order of `dense_Z`, and (y - centre)'W(y - centre)."""
    state = products.to_state()
    p = n_columns
    xx = np.reshape(state["xx"], (p + 1, p + 1))
    parts = [np.reshape(zx, (-1, p + 1))[:, p] for _, _, _, zx in state["blocks"]]
    return np.concatenate([*parts, xx[:p, p]]), float(xx[p, p])


@cache
def drawn(name: str) -> tuple[FloatArray, FloatArray]:
    fit = fitted(name)
    simulation, p = Simulation(fit), len(fit.design.fixed_names)
    found = [sums(simulation.draw(seed), p) for seed in range(N_DRAWS)]
    return np.array([c for c, _ in found]), np.array([square for _, square in found])


def centred_columns(fit: Fit) -> tuple[FloatArray, FloatArray, float]:
    """[Z X - centre] (n, m), the mean of y - centre (n,), and what y is centred by."""
    design, centre = fit.design, fit.crossprod.centre
    columns = np.hstack([dense.dense_Z(design), design.X - centre[:-1]])
    mean = design.X @ np.nan_to_num(fit.estimates.beta) - centre[-1]
    return columns, mean, float(centre[-1])


@pytest.mark.parametrize("name", DRAWN)
def test_drawn_sums_have_their_mean_and_covariance(name: str) -> None:
    fit = fitted(name)
    c, _ = drawn(name)
    columns, mean, _ = centred_columns(fit)
    w, Z = dense.prior_weights(fit.design), dense.dense_Z(fit.design)
    root = fit.estimates.sigma * Z @ dense.dense_Lambda(fit.design, fit.estimates.theta)
    V = root @ root.T + fit.estimates.sigma**2 * np.diag(1 / w)
    weighted = w[:, None] * columns
    expected, covariance = weighted.T @ mean, weighted.T @ V @ weighted
    spread = np.sqrt(np.diagonal(covariance))
    has_spread = spread > 1e-6 * spread.max()
    z = ((c.mean(axis=0) - expected)[has_spread] / spread[has_spread]) * np.sqrt(N_DRAWS)
    assert np.abs(z).max() < 4.5
    # Sums of the columns with random signs: each is normal with a known variance.
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(12, len(spread)))
    scaled = signs / np.where(has_spread, spread, np.inf)
    found = (c @ scaled.T).var(axis=0)
    wanted = np.einsum("ka,ab,kb->k", scaled, covariance, scaled)
    np.testing.assert_allclose(found / wanted, 1.0, atol=4.5 * np.sqrt(2 / N_DRAWS))


@pytest.mark.parametrize("name", DRAWN)
def test_drawn_residual_sum_of_squares_is_chi_square(name: str) -> None:
    """What [Z X] does not explain of y is sigma^2 times a chi-square on n - rank [Z X]."""
    fit = fitted(name)
    c, square = drawn(name)
    columns, _, _ = centred_columns(fit)
    root = np.sqrt(dense.prior_weights(fit.design))[:, None] * columns
    root = root / np.where(np.linalg.norm(root, axis=0) > 0, np.linalg.norm(root, axis=0), 1)
    sizes = np.linalg.norm(np.sqrt(dense.prior_weights(fit.design))[:, None] * columns, axis=0)
    _, values, basis = np.linalg.svd(root, full_matrices=False)
    is_kept = values > 1e-8 * values[0]
    scaled = (c / np.where(sizes > 0, sizes, 1.0)) @ basis[is_kept].T / values[is_kept]
    rest = (square - (scaled**2).sum(axis=1)) / fit.estimates.sigma**2
    df = fit.design.n_obs - int(is_kept.sum())
    assert rest.mean() == pytest.approx(df, abs=4.5 * np.sqrt(2 * df / N_DRAWS))
    assert kstest(rest, chi2(df).cdf).pvalue > 1e-4


@pytest.mark.parametrize("name", ["slopes, weights", "crossed, weights", "multiple membership"])
def test_refits_are_those_of_responses_drawn_row_by_row(name: str) -> None:
    fit = fitted(name)
    by_sums = Simulation(fit).refits(replicate_seeds(2, 400), 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        by_rows = [
            ec.Result(fit).refit(y).fit.estimates for y in ec.Result(fit).simulate(100, seed=3).T
        ]
    for found, wanted in (
        (by_sums.sigma, [e.sigma for e in by_rows]),
        (by_sums.beta[:, 1], [e.beta[1] for e in by_rows]),
        (by_sums.std_error[:, 1], [np.sqrt(e.vcov[1, 1]) for e in by_rows]),
        (np.abs(by_sums.theta[:, 0]), [abs(e.theta[0]) for e in by_rows]),
        (by_sums.objective, [e.objective for e in by_rows]),
    ):
        assert ks_2samp(found, np.array(wanted)).pvalue > 1e-3


def same(one: Replicates, other: Replicates, rows: slice = slice(None)) -> bool:
    return all(
        np.array_equal(getattr(one, name)[rows], getattr(other, name), equal_nan=True)
        for name in Replicates.__slots__
    )


@pytest.mark.parametrize("name", ["intercepts", "crossed, weights", "compound symmetry"])
def test_a_replicate_depends_on_its_seed_alone(name: str) -> None:
    simulation = Simulation(fitted(name))
    many = simulation.refits(replicate_seeds(5, 9), 1)
    assert same(many, simulation.refits(replicate_seeds(5, 9), 2))
    assert same(many, simulation.refits(replicate_seeds(5, 4), 2), slice(4))
    assert not same(many, simulation.refits(replicate_seeds(6, 9), 1))


@pytest.mark.parametrize("name", [name for name in MODELS if name not in SEVERAL_MINIMA])
def test_refits_are_estimates_from_the_drawn_sums(name: str) -> None:
    fit = fitted(name)
    simulation, seeds = Simulation(fit), replicate_seeds(1, 5)
    found = simulation.refits(seeds, 2)
    assert not found.is_failed.any()
    for i, seed in enumerate(seeds):
        wanted = estimate_products(simulation.draw(int(seed)), fit.design, fit.spec)
        assert found.objective[i] == pytest.approx(wanted.objective, abs=1e-8)
        assert found.sigma[i] == pytest.approx(wanted.sigma, rel=2e-6)
        errors = np.sqrt(np.diagonal(wanted.vcov))
        np.testing.assert_allclose(found.beta[i] / errors, wanted.beta / errors, atol=2e-6)
        # At a minimum the criterion is flat: theta is known to the root of its precision.
        np.testing.assert_allclose(found.std_error[i], errors, rtol=1e-5)


@pytest.mark.parametrize(
    "name", ["compound symmetry", pytest.param("heterogeneous", marks=pytest.mark.slow)]
)
def test_structures_with_several_minima_agree_almost_always(name: str) -> None:
    """Replicates start from the estimates, fits from moments; a likelihood may have two minima.

    One of 40 draws has a minimum inside, which ends the search, and a lower one at a variance of
    zero.
    """
    fit = fitted(name)
    simulation, seeds = Simulation(fit), replicate_seeds(1, 40)
    found = simulation.refits(seeds, 2).objective
    wanted = np.array(
        [
            estimate_products(simulation.draw(int(seed)), fit.design, fit.spec).objective
            for seed in seeds
        ]
    )
    assert np.mean(np.abs(found - wanted) < 1e-6) >= 39 / 40
    np.testing.assert_allclose(found, wanted, atol=0.2)


@pytest.mark.parametrize("name", ["heterogeneous", "intercepts", "singular"])
def test_moments_are_the_third_start_of_structures(name: str) -> None:
    simulation = Simulation(fitted(name))
    starts = simulation._starts(simulation.rms())
    assert len(starts) == (3 if name == "heterogeneous" else 2)
    moments = simulation.mapping.start(simulation.products.start_std_devs())
    if name != "intercepts":
        np.testing.assert_array_equal(starts[-1 if name == "heterogeneous" else 0], moments)


def test_a_singular_source_draws_without_the_effect_that_is_zero() -> None:
    fit = fitted("singular")
    assert fit.estimates.verdict.is_singular
    found = Simulation(fit).refits(replicate_seeds(4, 60), 1)
    assert found.is_converged.all()
    assert 0.05 < (np.abs(found.theta[:, 0]) < 1e-4).mean() < 0.6
    assert found.beta.mean(axis=0) == pytest.approx(
        fit.estimates.beta, abs=4 * found.beta.std() / np.sqrt(60)
    )


@pytest.mark.parametrize("name", ["slopes", "far from zero"])
def test_responses_are_drawn_from_another_truth(name: str) -> None:
    """With hardly any residual the refits give the truth back, whatever the coordinates."""
    fit = fitted(name)
    beta, Lambda = 2 * fit.estimates.beta + 1, np.array([[9.0, 0.0], [-3.0, 5.0]])
    truth = Truth(beta, (Lambda,), 0.1)
    found = Simulation(fit, truth).refits(replicate_seeds(8, 40), 1)
    assert found.sigma.mean() == pytest.approx(0.1, rel=0.05)
    assert np.abs(found.beta[:, 1] - beta[1]).max() < 1.0
    spread = np.hypot(found.theta[:, 1], found.theta[:, 2]) * found.sigma
    assert spread.mean() == pytest.approx(np.hypot(0.3, 0.5), rel=0.15)


def test_replicates_that_fail_are_marked() -> None:
    """No residual variance and no effects: every draw is X beta itself, which is no response."""
    fit = fitted("intercepts")
    exact = replace(
        fit.estimates, sigma=0.0, theta=np.zeros(1), Lambdas=(np.zeros((1, 1)),)
    )  # fmt: skip
    found = Simulation(replace(fit, estimates=exact)).refits(replicate_seeds(1, 3), 1)
    assert found.is_failed.all()
    assert not found.is_converged.any()
    assert np.isnan(found.beta).all()
    assert np.isnan(found.theta).all()
    assert np.isnan(found.sigma).all()

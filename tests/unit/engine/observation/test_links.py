"""Links against their distributions, and far out where F is 0 or 1."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.engine.observation import links

DISTRIBUTIONS = {
    "logit": stats.logistic,
    "probit": stats.norm,
    "cloglog": stats.gumbel_l,
    "loglog": stats.gumbel_r,
    "cauchit": stats.cauchy,
}
probability = pytest.mark.parametrize("link", links.PROBABILITY_LINKS)
ETA = np.linspace(-4.0, 3.0, 29)


@probability
def test_probability_links_against_scipy(link: str) -> None:
    known = DISTRIBUTIONS[link]
    np.testing.assert_allclose(links.inverse(link, ETA), known.cdf(ETA), rtol=1e-13)
    np.testing.assert_allclose(links.slope(link, ETA), known.pdf(ETA), rtol=1e-12)
    np.testing.assert_allclose(links.log_below(link, ETA), known.logcdf(ETA), rtol=1e-12)
    np.testing.assert_allclose(links.log_above(link, ETA), known.logsf(ETA), rtol=1e-12)
    np.testing.assert_allclose(links.link_of(link, known.cdf(ETA)), ETA, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("link", links.MEAN_LINKS)
def test_mean_links_go_there_and_back(link: str) -> None:
    eta = np.array([0.2, 0.9, 1.0, 3.5])
    mean = links.inverse(link, eta)
    np.testing.assert_allclose(links.link_of(link, mean), eta, rtol=1e-15)
    np.testing.assert_allclose(links.log_mean(link, eta), np.log(mean), atol=1e-15)
    h = 1e-6
    difference = (links.inverse(link, eta + h) - links.inverse(link, eta - h)) / (2 * h)
    np.testing.assert_allclose(links.slope(link, eta), difference, rtol=1e-8)


def test_means_that_are_not_positive_have_no_logarithm() -> None:
    for link in ("identity", "inverse"):
        assert np.isnan(links.log_mean(link, np.array([-1.0, 0.0]))).all()
    assert np.isfinite(links.log_mean("sqrt", np.array([-1.0, 0.0]))).all()


@probability
def test_far_tails_keep_their_logarithm(link: str) -> None:
    x = np.array([-700.0, -40.0, 40.0, 700.0])
    below, above = links.log_below(link, x), links.log_above(link, x)
    assert np.isfinite(below).all()
    assert np.isfinite(above).all()
    assert np.all(np.diff(below) >= 0)
    assert np.all(np.diff(above) <= 0)
    known = {
        "logit": -700.0,
        "probit": -0.5 * 700.0**2 - np.log(700.0) - 0.5 * np.log(2 * np.pi) - 1 / 700.0**2,
        "cloglog": -700.0,
        "loglog": -np.exp(700.0),
        "cauchit": np.log(np.arctan(1 / 700.0) / np.pi),
    }
    assert below[0] == pytest.approx(known[link], rel=1e-14)


@probability
def test_a_probability_between_two_points(link: str) -> None:
    rng = np.random.default_rng(5)
    low, high = np.sort(rng.normal(0, 2, (2, 200)), axis=0)
    known = DISTRIBUTIONS[link]
    want = known.cdf(high) - known.cdf(low)
    np.testing.assert_allclose(np.exp(links.log_between(link, low, high)), want, atol=1e-14)
    # Far out on either side: log f times the width, to first order.
    for x in (-30.0, 30.0) if link in ("logit", "cauchit") else (-20.0,):
        if link == "loglog":
            x = 20.0
        width = 1e-6
        found = links.log_between(link, np.array([x]), np.array([x + width]))
        assert found[0] == pytest.approx(known.logpdf(x + width / 2) + np.log(width), abs=1e-7)
    assert np.isneginf(links.log_between(link, np.array([1.0, 2.0]), np.array([1.0, 1.5]))).all()


def test_latent_variances() -> None:
    assert links.latent_variance("logit") == pytest.approx(stats.logistic.var())
    assert links.latent_variance("probit") == 1.0
    assert links.latent_variance("cloglog") == pytest.approx(stats.gumbel_l.var())
    assert links.latent_variance("loglog") == pytest.approx(stats.gumbel_r.var())
    with pytest.raises(KeyError):
        links.latent_variance("cauchit")


def test_an_unknown_link() -> None:
    for function in (links.inverse, links.slope, links.link_of, links.log_below):
        with pytest.raises(KeyError):
            function("logg", np.array([0.5]))

"""Robust errors of generalized models: against R's sandwich, and against numerical scores."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from echelon.engine.deletion import taken
from echelon.engine.families import observation_of
from echelon.engine.generalized.workspace import GeneralizedWorkspace
from echelon.engine.theta import theta_map
from echelon.errors import DesignError
from echelon.fit import Fit
from echelon.infer.coefficients.anova import anova
from echelon.infer.coefficients.hypothesis import hypothesis_tests
from echelon.infer.coefficients.inference import linear_inference
from echelon.infer.components.generalized_fits import known_coefficients
from echelon.infer.sandwich import generalized_scores as module
from echelon.infer.sandwich.clusters import read_clusters
from echelon.infer.sandwich.generalized_scores import generalized_scores
from echelon.infer.sandwich.robust import robust, robust_covariance, robust_inference
from tests.unit.infer.generalized_fits import (
    DATA,
    TABLE,
    cbpp,
    contraception,
    fitted,
    salamanders,
    wine,
)  # fmt: skip

MODELS: dict[str, Callable[[], Fit]] = {
    "cbpp": cbpp,
    "slope": contraception,
    "quadrature": lambda: cbpp(quadrature=5),
    "ordinal": wine,
    "zeros": lambda: salamanders(family="poisson", zero="~ mined + (1 | site)"),
    "three levels": lambda: fitted("b ~ x + (1 | h/g)", family="binomial"),
}


def numerical_scores(fit: Fit, codes: np.ndarray) -> np.ndarray:
    """Difference the log likelihood of each cluster's rows by (beta, extra, theta)."""
    observation, mapping = observation_of(fit.design, fit.spec), theta_map(fit.design.rows.blocks)
    at = np.concatenate([known_coefficients(fit), fit.estimates.theta])
    n = len(known_coefficients(fit))
    generalized = fit.estimates.generalized
    assert generalized is not None
    points = generalized.approximation.n_points
    found = []
    for cluster in np.unique(codes)[:4]:
        design = taken(fit.design, np.flatnonzero(codes == cluster))
        workspace = GeneralizedWorkspace(design, observation.core_name, observation.link, points)

        def log_likelihood(full: np.ndarray, workspace: GeneralizedWorkspace = workspace) -> float:
            return -0.5 * workspace.objective(full[:n], mapping.Lambdas(full[n:]))

        step = 1e-5
        found.append(
            [
                (log_likelihood(at + step * e) - log_likelihood(at - step * e)) / (2 * step)
                for e in np.eye(len(at))
            ]
        )
    return np.array(found)


@pytest.mark.parametrize("name", MODELS)
def test_scores_are_derivatives_of_the_clusters_likelihoods(name: str) -> None:
    fit = MODELS[name]()
    (clusters,) = read_clusters(fit)
    scores = generalized_scores(fit, clusters)
    assert scores[:4] == pytest.approx(numerical_scores(fit, clusters.codes), abs=2e-6, rel=1e-5)
    assert np.abs(scores.sum(axis=0)).max() < 1e-3 * np.abs(scores).sum(axis=0).max()


def test_clusters_above_the_groups_add_their_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = fitted("b ~ x + (1 | g)", family="binomial")
    (clusters,) = read_clusters(fit, TABLE["h"])
    by_groups = generalized_scores(fit, clusters)
    monkeypatch.setattr(module, "_is_simple", lambda _: False)
    assert generalized_scores(fit, clusters) == pytest.approx(by_groups, abs=1e-7)


def test_the_sandwich_is_that_of_all_parameters() -> None:
    fit = contraception()
    (clusters,) = read_clusters(fit)
    generalized = fit.estimates.generalized
    assert generalized is not None
    scores = generalized_scores(fit, clusters)
    whole = generalized.joint_cov @ scores.T @ scores @ generalized.joint_cov
    assert robust_covariance(fit, "CR0").vcov == pytest.approx(whole[:3, :3], rel=1e-10)
    assert robust_covariance(fit, "CR1").vcov == pytest.approx(whole[:3, :3] * 60 / 59)


def test_without_random_effects_it_is_that_of_the_sandwich_package() -> None:
    """R 4.2, sandwich: g <- glm(cbind(incidence, size - incidence) ~ period, binomial, cbpp);
    sqrt(diag(vcovCL(g, cluster = herd, type = "HC0", cadjust = TRUE or FALSE)))."""
    with (DATA / "cbpp.csv").open() as file:
        herd = [row["herd"] for row in csv.DictReader(file)]
    fit = fitted(
        "cbind(incidence, size - incidence) ~ factor(period)", "cbpp.csv", family="binomial"
    )
    adjusted = [0.2846790227, 0.4549978073, 0.5130465838, 0.4015776752]
    plain = [0.2750260647, 0.4395696429, 0.4956500889, 0.3879608922]
    assert robust(fit, "CR1", herd)["std_error"] == pytest.approx(np.array(adjusted), rel=1e-6)
    assert robust(fit, "CR0", herd)["std_error"] == pytest.approx(np.array(plain), rel=1e-6)


def test_degrees_of_freedom_are_normal_or_of_the_clusters() -> None:
    fit = wine()
    normal, counted = robust(fit), robust(fit, df_method="clusters")
    assert list(normal["term"]) == ["temp[warm]", "contact[yes]", "1|2", "2|3", "3|4", "4|5"]
    assert np.isinf(normal["df"]).all()
    assert (counted["df"] == 8).all()
    assert normal.notes[0] == "Clusters: judge, 9 of 8 rows each; df: normal."
    assert normal.notes[2] == (
        "Few clusters, 9 where 40 are wanted for CR1: such errors are too small; compare "
        "bootstrap(kind='case')."
    )


def test_every_test_takes_the_robust_covariance() -> None:
    fit = wine()
    counted = robust_inference(fit)
    error = robust(fit).row(term="1|2")["std_error"]
    row = hypothesis_tests(fit, "1|2 = 0", robust=counted).row(hypothesis="1|2 = 0")
    assert row["std_error"] == pytest.approx(error)
    z = robust(fit).row(term="temp[warm]")["statistic"]
    assert anova(fit, robust=counted).row(term="temp")["statistic"] == pytest.approx(z**2)
    vcov = linear_inference(fit, robust=counted).vcov
    assert vcov == pytest.approx(counted[0][:2, :2])


def test_clusters_must_hold_groups_whole() -> None:
    fit = fitted("b ~ x + (1 | g)", family="binomial")
    with pytest.raises(DesignError, match="have rows in several clusters"):
        robust(fit, cluster=TABLE["k"])


def test_what_lies_on_the_boundary_is_held() -> None:
    fit = fitted("same ~ x + (1 | g)", family="poisson")
    without = replace(fit, spec=fitted("same ~ x", family="poisson").spec)
    assert without.spec.is_generalized
    plain = fitted("same ~ x", family="poisson")
    found, expected = robust(fit)["std_error"], robust(plain, cluster=TABLE["g"])["std_error"]
    assert found == pytest.approx(np.asarray(expected), rel=1e-5)

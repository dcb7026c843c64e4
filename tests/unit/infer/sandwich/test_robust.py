"""Robust errors: kinds, several ways, tables, and what they are worth when a model is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from echelon import api, datasets
from echelon.engine.reference import gaussian as reference
from echelon.infer.coefficients.inference import linear_inference
from echelon.infer.sandwich.robust import robust, robust_covariance, robust_inference
from echelon.simulate import simulate

SLEEP = api.fit("reaction ~ days + (days | subject)", datasets.load("sleep")).fit


def test_factors_of_the_simple_kinds() -> None:
    plain, _ = robust_inference(SLEEP, "CR0")
    for kind, factor in {"CR1": 18 / 17, "CR1S": 18 * 179 / (17 * 178), "HLM": 1.0}.items():
        vcov, _ = robust_inference(SLEEP, kind, df_method="normal")
        np.testing.assert_allclose(vcov, factor * plain, rtol=1e-14)


@pytest.mark.parametrize(
    ("kind", "df_method", "df"),
    [
        ("CR1", None, 17.0),
        ("CR2", "clusters", 17.0),
        ("CR0", "normal", np.inf),
        ("CR2", None, 17.0),  # balanced: Satterthwaite's df are those of 18 independent slopes
        ("CR3", None, 17.0),
    ],
)
def test_degrees_of_freedom(kind: str, df_method: str | None, df: float) -> None:
    table = robust(SLEEP, kind, df_method=df_method)
    np.testing.assert_allclose(table["df"], df, rtol=1e-10)


def test_table() -> None:
    table = robust(SLEEP, conf_level=0.9)
    assert table.columns == (
        "term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high",
    )  # fmt: skip
    assert table.title == "Fixed effects with cluster-robust standard errors (CR2)"
    assert table.notes == (
        "Clusters: subject, 18 of 10 rows each; df: Satterthwaite.",
        "Effective number of clusters (by leverage): 18.0 for days, the least.",
    )
    margin = table["conf_high"] - table["estimate"]
    np.testing.assert_allclose(margin / table["std_error"], 1.7396067, rtol=1e-7)


def test_few_clusters_are_said() -> None:
    few = 'Few clusters, 18 where 40 are wanted for CR1: such errors are too small; use kind="CR2".'
    assert robust(SLEEP, "cr1").notes[-1] == few
    machines = api.fit("strength ~ 1 + (1 | batch)", datasets.load("pastes").head(48)).fit
    assert robust(machines).notes[-1] == (
        "Few clusters, 8 where 10 are wanted for CR2: trust the model's own errors if its "
        "assumptions hold."
    )


def test_a_joint_test_is_hotellings() -> None:
    """Balanced, one group: T^2 of 18 pairs (intercept, slope) with 17 df, in closed form."""
    inference = linear_inference(SLEEP, robust=robust_inference(SLEEP, "CR2"))
    test = inference.joint(np.eye(2))
    X = np.column_stack([np.ones(10), np.arange(10.0)])
    y = SLEEP.design.y.reshape(18, 10)
    own = np.linalg.lstsq(X, y.T, rcond=None)[0].T
    mean, spread = own.mean(axis=0), np.cov(own.T) / 18
    t2 = mean @ np.linalg.solve(spread, mean)
    assert (test.df_num, test.df_den) == (2, pytest.approx(16, rel=1e-9))
    assert test.statistic == pytest.approx(t2 * 16 / (17 * 2), rel=1e-8)


def test_too_few_clusters_for_a_joint_test() -> None:
    """Three clusters tell nothing of four rows at once: NaN, not a negative F."""
    rng = np.random.default_rng(1)
    data = {f"x{i}": rng.normal(size=30) for i in range(4)} | {"y": rng.normal(size=30)}
    fit = api.fit("y ~ x0 + x1 + x2 + x3", data).fit
    _, degrees = robust_inference(fit, "CR2", np.arange(30) % 3)
    assert np.isnan(degrees.joint(np.eye(5)[1:])).all()


def test_crossed_factors_in_two_ways() -> None:
    """M (V^-1 X)'(e e' where rows share a group) V^-1 X M, with n x n matrices."""
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 9, 200), rng.integers(0, 7, 200)
    x = rng.normal(size=200)
    y = x + rng.normal(size=9)[a] + rng.normal(size=7)[b] * (1 + x) + rng.normal(size=200)
    fit = api.fit("y ~ x + (1 | a) + (x || b)", {"x": x, "y": y, "a": a, "b": b}).fit
    design = fit.design
    U = reference.dense_Z(design) @ reference.dense_Lambda(design, fit.estimates.theta)
    V = U @ U.T + np.eye(200)
    weighted = np.linalg.solve(V, design.X)
    M = np.linalg.inv(design.X.T @ weighted)
    e = y - design.X @ fit.estimates.beta
    shares = (a[:, None] == a) | (b[:, None] == b)
    expected = M @ weighted.T @ (np.outer(e, e) * shares) @ weighted @ M
    found = robust_covariance(fit, "CR0")
    assert np.linalg.eigvalsh(expected)[0] > 0
    np.testing.assert_allclose(found.vcov, expected, rtol=1e-9, atol=1e-14)
    assert found.notes[0] == "Clusters in 2 ways: b (7), a (9); df: clusters - 1 = 6."


def test_a_variance_that_is_not_positive_is_mended() -> None:
    rng = np.random.default_rng(0)
    for seed in range(50):
        rng = np.random.default_rng(seed)
        a, b, x = np.arange(40) % 4, np.arange(40) // 10, rng.normal(size=40)
        fit = api.fit("y ~ x", {"x": x, "y": rng.normal(size=40)}).fit
        found = robust_covariance(fit, "CR0", [a, b])
        assert np.linalg.eigvalsh(found.vcov)[0] >= -1e-15
        if len(found.notes) == 3:
            assert found.notes[1].startswith("The variance was not positive definite; its negative")
            return
    raise AssertionError("no draw showed it")


def test_a_cluster_per_row_is_whites() -> None:
    """HC0, HC2 and HC3 of a regression, by the leverages."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=60)
    fit = api.fit("y ~ x", {"x": x, "y": x * (1 + rng.normal(size=60))}).fit
    X = fit.design.X
    M = np.linalg.inv(X.T @ X)
    e = fit.design.y - X @ fit.estimates.beta
    h = np.einsum("na,ab,nb->n", X, M, X)
    for kind, power in {"CR0": 0, "CR2": 1, "CR3": 2}.items():
        expected = M @ (X.T * (e**2 / (1 - h) ** power)) @ X @ M
        np.testing.assert_allclose(robust_inference(fit, kind, np.arange(60))[0], expected)


@pytest.mark.slow
def test_coverage_when_variances_differ_between_groups() -> None:
    """Treated groups have nine times the residual variance, and a slope varies unmodelled.

    4 of 20 groups are treated. Model-based intervals cover far less than 95 %; CR2 with
    Satterthwaite's df covers within simulation error of it, CR1 with 19 df does not.
    """
    rng = np.random.default_rng(11)
    group = np.repeat(np.arange(20), 8)
    treated = (group < 4) * 1.0
    covers: dict[str, list[bool]] = {"model": [], "CR1": [], "CR2": []}
    for _ in range(1000):
        slope = rng.normal(size=20)[group] * (1 + 3 * treated)
        y = slope + rng.normal(size=160) * (1 + 2 * treated)
        fit = api.fit("y ~ treated + (1 | group)", {"y": y, "treated": treated, "group": group})
        tables = {
            "model": linear_inference(fit.fit).rows(np.eye(2), 0.95),
            "CR1": robust(fit.fit, "CR1"),
            "CR2": robust(fit.fit, "CR2"),
        }
        for name, table in tables.items():
            covers[name].append(bool(table["conf_low"][1] < 0 < table["conf_high"][1]))
    shares = {name: np.mean(each) for name, each in covers.items()}
    assert shares["model"] < 0.80
    assert shares["CR1"] < 0.92
    assert 0.93 < shares["CR2"] < 0.985, "Satterthwaite's df with 4 treated groups err upwards"


@pytest.mark.slow
def test_unbiased_when_the_model_is_true() -> None:
    """The mean of CR2 over simulated responses is the true variance; that of CR0 is smaller."""
    rng = np.random.default_rng(7)
    group = np.sort(rng.integers(0, 12, 90))
    x = rng.normal(size=12)[group]
    y = x + rng.normal(size=12)[group] + rng.normal(size=90)
    fit = api.fit("y ~ x + (1 | group)", {"x": x, "y": y, "group": group}).fit
    responses = simulate(fit, 400, seed=1)
    sums = dict.fromkeys(("CR0", "CR2", "CR3"), 0.0)
    betas = []
    for column in responses.T:
        again = api.fit("y ~ x + (1 | group)", {"x": x, "y": column, "group": group}).fit
        betas.append(again.estimates.beta[1])
        for kind in sums:
            sums[kind] += robust_inference(again, kind)[0][1, 1] / 400
    truth = float(np.var(betas))
    assert sums["CR2"] / truth == pytest.approx(1, abs=0.2)
    assert sums["CR0"] < 0.9 * sums["CR2"] < sums["CR2"] < sums["CR3"]


@pytest.mark.filterwarnings("ignore::echelon.errors.RankWarning")
@pytest.mark.parametrize("kind", ["CR0", "CR2", "CR3", "HLM"])
def test_coefficients_beside_an_aliased_column_keep_their_errors(kind: str) -> None:
    data = datasets.load("sleep")
    twice = {name: data[name].to_numpy() for name in ("reaction", "days", "subject")}
    twice["weeks"] = twice["days"] / 7
    alone, aliased = (
        api.fit(f"reaction ~ {x} + (1 | subject)", twice).robust(kind).row(term="days")
        for x in ("days", "days + weeks")
    )
    assert list(aliased.values())[1:] == pytest.approx(list(alone.values())[1:], rel=1e-6)


def test_where_factors_cross_the_default_goes_both_ways() -> None:
    fit = api.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin")
    both = fit.robust("CR1", cluster=["plate", "sample"])
    np.testing.assert_array_equal(fit.robust()["std_error"], both["std_error"])
    assert "(CR1)" in fit.robust().title

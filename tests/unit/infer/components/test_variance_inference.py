"""Standard errors of variances: closed forms, n x n matrices, differences of the likelihood."""

from __future__ import annotations

import math

import numpy as np
import pytest

import echelon
from echelon import datasets
from echelon._types import FloatArray
from echelon.engine.moments import moments
from echelon.engine.reference.gaussian import design_response, logdet
from echelon.fit import Fit
from echelon.infer.components.parameters import parameters
from echelon.infer.components.variance_inference import variance_intervals
from echelon.infer.components.variance_information import expected_information, observed_information
from tests.unit.engine.dense_covariance import Dense, dense
from tests.unit.engine.random_designs import fitted

INTERIOR = [
    "intercepts", "slopes", "three levels, weights", "by ML", "crossed and nested",
    "independent slopes", "multiple membership", "far from zero",
]  # fmt: skip


def projection(at: Dense) -> FloatArray:
    """V^-1 less the projection on X, (n, n)."""
    inverse = np.linalg.inv(at.V)
    scaled = inverse @ at.X
    return inverse - scaled @ np.linalg.solve(at.X.T @ scaled, scaled.T)


def information(fit: Fit, is_expected: bool) -> FloatArray:
    """Half the Hessian of -2 log likelihood in phi, or its expectation, by n x n matrices.

    -tr(A V_i A V_j) + 2 y'Pi V_i Pi V_j Pi y, with A = Pi under REML and V^-1 under ML; the
    expectation of the second term is twice the first.
    """
    at = dense(fit)
    Pi = projection(at)
    A = Pi if fit.spec.method == "REML" else np.linalg.inv(at.V)
    parts = [A @ dV for dV in at.dV]
    traces = np.array([[np.sum(a * b.T) for b in parts] for a in parts])
    if is_expected:
        return traces / 2
    residual = Pi @ design_response(fit.design)
    moved = np.array([dV @ residual for dV in at.dV])
    return -traces / 2 + moved @ Pi @ moved.T


def variance_rows(fit: Fit, way: str) -> FloatArray:
    """Standard errors of variances and covariances, in the order of the table."""
    table = variance_intervals(fit, information=way)
    kinds = ("variance", "covariance")
    return table["std_error"][[scale in kinds for scale in table["scale"]]]


@pytest.mark.parametrize("way", ["observed", "expected"])
@pytest.mark.parametrize("name", INTERIOR)
def test_against_n_by_n_matrices(name: str, way: str) -> None:
    """Rows of the table are variances, then covariances, of a term; phi has its triangle."""
    fit = fitted(name)
    assert not fit.estimates.verdict.is_singular
    information_matrix = information(fit, way == "expected")
    size = np.sqrt(np.diag(information_matrix))
    inverse = np.linalg.inv(information_matrix / np.outer(size, size)) / np.outer(size, size)
    covariance = (expected_information if way == "expected" else observed_information)(fit)
    slopes = dense_order(fit)
    expected = np.sqrt([weights @ inverse @ weights for weights in slopes])
    assert covariance.covariance.shape == inverse.shape
    np.testing.assert_allclose(variance_rows(fit, way), expected, rtol=2e-6)


def dense_order(fit: Fit) -> list[FloatArray]:
    """Each row of the table as a combination of phi: d Sigma[a, b] by phi."""
    slopes = moments(fit).slopes
    m = len(slopes) + 1
    rows = []
    for k, block in enumerate(fit.design.rows.blocks):
        for term in block.terms:
            inside = range(term.start, term.stop)
            entries = [(a, a) for a in inside]
            if term.structure.name == "us":
                entries += [(a, b) for b in inside for a in range(b + 1, term.stop)]
            for a, b in entries:
                rows.append(np.array([s[a, b] if n == k else 0.0 for n, s in slopes] + [0.0]))
    return [*rows, np.eye(m)[-1]]


def test_observed_information_by_differences_of_the_likelihood() -> None:
    """-2 restricted log likelihood of (Sigma, sigma^2), differenced twice."""
    fit = fitted("slopes")
    at, y = dense(fit), design_response(fit.design)
    start = np.zeros(len(at.dV))
    size = np.full(4, 1e-3)

    def criterion(step: FloatArray) -> float:
        V = at.V + sum(s * dV for s, dV in zip(step, at.dV, strict=True))
        solved = np.linalg.solve(V, np.column_stack([at.X, y]))
        inner = np.column_stack([at.X, y]).T @ solved  # its Schur complement is y'Pi y
        return float(logdet(V) + logdet(inner[:-1, :-1]) + 1 / np.linalg.inv(inner)[-1, -1])

    def mixed(i: int, j: int) -> float:
        ends = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
        unit = np.eye(4) * size
        total = sum(sign * criterion(start + a * unit[i] + b * unit[j]) for a, b, sign in ends)
        return total / (4 * size[i] * size[j])

    expected = information(fit, is_expected=False)
    for i in range(4):
        for j in range(i + 1):
            assert mixed(i, j) / 2 == pytest.approx(expected[i, j], rel=1e-3)


def test_balanced_one_way_closed_forms() -> None:
    """Searle, Casella & McCulloch (1992), section 4.3: 2 (n tau + sigma^2)^2 / (J - 1) and so on.

    In balanced data observed and expected information agree.
    """
    fit = echelon.fit("yield ~ 1 + (1 | batch)", datasets.load("dyestuff")).fit
    J, n = 6, 5
    sigma2 = fit.estimates.sigma**2
    tau = sigma2 * float(fit.estimates.theta[0]) ** 2
    within = 2 * sigma2**2 / (J * (n - 1))
    between = 2 * (n * tau + sigma2) ** 2 / (J - 1)
    expected = np.sqrt([(between + within) / n**2, within])
    for way in ("observed", "expected"):
        np.testing.assert_allclose(variance_rows(fit, way), expected, rtol=1e-6)


def test_rows_and_names() -> None:
    """Standard deviations, correlations and sigma as `conf_int` names them; then variances."""
    fit = fitted("slopes, weights")
    table = variance_intervals(fit)
    known = [p.name for p in parameters(fit)][len(fit.design.fixed_names) :]
    assert table["parameter"][: len(known)].tolist() == known
    rest = table["parameter"][len(known) :].tolist()
    assert rest == [
        "var_(Intercept)|g", "var_x|g", "var_z|g", "cov_x.(Intercept)|g", "cov_z.(Intercept)|g",
        "cov_z.x|g", "var_residual",
    ]  # fmt: skip
    estimates = [p.estimate for p in parameters(fit)][len(fit.design.fixed_names) :]
    np.testing.assert_allclose(table["estimate"][: len(known)], estimates, rtol=1e-14)
    row = table.row(parameter="cov_z.x|g")
    assert (row["grouping"], row["term_1"], row["term_2"]) == ("g", "z", "x")
    assert row["scale"] == "covariance"
    assert len(table.notes) == 3
    assert table.notes[-1].startswith("The fit is singular: standard errors take")


def test_limits_on_their_scales() -> None:
    fit = fitted("slopes")
    table, z = variance_intervals(fit, 0.9), 1.6448536269514722
    sd, variance = table.row(parameter="sd_x|g"), table.row(parameter="var_x|g")
    assert variance["conf_low"] == pytest.approx(sd["conf_low"] ** 2)
    assert variance["conf_high"] == pytest.approx(sd["conf_high"] ** 2)
    assert variance["std_error"] == pytest.approx(2 * sd["estimate"] * sd["std_error"])
    ratio = math.exp(z * sd["std_error"] / sd["estimate"])
    assert sd["conf_high"] == pytest.approx(sd["estimate"] * ratio)
    r = table.row(parameter="cor_x.(Intercept)|g")
    reach = z * r["std_error"] / (1 - r["estimate"] ** 2)
    assert r["conf_low"] == pytest.approx(math.tanh(math.atanh(r["estimate"]) - reach))
    c = table.row(parameter="cov_x.(Intercept)|g")
    assert c["conf_high"] - c["estimate"] == pytest.approx(z * c["std_error"])


@pytest.mark.filterwarnings("ignore:The fit is singular")
@pytest.mark.parametrize("way", ["observed", "expected"])
def test_nothing_is_said_at_a_boundary(way: str) -> None:
    fit = echelon.fit("yield ~ 1 + (1 | batch)", datasets.load("dyestuff2")).fit
    table = variance_intervals(fit, information=way)
    for name in ("sd_(Intercept)|batch", "var_(Intercept)|batch"):
        row = table.row(parameter=name)
        assert row["estimate"] == 0.0
        assert [row[part] for part in ("std_error", "conf_low", "conf_high")] == [None] * 3
    assert table.row(parameter="sigma")["std_error"] > 0
    assert table.notes[-1].startswith("No standard error and no limits where")


def test_a_perfect_correlation_has_no_limits() -> None:
    fit = fitted("singular")
    table = variance_intervals(fit)
    row = table.row(parameter="cor_x.(Intercept)|g")
    if row["estimate"] is not None:
        assert abs(row["estimate"]) > 1 - 1e-6
    assert row["std_error"] is None


def test_without_random_effects_the_residual_is_left() -> None:
    """var(sigma^2) = 2 sigma^4 / (n - p)."""
    fit = fitted("no random effects")
    for way in ("observed", "expected"):
        table = variance_intervals(fit, information=way)
        assert table["parameter"].tolist() == ["sigma", "var_residual"]
        error = fit.estimates.sigma**2 * math.sqrt(2 / 177)
        assert table["std_error"][1] == pytest.approx(error)


@pytest.mark.parametrize("name", ["compound symmetry", "identity", "autoregressive"])
def test_structures_by_the_delta_method(name: str) -> None:
    """Equal variances have equal errors."""
    table = variance_intervals(fitted(name))
    errors = table["std_error"][[p.startswith("sd_") for p in table["parameter"]]]
    assert errors == pytest.approx(np.full(3, errors[0]))
    assert (errors > 0).all()


def test_sleep_as_lmerTest() -> None:
    """R: m <- lmer(Reaction ~ Days + (Days | Subject)); delta method on m@vcov_varpar."""
    table = variance_intervals(
        echelon.fit("reaction ~ days + (days | subject)", datasets.load("sleep")).fit
    )
    expected = [
        5.8362433635634, 1.2480353178356, 0.3250242536133, 1.5080122231682,
        288.7825464289336, 14.7820629297168, 46.6784596280765, 77.1855423581341,
    ]  # fmt: skip
    # lme4's theta is 4e-7 from the minimum: 1e-6.
    np.testing.assert_allclose(table["std_error"], expected, rtol=1e-6)


@pytest.mark.slow
def test_errors_are_those_of_repeated_samples() -> None:
    """100 groups of 8, 400 samples: the spread of the estimates is the standard error, to 10%."""
    rng = np.random.default_rng(3)
    g, x = np.repeat(np.arange(100), 8), rng.normal(size=800)
    estimates, errors = [], []
    for _ in range(400):
        b = rng.multivariate_normal([0, 0], [[1.0, 0.3], [0.3, 0.5]], size=100)
        y = 2 + x + b[g, 0] + b[g, 1] * x + rng.normal(size=800)
        table = variance_intervals(echelon.fit("y ~ x + (x | g)", {"y": y, "x": x, "g": g}).fit)
        estimates.append(table["estimate"])
        errors.append(table["std_error"])
    spread = np.std(estimates, axis=0)
    np.testing.assert_allclose(np.mean(errors, axis=0), spread, rtol=0.1)


@pytest.mark.parametrize(("noise", "is_said"), [(1e-2, False), (1e-6, True)])
def test_an_almost_perfect_fit_says_that_digits_are_lost(noise: float, is_said: bool) -> None:
    rng = np.random.default_rng(0)
    g = np.repeat(np.arange(10), 6)
    x = rng.normal(size=60)
    y = 1 + x + rng.normal(size=10)[g] + noise * rng.normal(size=60)
    fit = echelon.fit("y ~ x + (1 | g)", {"y": y, "x": x, "g": g})
    for table in (fit.fixed_effects, fit.variance_intervals()):
        said = [note for note in table.notes if note.startswith("The model leaves almost nothing")]
        assert bool(said) == is_said
    # Balanced groups: the mean has 9 degrees of freedom, the slope 49.
    np.testing.assert_allclose(fit.fixed_effects["df"], [9, 49], rtol=0.05)
    adjusted = fit.refit(df_method="kenward_roger").fixed_effects
    np.testing.assert_allclose(adjusted["df"], [9, 49], rtol=0.01)
    np.testing.assert_allclose(adjusted["std_error"], fit.fixed_effects["std_error"], rtol=0.01)

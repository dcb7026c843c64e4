"""Any combination of the fixed effects: what is estimable, what is exact, what is invariant."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import echelon as ec
from echelon.infer.coefficients.degrees import Constant
from echelon.infer.coefficients.inference import linear_inference, of_estimated
from echelon.infer.coefficients.null_space import null_space, relation

pytestmark = pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")

RNG = np.random.default_rng(5)
N = 80
DATA = {
    "y": RNG.normal(size=N),
    "x": RNG.normal(1e4, 3, size=N),
    "z": RNG.normal(size=N),
    "g": np.arange(N) // 8,
}
DATA["aged"] = 2 * DATA["x"] - DATA["z"] + 3
DATA["y"] = DATA["y"] + RNG.normal(size=10)[DATA["g"]]


def test_the_null_space_is_what_is_zero_in_every_row() -> None:
    fit = ec.fit("y ~ x + z + aged + (1 | g)", DATA).fit
    null = null_space(fit)
    assert null.shape == (4, 1)
    assert np.abs(fit.design.X @ null).max() < 1e-9 * np.abs(fit.design.X).max()
    np.testing.assert_allclose(relation(fit), [[3, 2, -1]], rtol=1e-6)


def test_a_full_rank_design_has_none() -> None:
    fit = ec.fit("y ~ x + z + (1 | g)", DATA).fit
    assert null_space(fit).shape == (3, 0)
    assert relation(fit).shape == (0, 3)


def test_what_the_data_do_not_determine_is_not_a_number() -> None:
    inference = linear_inference(ec.fit("y ~ x + z + aged + (1 | g)", DATA).fit)
    L = np.array([[0, 1, 0, 0], [0, 1, 0, 2], [3, 0, 0, 1.0]])  # aged takes half of what x has
    assert inference.is_estimable(L).tolist() == [False, True, False]
    # A row of X is estimable, whatever the alias.
    assert inference.is_estimable(np.array([[1.0, 2.0, 5.0, 2 * 2.0 - 5.0 + 3]])).all()
    assert of_estimated(inference).is_estimable(L).tolist() == [True, False, False]


def test_without_random_effects_it_is_the_t_test_of_least_squares() -> None:
    fit = ec.fit("y ~ x + z", DATA)
    line = stats.linregress(DATA["z"], DATA["y"])
    row = ec.fit("y ~ z", DATA).fixed_effects.row(term="z")
    assert row["p_value"] == pytest.approx(line.pvalue, rel=1e-10)
    assert row["std_error"] == pytest.approx(line.stderr, rel=1e-10)
    assert row["df"] == N - 2
    assert set(fit.fixed_effects["df"]) == {N - 3}


def test_one_row_is_the_square_of_t() -> None:
    inference = linear_inference(ec.fit("y ~ x + z + (1 | g)", DATA).fit)
    L = np.array([[0.0, 1.0, -2.0]])
    row, joint = inference.rows(L, 0.9, 0.3), inference.joint(L, 0.3)
    assert joint.statistic == pytest.approx(row["statistic"][0] ** 2)
    assert joint.p_value == pytest.approx(row["p_value"][0])
    assert joint.df_den == pytest.approx(row["df"][0])


@pytest.mark.parametrize("method", ["satterthwaite", "kenward_roger", "containment", "normal"])
def test_tests_do_not_depend_on_the_unit(method: str) -> None:
    other = DATA | {"x": DATA["x"] / 1e6, "y": 1e3 * DATA["y"]}
    here, there = (
        ec.fit("y ~ x + z + (1 | g)", data, df_method=method).fixed_effects
        for data in (DATA, other)
    )
    for column in ("statistic", "df", "p_value"):
        np.testing.assert_allclose(here[column], there[column], rtol=1e-6)


def test_another_covariance_takes_the_place_of_the_models() -> None:
    fit = ec.fit("y ~ x + (1 | g)", DATA).fit
    inference = linear_inference(fit, robust=(np.eye(2), Constant(3.0)))
    row = inference.rows(np.array([[0.0, 1.0]]), 0.95)
    assert (row["std_error"][0], row["df"][0], inference.df_method) == (1.0, 3.0, "robust")


def test_nothing_to_test() -> None:
    inference = linear_inference(ec.fit("y ~ 0 + (1 | g)", DATA).fit)
    assert inference.rows(np.empty((0, 0)), 0.95)["df"].shape == (0,)
    assert inference.joint(np.empty((0, 0))).df_num == 0


SCRIPT = Path(__file__).parents[4] / "docs" / "scripts" / "size_of_tests.py"
REPLICATES = 600
MOST = 0.05 + 4 * 0.009  # four standard errors of a share of 5 % above it


@pytest.mark.slow
@pytest.mark.parametrize("design", ["treatment of 6 groups", "slope that varies, 8 groups"])
def test_in_small_samples_the_normal_rejects_too_often_and_t_does_not(design: str) -> None:
    """A true hypothesis, simulated: the table of docs/explanation, degrees-of-freedom."""
    script = runpy.run_path(str(SCRIPT))
    (found,) = [one for name, one in script["DESIGNS"].items() if name.startswith(design)]
    share = script["rejections"](*found, REPLICATES)
    assert share["normal"] > MOST
    assert share["satterthwaite"] < MOST
    assert share["level"] < MOST
    assert 0.005 < share["kenward_roger"] < 0.06


def test_units_do_not_decide_how_many_rows_are_tested() -> None:
    rng = np.random.default_rng(4)
    data = {"g": np.repeat(np.arange(12), 5), "x": rng.normal(size=60), "w": rng.normal(size=60)}
    data["y"] = rng.normal(size=12)[data["g"]] + data["x"] + rng.normal(size=60)
    plain = ec.fit("y ~ x + w + (1 | g)", data)
    scaled = ec.fit("y ~ x + w + (1 | g)", data | {"w": 1e8 * data["w"]})
    first, second = (fit.test("x = 0, w = 0").row(hypothesis="joint") for fit in (plain, scaled))
    assert second["df_num"] == 2
    assert second["statistic"] == pytest.approx(first["statistic"], rel=1e-6)

"""Saved fits."""

from __future__ import annotations

import copy
import pickle
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echelon import api, datasets
from echelon.errors import StorageError
from echelon.sameness import is_same
from echelon.storage.archive import load, save

FORMULA = "reaction ~ days + (days | subject)"
ROWS = {"days": [1.0, 2.0], "subject": ["308", "new"]}


@pytest.fixture(scope="module")
def sleep() -> api.Result:
    return api.fit(FORMULA, datasets.load("sleep"), subset="days < 9")


@pytest.fixture
def saved(sleep: api.Result, tmp_path: Path) -> Path:
    return sleep.save(tmp_path / "sleep.echelon")


def test_a_fit_comes_back_equal(sleep: api.Result, saved: Path) -> None:
    again = api.load(saved)
    assert again == sleep
    assert again.summary() == sleep.summary()
    assert again.to_json() == sleep.to_json()
    np.testing.assert_array_equal(again.residuals(), sleep.residuals())
    np.testing.assert_array_equal(again.simulate(seed=1), sleep.simulate(seed=1))
    assert again.predict(ROWS, interval="prediction") == sleep.predict(ROWS, interval="prediction")
    assert not again.fit.estimates.beta.flags.writeable


def test_columns_of_x_and_z_stay_one_array(saved: Path) -> None:
    rows = load(saved).design.rows
    assert rows.fixed_columns[1] is rows.blocks[0].columns[1]


def test_without_rows_no_value_of_the_data_leaves(sleep: api.Result, tmp_path: Path) -> None:
    path = sleep.save(tmp_path / "small", rows=False)
    again = api.load(str(path))
    assert not again.fit.has_rows
    assert not again.fit.design.y.size
    assert all(not c.size for b in again.fit.design.rows.blocks for c in b.columns)
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".npy")]
        shapes = [np.load(archive.open(name), allow_pickle=False).shape for name in names]
    assert shapes
    assert (sleep.n_obs,) not in shapes


def test_without_rows_everything_else_is_there(sleep: api.Result, tmp_path: Path) -> None:
    again = api.load(sleep.save(tmp_path / "small", rows=False))
    assert again.n_obs == sleep.n_obs
    assert again.fixed_effects == sleep.fixed_effects
    assert again.variance_components == sleep.variance_components
    assert again.conditional_modes() == sleep.conditional_modes()
    for random in ("all", "none"):
        for kind in ("confidence", "prediction"):
            ours, theirs = (fit.predict(ROWS, random, kind) for fit in (again, sleep))
            assert ours == theirs
    assert again.refit(method="ML").objective == sleep.refit(method="ML").objective
    assert "25" in again.summary()
    assert again.to_dict()["icc"] is None
    assert again.icc() == sleep.icc()


def test_a_subset_of_truth_values_is_not_kept(tmp_path: Path) -> None:
    frame = datasets.load("sleep")
    fit = api.fit(FORMULA, frame, subset=frame["days"] < 9).fit
    again = load(save(fit, tmp_path / "fit"))
    assert again.spec.subset is None
    assert is_same(again.rows, fit.rows)


def test_a_file_that_exists_is_replaced(sleep: api.Result, saved: Path) -> None:
    other = sleep.refit(method="ML")
    other.save(saved)
    assert load(saved) == other.fit
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_any_damage_is_noticed(saved: Path) -> None:
    """Cut short or with a byte changed: never a fit with other numbers, always one error."""
    content, whole = saved.read_bytes(), load(saved)
    rng = np.random.default_rng(1)
    for cut in rng.integers(0, len(content), 30).tolist():
        saved.write_bytes(content[:cut])
        with pytest.raises(StorageError):
            load(saved)
    for place in rng.integers(0, len(content), 200).tolist():
        changed = bytearray(content)
        changed[place] ^= 0xFF
        saved.write_bytes(bytes(changed))
        with suppress(StorageError):
            assert load(saved) == whole


def test_results_pickle_copy_and_compare(sleep: api.Result) -> None:
    assert pickle.loads(pickle.dumps(sleep)) == sleep
    assert copy.deepcopy(sleep) == sleep
    assert copy.copy(sleep) == sleep
    assert sleep != sleep.refit(method="ML")
    assert sleep != "a fit"


GENERALIZED: list[tuple[str, dict[str, Any]]] = [
    ("won ~ x + (1 | g)", {"family": "binomial", "quadrature": 3}),
    ("s / t ~ x + (x || g)", {"family": "betabinomial"}),
    ("mark ~ x + (1 | g)", {"family": "cumulative", "nominal": "~ z"}),
    ("n ~ x + offset(z) + (1 | g)", {"family": "poisson", "zero": "~ z", "weights": "t"}),
    ("won ~ x + (1 | g)", {"family": "binomial", "method": "PQL1"}),
]


def outcomes() -> dict[str, Any]:
    """Binary, counted and ordered outcomes of 20 groups of six rows."""
    rng = np.random.default_rng(11)
    g = np.repeat(np.arange(20), 6)
    latent = rng.normal(size=20)[g] + rng.normal(size=120)
    x, z = rng.normal(size=(2, 120))
    return {
        "g": g,
        "x": x,
        "z": z,
        "won": (latent > 0).astype(int),
        "t": np.full(120, 8),
        "s": rng.binomial(8, rng.beta(2, 2, 120)),
        "mark": np.digitize(latent, [-1.0, 0.0, 1.0]),
        "n": rng.poisson(np.exp(0.5 + 0.3 * latent)) * (rng.random(120) > 0.3),
    }


@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
@pytest.mark.parametrize(("formula", "options"), GENERALIZED)
def test_generalized_fits_come_back(formula: str, options: dict[str, Any], tmp_path: Path) -> None:
    fit = api.fit(formula, outcomes(), **options)
    again = api.load(fit.save(tmp_path / "whole"))
    assert again == fit
    assert again.summary() == fit.summary()
    assert again.to_json() == fit.to_json()
    assert again.conditional_modes() == fit.conditional_modes()


@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
@pytest.mark.parametrize(("formula", "options"), GENERALIZED)
def test_generalized_fits_without_rows(
    formula: str, options: dict[str, Any], tmp_path: Path
) -> None:
    """No value of a row leaves, and the tables stay; modes lose their standard errors."""
    fit = api.fit(formula, outcomes(), **options)
    path = fit.save(tmp_path / "small", rows=False)
    again = api.load(path)
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".npy")]
        shapes = [np.load(archive.open(name), allow_pickle=False).shape for name in names]
    assert not [shape for shape in shapes if 120 in shape]
    assert again.fixed_effects == fit.fixed_effects
    assert again.component_effects == fit.component_effects
    assert again.variance_components == fit.variance_components
    assert again.to_csv() == fit.to_csv()
    assert "Random effects" in again.summary()
    modes = again.conditional_modes()
    np.testing.assert_array_equal(modes["estimate"], fit.conditional_modes()["estimate"])
    assert np.isnan(modes["std_error"]).all()
    assert modes.notes == ("No standard errors: the fit was saved without its rows.",)

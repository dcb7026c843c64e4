"""Bundles of studies of every kind: written, rerun, and what they say and leave out."""

from __future__ import annotations

import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import echelon
from echelon.errors import EchelonWarning
from echelon.publish.bundle import bundle, rerun
from echelon.publish.bundle.writing import SmallCellsWarning
from tests.families import MODELS, fitted
from tests.unit.publish.bundle.studies import GAUSSIAN, SCHOOL, TABLE, study, there_and_back

QUICK = {"slope", "members", "zero effects", "ordered"}
OTHERS = [name for name in MODELS if name not in QUICK]
OF_PREDICTORS = {"dates", "year"}  # their groups are predictors, too


@pytest.mark.parametrize("name", GAUSSIAN)
def test_a_linear_study_is_reproduced_to_the_last_bit(name: str, tmp_path: Path) -> None:
    outcome = there_and_back(study(name), tmp_path)
    assert outcome.agrees
    assert outcome.n_equal == len(outcome.table)


@pytest.mark.parametrize(
    "name", [*sorted(QUICK), *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)]
)
def test_a_generalized_study_is_reproduced_to_the_last_bit(name: str, tmp_path: Path) -> None:
    outcome = there_and_back(fitted(name), tmp_path)
    assert outcome.agrees
    assert outcome.n_equal == len(outcome.table)


@pytest.mark.parametrize("name", sorted(GAUSSIAN.keys() - OF_PREDICTORS))
def test_a_linear_study_with_codes_is_reproduced(name: str, tmp_path: Path) -> None:
    assert there_and_back(study(name), tmp_path, codes=True, seed=3).agrees


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_generalized_study_with_codes_is_reproduced(name: str, tmp_path: Path) -> None:
    assert there_and_back(fitted(name), tmp_path, codes=True, seed=3).agrees


@pytest.mark.slow
@pytest.mark.parametrize(
    ("formula", "options"),
    [
        ("size ~ x + (1 | school)", {"family": "cumulative", "thresholds": "equidistant"}),
        ("kind ~ x", {"family": "multinomial"}),
        ("flag ~ x + (1 | school)", {"family": "binomial", "quadrature": 7}),
        ("flag ~ x + (1 | school)", {"family": "binomial", "method": "PQL2"}),
        ("z ~ x + (1 | school)", {"family": "gaussian", "link": "log"}),
    ],
)
def test_other_ways_to_fit_are_reproduced(
    formula: str, options: dict[str, Any], tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        result = echelon.fit(formula, TABLE, **options)
    assert there_and_back(result, tmp_path).agrees


def test_level_equations_are_reproduced(tmp_path: Path) -> None:
    equations = "level 1: y = b0 + b1*cwc(x) + r\nlevel 2 (school): b0 = g0 + u0\n b1 = g1 + u1"
    result = echelon.fit(echelon.levels(equations), TABLE)
    assert there_and_back(result, tmp_path).agrees


def test_the_numbers_are_those_of_the_fit(tmp_path: Path) -> None:
    result = study("slopes")
    path = bundle(result.fit, tmp_path / "study.zip", report=False, smallest_cell=0)
    expected = json.loads(zipfile.ZipFile(path).read("expected.json"))
    for row in result.fixed_effects.rows():
        for column in ("estimate", "std_error", "statistic", "df", "p_value", "conf_low"):
            assert expected[f"fixed effect {row['term']}, {column}"] == row[column]
    modes = result.conditional_modes("school").rows()
    for row in modes:
        name = f"mode {row['term']} | school, group {row['group']}"
        assert expected[name] == row["estimate"]
    assert expected["log_likelihood"] == result.log_likelihood
    assert expected["sigma"] == result.sigma
    assert expected["theta 2"] == result.theta[1]


def test_the_same_fit_gives_the_same_bytes(tmp_path: Path) -> None:
    result = study("labels")
    places = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for place in places:
        bundle(result.fit, place, report=False, smallest_cell=0, codes=True, seed=1)
    assert places[0].read_bytes() == places[1].read_bytes()
    other = bundle(
        result.fit, tmp_path / "c.zip", report=False, smallest_cell=0, codes=True, seed=2
    )
    assert places[0].read_bytes() != other.read_bytes()


def test_only_columns_and_rows_of_the_model_leave(tmp_path: Path) -> None:
    path = bundle(study("missing").fit, tmp_path / "study.zip", report=False, smallest_cell=0)
    lines = zipfile.ZipFile(path).read("data.csv").decode().splitlines()
    kept = (TABLE["x"] > -0.5) & (TABLE["w"] < 4) & ~np.isnan(TABLE["holes"])
    assert lines[0] == "y,holes,school"
    assert len(lines) == 1 + kept.sum()
    assert [float(line.split(",")[0]) for line in lines[1:]] == TABLE["y"][kept].tolist()


def test_codes_leave_no_label_anywhere(tmp_path: Path) -> None:
    path = bundle(
        study("nested").fit, tmp_path / "study.zip", codes=True, report=False, smallest_cell=0
    )
    archive = zipfile.ZipFile(path)
    assert not [name for name in archive.namelist() if b"Sch0" in archive.read(name)]
    readme = archive.read("README.md").decode()
    assert "Groups are numbered in random order" in readme


def test_rows_in_the_order_of_the_codes_are_the_rows_of_the_groups(tmp_path: Path) -> None:
    path = bundle(
        study("slopes").fit, tmp_path / "study.zip", codes=True, report=False, smallest_cell=0
    )
    rows = [line.split(",") for line in _lines(path)[1:]]
    codes = np.array([int(row[2]) for row in rows])
    assert (np.diff(codes) >= 0).all()
    values = [{float(row[0]) for row in rows if int(row[2]) == code} for code in set(codes)]
    schools = [set(TABLE["y"][school == SCHOOL].tolist()) for school in set(SCHOOL)]
    assert sorted(values, key=min) == sorted(schools, key=min)


def _lines(path: Path) -> list[str]:
    return zipfile.ZipFile(path).read("data.csv").decode().splitlines()


def test_a_fit_without_rows_needs_its_table(tmp_path: Path) -> None:
    result = study("slopes")
    loaded = echelon.load(result.save(tmp_path / "fit", rows=False))
    path = bundle(loaded.fit, tmp_path / "study.zip", data=TABLE, report=False, smallest_cell=0)
    assert rerun(path).agrees


def test_the_method_of_a_result_warns_where_it_was_called(tmp_path: Path) -> None:
    with pytest.warns(SmallCellsWarning) as caught:
        path = study("labels").bundle(tmp_path / "study.zip", report=False)
    assert caught[0].filename == __file__
    assert path == tmp_path / "study.zip"


def test_a_saved_fit_with_rows_makes_the_same_bundle(tmp_path: Path) -> None:
    result = study("slopes")
    loaded = echelon.load(result.save(tmp_path / "fit"))
    places = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for fit, place in zip((result, loaded), places, strict=True):
        fit.bundle(place, report=False, smallest_cell=0)
    assert places[0].read_bytes() == places[1].read_bytes()


def test_a_refit_is_reproduced(tmp_path: Path) -> None:
    again = study("slopes").refit(method="ML")
    assert there_and_back(again, tmp_path).agrees


def test_categories_of_pandas_are_reproduced(tmp_path: Path) -> None:
    n = len(TABLE["y"])
    frame = pandas.DataFrame({"y": TABLE["y"], "school": SCHOOL})
    frame["truth"] = pandas.Categorical(np.arange(n) % 3 == 0, categories=[True, False])
    frame["step"] = pandas.Categorical(np.arange(n) % 4, categories=[2, 0, 1, 3], ordered=True)
    result = echelon.fit("y ~ truth + step + (1 | school)", frame)
    outcome = there_and_back(result, tmp_path)
    assert outcome.n_equal == len(outcome.table)


@pytest.mark.slow
def test_a_hundred_thousand_groups(tmp_path: Path) -> None:
    n = 200_000
    generator = np.random.default_rng(2)
    groups = np.arange(n) // 2
    table = {"g": groups, "x": generator.normal(size=n)}
    table["y"] = table["x"] + generator.normal(size=n // 2)[groups] + generator.normal(size=n)
    result = echelon.fit("y ~ x + (1 | g)", table)
    outcome = there_and_back(result, tmp_path)
    assert outcome.agrees
    assert len(outcome.table) < 100

"""A fit for programs; whole records are in tests/golden."""

from __future__ import annotations

import csv
import datetime
import io
import json

import numpy as np
import pytest

from echelon.report.record import csv_text, fit_csv, fit_json, fit_record, package_version, plain
from tests.golden import fits


def test_everything_of_a_fit_is_there() -> None:
    record = fit_record(fits.sleep())
    assert list(record) == [
        "schema", "echelon", "specification", "data", "fixed_effects", "variance_components",
        "icc", "criteria", "estimates", "conditional_modes", "verdict", "plan",
    ]  # fmt: skip
    assert record["echelon"] == package_version()
    assert record["conditional_modes"][0]["groups"][0] == 308
    assert record["conditional_modes"][0]["modes"][1] == [2.0, 3.0]


def test_numbers_have_full_precision_and_survive_the_journey() -> None:
    fit = fits.sleep()
    record = json.loads(fit_json(fit))
    assert record["estimates"]["beta"]["days"] == fit.estimates.beta[1]
    assert np.array_equal(record["estimates"]["vcov"], fit.estimates.vcov)
    assert record["estimates"]["theta"] == fit.estimates.theta.tolist()


def test_what_is_not_a_number_is_null() -> None:
    record = json.loads(fit_json(fits.troubled()))
    assert record["fixed_effects"][2] == {
        "term": "twice_x", "estimate": None, "std_error": None, "statistic": None,
        "df": None, "p_value": None, "conf_low": None, "conf_high": None,
    }  # fmt: skip
    assert record["verdict"]["boundary"] == [
        "variance of x | g",
        "correlation of (Intercept) and x | g",
    ]


def test_csv_is_one_tidy_table() -> None:
    rows = list(csv.DictReader(io.StringIO(fit_csv(fits.sleep()))))
    assert [(r["component"], r["grouping"], r["term"], r["term_2"]) for r in rows] == [
        ("fixed", "", "(Intercept)", ""),
        ("fixed", "", "days", ""),
        ("random", "subject", "(Intercept)", ""),
        ("random", "subject", "days", ""),
        ("random", "subject", "days", "(Intercept)"),
        ("random", "residual", "", ""),
    ]
    assert float(rows[1]["estimate"]) == 10.467
    assert rows[1]["correlation"] == ""


def test_csv_quotes_names() -> None:
    assert csv_text(("a", "b"), [{"a": 'x, "y"', "b": float("nan")}]) == 'a,b\n"x, ""y""",'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64("nan"), None),
        (float("-inf"), None),
        (np.int32(3), 3),
        (np.array([1.5, np.nan]), [1.5, None]),
        ({1: (True, None)}, {"1": [True, None]}),
        (datetime.date(2024, 2, 29), "2024-02-29"),
    ],
)
def test_plain(value: object, expected: object) -> None:
    assert plain(value) == expected

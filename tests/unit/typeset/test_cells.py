"""How a result table is written: digits by the kind of a column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from echelon.typeset.cells import cells


def written(**data: Any) -> dict[str, tuple[str, ...]]:
    arrays = {
        name: np.array(v, dtype=object if isinstance(v[0], str) else None)
        for name, v in data.items()
    }
    return {column.heading: column.cells for column in cells(arrays)}


def test_one_unit_shares_decimals_by_the_standard_error() -> None:
    found = written(
        estimate=[251.405104, 10.467], std_error=[6.8246, 1.5458], conf_low=[237.0, 7.2]
    )
    assert found == {
        "estimate": ("251.405", "10.467"),
        "std_error": ("6.825", "1.546"),
        "conf_low": ("237.000", "7.200"),
    }


def test_without_an_error_the_estimate_judges() -> None:
    assert written(estimate=[0.012345, 0.5])["estimate"] == ("0.0123", "0.5000")


@pytest.mark.parametrize(
    ("name", "values", "cells"),
    [
        ("p_value", [0.2, 1e-9, np.nan], ("0.200", "<0.001", "-")),
        ("p_value_chi2", [0.04], ("0.040",)),
        ("df", [17.0, 152.97, np.inf], ("17", "153.0", "inf")),
        ("statistic", [45.853, -2.4], ("45.85", "-2.40")),
        ("aic", [1755.6283], ("1755.63",)),
        ("value", [0.1234567, 0.8765], ("0.123", "0.876")),
        ("n_rows", [10.0, 1200.0], ("10", "1,200")),
        ("n_rows", [10, 1200], ("10", "1,200")),
        ("is_singular", [True, False], ("yes", "no")),
        ("term", ["ses", "x\ny"], ("ses", "x\\ny")),
        ("variance", [3.1e-9, 2.2e-9], ("3.100e-09", "2.200e-09")),
        ("variance", [1.5e8, 2.2], ("1.500e+08", "2.200")),
    ],
)  # fmt: skip
def test_columns(name: str, values: list[Any], cells: tuple[str, ...]) -> None:
    assert written(**{name: values})[name] == cells


def test_nothing_is_written_as_a_dash() -> None:
    column = np.array([None, 1.25], dtype=object)
    assert cells({"x": column})[0].cells == ("-", "1.250")

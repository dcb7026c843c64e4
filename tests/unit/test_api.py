"""The roof: what users call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import echelon as ec
from echelon.errors import FrameError, SpecError

SLEEP = "reaction ~ days + (days | subject)"


def test_a_data_set_by_name() -> None:
    fit = ec.fit(SLEEP, "sleep")
    assert fit.fit.source == "sleep"
    assert fit.beta == ec.fit(SLEEP, ec.datasets.load("sleep")).beta
    assert fit.summary().splitlines()[0].endswith("(sleep)")


def test_a_file_by_path(tmp_path: Path) -> None:
    path = tmp_path / "my sleep.csv"
    ec.datasets.load("sleep").write_csv(path)
    for given in (path, str(path)):
        fit = ec.fit(SLEEP, given)
        assert fit.summary().splitlines()[0].endswith("(my sleep.csv)")
        assert fit.sigma == pytest.approx(25.5918, abs=1e-4)


def test_a_table_in_memory_has_no_name() -> None:
    assert ec.fit(SLEEP, ec.datasets.load("sleep")).fit.source == ""


def test_a_name_of_nothing() -> None:
    with pytest.raises(FrameError, match=r"^There is no file and no data set 'sleeep'\.") as caught:
        ec.fit(SLEEP, "sleeep")
    assert "did you mean 'sleep'?" in str(caught.value)


def test_description_by_name() -> None:
    about = ec.describe("sleep", "subject", "reaction")
    assert about.description.source == "sleep"
    assert about.description.groupings[0].n_groups == 18


def test_a_dot_leaves_out_weights_and_offset() -> None:
    rows = ec.datasets.load("sleep").to_dict(as_series=False)
    rows["w"] = [1.0, 2.0] * 90
    rows["o"] = [0.5, 0.25, 0.75] * 60
    fit = ec.fit("reaction ~ . + (1 | subject)", rows, weights="w", offset="2 * o")
    assert list(fit.beta) == ["(Intercept)", "days"]
    assert list(ec.fit("reaction ~ . + (1 | subject)", rows).beta)[1:] == ["days", "w", "o"]


def test_a_dot_with_weights_that_are_no_text() -> None:
    numbers: Any = [1.0]
    with pytest.raises(SpecError, match=r"^The option weights is not the name of a column"):
        ec.fit("reaction ~ . + (1 | subject)", "sleep", weights=numbers)


def test_levels_wait_until_asked_for() -> None:
    assert ec.api.levels is ec.levels

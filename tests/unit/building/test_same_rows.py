"""Whether models are about the same observations; the messages are in tests/errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from echelon.building.same_rows import check_same_rows
from echelon.errors import NotEstimableError
from tests.unit.building.fitted import fit

ROWS = {"y": np.arange(20.0) % 7, "x": np.arange(20.0), "g": np.arange(20) // 5}


def test_the_same_rows_of_two_tables() -> None:
    """A table filtered before and a subset asked for are the same rows."""
    kept = {name: values[5:] for name, values in ROWS.items()}
    check_same_rows("ab", (fit("y ~ x", kept), fit("y ~ 1", ROWS, subset="x > 4")))


def test_as_many_rows_that_are_others() -> None:
    pair = fit("y ~ 1", ROWS, subset="x > 4"), fit("y ~ 1", ROWS, subset="x < 15")
    with pytest.raises(NotEstimableError, match=r"^The models are fitted to different rows"):
        check_same_rows("ab", pair)


def test_without_rows_their_account_is_compared() -> None:
    whole = fit("y ~ x + (1 | g)", ROWS)
    lost = replace(
        whole, design=replace(whole.design, rows=replace(whole.design.rows), y=np.empty(0))
    )
    check_same_rows("ab", (whole, lost))

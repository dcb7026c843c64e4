"""Formulas fitted to the rows that are complete for all of them."""

from __future__ import annotations

import numpy as np

from echelon.building.same_frame import fit_to_same_rows

ROWS = {
    "y": np.arange(20.0) % 7,
    "x": np.where(np.arange(20) == 3, np.nan, np.arange(20.0)),
    "z": np.where(np.arange(20) == 8, np.nan, np.cos(np.arange(20.0))),
    "g": np.arange(20) // 5,
}


def test_rows_complete_for_all() -> None:
    fits = fit_to_same_rows(["y ~ 1 + (1 | g)", "y ~ x", "y ~ z"], ROWS, source="rows")
    assert [fit.design.n_obs for fit in fits] == [18, 18, 18]
    assert {fit.rows.dropped for fit in fits} == {(("missing x", 1), ("missing z", 1))}
    assert {fit.source for fit in fits} == {"rows"}


def test_a_dot_and_a_subset() -> None:
    (fit,) = fit_to_same_rows(["y ~ ."], ROWS, subset="g > 0", weights="x")
    assert fit.design.fixed_names == ("(Intercept)", "z", "g")
    assert fit.design.n_obs == 14

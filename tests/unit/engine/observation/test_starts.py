"""Guards of the moments that starting values are made of."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.engine.observation import starts
from echelon.engine.observation.model import ResponseRows


def test_weights_count() -> None:
    rows = ResponseRows(np.array([0.0, 1.0]), weights=np.array([1.0, 3.0]))
    assert starts.average(rows, rows.y) == 0.75
    assert starts.variance(rows, rows.y) == pytest.approx(0.75 * 0.25)
    none = ResponseRows(np.array([0.0, 1.0]), weights=np.zeros(2))
    assert starts.average(none, none.y) == 0.5


def test_dispersions_stay_in_range() -> None:
    assert starts.log_dispersion(0.0) == starts.SMALLEST
    assert starts.log_dispersion(-1.0) == starts.SMALLEST
    assert starts.log_dispersion(1e30) == starts.LARGEST
    assert starts.log_dispersion(2.0) == pytest.approx(np.log(2.0))


def test_no_count_at_all() -> None:
    assert starts.positive_mean(ResponseRows(np.zeros(4)), "log")[0] == 0.025

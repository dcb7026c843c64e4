"""Regions along a line in which it cannot be told from zero."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.infer.distributions import distributions
from echelon.infer.lines.zero_region import Line, zero_region


def _line(a: float, b: float, spread: float = 1.0, across: float = 0.0) -> Line:
    covariance = np.array([[1.0, across], [across, spread]])
    return Line(np.array([a, b]), covariance, lambda m: np.inf)


def excess(line: Line, m: float, conf_level: float) -> float:
    weights = np.array([1.0, m])
    t = float(distributions.t_quantile(conf_level, line.df(m)))
    return abs(weights @ line.estimate) - t * float(np.sqrt(weights @ line.covariance @ weights))


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [(1.0, 5.0, "between"), (5.0, 1.0, "outside"), (0.5, 0.5, "everywhere"), (5.0, 5.0, "between")],
)
def test_the_kinds(a: float, b: float, kind: str) -> None:
    line = _line(a, b, across=0.3)
    region = zero_region(line, 0.95)
    assert region.kind == kind
    for bound in region.bounds:
        assert excess(line, bound, 0.95) == pytest.approx(0, abs=1e-12)
    if kind == "between":
        assert region.low < -a / b < region.high
    assert len(region.bounds) == (0 if kind == "everywhere" else 2)


def test_df_that_move_are_solved_for() -> None:
    covariance = np.array([[1.0, 0.2], [0.2, 1.0]])
    line = Line(np.array([4.0, 6.0]), covariance, lambda m: 5.0 + 40 / (1 + min(m * m, 1e9)))
    for bound in zero_region(line, 0.9).bounds:
        assert excess(line, bound, 0.9) == pytest.approx(0, abs=1e-12)


def test_a_line_that_does_not_move() -> None:
    still = np.array([[1.0, 0.0], [0.0, 0.0]])
    for a, kind in ((5.0, "nowhere"), (0.5, "everywhere")):
        line = Line(np.array([a, 0.0]), still, lambda m: 30.0)
        assert zero_region(line, 0.95).kind == kind
    lost = Line(np.array([np.nan, np.nan]), still, lambda m: np.nan)
    assert zero_region(lost, 0.95).kind == "everywhere"

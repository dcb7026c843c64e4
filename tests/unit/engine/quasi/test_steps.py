"""Steps: the same end, sooner; and no mean outside its range."""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.engine.quasi.steps import Steps
from echelon.engine.quasi.working import Expansion, first_order

FREE = (-np.inf, np.inf)


def iterate(matrix: FloatArray, target: FloatArray, most: int) -> tuple[FloatArray, int]:
    """Iterate eta -> target + matrix (eta - target)."""
    steps, at = Steps(FREE), first_order(np.zeros(len(target)))
    for count in range(most):
        new = first_order(target + matrix @ (at.eta - target))
        if np.abs(new.eta - at.eta).max() < 1e-10:
            return at.eta, count
        at = steps.next(at, new, np.ones(len(target)))
    return at.eta, most


def test_a_creeping_map_and_a_swinging_one() -> None:
    target = np.array([1.0, -2.0, 0.5])
    for rates in ([0.97, 0.5, 0.1], [-0.95, 0.9, 0.2], [-1.3, 0.5, 0.0]):
        end, count = iterate(np.diag(rates), target, 60)
        np.testing.assert_allclose(end, target, atol=1e-8)
        assert count < 30


def test_a_step_stays_inside_the_range() -> None:
    steps = Steps((0.0, np.inf))
    at, new = first_order(np.array([1.0, 2.0])), first_order(np.array([-3.0, 2.5]))
    np.testing.assert_allclose(steps.next(at, new, np.ones(2)).eta, [0.1, 2.0 + 0.5 * 0.225])


def test_spreads_are_carried_and_stay_positive() -> None:
    at = first_order(np.zeros(2))
    one, two = np.array([1.0, 2.0]), np.array([0.5, 0.25])
    new = Expansion(np.ones(2), one + two, (one, two))
    found = Steps(FREE).next(at, new, np.ones(2))
    np.testing.assert_array_equal(found.spreads, (one, two))
    again = Expansion.from_flat(-new.flat, 2)
    np.testing.assert_array_equal(again.spread, np.zeros(2))

"""Nesting of grouping factors, as the data show it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from echelon.measure.nesting import nesting_order
from tests.designs import design_of

ROWS = np.arange(240)
DATA: dict[str, Any] = {
    "y": ROWS * 7 % 31 * 1.0,
    "child": ROWS // 4,
    "class": ROWS // 20,
    "school": ROWS // 60,
    "rater": ROWS % 5,
}


@pytest.mark.parametrize(
    ("random", "order"),
    [
        ("(1 | school)", ("school",)),
        ("(1 | school) + (1 | child) + (1 | class)", ("child", "class", "school")),
        ("(1 | school/class)", ("school:class", "school")),
        ("(1 | school) + (1 | rater)", None),
        ("(1 | child) + (1 | mm(school, rater))", None),
    ],
)
def test_order(random: str, order: tuple[str, ...] | None) -> None:
    assert nesting_order(design_of(f"y ~ 1 + {random}", DATA)) == order

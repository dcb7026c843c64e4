"""What `describe` advises for outcomes that are not Gaussian."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.measure.describe import describe
from echelon.report.describe_advice import advice


def advised(values: object, codes: object) -> str:
    return "\n".join(advice(describe({"y": values, "g": codes}, "g", "y")))


@pytest.mark.parametrize(
    ("n_events", "sentence"),
    [
        (1, "y = 1 is the rarer outcome: its 1 row is too few for any predictor at 10 per"),
        (9, "its 9 rows are too few for any predictor at 10 per"),
        (10, "its 10 rows support about 1 coefficient at 10 per coefficient"),
        (
            50,
            "its 50 rows support about 5 coefficients at 10 per coefficient (Peduzzi et al. 1996)",
        ),
        (70, "y = 0 is the rarer outcome: its 30 rows support about 3 coefficients"),
    ],
)
def test_events_per_coefficient(n_events: int, sentence: str) -> None:
    values = np.r_[np.ones(n_events), np.zeros(100 - n_events)]
    assert sentence in advised(values, np.arange(100) % 4)


@pytest.mark.parametrize("values", [[0, 1, 1, 0] * 6, [0, 1, 2, 3] * 6])
@pytest.mark.parametrize("n_groups", [4, 12])
def test_no_reml_beyond_gaussian(values: list[int], n_groups: int) -> None:
    text = advised(values, np.arange(24) % n_groups)
    assert f"{n_groups} groups, fewer than" in text
    assert "REML" not in text


def test_small_groups_of_a_binary_outcome_want_quadrature() -> None:
    assert 'try quadrature="auto"' in advised([0, 1] * 30, np.arange(60) // 2)


def test_uniform_groups() -> None:
    one = advised([0, 0, 0, 1, 1, 0], [1, 1, 2, 2, 3, 3])
    assert "g: 1 group has the same outcome in every row; a random effect can describe it" in one
    two = advised([0, 0, 1, 1, 1, 0], [1, 1, 2, 2, 3, 3])
    assert "g: 2 groups have the same outcome in every row" in two


def test_overdispersion_is_weighed_against_its_threshold() -> None:
    text = advised([0, 9, 1, 0, 12, 2], [1, 1, 1, 2, 2, 2])
    assert "the variance is 8.08 times the mean, more than 1.5" in text
    assert "nbinom2" not in advised([0, 1, 2, 1, 1, 2], [1, 1, 1, 2, 2, 2])


def test_one_row_per_group() -> None:
    assert "the chance of a single outcome" in advised([0, 1, 1], [1, 2, 3])
    assert "takes up variance beyond the mean" in advised([0, 1, 2], [1, 2, 3])

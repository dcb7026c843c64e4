"""The normal quantile of an interval."""

from __future__ import annotations

import pytest
from scipy import stats

from echelon.infer.distributions.normal import normal_margin


@pytest.mark.parametrize("conf_level", [0.5, 0.9, 0.95, 0.999])
def test_the_quantile_of_a_level(conf_level: float) -> None:
    assert normal_margin(conf_level) == pytest.approx(stats.norm.ppf((1 + conf_level) / 2))

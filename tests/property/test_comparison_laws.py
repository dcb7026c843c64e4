"""Laws of comparisons, for models and rows of many kinds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.building.compare import compare
from echelon.fit import Fit
from echelon.measure.criteria import conditional_criteria
from echelon.report.comparison import comparison_text
from echelon.typeset.layout import display_width
from tests.property.models import MODELS, table
from tests.unit.building.fitted import fit

SEEDS = st.integers(0, 20)
ROWS = {seed: table(seed) for seed in range(21)}


def fitted(name: str, seed: int, method: str) -> Fit:
    """Fit a model of the list to the rows of a seed."""
    return fit(MODELS[name], ROWS[seed], method=method)


@settings(max_examples=20)
@given(st.sampled_from(sorted(MODELS)), SEEDS, st.sampled_from(["REML", "ML"]))
def test_effective_parameters_lie_between_rank_and_columns(
    name: str, seed: int, method: str
) -> None:
    found = fitted(name, seed, method)
    columns = sum(block.n_groups * block.n_columns for block in found.design.rows.blocks)
    effective = conditional_criteria(found).effective_df
    rank = found.estimates.n_estimated
    assert rank - 1e-6 <= effective <= min(rank + columns, found.design.n_obs) + 1e-6


@settings(max_examples=15)
@given(
    st.lists(st.sampled_from(sorted(MODELS)), min_size=2, max_size=5, unique=True),
    SEEDS,
    st.sampled_from(["columns", "rows"]),
)
def test_any_models_print_within_the_width(names: list[str], seed: int, layout: str) -> None:
    found = compare({name: fitted(name, seed, "REML") for name in names}, layout=layout)
    assert max(map(display_width, comparison_text(found).splitlines())) <= 88
    assert list(found.table["model"]) == names
    for test in found.tests:
        assert np.isnan(test.p_value) or (0 <= test.p_value <= 1 and test.statistic >= 0)
        assert test.reason or test.mixture


@settings(max_examples=15)
@given(SEEDS, st.permutations(["no random effect", "intercept", "slope"]))
def test_order_changes_rows_and_not_numbers(seed: int, order: list[str]) -> None:
    names = ["no random effect", "intercept", "slope"]
    models = {name: fitted(name, seed, "ML") for name in names}
    one, two = compare(models), compare({name: models[name] for name in order})
    for name in names:
        mine, yours = one.table.row(model=name), two.table.row(model=name)
        assert mine["aicc"] == yours["aicc"]
        assert mine["caic"] == pytest.approx(yours["caic"])

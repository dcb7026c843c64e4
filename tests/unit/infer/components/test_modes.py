"""Conditional modes."""

from __future__ import annotations

import numpy as np
import pytest

from echelon import datasets
from echelon.errors import NotEstimableError, SpecError
from echelon.fit import Fit, fit_model
from echelon.frame.build import build_frame
from echelon.infer.components.modes import conditional_modes
from echelon.spec import columns_needed, resolve_spec
from tests.golden import fits


@pytest.fixture(scope="module")
def sleep() -> Fit:
    spec = resolve_spec("reaction ~ days + (days | subject)")
    return fit_model(spec, build_frame(datasets.load("sleep"), columns_needed(spec)))


def test_sleep_as_lme4_gives_it(sleep: Fit) -> None:
    """ranef(fm1, condVar = TRUE): subject 308, 2.2586 (12.0709) and 9.1990 (2.3048)."""
    table = conditional_modes(sleep)
    assert table.columns == ("group", "term", "estimate", "std_error", "conf_low", "conf_high")
    assert table["group"][:2].tolist() == ["308", "308"]
    assert table["term"][:4].tolist() == ["(Intercept)", "days"] * 2
    assert table["estimate"][:2] == pytest.approx([2.2585, 9.1990], abs=2e-3)
    assert table["std_error"][:2] == pytest.approx([12.0709, 2.3048], abs=2e-3)
    assert len(table) == 36


def test_intervals_are_those_of_the_normal(sleep: Fit) -> None:
    table = conditional_modes(sleep, "subject")
    margin = 1.959963984540054 * table["std_error"]
    assert table["conf_low"] == pytest.approx(table["estimate"] - margin)
    assert table["conf_high"] == pytest.approx(table["estimate"] + margin)


def test_labels_keep_the_type_of_the_column() -> None:
    data = {"y": np.arange(40.0) * 7 % 11, "g": np.arange(40) // 4}
    spec = resolve_spec("y ~ 1 + (1 | g)")
    table = conditional_modes(fit_model(spec, build_frame(data, columns_needed(spec))))
    assert table["group"].tolist() == list(range(10))


def test_no_random_effects() -> None:
    with pytest.raises(NotEstimableError) as error:
        conditional_modes(fits.no_groups())
    assert str(error.value) == (
        "The model has no random effects.\n"
        "  where: conditional_modes()\n"
        "  got:   a formula without a bar\n"
        "  need:  at least one random term, e.g. (1 | school)\n"
        "  do:    add a random term to the formula, or read the fixed effects alone\n"
        "  see:   errors#no-random-effects"
    )


def test_several_factors_and_none_named() -> None:
    with pytest.raises(SpecError) as error:
        conditional_modes(fits.school())
    assert str(error.value) == (
        "The model has several grouping factors, and none is named.\n"
        "  where: conditional_modes(), argument grouping\n"
        "  got:   no name\n"
        "  need:  one of 'school', 'school:class'\n"
        "  do:    name one, e.g. conditional_modes('school')\n"
        "  see:   errors#unknown-grouping"
    )


def test_a_factor_that_is_not_in_the_model() -> None:
    with pytest.raises(SpecError) as error:
        conditional_modes(fits.school(), "scool")
    assert str(error.value) == (
        "Grouping factor 'scool' is not in the model.\n"
        "  where: conditional_modes(), argument grouping\n"
        "  got:   'scool'\n"
        "  need:  one of 'school', 'school:class'\n"
        "  do:    did you mean 'school'?\n"
        "  see:   errors#unknown-grouping"
    )

"""Verbs about shares of variance give what the functions below give."""

from __future__ import annotations

import echelon
from echelon.measure.design_effect import design_effect
from echelon.measure.icc_kinds import icc_table
from echelon.measure.r_squared import r_squared

DATA = echelon.datasets.load("sleep")
RESULT = echelon.fit("reaction ~ days + (days | subject)", DATA)
SIMPLER = echelon.fit("reaction ~ 1 + (days | subject)", DATA)


def test_icc() -> None:
    assert RESULT.icc() == icc_table(RESULT.fit)
    assert RESULT.icc("levels", conf_level=0.9) == icc_table(RESULT.fit, "levels", conf_level=0.9)
    assert RESULT.icc(at={"days": 3}) == icc_table(RESULT.fit, at={"days": 3})


def test_design_effect() -> None:
    assert RESULT.design_effect() == design_effect(RESULT.fit)
    assert RESULT.design_effect("unconditional") == design_effect(RESULT.fit, "unconditional")


def test_r_squared_takes_a_result_or_a_fit_as_baseline() -> None:
    assert RESULT.r_squared() == r_squared(RESULT.fit)
    expected = r_squared(RESULT.fit, SIMPLER.fit)
    assert RESULT.r_squared(SIMPLER) == expected
    assert RESULT.r_squared(baseline=SIMPLER.fit) == expected

"""The exact text of every message of icc, design_effect and r_squared."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from echelon import api, datasets
from echelon.errors import EchelonError
from echelon.fit import Fit
from echelon.measure.design_effect import design_effect
from echelon.measure.icc_kinds import icc_table
from echelon.measure.r_squared import r_squared

SLEEP = datasets.load("sleep")
FIT = api.fit("reaction ~ days + (days | subject)", SLEEP).fit
PLAIN = api.fit("reaction ~ days", SLEEP).fit
INTERCEPTS = api.fit("reaction ~ days + (1 | subject)", SLEEP).fit
CENTRED = api.fit("mathach ~ cwc(ses, school) + (cwc(ses, school) | school)",
                  datasets.load("hsb")).fit  # fmt: skip
OTHER = api.fit("days ~ reaction + (1 | subject)", SLEEP, subset=SLEEP["days"] < 9).fit
TWO = api.fit(
    "reaction ~ days + (days + z || subject)",
    SLEEP.with_columns(z=np.random.default_rng(1).normal(size=180) * SLEEP["reaction"]),
).fit


def rowless(fit: Fit) -> Fit:
    return replace(fit, design=replace(fit.design, y=np.empty(0)))


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    WEIGHTED = rowless(api.fit("reaction ~ days + (1 | subject)", SLEEP, weights="days + 1").fit)
    SLOPE_ONLY = rowless(api.fit("reaction ~ days + (0 + days | subject)", SLEEP).fit)

NO_MAPPING: Any = (0, 3)
NO_EFFECTS = (
    "The model has no random effects.\n"
    "  where: {where}\n"
    "  got:   a formula without a bar\n"
    "  need:  at least one random term, e.g. (1 | school)\n"
    "  do:    add a random term to the formula; describe(data, group) gives an ICC without one.\n"
    "  see:   errors#no-random-effects"
)
WITHOUT_ROWS = (
    "This fit was saved without its rows.\n"
    "  where: {where}\n"
    "  got:   a loaded fit that keeps 0 of its 180 rows\n"
    "  need:  the rows that the model was fitted to\n"
    "  do:    save with rows=True, or fit the model again; predict(new_data) needs no rows.\n"
    "  see:   errors#fit-without-rows"
)

MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "an ICC without groups": (lambda: icc_table(PLAIN), NO_EFFECTS.format(where="icc()")),
    "a design effect without groups": (
        lambda: design_effect(PLAIN),
        NO_EFFECTS.format(where="design_effect()"),
    ),
    "a kind that does not exist": (
        lambda: icc_table(FIT, "ajusted"),
        "The option kind cannot be 'ajusted'.\n"
        "  where: option kind\n"
        "  got:   'ajusted'\n"
        "  need:  one of 'adjusted', 'unadjusted', 'conditional', 'unconditional', 'levels'\n"
        "  do:    did you mean 'adjusted' or 'unadjusted'?\n"
        "  see:   errors#unknown-option-value",
    ),
    "a kind and values": (
        lambda: icc_table(FIT, "levels", at={"days": 1}),
        "The ICC at chosen values of a predictor has no kinds.\n"
        "  where: icc(), arguments kind and at\n"
        "  got:   kind='levels' and at\n"
        "  need:  one of them\n"
        "  do:    leave kind out: correlations at chosen values are given the fixed effects.\n"
        "  see:   errors#icc-kind-and-at",
    ),
    "values without a predictor": (
        lambda: icc_table(FIT, at=NO_MAPPING),
        "The argument at is not a dictionary of values by predictor.\n"
        "  where: icc(), argument at\n"
        "  got:   (0, 3)\n"
        '  need:  values by predictor, such as at={"days": (0, 3)}\n'
        "  do:    name the predictors of the random slopes, with a value or several.\n"
        "  see:   errors#icc-at-not-values",
    ),
    "a missing value": (
        lambda: icc_table(FIT, at={"days": (0, None)}),
        "A value of 'days' is missing.\n"
        "  where: icc(), argument at\n"
        "  got:   0, None\n"
        "  need:  a value of the predictor at every point\n"
        "  do:    leave the point out.\n"
        "  see:   errors#icc-at-not-values",
    ),
    "a text for a random effect": (
        lambda: icc_table(FIT, at={"days": ("one", "two")}),
        "The values of the random effect 'days' are not numbers.\n"
        "  where: icc(), argument at\n"
        "  got:   'one', 'two'\n"
        "  need:  numbers: the values of its column\n"
        "  do:    name the predictor itself to give categories.\n"
        "  see:   errors#icc-at-not-values",
    ),
    "unequal numbers of values": (
        lambda: icc_table(TWO, at={"days": (0, 3), "z": (1, 2, 3)}),
        "The values of the argument at do not belong together.\n"
        "  where: icc(), argument at\n"
        "  got:   'days' 2, 'z' 3\n"
        "  need:  one value, or equally many (at most 200) of each predictor\n"
        "  do:    write one value per point for every predictor.\n"
        "  see:   errors#icc-at-lengths",
    ),
    "a predictor left out": (
        lambda: icc_table(TWO, at={"days": (0, 3)}),
        "The correlation within 'subject' depends on 'z' too.\n"
        "  where: icc(), argument at\n"
        "  got:   values of 'days'\n"
        "  need:  a value of every predictor of the random part: 'days', 'z'\n"
        "  do:    add 'z' to at, or name the random effects: 'days', 'z'.\n"
        "  see:   errors#icc-at-missing",
    ),
    "a centred predictor without its group": (
        lambda: icc_table(CENTRED, at={"ses": 0}),
        "The correlation within 'school' depends on 'school' too.\n"
        "  where: icc(), argument at\n"
        "  got:   values of 'ses'\n"
        "  need:  a value of every predictor of the random part: 'ses', 'school'\n"
        "  do:    add 'school' to at, or name the random effects: 'cwc(ses, school)'.\n"
        "  see:   errors#icc-at-missing",
    ),
    "a predictor without a slope": (
        lambda: icc_table(FIT, at={"day": 3}),
        "'day' is not a predictor of the random part.\n"
        "  where: icc(), argument at\n"
        "  got:   'day'\n"
        "  need:  names among 'days'\n"
        "  do:    did you mean 'days'?\n"
        "  see:   errors#icc-at-unknown",
    ),
    "values for random intercepts": (
        lambda: icc_table(INTERCEPTS, at={"days": 3}),
        "The correlation within a group depends on no predictor: there are random intercepts only."
        "\n"
        "  where: icc(), argument at\n"
        "  got:   'days'\n"
        "  need:  a random slope, e.g. (days | subject)\n"
        "  do:    leave at out: the ICC is the same everywhere.\n"
        "  see:   errors#icc-at-unknown",
    ),
    "weights that are lost": (lambda: icc_table(WEIGHTED), WITHOUT_ROWS.format(where="icc()")),
    "an unconditional ICC without an intercept": (
        lambda: icc_table(SLOPE_ONLY, "unconditional"),
        WITHOUT_ROWS.format(where="icc(kind='unconditional')"),
    ),
    "sizes that are lost": (
        lambda: design_effect(SLOPE_ONLY),
        WITHOUT_ROWS.format(where="design_effect(kind='adjusted')"),
    ),
    "R-squared of weights that are lost": (
        lambda: r_squared(WEIGHTED),
        WITHOUT_ROWS.format(where="r_squared()"),
    ),
    "a baseline that is a formula": (
        lambda: api.Result(FIT).r_squared("reaction ~ 1"),
        "The baseline is not a fitted model.\n"
        "  where: r_squared(), argument baseline\n"
        "  got:   an object of type 'str'\n"
        "  need:  a fit of a simpler model to the same rows\n"
        '  do:    write baseline=echelon.fit("y ~ 1 + (1 | g)", data).\n'
        "  see:   errors#baseline-not-a-fit",
    ),
    "a baseline of other rows": (
        lambda: r_squared(FIT, OTHER),
        "The two models were fitted to different rows.\n"
        "  where: r_squared(), argument baseline: reaction ~ days + (days | subject)\n"
        "         and days ~ reaction + (1 | subject)\n"
        "  got:   180 rows and 162 rows\n"
        "  need:  the same rows, weights and response in both, for their likelihoods to be"
        " comparable\n"
        "  do:    drop the rows that lack a variable of either model from the data first, then fit"
        " both.\n"
        "  see:   errors#different-rows",
    ),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_message(case: str) -> None:
    call, expected = MESSAGES[case]
    with pytest.raises(EchelonError) as refusal:
        call()
    assert str(refusal.value) == expected

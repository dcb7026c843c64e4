"""The exact text of every message of marginal means, contrasts, letters and joint tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from echelon import api
from echelon.errors import EchelonError

RNG = np.random.default_rng(11)
N = 96
DATA: dict[str, Any] = {
    "y": RNG.normal(size=N),
    "arm": np.tile(["a", "b", "c"], N // 3),
    "sex": np.tile(["f", "m"], N // 2),
    "ses": np.linspace(-2, 2, N),
    "school": np.repeat(np.arange(12), N // 12),
}
FIT = api.fit("y ~ arm * sex + ses", DATA)
CENTRED = api.fit("y ~ cwc(ses, school) + arm", DATA)
GROUPED = api.fit("y ~ arm + (1 | school)", DATA | {"y": DATA["y"] + DATA["school"]})
EMPTY = api.fit("y ~ 1", DATA)
OLD = api.Result(
    replace(
        FIT.fit,
        design=replace(
            FIT.fit.design, recipe=replace(FIT.fit.design.recipe, profiles=(), cell_totals=None)
        ),
    )
)
MANY = api.fit(
    "y ~ a + b + c + d",
    {k: RNG.permutation(np.tile(np.arange(50), 20)).astype(str) for k in "abcd"}
    | {"y": RNG.normal(size=1000)},
)
MEANS = FIT.marginal_means("arm")

MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "a name that is not there": (
        lambda: FIT.marginal_means("Arms"),
        "The fixed part of the model has no variable 'Arms'.\n"
        "  where: option specs\n"
        "  got:   'Arms'\n"
        "  need:  a variable of the fixed part: 'arm', 'sex', 'ses'\n"
        "  do:    did you mean 'arm'?\n"
        "  see:   errors#not-in-fixed-part",
    ),
    "a grouping factor": (
        lambda: GROUPED.marginal_means("school"),
        "The fixed part of the model has no variable 'school'.\n"
        "  where: option specs\n"
        "  got:   'school', a grouping factor\n"
        "  need:  a variable of the fixed part: 'arm'\n"
        "  do:    conditional_modes('school') and predict() are about single groups.\n"
        "  see:   errors#not-in-fixed-part",
    ),
    "a centred variable": (
        lambda: CENTRED.marginal_means("arm", at={"ses": 1}),
        "The fixed part of the model has no variable 'ses'.\n"
        "  where: option at\n"
        "  got:   'ses'\n"
        "  need:  a variable of the fixed part: 'cwc(ses, school)', 'arm'\n"
        "  do:    name it as it stands in the model: 'cwc(ses, school)'.\n"
        "  see:   errors#not-in-fixed-part",
    ),
    "a model without predictors": (
        lambda: EMPTY.marginal_means("arm"),
        "The fixed part of the model has no variable 'arm'.\n"
        "  where: option specs\n"
        "  got:   'arm'\n"
        "  need:  a model with predictors\n"
        "  do:    the mean of all has specs='1'.\n"
        "  see:   errors#not-in-fixed-part",
    ),
    "a number without values": (
        lambda: FIT.marginal_means("arm", by="ses"),
        "'ses' is a number: means need to know at which of its values.\n"
        "  where: variable 'ses'\n"
        "  got:   numbers from -2 to 2\n"
        "  need:  values chosen with at=\n"
        "  do:    write at={'ses': [-1.17, 0, 1.17]} (the mean and one SD to each side);\n"
        "         slopes() gives the effect of a number.\n"
        "  see:   errors#no-values-of-number",
    ),
    "values that are no numbers": (
        lambda: FIT.marginal_means("arm", at={"ses": [1, "2"]}),
        "The values of 'ses' are not different numbers.\n"
        "  where: option at, variable 'ses'\n"
        "  got:   1, '2'\n"
        "  need:  one finite number, or a list of different ones, in the unit of the column\n"
        "  do:    write at={'ses': [0, 1]}, with your values.\n"
        "  see:   errors#at-number",
    ),
    "no values": (
        lambda: FIT.marginal_means("arm", at={"ses": []}),
        "The values of 'ses' are not different numbers.\n"
        "  where: option at, variable 'ses'\n"
        "  got:   no value\n"
        "  need:  one finite number, or a list of different ones, in the unit of the column\n"
        "  do:    write at={'ses': [0, 1]}, with your values.\n"
        "  see:   errors#at-number",
    ),
    "an unknown category": (
        lambda: FIT.marginal_means("arm", at={"sex": "F"}),
        "'sex' has no category 'F'.\n"
        "  where: option at, variable 'sex'\n"
        "  got:   'F'\n"
        "  need:  some of the categories: 'f', 'm'\n"
        "  do:    did you mean 'f'?\n"
        "  see:   errors#at-category",
    ),
    "a category twice": (
        lambda: FIT.marginal_means("arm", at={"sex": ["f", "f"]}),
        "'sex' is given no category, or one twice.\n"
        "  where: option at, variable 'sex'\n"
        "  got:   'f', 'f'\n"
        "  need:  some of the categories: 'f', 'm'\n"
        "  do:    name each category once.\n"
        "  see:   errors#at-category",
    ),
    "text with two bars": (
        lambda: FIT.marginal_means("arm | sex | ses"),
        "The variables of the means cannot be read.\n"
        "  where: option specs\n"
        "  got:   'arm | sex | ses'\n"
        "  need:  names joined by '*', and after '|' the names to take them by\n"
        "  do:    write 'a', 'a * b' or 'a * b | g', or give a list of names.\n"
        "  see:   errors#specs-text",
    ),
    "text with a gap": (
        lambda: FIT.marginal_means("arm * "),
        "The variables of the means cannot be read.\n"
        "  where: option specs\n"
        "  got:   'arm * '\n"
        "  need:  names joined by '*', and after '|' the names to take them by\n"
        "  do:    write 'a', 'a * b' or 'a * b | g', or give a list of names.\n"
        "  see:   errors#specs-text",
    ),
    "a group that is not in the means": (
        lambda: MEANS.contrasts(by="sex"),
        "The means are not by 'sex'.\n"
        "  where: option by\n"
        "  got:   'sex'\n"
        "  need:  a variable of the means: 'arm'\n"
        "  do:    check the spelling.\n"
        "  see:   errors#by-not-in-means",
    ),
    "too large a grid": (
        lambda: MANY.marginal_means("a * b * c"),
        "The reference grid has too many combinations.\n"
        "  where: reference grid\n"
        "  got:   125,000 combinations: 50 of 'a' x 50 of 'b' x 50 of 'c'\n"
        "  need:  101,522 at most, with 197 coefficients\n"
        "  do:    choose categories with at=, for those that are averaged over, too.\n"
        "  see:   errors#grid-too-large",
    ),
    "cells that were not counted": (
        lambda: MANY.marginal_means("a", at={"b": "1", "c": "1"}, weights="cells"),
        "The combinations of categories are too many to have been counted.\n"
        "  where: option weights\n"
        "  got:   50 x 50 x 50 x 50 categories\n"
        "  need:  100,000 combinations at most, for weights other than 'equal'\n"
        "  do:    use weights='equal'.\n"
        "  see:   errors#cells-not-counted",
    ),
    "a fit from before": (
        lambda: OLD.marginal_means("arm"),
        "This saved fit does not say over which values its predictors vary.\n"
        "  where: reference grid\n"
        "  got:   a fit that was saved by an earlier version of echelon\n"
        "  need:  means and categories of the predictors, which are saved since\n"
        "  do:    fit the model again.\n"
        "  see:   errors#fit-without-profiles",
    ),
    "a single mean": (
        lambda: MEANS.contrasts(by="arm"),
        "There is a single mean, and nothing to compare it with.\n"
        "  where: contrasts()\n"
        "  got:   1 mean: 'all'\n"
        "  need:  2 or more means in each group of 'by'\n"
        "  do:    leave a variable out of by, or ask for marginal means of more categories.\n"
        "  see:   errors#single-mean",
    ),
    "an unknown control": (
        lambda: MEANS.contrasts("control", reference="d"),
        "There is no mean 'd' to compare with.\n"
        "  where: contrasts(), option reference\n"
        "  got:   'd'\n"
        "  need:  one of 'a', 'b', 'c', or its position from 0\n"
        "  do:    check the spelling.\n"
        "  see:   errors#contrast-control",
    ),
    "too few weights": (
        lambda: MEANS.contrasts({"a vs b": [1, -1]}),
        "The contrast 'a vs b' has not one weight per mean.\n"
        "  where: contrasts(), option kind, 'a vs b'\n"
        "  got:   [1, -1]\n"
        "  need:  3 numbers, for 'a', 'b', 'c'\n"
        "  do:    give the weights in the order of the means, 0 for those that take no part.\n"
        "  see:   errors#contrast-length",
    ),
    "an interaction without a variable": (
        lambda: FIT.contrasts("arm * sex", interaction={"arm": "pairwise"}),
        "The contrasts of the interaction do not fit the variables of the means.\n"
        "  where: contrasts(), option interaction\n"
        "  got:   'arm'\n"
        "  need:  a kind for each of 'arm', 'sex'\n"
        "  do:    name a kind for each; variables of 'by' take no part.\n"
        "  see:   errors#interaction-contrasts",
    ),
    "an interaction with another variable": (
        lambda: FIT.contrasts("arm * sex", interaction={"arm": "pairwise", "sexx": "pairwise"}),
        "The contrasts of the interaction do not fit the variables of the means.\n"
        "  where: contrasts(), option interaction\n"
        "  got:   'arm', 'sexx'\n"
        "  need:  a kind for each of 'arm', 'sex'\n"
        "  do:    did you mean 'sex'?\n"
        "  see:   errors#interaction-contrasts",
    ),
    "a response without a function": (
        lambda: FIT.marginal_means("arm", transform="response"),
        "The response 'y' is no function that can be undone.\n"
        "  where: option transform\n"
        "  got:   response y\n"
        "  need:  a response log(y), log2(y), log10(y), log1p(y) or sqrt(y)\n"
        "  do:    leave transform out; "
        "write transform='exp' if the column already holds logarithms.\n"
        "  see:   errors#no-back-transformation",
    ),
    "an impossible alpha": (
        lambda: MEANS.letters(alpha=5),
        "The significance level cannot be 5.\n"
        "  where: letters(), option alpha\n"
        "  got:   5\n"
        "  need:  a number between 0 and 1\n"
        "  do:    write alpha=0.05.\n"
        "  see:   errors#significance-level",
    ),
    "an unknown kind": (
        lambda: MEANS.contrasts("pairwize"),
        "The option kind cannot be 'pairwize'.\n"
        "  where: option kind\n"
        "  got:   'pairwize'\n"
        "  need:  one of 'pairwise', 'control', 'consecutive', 'polynomial', 'effects',\n"
        "         'helmert', 'mean_change'\n"
        "  do:    did you mean 'pairwise'?\n"
        "  see:   errors#unknown-option-value",
    ),
    "an unknown adjustment": (
        lambda: MEANS.contrasts(adjust="tuckey"),
        "The option adjust cannot be 'tuckey'.\n"
        "  where: option adjust\n"
        "  got:   'tuckey'\n"
        "  need:  one of 'none', 'bonferroni', 'sidak', 'holm', 'bh', 'tukey', 'dunnett',\n"
        "         'dunnettx', 'scheffe', 'mvt'\n"
        "  do:    did you mean 'tukey'?\n"
        "  see:   errors#unknown-option-value",
    ),
    "unknown weights": (
        lambda: FIT.marginal_means("arm", weights="rows"),
        "The option weights cannot be 'rows'.\n"
        "  where: option weights\n"
        "  got:   'rows'\n"
        "  need:  one of 'equal', 'proportional', 'outer', 'cells'\n"
        "  do:    write 'equal', for example.\n"
        "  see:   errors#unknown-option-value",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_message(name: str) -> None:
    ask, text = MESSAGES[name]
    with pytest.raises(EchelonError) as raised:
        ask()
    assert str(raised.value) == text

"""The exact text of every message of predictions, residuals and refits of generalized fits."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from echelon import api
from echelon.errors import EchelonError, EchelonWarning, RankWarning
from tests.families import DATA, fitted

LABELS = {"x": [0.0], "g": ["g1"]}


def with_value(name: str, column: str, value: float) -> Callable[[], Any]:
    y = np.array(DATA[column], dtype=float)
    y[[3, 8]] = value
    return lambda: fitted(name).refit(y)


def inverse_with_effects() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        fit = fitted("amounts").refit(data=DATA, link="inverse", dispersion=None)
    return fit.predict(kind="population")


def without_rows() -> Any:
    fit = fitted("binary").fit
    bare = replace(fit, design=replace(fit.design, y=np.empty(0)))
    return api.Result(bare).predict(LABELS, interval="confidence")


MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "a scale that does not exist": (
        lambda: fitted("binary").predict(kind="probability"),
        "The option kind cannot be 'probability'.\n"
        "  where: option kind\n"
        "  got:   'probability'\n"
        "  need:  one of 'response', 'link', 'category', 'population'\n"
        "  do:    write 'response', for example.\n"
        "  see:   errors#unknown-option-value",
    ),
    "a category of a binary response": (
        lambda: fitted("binary").predict(kind="category"),
        "This response has no categories to choose from.\n"
        "  where: predict(), option kind\n"
        "  got:   kind = 'category' with family = 'binomial'\n"
        "  need:  a family of ordered or nominal categories\n"
        "  do:    leave kind out: for a binary response the prediction is the probability of a "
        "success.\n"
        "  see:   errors#no-categories",
    ),
    "the population of some groups": (
        lambda: fitted("binary").predict(kind="population", random=["g"]),
        "An average over all groups has no place for the modes of some.\n"
        "  where: predict(), options kind and random\n"
        "  got:   kind = 'population' with random = ['g']\n"
        "  need:  random='none', or random left out\n"
        "  do:    write kind='response' to predict for these groups.\n"
        "  see:   errors#population-of-groups",
    ),
    "limits of a category": (
        lambda: fitted("ordered").predict(kind="category", interval="confidence"),
        "A category has no limits.\n"
        "  where: predict(), option kind = 'category'\n"
        "  got:   interval = 'confidence'\n"
        "  need:  a number that varies\n"
        "  do:    ask for interval='confidence' with kind='response': limits of the mean, or of "
        "each\n"
        "         category's probability.\n"
        "  see:   errors#no-such-interval",
    ),
    "limits of a new category": (
        lambda: fitted("ordered").predict(interval="prediction"),
        "A new response that is a category has no limits.\n"
        "  where: predict(), family = 'cumulative', kind = 'response'\n"
        "  got:   interval = 'prediction'\n"
        "  need:  a number that varies\n"
        "  do:    ask for interval='confidence' with kind='response': limits of the mean, or of "
        "each\n"
        "         category's probability.\n"
        "  see:   errors#no-such-interval",
    ),
    "a new response on the scale of the link": (
        lambda: fitted("counts").predict(kind="link", interval="prediction"),
        "A new response is not on the scale of the link.\n"
        "  where: predict(), family = 'poisson', kind = 'link'\n"
        "  got:   interval = 'prediction'\n"
        "  need:  a number that varies\n"
        "  do:    ask for interval='confidence' with kind='response': limits of the mean, or of "
        "each\n"
        "         category's probability.\n"
        "  see:   errors#no-such-interval",
    ),
    "an average that does not exist": (
        inverse_with_effects,
        "With the inverse link the mean of the population does not exist.\n"
        "  where: predict(), option kind = 'population'\n"
        "  got:   link = 'inverse' and normal random effects: 1 / (x'beta + z'b) has no average\n"
        "  need:  a link whose mean is finite for every group\n"
        "  do:    predict for a group in the middle with random='none', or fit with link='log'.\n"
        "  see:   errors#no-population-mean",
    ),
    "new responses without trials": (
        lambda: fitted("slope").predict(LABELS, interval="prediction"),
        "The new rows have no column 't', which gives the trials of the model.\n"
        "  where: predict(), argument new_data\n"
        "  got:   columns 'x', 'g'\n"
        "  need:  the number of trials of each new response, on which its variance depends\n"
        "  do:    add the column, or ask for interval='confidence', which needs no trials.\n"
        "  see:   errors#no-prediction-trials",
    ),
    "trials that are no counts": (
        lambda: fitted("slope").predict(LABELS | {"t": [2.5]}, interval="prediction"),
        "The number of trials t is not a whole number of at least 1 in some rows.\n"
        "  where: trials = t, row 1\n"
        "  got:   2.5\n"
        "  need:  whole numbers of at least 1\n"
        "  do:    correct these rows, or ask for interval='confidence', which needs no trials.\n"
        "  see:   errors#outside-domain",
    ),
    "limits for known groups without the rows": (
        without_rows,
        "This fit was saved without its rows.\n"
        "  where: predict() with an interval for known groups\n"
        "  got:   a loaded fit that keeps 0 of its 240 rows\n"
        "  need:  the rows that the model was fitted to\n"
        "  do:    save with rows=True, or fit the model again; predict(new_data) needs no rows.\n"
        "  see:   errors#fit-without-rows",
    ),
    "differences of categories": (
        lambda: fitted("nominal").residuals("pearson"),
        "This model has no pearson residuals.\n"
        "  where: residuals('pearson')\n"
        "  got:   family = 'multinomial'\n"
        "  need:  a number: the difference of categories has no meaning\n"
        "  do:    ask for residuals('quantile') or residuals('simulated'), which every family "
        "has.\n"
        "  see:   errors#no-such-residuals",
    ),
    "a deviance that is not defined": (
        lambda: fitted("logs").residuals("deviance"),
        "This model has no deviance residuals.\n"
        "  where: residuals('deviance')\n"
        "  got:   family = 'lognormal'\n"
        "  need:  one of binomial, poisson, nbinom2, gaussian, gamma, inverse_gaussian, tweedie, "
        "without a zero part\n"
        "  do:    ask for residuals('quantile') or residuals('simulated'), which every family "
        "has.\n"
        "  see:   errors#no-such-residuals",
    ),
    "a working residual of two predictors": (
        lambda: fitted("zeros").residuals("working"),
        "This model has no working residuals.\n"
        "  where: residuals('working')\n"
        "  got:   family = 'poisson'\n"
        "  need:  a mean that is a function of one linear predictor\n"
        "  do:    ask for residuals('quantile') or residuals('simulated'), which every family "
        "has.\n"
        "  see:   errors#no-such-residuals",
    ),
    "a few simulations": (
        lambda: fitted("binary").residuals("simulated", n_simulations=5),
        "The number of simulations cannot be 5.\n"
        "  where: residuals('simulated'), argument n_simulations\n"
        "  got:   5\n"
        "  need:  a whole number from 10 to 10,000,000\n"
        "  do:    write n_simulations=250, for example.\n"
        "  see:   errors#simulations",
    ),
    "more successes than trials": (
        with_value("slope", "s", 50.0),
        "The new response in place of 's / t' has values that its family cannot have.\n"
        "  where: refit(), argument response, rows 4, 9\n"
        "  got:   50, 50\n"
        "  need:  successes from 0 to the row's trials, for family = 'binomial'\n"
        "  do:    check how the response was made; simulate() of the same fit gives such values.\n"
        "  see:   errors#refit-response-range",
    ),
    "a half success": (
        with_value("binary", "y", 0.5),
        "The new response in place of 'y' has values that its family cannot have.\n"
        "  where: refit(), argument response, rows 4, 9\n"
        "  got:   0.5, 0.5\n"
        "  need:  whole numbers: 0 or 1, for family = 'binomial'\n"
        "  do:    check how the response was made; simulate() of the same fit gives such values.\n"
        "  see:   errors#refit-response-range",
    ),
    "a negative count": (
        with_value("counts", "count", -1.0),
        "The new response in place of 'count' has values that its family cannot have.\n"
        "  where: refit(), argument response, rows 4, 9\n"
        "  got:   -1, -1\n"
        "  need:  at least 0, for family = 'poisson'\n"
        "  do:    check how the response was made; simulate() of the same fit gives such values.\n"
        "  see:   errors#refit-response-range",
    ),
    "an amount of zero": (
        with_value("amounts", "amount", 0.0),
        "The new response in place of 'amount' has values that its family cannot have.\n"
        "  where: refit(), argument response, rows 4, 9\n"
        "  got:   0, 0\n"
        "  need:  above 0, for family = 'gamma'\n"
        "  do:    check how the response was made; simulate() of the same fit gives such values.\n"
        "  see:   errors#refit-response-range",
    ),
    "a category too many": (
        with_value("ordered", "grade", 4.0),
        "The new response in place of 'grade' has values that its family cannot have.\n"
        "  where: refit(), argument response, rows 4, 9\n"
        "  got:   4, 4\n"
        "  need:  numbers of categories, 0 to 3: '0', '1', '2', '3', for family = 'cumulative'\n"
        "  do:    check how the response was made; simulate() of the same fit gives such values.\n"
        "  see:   errors#refit-response-range",
    ),
    "a category too few": (
        lambda: fitted("ordered").refit(np.minimum(DATA["grade"], 2)),
        "The new response in place of 'grade' lacks categories of the model.\n"
        "  where: refit(), argument response\n"
        "  got:   no row with '3'\n"
        "  need:  every category in some row, for family = 'cumulative'\n"
        "  do:    fit to a table without these categories: refit(data=...).\n"
        "  see:   errors#refit-response-categories",
    ),
    "no zeros for a zero part": (
        lambda: fitted("zeros").refit(DATA["zeros"] + 1),
        "The new response in place of 'zeros' has no zeros for zero= to explain.\n"
        "  where: refit(), argument response\n"
        f"  got:   counts from 1 to {DATA['zeros'].max() + 1:.6g} in 240 rows\n"
        "  need:  zeros among the counts: their probability would be estimated as 0\n"
        "  do:    fit without zero: refit(data=data, zero=None).\n"
        "  see:   errors#no-zeros",
    ),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_message(case: str) -> None:
    call, text = MESSAGES[case]
    with pytest.raises(EchelonError) as error:
        call()
    assert str(error.value) == text


def test_rows_that_are_not_determined() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        fit = api.fit("y ~ x + z + (1 | g)", DATA | {"z": 2 * DATA["x"]}, family="binomial")
    with pytest.warns(RankWarning) as caught:
        fit.predict({"x": [0.5, 1.0], "z": [2.0, 2.0], "g": ["g1", "g1"]})
    assert str(caught[0].message) == (
        "Some rows cannot be predicted: they need coefficients that were not estimated.\n"
        "  where: coefficients 'z'\n"
        "  got:   rows 1\n"
        "  need:  rows in which the predictors keep the relation that they have in the data "
        "fitted\n"
        "  do:    leave these predictors out of the model, or predict for rows like those fitted.\n"
        "  see:   errors#prediction-not-estimable"
    )

"""The exact text of every message of the charts of residuals, influence, profiles and models."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from echelon import api
from echelon.errors import EchelonError, EchelonWarning


@cache
def fit(formula: str = "y ~ x + (1 | g)", **options: Any) -> api.Result:
    generator = np.random.default_rng(7)
    g = np.repeat(np.arange(8), 5)
    x = generator.normal(size=40)
    y = x + 0.5 * g + generator.normal(size=40)
    data = {
        "y": y, "x": x, "g": [f"g{j}" for j in g], "h": [f"g{j}" for j in g[::-1]],
        "k": (y > y.mean()).astype(int), "label": [f"id{i % 35}" for i in range(40)],
        "f": ["a", "b"] * 20, "flat": np.tile([0.0, 1, 2, 3, 4], 8),
        "row": [f"r{i}" for i in range(40)], "n": generator.poisson(np.exp(1 + 0.3 * x)),
    }  # fmt: skip
    data |= {f"x{j}": generator.normal(size=40) for j in range(25)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return api.fit(formula, data, **options)


def without_rows() -> Any:
    fitted = fit().fit
    bare = replace(fitted, design=replace(fitted.design, y=np.empty(0)))
    return api.Result(bare).plot.residuals()


def singular() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return api.fit("yield ~ 1 + (1 | batch)", "dyestuff2").plot.qq("batch")


MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "a level that does not exist": (
        lambda: fit().plot.residuals(2),
        "The model has no residuals of level 2.\n"
        "  where: plot.residuals(), argument level\n"
        "  got:   2\n"
        "  need:  1 for the rows, or a grouping factor: 'g'\n"
        "  do:    write level=1.\n"
        "  see:   errors#residual-level",
    ),
    "a level by a wrong name": (
        lambda: fit("y ~ x + (1 | label)").plot.qq("lable"),
        "The model has no residuals of level 'lable'.\n"
        "  where: plot.qq(), argument level\n"
        "  got:   'lable'\n"
        "  need:  1 for the rows, or a grouping factor: 'label'\n"
        "  do:    did you mean 'label'?\n"
        "  see:   errors#residual-level",
    ),
    "a level without random effects": (
        lambda: fit("y ~ x").plot.qq("g"),
        "The model has no residuals of level 'g'.\n"
        "  where: plot.qq(), argument level\n"
        "  got:   'g'\n"
        "  need:  1 for the rows: the model has no random effects\n"
        "  do:    write level=1.\n"
        "  see:   errors#residual-level",
    ),
    "a predictor that does not exist": (
        lambda: fit().plot.residuals(against="fited"),
        "There is no column 'fited' among those of the model.\n"
        "  where: plot.residuals(), argument against\n"
        "  got:   'fited'\n"
        "  need:  'fitted', or one of 'g', 'y', 'x'\n"
        "  do:    did you mean 'fitted'?\n"
        "  see:   errors#residual-against",
    ),
    "too many categories": (
        lambda: fit("y ~ x + (1 | label)").plot.residuals(against="label"),
        "Residuals cannot be set against the categories of 'label'.\n"
        "  where: plot.residuals(), argument against\n"
        "  got:   35 categories\n"
        "  need:  at most 30 categories, one per row or group\n"
        "  do:    see residual_spread(), or qq() of the groups.\n"
        "  see:   errors#residual-against",
    ),
    "categories that vary within groups": (
        lambda: fit("y ~ f + (1 | g)").plot.residuals("g", against="f"),
        "Residuals cannot be set against the categories of 'f'.\n"
        "  where: plot.residuals(), argument against\n"
        "  got:   rows of one group in several categories\n"
        "  need:  at most 30 categories, one per row or group\n"
        "  do:    write level=1 for this column.\n"
        "  see:   errors#residual-against",
    ),
    "a fit without its rows": (
        without_rows,
        "This fit was saved without its rows.\n"
        "  where: plot.residuals()\n"
        "  got:   a loaded fit that keeps 0 of its 40 rows\n"
        "  need:  the rows that the model was fitted to\n"
        "  do:    save with rows=True, or fit the model again; predict(new_data) needs no rows.\n"
        "  see:   errors#fit-without-rows",
    ),
    "too few simulations": (
        lambda: fit().plot.qq(simulations=5),
        "The number of simulations cannot be 5.\n"
        "  where: plot.qq(), argument simulations\n"
        "  got:   5\n"
        "  need:  a whole number from 19 to 10,000\n"
        "  do:    write simulations=99, for example.\n"
        "  see:   errors#simulations",
    ),
    "modes that are all zero": (
        singular,
        "There is nothing to draw: under this fit none of these values can vary.\n"
        "  where: plot.qq(), standardized mode of (Intercept)\n"
        "  got:   a variance of zero, or rows that the fit follows exactly\n"
        "  need:  a variance above zero\n"
        "  do:    leave out the random term that is zero, or draw another level: qq(level=1).\n"
        "  see:   errors#residuals-do-not-vary",
    ),
    "spread by an unknown factor": (
        lambda: fit().plot.residual_spread("k"),
        "The model has no residuals of level 'k'.\n"
        "  where: plot.residual_spread(), argument grouping\n"
        "  got:   'k'\n"
        "  need:  1 for the rows, or a grouping factor: 'g'\n"
        "  do:    check the spelling.\n"
        "  see:   errors#residual-level",
    ),
    "spread without groups": (
        lambda: fit("y ~ x").plot.residual_spread(),
        "There are no groups, each with rows of its own, whose spread could be compared.\n"
        "  where: plot.residual_spread()\n"
        "  got:   a model without random effects\n"
        "  need:  a grouping factor that divides the rows into groups\n"
        "  do:    see scale_location() for the spread along the fitted values.\n"
        "  see:   errors#spread-without-groups",
    ),
    "spread of a multiple membership": (
        lambda: fit("y ~ x + (1 | mm(g, h))").plot.residual_spread(),
        "There are no groups, each with rows of its own, whose spread could be compared.\n"
        "  where: plot.residual_spread()\n"
        "  got:   'mm(g, h)', whose groups share rows\n"
        "  need:  a grouping factor that divides the rows into groups\n"
        "  do:    see scale_location() for the spread along the fitted values.\n"
        "  see:   errors#spread-without-groups",
    ),
    "spread of single rows": (
        lambda: fit("n ~ x + (1 | row)", family="poisson").plot.residual_spread(),
        "No group of 'row' has a spread.\n"
        "  where: plot.residual_spread()\n"
        "  got:   40 groups of one row\n"
        "  need:  groups of two rows or more\n"
        "  do:    see scale_location() for the spread along the fitted values.\n"
        "  see:   errors#spread-of-single-rows",
    ),
    "a measure that does not exist": (
        lambda: fit().plot.influence(measure="cook"),
        "The option measure cannot be 'cook'.\n"
        "  where: option measure\n"
        "  got:   'cook'\n"
        "  need:  one of 'cooks_distance', 'mdffits', 'cov_ratio', 'cov_trace'\n"
        "  do:    write 'cooks_distance', for example.\n"
        "  see:   errors#unknown-option-value",
    ),
    "a measure that needs a refit": (
        lambda: fit("k ~ x + (1 | g)", family="binomial").plot.influence(
            measure="mdffits", refit=False
        ),
        "Without a refit a generalized model has no MDFFITS.\n"
        "  where: plot.influence(), arguments measure and refit\n"
        "  got:   measure = 'mdffits', one step for each of 8 groups\n"
        "  need:  a refit without each group\n"
        '  do:    write refit=True, or measure="cooks_distance".\n'
        "  see:   errors#influence-measure",
    ),
    "influence without fixed effects": (
        lambda: fit("y ~ 0 + (1 | g)").plot.influence(),
        "No Cook's distance can be computed.\n"
        "  where: plot.influence()\n"
        "  got:   8 deletions, none of which leaves fixed effects to compare\n"
        "  need:  at least one fixed effect, and rows that determine it without a group\n"
        "  do:    see residual_spread() and qq() instead.\n"
        "  see:   errors#influence-measure",
    ),
    "too many profiles": (
        lambda: fit(f"y ~ {' + '.join(f'x{j}' for j in range(25))}").plot.profile(),
        "These are too many profiles for one chart.\n"
        "  where: plot.profile(), argument parameters\n"
        "  got:   27 parameters\n"
        "  need:  at most 24\n"
        "  do:    name those of interest, e.g. parameters=['(Intercept)'].\n"
        "  see:   errors#too-many-profiles",
    ),
    "a parameter that is not estimated": (
        lambda: fit("y ~ x + I(2 * x) + (1 | g)").plot.profile_density("I(2 * x)"),
        "None of these parameters has a profile.\n"
        "  where: plot.profile_density()\n"
        "  got:   parameters that are not estimated, or that rounding leaves no profile\n"
        "  need:  a parameter whose likelihood changes with its value\n"
        "  do:    name other parameters, or see conf_int(method='bootstrap').\n"
        "  see:   errors#no-profile",
    ),
    "a term that does not exist": (
        lambda: fit().plot.coefficients(terms=["z"]),
        "The models have no fixed effect 'z'.\n"
        "  where: plot.coefficients(), argument terms\n"
        "  got:   'z'\n"
        "  need:  one of '(Intercept)', 'x'\n"
        "  do:    check the spelling.\n"
        "  see:   errors#unknown-parameter",
    ),
    "no coefficients": (
        lambda: fit("y ~ 0 + (1 | g)").plot.coefficients(),
        "There is no fixed effect to draw.\n"
        "  where: plot.coefficients()\n"
        "  got:   a model without fixed effects\n"
        "  need:  at least one estimated fixed effect\n"
        "  do:    draw the random effects: plot.caterpillar().\n"
        "  see:   errors#no-fixed-effects",
    ),
    "ratios where there are none": (
        lambda: fit().plot.coefficients(exponentiate=True, standardize=True),
        "With the identity link, e to a coefficient means nothing.\n"
        "  where: exponentiate, a fit with family = 'gaussian', link = 'identity'\n"
        "  got:   the identity link\n"
        "  need:  link logit (odds), log (rates, means) or cloglog of a probability (hazards)\n"
        "  do:    read fixed_effects, or marginal_means() and slopes() on the scale of the "
        "response.\n"
        "  see:   errors#no-ratio",
    ),
    "something that is no fit": (
        lambda: fit().plot.coefficients(3),
        "Model 2 of the comparison is no fitted model.\n"
        "  where: plot.coefficients(), argument 2\n"
        "  got:   an object of type 'int'\n"
        "  need:  what echelon.fit or echelon.load returned\n"
        "  do:    fit the model first: compare(echelon.fit(formula, data), ...).\n"
        "  see:   errors#compare-not-a-fit",
    ),
    "one model": (
        lambda: fit().plot.comparison(),
        "There is one model, and nothing to compare it with.\n"
        "  where: plot.comparison()\n"
        "  got:   1 model\n"
        "  need:  two fitted models or more, of the same rows\n"
        "  do:    write m0.plot.comparison(m1), with the results of echelon.fit.\n"
        "  see:   errors#compare-nothing",
    ),
    "a criterion that these models lack": (
        lambda: fit("k ~ x + (1 | g)", family="binomial").plot.comparison(
            fit("k ~ 1 + (1 | g)", family="binomial"), criterion="caic"
        ),
        "None of these models has a conditional AIC.\n"
        "  where: plot.comparison(), argument criterion\n"
        "  got:   criterion = 'caic'\n"
        "  need:  a criterion that is defined for these models\n"
        '  do:    write criterion="aic" or criterion="bic".\n'
        "  see:   errors#no-criterion",
    ),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_message(case: str) -> None:
    call, text = MESSAGES[case]
    with pytest.raises(EchelonError) as error:
        call()
    assert str(error.value) == text

"""The exact text of every message about families and their responses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from echelon.errors import DesignError, EchelonError, SpecError
from echelon.spec import resolve_spec
from tests.designs import design_of

DATA: dict[str, object] = {
    "y": np.array([0, 1] * 6),
    "x": np.arange(12.0),
    "g": np.arange(12) % 3,
    "f": list("aabbccaabbcc"),
    "two": list("yn" * 6),
    "one": ["k"] * 12,
    "zeros": np.zeros(12),
    "codes": np.array([1, 2] * 6),
    "many": np.arange(12) % 5,
    "neg": np.array([-1, 0, 2] * 4),
    "dec": np.array([0.5, 1, 2.25] * 4),
    "pos": np.arange(1.0, 13),
    "pos0": np.arange(12.0),
    "share": np.linspace(0.1, 0.9, 12),
    "edge": np.linspace(0, 1, 12),
    "pct": np.linspace(0, 100, 12),
    "s": np.array([0, 2, 3] * 4),
    "t": np.array([4, 4, 2] * 4),
    "t0": np.array([4, 0] * 6),
    "s0": np.array([1, 0] * 6),
    "tt": np.full(12, 6),
    "z12": np.zeros(12),
    "w": np.full(12, 7.0),
    "wz": np.array([0.0, *[1] * 11]),
    "solo": np.arange(12),
    "B.x": np.arange(12.0) ** 2,
    "zero.x": np.arange(12.0) ** 2,
    "cat3": list("ABC" * 4),
    "expo": np.array([0.0, -1] + [1] * 10),
    "texts": list("abcdefghijkl"),
    "half": np.array([0.5] * 12),
}
OPTIONS: list[tuple[str, dict[str, Any], str]] = [
    (
        "y ~ x",
        {"family": "bernoulli"},
        """\
There is no family 'bernoulli'.
  where: option family
  got:   'bernoulli'
  need:  one of 'gaussian', 'binomial', 'poisson', 'nbinom2', 'nbinom1', 'gamma',
         'inverse_gaussian', 'beta', 'betabinomial', 'tweedie', 'student',
         'lognormal', 'cumulative', 'adjacent', 'continuation', 'multinomial'
  do:    write family="binomial".
  see:   errors#unknown-family""",
    ),
    (
        "y ~ x",
        {"family": "nbinom"},
        """\
There is no family 'nbinom'.
  where: option family
  got:   'nbinom'
  need:  one of 'gaussian', 'binomial', 'poisson', 'nbinom2', 'nbinom1', 'gamma',
         'inverse_gaussian', 'beta', 'betabinomial', 'tweedie', 'student',
         'lognormal', 'cumulative', 'adjacent', 'continuation', 'multinomial'
  do:    write family="nbinom2" (variance mu + mu^2 / theta) or "nbinom1" (mu + phi mu).
  see:   errors#unknown-family""",
    ),
    (
        "y ~ x",
        {"family": "ordinal"},
        """\
There is no family 'ordinal'.
  where: option family
  got:   'ordinal'
  need:  one of 'gaussian', 'binomial', 'poisson', 'nbinom2', 'nbinom1', 'gamma',
         'inverse_gaussian', 'beta', 'betabinomial', 'tweedie', 'student',
         'lognormal', 'cumulative', 'adjacent', 'continuation', 'multinomial'
  do:    write family="cumulative"; "adjacent" and "continuation" are the other ordinal models.
  see:   errors#unknown-family""",
    ),
    (
        "y ~ x",
        {"family": "normal"},
        """\
There is no family 'normal'.
  where: option family
  got:   'normal'
  need:  one of 'gaussian', 'binomial', 'poisson', 'nbinom2', 'nbinom1', 'gamma',
         'inverse_gaussian', 'beta', 'betabinomial', 'tweedie', 'student',
         'lognormal', 'cumulative', 'adjacent', 'continuation', 'multinomial'
  do:    write family="gaussian".
  see:   errors#unknown-family""",
    ),
    (
        "y ~ x",
        {"family": "gausian"},
        """\
There is no family 'gausian'.
  where: option family
  got:   'gausian'
  need:  one of 'gaussian', 'binomial', 'poisson', 'nbinom2', 'nbinom1', 'gamma',
         'inverse_gaussian', 'beta', 'betabinomial', 'tweedie', 'student',
         'lognormal', 'cumulative', 'adjacent', 'continuation', 'multinomial'
  do:    did you mean 'gaussian' or 'inverse_gaussian'?
  see:   errors#unknown-family""",
    ),
    (
        "y ~ x",
        {"family": None},
        """\
There is no family None.
  where: option family
  got:   None
  need:  one of 'gaussian', 'binomial', 'poisson', 'nbinom2', 'nbinom1', 'gamma',
         'inverse_gaussian', 'beta', 'betabinomial', 'tweedie', 'student',
         'lognormal', 'cumulative', 'adjacent', 'continuation', 'multinomial'
  do:    give it as text.
  see:   errors#unknown-family""",
    ),
    (
        "y ~ x",
        {"link": "log10"},
        """\
The family 'gaussian' cannot have the link 'log10'.
  where: option link
  got:   'log10'
  need:  one of 'identity', 'log', 'inverse', 'sqrt'
  do:    did you mean 'log'?
  see:   errors#link-of-family""",
    ),
    (
        "y ~ x",
        {"link": "logit"},
        """\
The family 'gaussian' cannot have the link 'logit'.
  where: option link
  got:   'logit'
  need:  one of 'identity', 'log', 'inverse', 'sqrt'
  do:    for an outcome of two categories write family="binomial".
  see:   errors#link-of-family""",
    ),
    (
        "y ~ x",
        {"family": "poisson", "link": "logit"},
        """\
The family 'poisson' cannot have the link 'logit'.
  where: option link
  got:   'logit'
  need:  one of 'log', 'sqrt', 'identity'
  do:    did you mean 'log'?
  see:   errors#link-of-family""",
    ),
    (
        "y ~ x",
        {"family": "tweedie", "link": "identity"},
        """\
The family 'tweedie' cannot have the link 'identity'.
  where: option link
  got:   'identity'
  need:  link = 'log'
  do:    leave link out for 'log'.
  see:   errors#link-of-family""",
    ),
    (
        "y ~ x",
        {"method": "PQL"},
        """\
A Gaussian model needs no quasi-likelihood, and PQL1 was asked for.
  where: option method
  got:   'PQL'
  need:  method = 'REML' or 'ML': the likelihood is exact
  do:    leave method out.
  see:   errors#method-of-gaussian""",
    ),
    (
        "y ~ x",
        {"quadrature": 7},
        """\
A Gaussian model takes no quadrature points, and 7 were asked for.
  where: option quadrature
  got:   7
  need:  quadrature = 1: the likelihood is exact
  do:    leave quadrature out.
  see:   errors#quadrature-of-gaussian""",
    ),
    (
        "y ~ x",
        {"family": "binomial", "quadrature": 0},
        """\
The option quadrature cannot be 0.
  where: option quadrature
  got:   0
  need:  a whole number of points from 1 (Laplace) to 1,000, or 'auto'
  do:    write quadrature=15, for example; odd numbers have a point at the mode.
  see:   errors#quadrature-points""",
    ),
    (
        "y ~ x",
        {"family": "binomial", "quadrature": 2.5},
        """\
The option quadrature cannot be 2.5.
  where: option quadrature
  got:   2.5
  need:  a whole number of points from 1 (Laplace) to 1,000, or 'auto'
  do:    write quadrature=15, for example; odd numbers have a point at the mode.
  see:   errors#quadrature-points""",
    ),
    (
        "y ~ x",
        {"family": "binomial", "df_method": "kenward_roger"},
        """\
The df method 'kenward_roger' is for Gaussian models.
  where: option df_method
  got:   'kenward_roger', for a generalized model
  need:  df_method = 'normal': its tests are Wald z tests
  do:    leave df_method out.
  see:   errors#df-method-of-generalized""",
    ),
    (
        "y ~ x",
        {"thresholds": "symmetric"},
        """\
The option thresholds has no meaning for the family 'gaussian'.
  where: option thresholds
  got:   thresholds = 'symmetric', with family = 'gaussian'
  need:  one of the families 'cumulative', 'adjacent', 'continuation'
  do:    leave thresholds out, or choose one of these families.
  see:   errors#option-of-other-family""",
    ),
    (
        "y ~ x",
        {"family": "binomial", "zero": "~ x"},
        """\
The option zero has no meaning for the family 'binomial'.
  where: option zero
  got:   zero = '~ x', with family = 'binomial'
  need:  one of the families 'poisson', 'nbinom2', 'nbinom1'
  do:    leave zero out, or choose one of these families.
  see:   errors#option-of-other-family""",
    ),
    (
        "y ~ x",
        {"family": "adjacent", "scale": "~ x"},
        """\
The option scale has no meaning for the family 'adjacent'.
  where: option scale
  got:   scale = '~ x', with family = 'adjacent'
  need:  family = 'cumulative'
  do:    leave scale out, or choose this family.
  see:   errors#option-of-other-family""",
    ),
    (
        "y ~ x",
        {"family": "poisson", "zero": 3},
        """\
The option zero is not a formula.
  where: option zero
  got:   3 (int)
  need:  a formula without a response, as text
  do:    write zero="~ x", with your names.
  see:   errors#part-not-text""",
    ),
    (
        "y ~ x",
        {"family": "poisson", "zero": "y ~ x"},
        """\
The formula of zero has a response of its own.
  where: option zero, formula y ~ x
  got:   'y' left of '~'
  need:  nothing left of '~': the response is that of the model
  do:    write zero="~ x", with your names.
  see:   errors#part-with-response""",
    ),
    (
        "y ~ x",
        {"family": "poisson", "zero": "~ ."},
        """\
The formula of zero has a '.'.
  where: option zero, formula ~ .
  got:   '.' for all columns
  need:  the names of its columns
  do:    write zero="~ x", with your names.
  see:   errors#part-with-dot""",
    ),
    (
        "y ~ x",
        {"family": "nbinom2", "dispersion": "~ x + (1 | g)"},
        """\
The formula of dispersion has a random term.
  where: option dispersion, formula ~ x + (1 | g)
  got:   (1 | g)
  need:  fixed terms only; zero and hurdle may have random terms
  do:    take the random term out of dispersion, or let it enter the model's formula.
  see:   errors#part-with-random-term""",
    ),
    (
        "y ~ x",
        {"family": "poisson", "zero": "~ 0"},
        """\
The formula of zero has no terms.
  where: option zero, formula ~ 0
  got:   no predictor and no intercept
  need:  at least one term
  do:    write zero="~ 1" for a constant.
  see:   errors#part-without-terms""",
    ),
    (
        "y ~ x",
        {"family": "poisson", "zero": ""},
        """\
The formula of zero is empty.
  where: option zero
  got:   ''
  need:  the terms of a linear predictor
  do:    write zero="~ x", with your names, or leave zero out.
  see:   errors#part-without-terms""",
    ),
    (
        "y ~ x",
        {"family": "cumulative", "nominal": "~ 1"},
        """\
The formula of nominal has no terms.
  where: option nominal, formula ~ 1
  got:   no predictor
  need:  at least one predictor
  do:    leave nominal out.
  see:   errors#part-without-terms""",
    ),
    (
        "y ~ x",
        {"family": "cumulative", "nominal": "~ x + offset(z)"},
        """\
The formula of nominal has an offset.
  where: option nominal, formula ~ x + offset(z)
  got:   offset()
  need:  terms whose effects differ between thresholds; an offset has none
  do:    put the offset in the model's formula.
  see:   errors#nominal-with-offset""",
    ),
    (
        "y ~ x",
        {"family": "poisson", "zero": "~ lag(x)"},
        """\
The formula of zero has a lag().
  where: option zero, formula ~ lag(x)
  got:   lag()
  need:  lags in the model's formula only, which decides the rows that are used
  do:    compute the lagged column in the data and use it by its name.
  see:   errors#part-with-lag""",
    ),
    (
        "y ~ x",
        {"family": "poisson", "zero": "~ x", "hurdle": "~ 1"},
        """\
The model has both zero= and hurdle=.
  where: options zero and hurdle
  got:   zero = '~ x' and hurdle = '~ 1'
  need:  one of them: zero adds zeros to those of the counts, hurdle replaces them
  do:    leave one out.
  see:   errors#zero-and-hurdle""",
    ),
    (
        "s / n ~ x",
        {},
        """\
The response 's / n' counts successes in trials, which the family 'gaussian' does not.
  where: formula s / n ~ x
  got:   a response for the binomial families, with family = 'gaussian'
  need:  one column or expression
  do:    write family="binomial" (or "betabinomial"); a linear model of the proportion
         has I(s / n) as response and weights of n.
  see:   errors#successes-with-other-family""",
    ),
    (
        "cbind(s, f) ~ x",
        {},
        """\
The response 'cbind(s, f)' counts successes in trials, which the family 'gaussian' does not.
  where: formula cbind(s, f) ~ x
  got:   a response for the binomial families, with family = 'gaussian'
  need:  one column or expression
  do:    write family="binomial" (or "betabinomial"); a linear model of the proportion
         has I(s / (s + f)) as response and weights of (s + f).
  see:   errors#successes-with-other-family""",
    ),
    (
        "s / n ~ x",
        {"family": "poisson"},
        """\
The response 's / n' counts successes in trials, which the family 'poisson' does not.
  where: formula s / n ~ x
  got:   a response for the binomial families, with family = 'poisson'
  need:  one column or expression
  do:    write family="binomial" (or "betabinomial").
  see:   errors#successes-with-other-family""",
    ),
    (
        "y ~ x",
        {"method": "XML", "family": "poisson"},
        """\
The option method cannot be 'XML'.
  where: option method
  got:   'XML'
  need:  one of 'REML', 'ML', 'PQL1', 'PQL2', 'MQL1', 'MQL2'
  do:    did you mean 'ML'?
  see:   errors#unknown-option-value""",
    ),
    (
        "y ~ x",
        {"family": "poisson", "dispersion": "~ x"},
        """\
The option dispersion has no meaning for the family 'poisson'.
  where: option dispersion
  got:   dispersion = '~ x', with family = 'poisson'
  need:  one of the families 'gaussian', 'nbinom2', 'nbinom1', 'gamma',
         'inverse_gaussian', 'beta', 'betabinomial', 'tweedie', 'student',
         'lognormal'
  do:    leave dispersion out, or choose one of these families.
  see:   errors#option-of-other-family""",
    ),
    (
        "y ~ x",
        {"family": "poisson", "link": "sqr"},
        """\
The family 'poisson' cannot have the link 'sqr'.
  where: option link
  got:   'sqr'
  need:  one of 'log', 'sqrt', 'identity'
  do:    did you mean 'sqrt'?
  see:   errors#link-of-family""",
    ),
    (
        "y ~ x",
        {"family": "negative binomial"},
        """\
There is no family 'negative binomial'.
  where: option family
  got:   'negative binomial'
  need:  one of 'gaussian', 'binomial', 'poisson', 'nbinom2', 'nbinom1', 'gamma',
         'inverse_gaussian', 'beta', 'betabinomial', 'tweedie', 'student',
         'lognormal', 'cumulative', 'adjacent', 'continuation', 'multinomial'
  do:    write family="nbinom2" (variance mu + mu^2 / theta) or "nbinom1" (mu + phi mu).
  see:   errors#unknown-family""",
    ),
    (
        "y ~ x",
        {"family": "cumulative", "thresholds": "flexibel"},
        """\
The option thresholds cannot be 'flexibel'.
  where: option thresholds
  got:   'flexibel'
  need:  one of 'flexible', 'symmetric', 'equidistant'
  do:    did you mean 'flexible'?
  see:   errors#unknown-option-value""",
    ),
    (
        "y ~ x",
        {"dispersion": "y ~ x"},
        """\
The formula of dispersion has a response of its own.
  where: option dispersion, formula y ~ x
  got:   'y' left of '~'
  need:  nothing left of '~': the response is that of the model
  do:    write dispersion="~ x", with your names.
  see:   errors#part-with-response""",
    ),
    (
        "y ~ x",
        {"family": "nbinom1", "hurdle": "~ "},
        """\
The formula of hurdle is empty.
  where: option hurdle
  got:   '~ '
  need:  the terms of a linear predictor
  do:    write hurdle="~ x", with your names, or leave hurdle out.
  see:   errors#part-without-terms""",
    ),
    (
        "y ~ x",
        {"family": "cumulative", "scale": "~ 1"},
        """\
The formula of scale has no terms.
  where: option scale, formula ~ 1
  got:   no predictor
  need:  at least one predictor
  do:    leave scale out.
  see:   errors#part-without-terms""",
    ),
    (
        "cbind(s, f) ~ x + f",
        {"family": "binomial"},
        """\
The response 'cbind(s, f)' is also a term.
  where: formula cbind(s, f) ~ x + f
  got:   'f' as a predictor of itself
  need:  terms that do not contain the response itself
  do:    take it out of the right-hand side.
  see:   errors#response-as-term""",
    ),
    (
        "y ~ x",
        {"family": "poisson", "zero": "~ x + y"},
        """\
The response 'y' is also a term.
  where: option zero, formula ~ x + y
  got:   'y' as a predictor of itself
  need:  terms that do not contain the response itself
  do:    take it out of the right-hand side.
  see:   errors#response-as-term""",
    ),
]

RESPONSES: list[tuple[str, dict[str, Any], str]] = [
    (
        "two ~ x",
        {},
        """\
The response 'two' holds categories; the family 'gaussian' needs numbers.
  where: response 'two'
  got:   2 categories: 'n', 'y'
  need:  numbers
  do:    write family="binomial": 'y' is then the success.
  see:   errors#response-not-numeric""",
    ),
    (
        "f ~ x",
        {},
        """\
The response 'f' holds categories; the family 'gaussian' needs numbers.
  where: response 'f'
  got:   3 categories: 'a', 'b', 'c'
  need:  numbers
  do:    write family="cumulative" for ordered categories, "multinomial" for others; or
         convert 'f' to numbers.
  see:   errors#response-not-numeric""",
    ),
    (
        "one ~ x",
        {},
        """\
The response 'one' holds categories; the family 'gaussian' needs numbers.
  where: response 'one'
  got:   1 category: 'k'
  need:  numbers
  do:    model a numeric column, or convert 'one' to numbers.
  see:   errors#response-not-numeric""",
    ),
    (
        "f ~ x",
        {"family": "poisson"},
        """\
The response 'f' holds categories; the family 'poisson' needs numbers.
  where: response 'f'
  got:   3 categories: 'a', 'b', 'c'
  need:  numbers
  do:    write family="cumulative" for ordered categories, "multinomial" for others; or
         convert 'f' to numbers.
  see:   errors#response-not-numeric""",
    ),
    (
        "codes ~ x",
        {"family": "binomial"},
        """\
The response 'codes' is not 0 or 1 in every row.
  where: response 'codes', rows 2, 4, 6, 8, 10 and 1 more
  got:   2, 2, 2, 2, 2 and 1 more
  need:  0 (failure) and 1 (success), two categories, or a proportion, for family = 'binomial'
  do:    write factor(codes) as response: then the larger number is the success.
  see:   errors#response-out-of-range""",
    ),
    (
        "many ~ x",
        {"family": "binomial"},
        """\
The response 'many' is not 0 or 1 in every row.
  where: response 'many', rows 3, 4, 5, 8, 9 and 1 more
  got:   2, 3, 4, 2, 3 and 1 more
  need:  0 (failure) and 1 (success), two categories, or a proportion, for family = 'binomial'
  do:    write many / trials or cbind(many, failures) for counts of successes.
  see:   errors#response-out-of-range""",
    ),
    (
        "neg ~ x",
        {"family": "binomial"},
        """\
The response 'neg' is not 0 or 1 in every row.
  where: response 'neg', rows 1, 3, 4, 6, 7 and 3 more
  got:   -1, 2, -1, 2, -1 and 3 more
  need:  0 (failure) and 1 (success), two categories, or a proportion, for family = 'binomial'
  do:    check these rows, or choose a family for such numbers.
  see:   errors#response-out-of-range""",
    ),
    (
        "f ~ x",
        {"family": "binomial"},
        """\
The response 'f' has more than two categories.
  where: response 'f'
  got:   3 categories: 'a', 'b', 'c'
  need:  two categories, failure and success, for family = 'binomial'
  do:    ordered categories are for family="cumulative", others for "multinomial";
         I(f == "c") makes one of them the success.
  see:   errors#response-categories""",
    ),
    (
        "one ~ x",
        {"family": "binomial"},
        """\
The response 'one' has a single category.
  where: response 'one'
  got:   'k' in all 12 rows
  need:  two categories or more: a response that varies
  do:    check the column and the filter applied to the data.
  see:   errors#response-one-category""",
    ),
    (
        "zeros ~ x",
        {"family": "binomial"},
        """\
The response 'zeros' is the same in every row.
  where: response 'zeros'
  got:   0 in all 12 rows
  need:  a response that varies
  do:    check the column and the filter applied to the data.
  see:   errors#constant-response""",
    ),
    (
        "share ~ x",
        {"family": "binomial"},
        """\
The response 'share' holds proportions, and their numbers of trials are not given.
  where: response 'share', rows 1, 2, 3, 4, 5 and 7 more
  got:   12 proportions between 0 and 1, and no weights
  need:  the number of trials of each proportion
  do:    write successes / trials as response, or give the trials as weights="trials";
         proportions without trials are for family="beta".
  see:   errors#proportion-without-trials""",
    ),
    (
        "share ~ x",
        {"family": "binomial", "weights": "w"},
        """\
The proportion 'share' times its weight w is not a whole number in every row.
  where: response 'share', rows 1, 2, 3, 4, 5 and 7 more
  got:   0.7, 1.20909, 1.71818, 2.22727, 2.73636 and 7 more
  need:  whole numbers w of trials, and whole successes share * w, for family = 'binomial'
  do:    write successes / trials as response, and leave the weights out.
  see:   errors#response-not-whole""",
    ),
    (
        "share ~ x",
        {"family": "binomial", "weights": "wz"},
        """\
The prior weight wz is zero or negative in some rows.
  where: weights = wz, row 1
  got:   0
  need:  wz > 0 in every row
  do:    leave these rows out with subset: wz > 0.
  see:   errors#outside-domain""",
    ),
    (
        "dec / t ~ x",
        {"family": "binomial"},
        """\
The counts 'dec' of the response are not whole numbers in every row.
  where: response 'dec', rows 1, 3, 4, 6, 7 and 3 more
  got:   0.5, 2.25, 0.5, 2.25, 0.5 and 3 more
  need:  whole numbers of at least 0, for family = 'binomial'
  do:    give successes and trials as counts; a proportion stands alone, with its trials as
         weights.
  see:   errors#response-not-whole""",
    ),
    (
        "neg / t ~ x",
        {"family": "binomial"},
        """\
The counts 'neg' of the response are negative in some rows.
  where: response 'neg', rows 1, 4, 7, 10
  got:   -1, -1, -1, -1
  need:  whole numbers of at least 0, for family = 'binomial'
  do:    check these rows.
  see:   errors#response-out-of-range""",
    ),
    (
        "s / t ~ x",
        {"family": "binomial"},
        """\
The successes 's' are more than the trials 't' in some rows.
  where: response 's', rows 3, 6, 9, 12
  got:   3, 3, 3, 3
  need:  s <= t, for family = 'binomial'
  do:    check these rows; for successes and failures write cbind(s, t).
  see:   errors#response-out-of-range""",
    ),
    (
        "s0 / t0 ~ x",
        {"family": "binomial"},
        """\
The response 's0 / t0' has no trials in some rows.
  where: response 's0 / t0', rows 2, 4, 6, 8, 10 and 1 more
  got:   6 rows with 0 trials
  need:  one trial or more in every row: a row without trials says nothing
  do:    leave these rows out with subset: t0 > 0.
  see:   errors#no-trials""",
    ),
    (
        "cbind(s0, s0) ~ x",
        {"family": "binomial"},
        """\
The response 'cbind(s0, s0)' has no trials in some rows.
  where: response 'cbind(s0, s0)', rows 2, 4, 6, 8, 10 and 1 more
  got:   6 rows with 0 trials
  need:  one trial or more in every row: a row without trials says nothing
  do:    leave these rows out with subset: s0 + s0 > 0.
  see:   errors#no-trials""",
    ),
    (
        "z12 / tt ~ x",
        {"family": "binomial"},
        """\
The response 'z12 / tt' is the same in every row.
  where: response 'z12 / tt'
  got:   0 in all 12 rows
  need:  a response that varies
  do:    check the column and the filter applied to the data.
  see:   errors#constant-response""",
    ),
    (
        "y ~ x",
        {"family": "betabinomial"},
        """\
The response 'y' has one trial per row, which cannot vary more than a binomial.
  where: response 'y', family = 'betabinomial'
  got:   1 trial in every row
  need:  two trials or more in some rows, to estimate the dispersion
  do:    write family="binomial".
  see:   errors#single-trials""",
    ),
    (
        "neg ~ x",
        {"family": "poisson"},
        """\
The response 'neg' is negative in some rows, which a count cannot be.
  where: response 'neg', rows 1, 4, 7, 10
  got:   -1, -1, -1, -1
  need:  whole numbers of at least 0, for family = 'poisson'
  do:    check these rows; numbers of either sign are for family="gaussian".
  see:   errors#response-out-of-range""",
    ),
    (
        "dec ~ x",
        {"family": "nbinom2"},
        """\
The response 'dec' is not a whole number in every row.
  where: response 'dec', rows 1, 3, 4, 6, 7 and 3 more
  got:   0.5, 2.25, 0.5, 2.25, 0.5 and 3 more
  need:  whole numbers of at least 0, for family = 'nbinom2'
  do:    model the counts themselves, with their exposure t as offset="log(t)"; amounts that
         are not counts are for family="gamma" or, with zeros, "tweedie".
  see:   errors#response-not-whole""",
    ),
    (
        "zeros ~ x",
        {"family": "poisson"},
        """\
The response 'zeros' is the same in every row.
  where: response 'zeros'
  got:   0 in all 12 rows
  need:  a response that varies
  do:    check the column and the filter applied to the data.
  see:   errors#constant-response""",
    ),
    (
        "pos ~ x",
        {"family": "poisson", "hurdle": "~ 1"},
        """\
The response 'pos' has no zeros for hurdle= to explain.
  where: response 'pos', option hurdle
  got:   counts from 1 to 12 in 12 rows
  need:  zeros among the counts: their probability would be estimated as 0
  do:    leave hurdle out.
  see:   errors#no-zeros""",
    ),
    (
        "pos0 ~ x",
        {"family": "gamma"},
        """\
The response 'pos0' is zero or negative in some rows.
  where: response 'pos0', row 1
  got:   0
  need:  numbers above 0, for family = 'gamma'
  do:    amounts with exact zeros are for family="tweedie".
  see:   errors#response-out-of-range""",
    ),
    (
        "neg ~ x",
        {"family": "lognormal"},
        """\
The response 'neg' is zero or negative in some rows.
  where: response 'neg', rows 1, 2, 4, 5, 7 and 3 more
  got:   -1, 0, -1, 0, -1 and 3 more
  need:  numbers above 0, for family = 'lognormal'
  do:    check these rows; numbers of either sign are for family="gaussian".
  see:   errors#response-out-of-range""",
    ),
    (
        "neg ~ x",
        {"family": "tweedie"},
        """\
The response 'neg' is negative in some rows.
  where: response 'neg', rows 1, 4, 7, 10
  got:   -1, -1, -1, -1
  need:  numbers of at least 0, for family = 'tweedie'
  do:    check these rows; numbers of either sign are for family="gaussian".
  see:   errors#response-out-of-range""",
    ),
    (
        "edge ~ x",
        {"family": "beta"},
        """\
The response 'edge' is not strictly between 0 and 1 in every row.
  where: response 'edge', rows 1, 12
  got:   0, 1
  need:  numbers above 0 and below 1, for family = 'beta'
  do:    proportions of a known number are for family="binomial"; others may be squeezed:
         I((edge * 11 + 0.5) / 12).
  see:   errors#response-out-of-range""",
    ),
    (
        "pct ~ x",
        {"family": "beta"},
        """\
The response 'pct' is not strictly between 0 and 1 in every row.
  where: response 'pct', rows 1, 2, 3, 4, 5 and 7 more
  got:   0, 9.09091, 18.1818, 27.2727, 36.3636 and 7 more
  need:  numbers above 0 and below 1, for family = 'beta'
  do:    write I(pct / 100) if they are percentages; check these rows otherwise.
  see:   errors#response-out-of-range""",
    ),
    (
        "neg ~ x",
        {"family": "beta"},
        """\
The response 'neg' is not strictly between 0 and 1 in every row.
  where: response 'neg', rows 1, 2, 3, 4, 5 and 7 more
  got:   -1, 0, 2, -1, 0 and 7 more
  need:  numbers above 0 and below 1, for family = 'beta'
  do:    check these rows; a proportion cannot be negative.
  see:   errors#response-out-of-range""",
    ),
    (
        "y ~ x",
        {"family": "cumulative"},
        """\
The response 'y' has two categories.
  where: response 'y'
  got:   2 categories: '0', '1'
  need:  three or more categories, for family = 'cumulative'
  do:    write family="binomial": the second category is the success.
  see:   errors#response-categories""",
    ),
    (
        "dec ~ x",
        {"family": "cumulative"},
        """\
The response 'dec' holds numbers with decimals, not categories.
  where: response 'dec'
  got:   3 different numbers: 0.5, 1.0, 2.25
  need:  categories or whole numbers, for family = 'cumulative'
  do:    write factor(dec) if each number is a category; model numbers with
         family="gaussian".
  see:   errors#response-not-categories""",
    ),
    (
        "texts ~ x",
        {"family": "multinomial"},
        """\
The response 'texts' has a category of its own in every row.
  where: response 'texts'
  got:   12 categories in 12 rows: 'a', 'b', 'c', 'd', 'e' and 7 more
  need:  categories with several rows, to estimate how likely each is
  do:    check that 'texts' is the response you mean.
  see:   errors#response-categories""",
    ),
    (
        "two ~ x",
        {"family": "multinomial"},
        """\
The response 'two' has two categories.
  where: response 'two'
  got:   2 categories: 'n', 'y'
  need:  three or more categories, for family = 'multinomial'
  do:    write family="binomial": the second category is the success.
  see:   errors#response-categories""",
    ),
    (
        "one ~ x",
        {"family": "multinomial"},
        """\
The response 'one' has a single category.
  where: response 'one'
  got:   'k' in all 12 rows
  need:  two categories or more: a response that varies
  do:    check the column and the filter applied to the data.
  see:   errors#response-one-category""",
    ),
    (
        "y ~ x + offset(log(expo))",
        {"family": "poisson"},
        """\
log(expo) is not defined where 'expo' is 0 or less.
  where: log(expo), rows 1, 2
  got:   0, -1
  need:  expo > 0
  do:    check these rows, add a constant, or leave them out with subset: expo > 0.
  see:   errors#outside-domain""",
    ),
    (
        "y ~ x",
        {"family": "binomial", "weights": "wz"},
        """\
The prior weight wz is zero or negative in some rows.
  where: weights = wz, row 1
  got:   0
  need:  wz > 0 in every row
  do:    leave these rows out with subset: wz > 0.
  see:   errors#outside-domain""",
    ),
    (
        "many ~ x + `zero.x`",
        {"family": "poisson", "zero": "~ x"},
        """\
Two coefficients would be called 'zero.x'.
  where: fixed effects
  got:   a column whose name is also that of another coefficient
  need:  a different name for every coefficient
  do:    rename the column in the data.
  see:   errors#duplicate-coefficient""",
    ),
    (
        "many ~ x + (1 | g)",
        {"family": "poisson", "zero": "~ f + (1 | f)"},
        """\
The groups of 'f' have both fixed effects and a random intercept.
  where: fixed term 'f' and random term (1 | f)
  got:   3 groups with a fixed effect each
  need:  one of the two: fixed effects of the groups leave no variance between them
  do:    take out the fixed effect of 'f', or the random intercept.
  see:   errors#fixed-and-random""",
    ),
    (
        "many ~ x + (1 | g)",
        {"family": "poisson", "zero": "~ (1 | one)"},
        """\
The grouping factor 'one' has a single group.
  where: random term (1 | one)
  got:   1 group ('k', 12 rows)
  need:  2 or more groups, to separate the variance between groups from the residual
  do:    remove the term, or check the filter applied to 'one'.
  see:   errors#one-group""",
    ),
    (
        "many ~ x + (x | solo)",
        {"family": "poisson"},
        """\
The term (x | solo) has as many random effects as there are rows, or more.
  where: random term (x | solo)
  got:   12 groups x 2 effects = 24, in 12 rows
  need:  fewer random effects than rows, to tell them from the residual
  do:    let fewer effects vary, or use a grouping factor with more rows per group.
  see:   errors#too-many-random-effects""",
    ),
    (
        "cat3 ~ factor(g) + (1 | g)",
        {"family": "multinomial"},
        """\
The groups of 'g' have both fixed effects and a random intercept.
  where: fixed term 'g' and random term (1 | g)
  got:   3 groups with a fixed effect each
  need:  one of the two: fixed effects of the groups leave no variance between them
  do:    take out the fixed effect of 'g', or the random intercept.
  see:   errors#fixed-and-random""",
    ),
    (
        "y ~ x + (1 | solo)",
        {"family": "binomial"},
        """\
Every group of 'solo' has one row.
  where: random term (1 | solo)
  got:   12 groups in 12 rows
  need:  fewer random effects than rows, to tell them from the residual
  do:    remove the term, or check that 'solo' is the grouping factor you mean.
  see:   errors#too-many-random-effects""",
    ),
    (
        "t / tt ~ x + (1 | g)",
        {"family": "beta-binomial", "dispersion": "~ s + (1 | g)"},
        """\
The formula of dispersion has a random term.
  where: option dispersion, formula ~ s + (1 | g)
  got:   (1 | g)
  need:  fixed terms only; zero and hurdle may have random terms
  do:    take the random term out of dispersion, or let it enter the model's formula.
  see:   errors#part-with-random-term""",
    ),
    (
        "hundreds ~ 1",
        {"family": "cumulative"},
        """\
The response 'hundreds' has too many categories.
  where: response 'hundreds'
  got:   101 categories: '0', '1', '2', '3', '4' and 96 more
  need:  at most 100 categories, for family = 'cumulative'
  do:    check that 'hundreds' is the response you mean; numbers are for
         family="gaussian", counts for "poisson".
  see:   errors#response-categories""",
    ),
]


@pytest.mark.parametrize(("formula", "options", "text"), OPTIONS)
def test_messages_of_options(formula: str, options: dict[str, Any], text: str) -> None:
    with pytest.raises(SpecError) as caught:
        resolve_spec(formula, **options)
    assert str(caught.value) == text


@pytest.mark.parametrize(("formula", "options", "text"), RESPONSES)
def test_messages_of_responses(formula: str, options: dict[str, Any], text: str) -> None:
    with pytest.raises(EchelonError) as caught:
        design_of(
            formula,
            {"hundreds": np.arange(202) % 101} if "hundreds" in formula else DATA,
            **options,
        )
    assert str(caught.value) == text
    assert isinstance(caught.value, DesignError | SpecError)

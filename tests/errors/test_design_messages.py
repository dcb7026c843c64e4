"""The exact text of every message of the design room."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.errors import DesignError, EchelonError
from tests.designs import design_and_findings as design_of

DATA: dict[str, object] = {
    "y": np.arange(12.0) ** 2 % 7,
    "x": np.arange(12.0) - 2,
    "p": np.arange(1.0, 13.0),
    "big": np.arange(12.0) * 100,
    "const": np.full(12, 3.0),
    "w": np.array([0, -1.0, *[1] * 10]),
    "f": list("aabbccaabbcc"),
    "one": ["k"] * 12,
    "g": np.arange(12) % 3,
    "solo": np.arange(12),
    "single": ["A"] * 12,
    "two": list("yn" * 6),
    "dirty": [*"1234567890", "n/a", "-"],
    "text": ["1", "2", "3", "4"] * 3,
    "(Intercept)": np.arange(12.0),
    "f[b]": np.arange(12.0),
}

CASES = [
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
        "dirty ~ x",
        {},
        """\
The response 'dirty' holds categories; the family 'gaussian' needs numbers.
  where: response 'dirty'
  got:   12 categories: '-', '0', '1', '2', '3' and 7 more
  need:  numbers
  do:    convert 'dirty' to numbers in the data; these are not: '-', 'n/a'.
  see:   errors#response-not-numeric""",
    ),
    (
        "text ~ x",
        {},
        """\
The response 'text' holds categories; the family 'gaussian' needs numbers.
  where: response 'text'
  got:   4 categories: '1', '2', '3', '4'
  need:  numbers
  do:    convert 'text' to numbers in the data; its labels are numbers as text.
  see:   errors#response-not-numeric""",
    ),
    (
        "const ~ x",
        {},
        """\
The response 'const' is the same in every row.
  where: response 'const'
  got:   3 in all 12 rows
  need:  a response that varies
  do:    check the column and the filter applied to the data.
  see:   errors#constant-response""",
    ),
    (
        "log(x) ~ 1",
        {},
        """\
log(x) is not defined where 'x' is 0 or less.
  where: log(x), rows 1, 2, 3
  got:   -2, -1, 0
  need:  x > 0
  do:    check these rows, add a constant, or leave them out with subset: x > 0.
  see:   errors#outside-domain""",
    ),
    (
        "y ~ log1p(x)",
        {},
        """\
log1p(x) is not defined where 'x' is -1 or less.
  where: log1p(x), rows 1, 2
  got:   -2, -1
  need:  x > -1
  do:    check these rows, add a constant, or leave them out with subset: x > -1.
  see:   errors#outside-domain""",
    ),
    (
        "y ~ sqrt(x)",
        {},
        """\
sqrt(x) is not defined where 'x' is negative.
  where: sqrt(x), rows 1, 2
  got:   -2, -1
  need:  x >= 0
  do:    check these rows, or leave them out with subset: x >= 0.
  see:   errors#outside-domain""",
    ),
    (
        "y ~ exp(big)",
        {},
        """\
exp(big) overflows: 'big' is too large.
  where: exp(big), rows 9, 10, 11, 12
  got:   800, 900, 1000, 1100
  need:  big below 709
  do:    rescale the column, for example exp(big / 100).
  see:   errors#outside-domain""",
    ),
    (
        "y ~ I(1 / x)",
        {},
        """\
1 / x divides by zero.
  where: 1 / x, row 3
  got:   0
  need:  a divisor other than 0
  do:    leave these rows out with subset: x != 0.
  see:   errors#outside-domain""",
    ),
    (
        "y ~ I(x^0.5)",
        {},
        """\
x^0.5 is not a finite number in every row.
  where: x^0.5, rows 1, 2
  got:   nan, nan
  need:  finite numbers
  do:    rescale the column, or leave these rows out.
  see:   errors#outside-domain""",
    ),
    (
        "y ~ I(10^big)",
        {},
        """\
10^big is not a finite number in every row.
  where: 10^big, rows 5, 6, 7, 8, 9 and 3 more
  got:   inf, inf, inf, inf, inf and 3 more
  need:  finite numbers
  do:    rescale the column, or leave these rows out.
  see:   errors#outside-domain""",
    ),
    (
        "y ~ log(f)",
        {},
        """\
The column 'f' holds categories where numbers are needed.
  where: column 'f'
  got:   3 categories: 'a', 'b', 'c'
  need:  a numeric column
  do:    convert 'f' to numbers in the data, or use it as a term of its own.
  see:   errors#categories-not-numbers""",
    ),
    (
        'y ~ I(f == "aa")',
        {},
        """\
The column 'f' has no category 'aa'.
  where: f == "aa"
  got:   'aa'
  need:  one of the categories: 'a', 'b', 'c'
  do:    did you mean 'a'?
  see:   errors#unknown-category""",
    ),
    (
        'y ~ I(x == "a")',
        {},
        """\
The numeric column 'x' is compared with the text 'a'.
  where: x == "a"
  got:   numbers on one side, text on the other
  need:  the same kind on both sides
  do:    compare with a number, without quotes.
  see:   errors#text-comparison""",
    ),
    (
        "y ~ x",
        {"weights": "poly(p, 2)"},
        """\
poly(p, 2) is not one number per row.
  where: poly(p, 2)
  got:   an expression that gives categories, text or several columns
  need:  a numeric column, a number, or a function that gives one number per row
  do:    use it as a term of its own, outside of other functions.
  see:   errors#not-a-number""",
    ),
    (
        "y ~ one",
        {},
        """\
The predictor 'one' has a single category in the rows used.
  where: predictor 'one'
  got:   1 category: 'k', 12 rows
  need:  2 or more categories, to tell their effects from the intercept
  do:    remove the term, or check the filter applied to the data.
  see:   errors#one-category""",
    ),
    (
        'y ~ factor(f, ref = "B")',
        {},
        """\
The reference category 'B' of f does not exist.
  where: factor(f, ref = "B")
  got:   ref = 'B'
  need:  one of the categories: 'a', 'b', 'c'
  do:    name a category that is in the rows used; letters count as upper or lower case.
  see:   errors#unknown-reference""",
    ),
    (
        "y ~ factor(g, ref = 3)",
        {},
        """\
The reference category '3' of g does not exist.
  where: factor(g, ref = 3)
  got:   ref = '3'
  need:  one of the categories: '0', '1', '2'
  do:    name a category that is in the rows used; letters count as upper or lower case.
  see:   errors#unknown-reference""",
    ),
    (
        "y ~ scale(const)",
        {},
        """\
'const' cannot be scaled: it is the same in every row.
  where: scale(const)
  got:   standard deviation 0 over 12 rows
  need:  a column that varies
  do:    leave the term out, or check the filter applied to the data.
  see:   errors#constant-column""",
    ),
    (
        "y ~ poly(g, 3)",
        {},
        """\
'g' takes too few values for poly(g, 3).
  where: poly(g, 3)
  got:   3 distinct values
  need:  more than 3 distinct values for degree 3
  do:    lower the degree or df, or use factor(g).
  see:   errors#too-few-values""",
    ),
    (
        "y ~ bs(const, df = 4)",
        {},
        """\
'const' takes too few values for bs(const, df = 4).
  where: bs(const, df = 4)
  got:   1 distinct value
  need:  a column that varies
  do:    lower the degree or df, or use factor(const).
  see:   errors#too-few-values""",
    ),
    (
        "y ~ ns(g, df = 5)",
        {},
        """\
'g' takes too few values for ns(g, df = 5).
  where: ns(g, df = 5)
  got:   3 distinct values
  need:  4 different quantiles for the knots
  do:    lower the degree or df, or use factor(g).
  see:   errors#too-few-values""",
    ),
    (
        "y ~ ns(x, knots = (1, 40, -9.5))",
        {},
        """\
Knots of ns(x, knots = (1, 40, -9.5)) lie outside of the data.
  where: ns(x, knots = (1, 40, -9.5))
  got:   -9.5, 40
  need:  knots between -2 and 9
  do:    move or remove these knots.
  see:   errors#knots-outside""",
    ),
    (
        "y ~ x + `(Intercept)`",
        {},
        """\
Two coefficients would be called '(Intercept)'.
  where: fixed effects
  got:   a column whose name is also that of the intercept
  need:  a different name for every coefficient
  do:    rename the column in the data.
  see:   errors#duplicate-coefficient""",
    ),
    (
        "y ~ f + `f[b]`",
        {},
        """\
Two coefficients would be called 'f[b]'.
  where: fixed effects
  got:   a column whose name is also that of another coefficient
  need:  a different name for every coefficient
  do:    rename the column in the data.
  see:   errors#duplicate-coefficient""",
    ),
    (
        "y ~ 1 + (1 | single)",
        {},
        """\
The grouping factor 'single' has a single group.
  where: random term (1 | single)
  got:   1 group ('A', 12 rows)
  need:  2 or more groups, to separate the variance between groups from the residual
  do:    remove the term, or check the filter applied to 'single'.
  see:   errors#one-group""",
    ),
    (
        "y ~ 1 + (1 | solo)",
        {},
        """\
Every group of 'solo' has one row.
  where: random term (1 | solo)
  got:   12 groups in 12 rows
  need:  fewer random effects than rows, to tell them from the residual
  do:    remove the term, or check that 'solo' is the grouping factor you mean.
  see:   errors#too-many-random-effects""",
    ),
    (
        "y ~ 1 + (x + p + f | g)",
        {},
        """\
The term (x + p + f | g) has as many random effects as there are rows, or more.
  where: random term (x + p + f | g)
  got:   3 groups x 5 effects = 15, in 12 rows
  need:  fewer random effects than rows, to tell them from the residual
  do:    let fewer effects vary, or use a grouping factor with more rows per group.
  see:   errors#too-many-random-effects""",
    ),
    (
        "y ~ 1 + (f + `f[b]` | two)",
        {},
        """\
The effect 'f[b]' varies twice over 'two'.
  where: random terms (f + `f[b]` | two)
  got:   2 variances for 'f[b]'
  need:  one variance per effect and grouping factor
  do:    take one of them out; if a column has the name of a category's effect, rename it.
  see:   errors#duplicate-effect""",
    ),
    (
        "y ~ x",
        {"weights": "w"},
        """\
The prior weight w is zero or negative in some rows.
  where: weights = w, rows 1, 2
  got:   0, -1
  need:  w > 0 in every row
  do:    leave these rows out with subset: w > 0.
  see:   errors#outside-domain""",
    ),
    (
        "y ~ x + (x | g) + (1 | two)",
        {"start": [1, 2]},
        """\
The option start has not one number per covariance parameter.
  where: option start
  got:   2 numbers
  need:  4: 3 for (x | g), 1 for (1 | two)
  do:    give theta in this order, or leave start out.
  see:   errors#start-length""",
    ),
    (
        "y ~ x",
        {"start": [1.0]},
        """\
The option start has not one number per covariance parameter.
  where: option start
  got:   1 number
  need:  none: the model has no random terms
  do:    give theta in this order, or leave start out.
  see:   errors#start-length""",
    ),
    (
        "y ~ 1 + (1 | mm(g, two, weights = (w, p)))",
        {},
        """\
The membership weight 'w' is negative.
  where: mm(g, two), row 2
  got:   -1
  need:  weights >= 0
  do:    give each membership its share; shares of a row usually add up to 1.
  see:   errors#outside-domain""",
    ),
    (
        "y ~ lag(x) + (1 | g)",
        {},
        """\
lag(x) has not been computed for these rows.
  where: lag(x)
  got:   rows without a column of earlier values
  need:  rows that went through resolve_lags
  do:    compute the lagged column in the data and use it by its name.
  see:   errors#lag-not-computed""",
    ),
    (
        "y ~ x + f",
        {"contrasts": {"f": "sum", "x": "sum"}},
        """\
The option contrasts names 'x', which the model uses as numbers.
  where: option contrasts
  got:   'x': 'sum'
  need:  a predictor with categories
  do:    write factor(x) in the formula to use its values as categories.
  see:   errors#contrast-of-numbers""",
    ),
]


@pytest.mark.parametrize(("formula", "options", "text"), CASES)
def test_messages_of_a_build(formula: str, options: dict[str, object], text: str) -> None:
    with pytest.raises(EchelonError) as caught:
        design_of(formula, DATA, **options)
    assert str(caught.value) == text
    assert isinstance(caught.value, DesignError)

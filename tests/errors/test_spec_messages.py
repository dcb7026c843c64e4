"""The exact text of every message about the options of a fit."""

from __future__ import annotations

import pytest

from echelon.errors import SpecError
from echelon.spec import resolve_spec

FORMULA = "y ~ x + f + (x | g)"
CASES = [
    (
        "~ x",
        {},
        """\
The formula has no response.
  where: formula ~ x
  got:   nothing left of '~'
  need:  the column to be modelled
  do:    write y ~ x, with your column for y.
  see:   errors#no-response""",
    ),
    (
        "y ~ .",
        {},
        """\
The '.' of the formula stands for columns that are not known yet.
  where: formula y ~ .
  got:   '.' without data
  need:  the names of the columns
  do:    name the columns, or expand the formula with the data first (echelon.fit does).
  see:   errors#dot-without-data""",
    ),
    (
        "y ~ 0",
        {},
        """\
The model has no terms.
  where: formula y ~ 0
  got:   no intercept, no predictor, no random term
  need:  at least one term
  do:    write 1 for a model with an intercept only.
  see:   errors#no-terms""",
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
        FORMULA,
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
        FORMULA,
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
        FORMULA,
        {"link": "idenity"},
        """\
The family 'gaussian' cannot have the link 'idenity'.
  where: option link
  got:   'idenity'
  need:  one of 'identity', 'log', 'inverse', 'sqrt'
  do:    did you mean 'identity'?
  see:   errors#link-of-family""",
    ),
    (
        FORMULA,
        {"link": 3},
        """\
The family 'gaussian' cannot have the link 3.
  where: option link
  got:   3
  need:  one of 'identity', 'log', 'inverse', 'sqrt'
  do:    leave link out for 'identity'.
  see:   errors#link-of-family""",
    ),
    (
        FORMULA,
        {"method": "RML"},
        """\
The option method cannot be 'RML'.
  where: option method
  got:   'RML'
  need:  one of 'REML', 'ML'
  do:    did you mean 'REML' or 'ML'?
  see:   errors#unknown-option-value""",
    ),
    (
        FORMULA,
        {"method": 1},
        """\
The option method cannot be 1.
  where: option method
  got:   1
  need:  one of 'REML', 'ML'
  do:    write 'REML', for example.
  see:   errors#unknown-option-value""",
    ),
    (
        FORMULA,
        {"missing": "omit"},
        """\
The option missing cannot be 'omit'.
  where: option missing
  got:   'omit'
  need:  one of 'drop', 'error'
  do:    write 'drop', for example.
  see:   errors#unknown-option-value""",
    ),
    (
        FORMULA,
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
        FORMULA,
        {"quadrature": True},
        """\
A Gaussian model takes no quadrature points, and True were asked for.
  where: option quadrature
  got:   True
  need:  quadrature = 1: the likelihood is exact
  do:    leave quadrature out.
  see:   errors#quadrature-of-gaussian""",
    ),
    (
        FORMULA,
        {"weights": [1.0, 2.0]},
        """\
The option weights is not the name of a column.
  where: option weights
  got:   list
  need:  a column name or an expression, as text
  do:    put the values in a column of the data and write weights="name".
  see:   errors#option-not-text""",
    ),
    (
        FORMULA,
        {"offset": 3.5},
        """\
The option offset is not the name of a column.
  where: option offset
  got:   float
  need:  a column name or an expression, as text
  do:    put the values in a column of the data and write offset="name".
  see:   errors#option-not-text""",
    ),
    (
        FORMULA,
        {"start": "a"},
        """\
The option start is not a list of finite numbers.
  where: option start
  got:   'a'
  need:  theta as a list of numbers, such as fit.theta of another fit
  do:    leave start out, or give one number per covariance parameter.
  see:   errors#start-not-numbers""",
    ),
    (
        FORMULA,
        {"start": [[1.0]]},
        """\
The option start is not a list of finite numbers.
  where: option start
  got:   [[1.0]]
  need:  theta as a list of numbers, such as fit.theta of another fit
  do:    leave start out, or give one number per covariance parameter.
  see:   errors#start-not-numbers""",
    ),
    (
        FORMULA,
        {"start": [float("nan")]},
        """\
The option start is not a list of finite numbers.
  where: option start
  got:   [nan]
  need:  theta as a list of numbers, such as fit.theta of another fit
  do:    leave start out, or give one number per covariance parameter.
  see:   errors#start-not-numbers""",
    ),
    (
        FORMULA,
        {"control": {"maxit": 100}},
        """\
The option control has no setting 'maxit'.
  where: option control
  got:   'maxit'
  need:  settings among max_evaluations, gradient_tolerance, threads, path
  do:    check the spelling.
  see:   errors#unknown-control""",
    ),
    (
        FORMULA,
        {"control": {"thread": 100}},
        """\
The option control has no setting 'thread'.
  where: option control
  got:   'thread'
  need:  settings among max_evaluations, gradient_tolerance, threads, path
  do:    did you mean 'threads'?
  see:   errors#unknown-control""",
    ),
    (
        FORMULA,
        {"control": 7},
        """\
The option control is neither a Control nor a dict.
  where: option control
  got:   int
  need:  a Control, or a dict with settings among
         max_evaluations, gradient_tolerance, threads, path
  do:    write control={'max_evaluations': 1000}, for example.
  see:   errors#unknown-control""",
    ),
    (
        FORMULA,
        {"control": {"threads": 0}},
        """\
The setting threads of control cannot be 0.
  where: option control, threads
  got:   0
  need:  None or a whole number from 1 to 1,024
  do:    leave threads out for its default, None.
  see:   errors#control-value""",
    ),
    (
        FORMULA,
        {"control": {"path": "Dense"}},
        """\
The setting path of control cannot be 'Dense'.
  where: option control, path
  got:   'Dense'
  need:  one of 'auto', 'chain', 'dense', 'sparse'
  do:    leave path out for its default, 'auto'.
  see:   errors#control-value""",
    ),
    (
        FORMULA,
        {"control": {"gradient_tolerance": "small"}},
        """\
The setting gradient_tolerance of control cannot be 'small'.
  where: option control, gradient_tolerance
  got:   'small'
  need:  a number between 0 and 1
  do:    leave gradient_tolerance out for its default, 1e-11.
  see:   errors#control-value""",
    ),
    (
        FORMULA,
        {"conf_level": 95},
        """\
The confidence level cannot be 95.
  where: option conf_level
  got:   95
  need:  a number between 0 and 1
  do:    write conf_level=0.95.
  see:   errors#conf-level""",
    ),
    (
        FORMULA,
        {"conf_level": 0},
        """\
The confidence level cannot be 0.
  where: option conf_level
  got:   0
  need:  a number between 0 and 1
  do:    write conf_level=0.95.
  see:   errors#conf-level""",
    ),
    (
        FORMULA,
        {"conf_level": "high"},
        """\
The confidence level cannot be 'high'.
  where: option conf_level
  got:   'high'
  need:  a number between 0 and 1
  do:    write conf_level=0.95.
  see:   errors#conf-level""",
    ),
    (
        FORMULA,
        {"df_method": "kenward_roger", "method": "ML"},
        """\
Kenward-Roger needs a fit by REML.
  where: option df_method
  got:   df_method = 'kenward_roger' with method = 'ML'
  need:  method = 'REML': the adjustment is that of the restricted likelihood
  do:    refit(method='REML'), or use df_method = 'satterthwaite'.
  see:   errors#kenward-roger-needs-reml""",
    ),
    (
        FORMULA,
        {"df_method": "satterthwait"},
        """\
The option df_method cannot be 'satterthwait'.
  where: option df_method
  got:   'satterthwait'
  need:  one of 'satterthwaite', 'kenward_roger', 'containment', 'between_within',
         'level', 'residual', 'normal'
  do:    did you mean 'satterthwaite'?
  see:   errors#unknown-option-value""",
    ),
    (
        FORMULA,
        {"contrasts": {"f": "sums"}},
        """\
The option contrasts cannot be 'sums'.
  where: option contrasts
  got:   'sums'
  need:  one of 'treatment', 'sum', 'helmert', 'poly'
  do:    did you mean 'sum'?
  see:   errors#unknown-option-value""",
    ),
    (
        FORMULA,
        {"contrasts": {"ff": "sum"}},
        """\
The option contrasts names 'ff', which is no predictor of the model.
  where: option contrasts
  got:   'ff'
  need:  a column of the formula y ~ x + f + (x | g)
  do:    did you mean 'f'?
  see:   errors#contrast-of-nothing""",
    ),
    (
        FORMULA,
        {"contrasts": ["sum"]},
        """\
The option contrasts is not a dict.
  where: option contrasts
  got:   list
  need:  a dict of column name and coding
  do:    write contrasts={'sector': 'sum'}, for example.
  see:   errors#contrasts-not-dict""",
    ),
]


@pytest.mark.parametrize(("formula", "options", "text"), CASES)
def test_messages(formula: str, options: dict[str, object], text: str) -> None:
    with pytest.raises(SpecError) as caught:
        resolve_spec(formula, **options)
    assert str(caught.value) == text

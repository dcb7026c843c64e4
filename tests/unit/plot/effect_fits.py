"""Small fits on bundled data that charts are drawn of, each made once."""

from __future__ import annotations

from functools import cache
from typing import Any

import echelon as ec


@cache
def hsb() -> Any:
    """Fit a cross-level interaction of a number, and a factor."""
    data = ec.datasets.load("hsb")
    return ec.fit("mathach ~ ses * meanses + ses * sector + (1 | school)", data)


@cache
def sleep() -> Any:
    """Fit growth of 18 subjects."""
    return ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))


@cache
def orthodont() -> Any:
    """Fit growth by sex."""
    return ec.fit("distance ~ age * sex + (1 | subject)", ec.datasets.load("orthodont"))


@cache
def contraception() -> Any:
    """Fit a binary response."""
    data = ec.datasets.load("contraception")
    return ec.fit("use ~ age + I(age^2) + livch + urban + (1 | district)", data, family="binomial")


@cache
def owls() -> Any:
    """Fit counts with an offset."""
    formula = "calls ~ food * arrival + offset(log(broodsize)) + (1 | nest)"
    return ec.fit(formula, ec.datasets.load("owls"), family="poisson")


@cache
def wine() -> Any:
    """Fit ordered categories."""
    data = ec.datasets.load("wine")
    return ec.fit("rating ~ temp + contact + (1 | judge)", data, family="cumulative")


@cache
def children() -> Any:
    """Fit ordered categories along a number."""
    data = ec.datasets.load("contraception")
    return ec.fit("livch ~ age + urban + (1 | district)", data, family="cumulative")


@cache
def within() -> Any:
    """Fit a group-mean centred predictor."""
    data = ec.datasets.load("hsb")
    return ec.fit("mathach ~ cwc(ses, school) + gm(ses, school) + (1 | school)", data)


@cache
def growth() -> Any:
    """Fit growth of children within schools."""
    data = ec.datasets.load("egsingle").head(1500)
    return ec.fit("math ~ year + lowinc + female + (1 | schoolid / childid)", data)

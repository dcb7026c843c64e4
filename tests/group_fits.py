"""Fits whose groups are drawn: real data, and many simulated groups."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np

from echelon import api
from echelon.errors import EchelonWarning
from echelon.fit import Fit


@cache
def fitted(formula: str, data: str, **options: Any) -> Fit:
    """Fit a bundled data set once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return api.fit(formula, data, **options).fit


def sleep() -> Fit:
    """Random intercepts and slopes of 18 subjects."""
    return fitted("reaction ~ days + (days | subject)", "sleep")


def hsb() -> Fit:
    """160 schools, random slopes, a predictor of schools."""
    return fitted("mathach ~ ses + meanses + (ses | school)", "hsb")


def penicillin() -> Fit:
    """Two crossed factors."""
    return fitted("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin")


def pastes() -> Fit:
    """Two nested factors."""
    return fitted("strength ~ 1 + (1 | batch / cask)", "pastes")


def contraception(slope: str = "1") -> Fit:
    """Binary responses in 60 districts."""
    formula = f"use ~ age + urban + ({slope} | district)"
    return fitted(formula, "contraception", family="binomial")


def plain() -> Fit:
    """A model without random effects."""
    return fitted("reaction ~ days", "sleep")


def flat() -> Fit:
    """A variance that is estimated as zero."""
    return fitted("yield ~ 1 + (1 | batch)", "dyestuff2")


@cache
def many(n_groups: int = 20_000) -> Fit:
    """Groups of one to four rows, three of them far away."""
    rng = np.random.default_rng(7)
    g = np.repeat(np.arange(n_groups), rng.integers(1, 5, n_groups))
    b = rng.normal(size=n_groups)
    b[:3] = [14.0, -13.0, 12.0]
    x = rng.normal(size=len(g))
    y = 0.5 * x + b[g] + rng.normal(size=len(g))
    return api.fit("y ~ x + (1 | g)", {"y": y, "x": x, "g": g}).fit

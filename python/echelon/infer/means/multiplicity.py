"""Many tests at once: adjusted p values and intervals.

Room: infer/. Adjusts; tests nothing itself.
Takes: the statistics of a family, their degrees of freedom, and what correlates them.
Gives: adjusted p values, the quantiles that intervals use, and a sentence that says how.
Source: docs/theory.md (23); Hsu (1996); Benjamini & Hochberg (1995); emmeans' rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from echelon._types import FloatArray
from echelon.infer.distributions import distributions
from echelon.infer.distributions.multivariate_t import Largest, largest_t
from echelon.infer.distributions.studentized_range import quantile_of, studentized_range
from echelon.options import read_choice

METHODS = (
    "none", "bonferroni", "sidak", "holm", "bh", "tukey", "dunnett", "dunnettx", "scheffe", "mvt",
)  # fmt: skip
OTHER_WORDS = {
    "fdr": "bh",
    "benjamini-hochberg": "bh",
    "šidák": "sidak",
    "multivariate-t": "mvt",
    "multivariate t": "mvt",
    "single-step": "mvt",
}
PHRASES = {
    "bonferroni": "Bonferroni's method for {tests} tests",
    "sidak": "Sidak's method for {tests} tests",
    "holm": "Holm's method for {tests} tests; intervals by Bonferroni's, as Holm's gives none",
    "bh": "Benjamini & Hochberg's false discovery rate for {tests} tests; intervals by"
    " Bonferroni's method, as theirs gives none",
    "tukey": "Tukey's method for {means} means",
    "dunnett": "Dunnett's method for {tests} tests (exact: multivariate t)",
    "dunnettx": "emmeans' approximation to Dunnett's method for {tests} tests",
    "scheffe": "Scheffé's method with rank {rank}",
    "mvt": "the multivariate t distribution of {tests} tests",
}


@dataclass(frozen=True, eq=False)
class Family:
    """Tests that are judged together: `statistic`, `df`, `p_value` (c,), unadjusted.

    `directions` makes unit rows (c, d) whose inner products are the correlations of the tests; it
    is called when a method needs it. `n_means` counts the means of all pairs, None for tests that
    are not all pairs.
    """

    statistic: FloatArray
    df: FloatArray
    p_value: FloatArray
    directions: Callable[[], FloatArray]
    n_means: int | None = None

    @property
    def n_tests(self) -> int:
        """Number of tests (c)."""
        return len(self.statistic)

    @cached_property
    def rows(self) -> FloatArray:
        """Unit rows (c, d)."""
        return self.directions()

    @cached_property
    def rank(self) -> int:
        """Number of independent tests."""
        return int(np.linalg.matrix_rank(self.rows, tol=1e-7)) if self.n_tests else 0

    @cached_property
    def largest(self) -> Largest:
        """Distribution of the largest statistic."""
        return largest_t(self.rows)


def read_adjust(adjust: str) -> str:
    """Read the name of a method, in any case."""
    word = adjust.strip().casefold()
    return read_choice("adjust", OTHER_WORDS.get(word, word), METHODS)


def adjusted_p(method: str, family: Family) -> FloatArray:
    """Adjust the p values of a family.

    Parameters
    ----------
    method : one of `METHODS`.
    family : of c tests, all estimable.

    Returns
    -------
    (c,). A single test is left as it is (except by 'scheffe', whose family is every combination).
    """
    t, df, p, c = np.abs(family.statistic), family.df, family.p_value, family.n_tests
    if method == "none" or (c <= 1 and method != "scheffe"):
        return p
    match method:
        case "bonferroni":
            return _at_most_one(c * p)
        case "sidak":
            return _sidak(p, c)
        case "holm":
            return _step_down(p)
        case "bh":
            return _step_up(p)
        case "tukey":
            assert family.n_means is not None
            return studentized_range(family.n_means).tail(np.sqrt(2) * t, df)
        case "dunnettx":
            return _near_dunnett(t, df, c)
        case "scheffe":
            return distributions.f_tail(t**2 / family.rank, family.rank, df)
    return family.largest.tail(t, df)


def adjusted_quantile(method: str, family: Family, conf_level: float) -> FloatArray:
    """Find how many standard errors (c,) simultaneous intervals reach to each side.

    'holm' and 'bh' have no intervals of their own: Bonferroni's are given, as emmeans does.
    """
    df, c = family.df, family.n_tests
    if method == "none" or (c <= 1 and method != "scheffe"):
        return distributions.t_quantile(conf_level, df)
    match method:
        case "bonferroni" | "holm" | "bh":
            return distributions.t_quantile(1 - (1 - conf_level) / c, df)
        case "sidak":
            return distributions.t_quantile(conf_level ** (1 / c), df)
        case "tukey":
            assert family.n_means is not None
            widest = studentized_range(family.n_means).quantile(conf_level, df)
            reach: FloatArray = widest / np.sqrt(2)
            return reach
        case "dunnettx":
            return quantile_of(lambda q, own: _near_dunnett(q, own, c), conf_level, df)
        case "scheffe":
            rank = family.rank
            bound: FloatArray = np.sqrt(rank * distributions.f_quantile(conf_level, rank, df))
            return bound
    return family.largest.quantile(conf_level, df)


def describe(method: str, families: list[Family], by: tuple[str, ...]) -> str:
    """Say in a sentence what was adjusted, and for how many; empty where nothing was."""
    if method == "none" or not families:
        return ""
    one = families[0]
    if all(family.n_tests <= 1 for family in families) and method != "scheffe":
        return ""
    rank = one.rank if method == "scheffe" else 0
    phrase = PHRASES[method].format(tests=one.n_tests, means=one.n_means, rank=rank)
    sizes = {(family.n_tests, family.n_means) for family in families}
    where = f", separately for each {' and '.join(by)}" if len(families) > 1 else ""
    where += " (sizes differ: those of the first)" if len(sizes) > 1 else ""
    return f"p values and intervals are adjusted by {phrase}{where}."


def _at_most_one(p: FloatArray) -> FloatArray:
    bounded: FloatArray = np.minimum(p, 1.0)
    return bounded


def _sidak(p: FloatArray, count: int) -> FloatArray:
    with np.errstate(divide="ignore"):
        adjusted: FloatArray = -np.expm1(count * np.log1p(-p))
    return adjusted


def _step_down(p: FloatArray) -> FloatArray:
    order = np.argsort(p)
    worse = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    result = np.empty_like(p)
    result[order] = np.minimum(worse, 1.0)
    return result


def _step_up(p: FloatArray) -> FloatArray:
    order = np.argsort(-p)
    better = np.minimum.accumulate(p[order] * len(p) / np.arange(len(p), 0, -1))
    result = np.empty_like(p)
    result[order] = np.minimum(better, 1.0)
    return result


def _near_dunnett(t: FloatArray, df: FloatArray, count: int) -> FloatArray:
    """Mix Tukey's and Sidak's probabilities, as emmeans' 'dunnettx' does for a common control."""
    n_means = (1 + np.sqrt(1 + 8 * count)) / 2
    share = (count - 1) / count
    tukey = studentized_range(float(n_means)).tail(np.sqrt(2) * t, df)
    sidak = _sidak(distributions.t_p_value(t, df), count)
    mixed: FloatArray = share * tukey + (1 - share) * sidak
    return mixed

"""The random part that the data support: what carries no variance goes, and why.

Room: building/. Decides; `infer` removes and tests.
Takes: a `Fit`.
Gives: `Simplification`: the simpler model, and each step with its reason and its test.
Source: docs/theory.md (18); Bates, Kliegl, Vasishth & Baayen (2015), Matuschek, Kliegl, Vasishth,
    Baayen & Bates (2017).
"""

from __future__ import annotations

import html
import textwrap
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.engine.verdict import SINGULAR
from echelon.errors import SpecError
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import check_likelihood, n_parameters
from echelon.infer.components.sizes import column_sizes
from echelon.infer.zero.likelihood_ratio import LikelihoodRatio, likelihood_ratio
from echelon.infer.zero.ranova import Removal, random_part_text, removal
from echelon.infer.zero.removal import (
    Change,
    Effects,
    random_effects,
    removals,
    without_correlations,
    without_plans,
)
from echelon.table import WIDTH, Table

ALPHA = 0.2  # as Matuschek et al. (2017) advise for choosing the random part


@dataclass(frozen=True, slots=True)
class Simplified:
    """One step: what was taken out, why, what is left, and the test against the model before."""

    term: str
    reason: str
    fit: Fit
    test: LikelihoodRatio


@dataclass(frozen=True, slots=True, repr=False)
class Simplification:
    """A model, and the simpler one that the data support.

    `original` and `fit` (the proposal; the same object where nothing is to be done) are fits,
    `steps` the way from one to the other, `test` the likelihood ratio between the two ends.
    """

    original: Fit
    fit: Fit
    steps: tuple[Simplified, ...]
    test: LikelihoodRatio | None
    alpha: float

    @property
    def table(self) -> Table:
        """The steps: term, model left, reason, statistic, df, p_value and change of AIC."""
        before = [self.original, *(step.fit for step in self.steps)]
        texts = {
            "step": np.arange(len(self.steps)) + 1,
            "term": _texts([step.term for step in self.steps]),
            "model": _texts([random_part_text(step.fit) for step in self.steps]),
            "reason": _texts([step.reason for step in self.steps]),
        }
        numbers = {
            "statistic": [step.test.statistic for step in self.steps],
            "df": [step.test.df for step in self.steps],
            "p_value": [step.test.p_value for step in self.steps],
            "aic_change": [
                _aic(step.fit) - _aic(old)
                for step, old in zip(self.steps, before[:-1], strict=True)
            ],
        }
        return Table(
            texts | {name: np.array(values, dtype=float) for name, values in numbers.items()},
            scales={"aic_change": "-2 log likelihood", "statistic": "-2 log likelihood"},
            title="Simplification of the random part",
            notes=self.sentences,
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """Say in words what is proposed and how it compares with the original."""
        if not self.steps or self.test is None:
            return (
                f"Nothing to simplify: every term carries variance, and no slope has p > "
                f"{self.alpha:g}.",
            )
        change = _aic(self.fit) - _aic(self.original)
        said = [
            f"Proposed: {self.fit.spec.formula.text}",
            f"Against the original: {_test_text(self.test)} ({self.test.mixture}), AIC "
            f"{'+' * (change > 0)}{_short(change)}.",
        ]
        if self.fit.estimates.verdict.is_singular:
            said.append(f"Still on a boundary: {'; '.join(self.fit.estimates.verdict.boundary)}.")
        return tuple(said)

    def __str__(self) -> str:
        lines = [f"Random part: {random_part_text(self.original)}"]
        for number, step in enumerate(self.steps, 1):
            lines.append(f"{number}. Without {step.term}: {step.reason}.")
            lines.append(f"   It leaves {random_part_text(step.fit)}; {_test_text(step.test)}.")
        lines += self.sentences
        return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="   ") for line in lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def simplify(fit: Fit, alpha: float = ALPHA) -> Simplification:
    """Propose the simplest random part that the data support, with the reason of every step.

    In this order, one thing at a time, each model refitted from the cross-products: (1) effects
    whose variance is zero are taken out; (2) where correlations are at -1 or 1 (or, with three
    effects or more, some combination of them does not vary), the correlations are; (3) of the
    slopes that remain, the one with the least support goes, as long as its p value is above
    `alpha`. A term with an intercept only goes when its variance is zero, not for its p value:
    it says how the data were collected. Fixed effects stay as they are.

    Parameters
    ----------
    fit : a fitted model with random effects.
    alpha : in (0, 1). p value (of the mixture of chi-squares) above which a slope goes; 0.2 after
        Matuschek et al. (2017), because leaving out a slope that varies does more harm to the
        tests of fixed effects than keeping one that does not.

    Returns
    -------
    Simplification: prints the steps; `.fit` is the proposal, `.table` has a row per step.

    Raises
    ------
    NotEstimableError : the model has no random effects, or was fitted by a quasi-likelihood.
    SpecError : alpha is no number between 0 and 1.

    Notes
    -----
    No row is read, except in generalized models. A model found by looking at the data has p values
    that are too small: report that it was simplified.

    Source
    ------
    Bates, Kliegl, Vasishth & Baayen (2015); Matuschek et al. (2017).

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
    >>> len(fit.simplify().steps)
    0
    """
    _check_alpha(alpha)
    check_likelihood(fit, "simplify()")
    removals(fit)  # refuses a model without random effects
    steps: list[Simplified] = []
    current = fit
    while (step := _next(current, alpha)) is not None:
        steps.append(step)
        current = step.fit
    test = likelihood_ratio(current, fit) if steps else None
    return Simplification(fit, current, tuple(steps), test, alpha)


def _next(fit: Fit, alpha: float) -> Simplified | None:
    """Find the next thing to take out; None where nothing is left to do."""
    if not fit.design.rows.blocks:
        return None
    if fit.estimates.verdict.is_singular:
        for find in (_without_variance, _with_perfect_correlation):
            found = find(fit)
            if found is not None:
                change, reason = found
                done = removal(fit, change)
                return Simplified(change.label, reason, done.fit, done.test)
    return _least_supported(fit, alpha)


def _without_variance(fit: Fit) -> tuple[Change, str] | None:
    """Find effects of a term that contribute less than a ten-thousandth of sigma to any row."""
    sizes = column_sizes(fit)
    for effects in reversed(random_effects(fit)):
        std_devs = _std_devs(fit, effects, sizes[effects.block])
        gone = tuple(
            i
            for i in range(len(effects.plans))
            if (std_devs[effects.columns(i)] < SINGULAR).all() and _is_removable(effects, i)
        )
        is_empty = bool((std_devs < SINGULAR).all())
        if is_empty:
            gone = tuple(range(len(effects.plans)))
        if not gone and not is_empty:
            continue
        change = without_plans(effects, gone)
        if change is not None:
            several = len(gone) > 1 and not is_empty
            what = "their variances are" if several else "its variance is"
            return change, f"{what} estimated as zero"
    return None


def _std_devs(fit: Fit, effects: Effects, sizes: FloatArray) -> FloatArray:
    """Give the standard deviation (r,) that each effect adds to a row, relative to sigma."""
    place = fit.design.rows.blocks[effects.block].terms[effects.term]
    inside = slice(place.start, place.stop)
    Lambda = fit.estimates.Lambdas[effects.block][inside, inside]
    return np.asarray(np.linalg.norm(Lambda, axis=1) * sizes[inside])


def _is_removable(effects: Effects, i: int) -> bool:
    """Whether an effect is no margin of another, and its structure lets effects go one by one."""
    if effects.random.structure not in ("us", "diag"):
        return False
    first = 1 if effects.random.intercept else 0
    if i < first:
        return True
    own = frozenset(effects.random.terms[i - first].factors)
    return not any(own < frozenset(term.factors) for term in effects.random.terms)


def _with_perfect_correlation(fit: Fit) -> tuple[Change, str] | None:
    """Find a correlated term whose effects do not vary in some direction."""
    sizes = column_sizes(fit)
    for effects in random_effects(fit):
        place = fit.design.rows.blocks[effects.block].terms[effects.term]
        if effects.random.structure != "us" or place.size == 1:
            continue
        inside = slice(place.start, place.stop)
        scaled = fit.estimates.Lambdas[effects.block][inside, inside]
        scaled = scaled * sizes[effects.block][inside, None]
        if np.linalg.svd(scaled, compute_uv=False)[-1] < SINGULAR:
            return without_correlations(effects), _why(scaled)
    return None


def _why(scaled: FloatArray) -> str:
    if len(scaled) == 2:
        sign = "+1" if scaled[0] @ scaled[1] > 0 else "-1"
        return f"the correlation is estimated as {sign}: the two effects cannot be told apart"
    return f"some combination of the {len(scaled)} effects is estimated not to vary at all"


def _least_supported(fit: Fit, alpha: float) -> Simplified | None:
    """Take out the slope with the largest p value, if it is above alpha."""
    slopes = [change for change in removals(fit) if _is_slope(fit, change)]
    tried: list[Removal] = [removal(fit, change) for change in slopes]
    if not tried:
        return None
    weakest = max(tried, key=lambda one: (one.test.p_value, -one.test.statistic))
    if not weakest.test.p_value > alpha:
        return None
    reason = f"the likelihood supports it least (p = {weakest.test.p_value:.3g} > {alpha:g})"
    return Simplified(weakest.change.label, reason, weakest.fit, weakest.test)


def _is_slope(fit: Fit, change: Change) -> bool:
    """Whether a change takes out slopes only, no intercept."""
    term = fit.design.rows.blocks[change.block].terms[change.term]
    names = fit.design.rows.blocks[change.block].column_names[term.start : term.stop]
    return "(Intercept)" not in names or "(Intercept)" in change.names


def _check_alpha(alpha: float) -> None:
    is_number = isinstance(alpha, int | float | np.floating) and not isinstance(alpha, bool)
    if is_number and 0 < alpha < 1:
        return
    raise SpecError(
        f"The option alpha cannot be {alpha!r:.40}.",
        where="simplify(), argument alpha",
        got=f"{alpha!r:.80}",
        need="a number between 0 and 1",
        do="write alpha=0.2, for example, or leave alpha out.",
        slug="alpha",
    )


def _aic(fit: Fit) -> float:
    return fit.estimates.objective + 2 * n_parameters(fit)


def _test_text(test: LikelihoodRatio) -> str:
    return f"likelihood ratio {_short(test.statistic)} on {test.df} df, p = {test.p_value:.3g}"


def _short(value: float) -> str:
    """Word a number with three decimals at most, and none that are zero."""
    return f"{round(value, 3) + 0.0:g}"  # -0.0 becomes 0.0


def _texts(values: list[str]) -> NDArray[np.object_]:
    return np.array(values, dtype=object)

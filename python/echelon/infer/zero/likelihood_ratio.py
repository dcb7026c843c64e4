"""The likelihood ratio of two nested models, with the distribution it really has.

Room: infer/. Tests; refits by ML where REML likelihoods do not compare.
Takes: two `Fit`s of the same rows and response.
Gives: `LikelihoodRatio`.
Source: docs/theory.md (18); Wilks (1938), Self & Liang (1987), Stram & Lee (1994).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from echelon.engine.estimate import estimate_products
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import check_likelihood, n_parameters
from echelon.infer.distributions.distributions import chi2_p_value
from echelon.infer.zero.boundary import reference_mixture
from echelon.infer.zero.comparable import check_same_rows
from echelon.infer.zero.mixture import Mixture
from echelon.infer.zero.nested import Relation, relation


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """A likelihood ratio test of a smaller model against a larger one.

    `statistic` is the difference of -2 log likelihood, `df` that of the parameters, `p_value` the
    tail of `mixture`; all NaN (and `mixture` None) where the models are not nested, and `reason`
    then says why. `refitted` says that REML fits were refitted by ML. `log_likelihoods` are those
    compared, smaller model first. `reason` may also hold a caution beside a p value.
    """

    statistic: float
    df: int
    p_value: float
    mixture: Mixture | None
    refitted: bool
    reason: str
    log_likelihoods: tuple[float, float]

    @property
    def is_nested(self) -> bool:
        """Whether the smaller model is a special case of the larger, so that there is a test."""
        return self.mixture is not None

    @property
    def p_value_chi2(self) -> float:
        """Tail of a plain chi-square on `df`, as other programs print; too large at a boundary."""
        return chi2_p_value(self.statistic, self.df) if self.is_nested else math.nan


def likelihood_ratio(smaller: Fit, larger: Fit) -> LikelihoodRatio:
    """Test a smaller model against a larger one that contains it.

    The statistic is 2 (log L_larger - log L_smaller). Where fixed effects only differ it follows a
    chi-square; where the smaller model has a variance of zero it follows a mixture of chi-squares
    (theory (18)): half chi2(r - 1) and half chi2(r) for one of r correlated effects. REML fits
    whose fixed parts differ are refitted by ML for the test, from their cross-products.

    Parameters
    ----------
    smaller, larger : fitted models, in either order; a model without random effects is allowed.

    Returns
    -------
    LikelihoodRatio. Models that are not nested get no p value, and the reason.

    Raises
    ------
    NotEstimableError : the models were fitted to different rows, weights or responses; or one by
        a quasi-likelihood.

    Notes
    -----
    Whether the models are nested is judged from what was fitted: the column space of X, and the
    grouping, columns and structure of each random term. Without rows, columns are known by name
    and by their sums of products. Several variances at zero cost one more gradient.

    Source
    ------
    Self & Liang (1987); Stram & Lee (1994). Statistics as lme4's anova() and lmerTest's ranova():
    cases lmm_sleep_slope_reml, lmm_exam_slope_ml and others.

    Examples
    --------
    >>> import echelon as ec
    >>> from echelon.infer.zero.likelihood_ratio import likelihood_ratio
    >>> sleep = ec.datasets.load("sleep")
    >>> one = ec.fit("reaction ~ days + (1 | subject)", sleep)
    >>> two = ec.fit("reaction ~ days + (days | subject)", sleep)
    >>> test = likelihood_ratio(one.fit, two.fit)
    >>> round(test.statistic, 3), str(test.mixture)
    (42.837, '0.5 chi2(1) + 0.5 chi2(2)')
    """
    for fit in (smaller, larger):
        check_likelihood(fit, "likelihood_ratio()")
    check_same_rows(smaller, larger, "likelihood_ratio()")
    if n_parameters(smaller) > n_parameters(larger):
        smaller, larger = larger, smaller
    return ratio_of(smaller, larger, relation(smaller, larger))


def ratio_of(smaller: Fit, larger: Fit, how: Relation) -> LikelihoodRatio:
    """Test a smaller model against a larger one, whose relation is known."""
    methods = {smaller.spec.method, larger.spec.method}
    is_comparable = methods == {"ML"} or (methods == {"REML"} and how.has_same_fixed)
    if how.reason:
        both = (smaller.estimates.log_likelihood, larger.estimates.log_likelihood)
        df = n_parameters(larger) - n_parameters(smaller)
        return LikelihoodRatio(math.nan, df, math.nan, None, False, how.reason, both)
    if not is_comparable:
        smaller, larger = by_ml(smaller), by_ml(larger)
    both = (smaller.estimates.log_likelihood, larger.estimates.log_likelihood)
    statistic = max(2 * (both[1] - both[0]), 0.0)
    mixture = reference_mixture(how, smaller, larger)
    p_value = mixture.p_value(statistic)
    return LikelihoodRatio(
        statistic, how.n_lost, p_value, mixture, not is_comparable, _caution(smaller, how), both
    )


def by_ml(fit: Fit) -> Fit:
    """Refit by maximum likelihood, from the cross-products; a fit by ML is returned as it is."""
    return by_method(fit, "ML")


def by_reml(fit: Fit) -> Fit:
    """Refit by restricted maximum likelihood, from the cross-products."""
    return by_method(fit, "REML")


def by_method(fit: Fit, method: str) -> Fit:
    """Refit by "ML" or "REML" without a row, starting from the estimates inside the boundary."""
    if fit.spec.method == method or fit.spec.is_generalized:
        return fit
    spec = replace(fit.spec, method="ML" if method == "ML" else "REML", start=None)
    is_inside = len(fit.estimates.theta) > 0 and not fit.estimates.verdict.is_singular
    begin = replace(spec, start=fit.estimates.theta) if is_inside else spec
    return replace(fit, spec=spec, estimates=estimate_products(fit.crossprod, fit.design, begin))


def _caution(smaller: Fit, how: Relation) -> str:
    """Say when the smaller model is itself on a boundary that the mixture does not know of."""
    boundary = smaller.estimates.verdict.boundary
    if not boundary or not any(step.n_lost for step in how.steps):
        return ""
    return f"the smaller model is itself on a boundary ({boundary[0]}): the p value is approximate"

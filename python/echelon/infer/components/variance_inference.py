"""Standard errors and intervals of variances, standard deviations, covariances, correlations.

Room: infer/. Bounds by the delta method; profile and bootstrap intervals are in other files.
Takes: a `Fit`, a confidence level, and which information.
Gives: the table `variance_intervals`.
Source: docs/theory.md (17); Pinheiro & Bates (2000), section 2.4; Stata [ME] mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import BlockTerm, RandomBlock
from echelon.engine.curvature import delta_variances
from echelon.engine.verdict import SINGULAR
from echelon.fit import Fit
from echelon.infer.components.rounding import leaves_few_digits, leaves_no_digit
from echelon.infer.components.sizes import column_sizes
from echelon.infer.components.variance_information import (
    VarianceInformation,
    expected_information,
    observed_information,
)
from echelon.infer.components.variances import RESIDUAL, has_covariances
from echelon.infer.distributions.normal import normal_margin
from echelon.options import read_choice, read_conf_level
from echelon.table import Table

WAYS: Mapping[str, Callable[[Fit], VarianceInformation]] = {
    "observed": observed_information,
    "expected": expected_information,
}
NOTES = {
    "observed": "Standard errors from the observed information, as in Stata, SPSS and SAS.",
    "expected": "Standard errors from the expected (Fisher) information, as in HLM.",
}
LIMITS = (
    "Limits are symmetric on the log scale for variances and standard deviations, on Fisher's scale"
    " for correlations, on their own for covariances."
)
SINGULAR_FIT = {
    "observed": "The fit is singular: standard errors take what lies on the boundary as known.",
    "expected": "The fit is singular: standard errors are as if the boundary were not there.",
}
ALMOST_PERFECT = (
    "The model leaves almost nothing of the response: rounding leaves one to three digits of "
    "standard errors."
)
NO_DIGIT = (
    "The model leaves next to nothing of the response: rounding leaves no digit of standard errors."
)
NOT_IDENTIFIED = (
    "The data say nothing about a variance beside these fixed effects, which leave none of its "
    "differences over: no standard error and no limits of it."
)
BOUNDARY = (
    "No standard error and no limits where a variance is estimated as zero or a correlation as"
    " plus or minus one: profile or bootstrap intervals have a meaning there."
)
CERTAIN = 1e-8  # 1 - r^2 below which a correlation counts as plus or minus one


@dataclass(frozen=True, slots=True)
class _Row:
    """One parameter; `slopes` (m,) by the variance parameters, NaN at a boundary."""

    parameter: str
    grouping: str
    term_1: str
    term_2: str
    scale: str
    estimate: float
    slopes: FloatArray


def variance_intervals(
    fit: Fit, conf_level: float | None = None, information: str = "observed"
) -> Table:
    """Bound every variance, standard deviation, covariance and correlation of a model.

    Wald intervals, on a scale where the estimate is closer to normal. With fewer than about
    twenty groups even these are rough: prefer profile or bootstrap intervals.

    Parameters
    ----------
    fit : a fitted model; of a generalized one without sigma, on the scale of the link.
    conf_level : in (0, 1); None for that of the fit.
    information : 'observed' (default: the curvature of the likelihood at the estimates, what
        Stata, SPSS and SAS print) or 'expected' (its expectation: what HLM prints).

    Returns
    -------
    Table with columns parameter, grouping, term_1, term_2, scale ('sd', 'correlation',
    'variance' or 'covariance'), estimate, std_error, conf_low, conf_high. First standard
    deviations and correlations by random term and sigma, in the order and with the names of
    `conf_int` (`sd_(Intercept)|school`, `cor_ses.(Intercept)|school`, `sigma`); then variances
    and covariances (`var_...`, `cov_...`, `var_residual`), in response units squared per unit of
    the predictors. NaN at a boundary, and where an almost perfect fit leaves rounding only.

    Raises
    ------
    SpecError : no such information, or a confidence level outside (0, 1).
    EngineError : expected information of crossed factors with more than 4,000 random effects
        besides the largest.

    Notes
    -----
    Reads cross-products only; observed: 4 k evaluations of the criterion, expected: the moments of
    theory (15). Where a fit is singular, what lies inside is bounded given what lies on the
    boundary (observed), or as if nothing did (expected).

    Source
    ------
    Theory (17). Observed: lmerTest 3.1.3 (`vcov_varpar`, delta method) for sleep, to 1e-6; both
    against n x n matrices, and closed forms in balanced data.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (1 | subject)", ec.datasets.load("sleep")).fit
    >>> variance_intervals(fit).row(parameter="sigma")["std_error"].__round__(3)
    1.727
    """
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    way = read_choice("information", information, tuple(WAYS))
    known = _nothing(fit) if leaves_no_digit(fit) else WAYS[way](fit)
    rows = [*_spreads(fit, known), *_variances(fit, known)]
    slopes = np.array([row.slopes for row in rows]).reshape(len(rows), len(known.covariance))
    estimate = np.array([row.estimate for row in rows])
    variance = delta_variances(slopes, known.covariance, known.flat)
    std_error = np.sqrt(np.where(variance > 0, variance, np.nan))
    low, high = _limits([row.scale for row in rows], estimate, std_error, level)
    names = ("parameter", "grouping", "term_1", "term_2", "scale")
    data = {n: np.array([getattr(row, n) for row in rows], dtype=object) for n in names}
    return Table(
        data | {"estimate": estimate, "std_error": std_error, "conf_low": low, "conf_high": high},
        title="Variance parameters",
        notes=_notes(fit, way, std_error, known.flat.shape[1] > 0),
    )


def _nothing(fit: Fit) -> VarianceInformation:
    """Make an information of which rounding has left nothing."""
    slopes = tuple(np.ones((1, *Lambda.shape)) for Lambda in fit.estimates.Lambdas)
    return VarianceInformation(np.full((1, 1), np.nan), np.zeros((1, 0)), slopes, np.ones(1))


def _notes(fit: Fit, way: str, std_error: FloatArray, is_flat: bool) -> tuple[str, ...]:
    """Say what the columns are, and what a boundary takes away."""
    notes = [NOTES[way], LIMITS]
    if fit.estimates.verdict.is_singular:
        notes.append(SINGULAR_FIT[way])
    if leaves_no_digit(fit):
        return (*notes, NO_DIGIT)
    if leaves_few_digits(fit):
        notes.append(ALMOST_PERFECT)
    if is_flat:
        notes.append(NOT_IDENTIFIED)
    if np.isnan(std_error).any() and (fit.estimates.verdict.is_singular or not is_flat):
        notes.append(BOUNDARY)
    return tuple(notes)


def _limits(
    scales: list[str], estimate: FloatArray, std_error: FloatArray, conf_level: float
) -> tuple[FloatArray, FloatArray]:
    """Lower and upper limits, each on the scale that suits its kind."""
    margin = normal_margin(conf_level) * std_error
    kind = np.array(scales)
    is_positive = (kind == "variance") | (kind == "sd")
    is_correlation = kind == "correlation"
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.exp(margin / np.where(is_positive, estimate, np.nan))
        inside = np.where(is_correlation, estimate, np.nan)
        centre, reach = np.arctanh(inside), margin / (1 - inside**2)
        low = np.where(is_positive, estimate / ratio, estimate - margin)
        high = np.where(is_positive, estimate * ratio, estimate + margin)
        low = np.where(is_correlation, np.tanh(centre - reach), low)
        high = np.where(is_correlation, np.tanh(centre + reach), high)
    return low, high


def _spreads(fit: Fit, known: VarianceInformation) -> Iterator[_Row]:
    """List standard deviations and correlations by term, then sigma."""
    for block, Sigma, slopes in _blocks(fit, known):
        sd, sd_slopes, correlation, correlation_slopes = _standardised(Sigma, slopes)
        group = block.grouping
        for term in block.terms:
            for a, name in _named(block, term):
                label = f"sd_{name}|{group}"
                yield _Row(label, group, name, "", "sd", float(sd[a]), sd_slopes[:, a])
            for (a, name), (b, other) in _pairs(block, term):
                label, value = f"cor_{name}.{other}|{group}", float(correlation[a, b])
                by = correlation_slopes[:, a, b]
                yield _Row(label, group, name, other, "correlation", value, by)
    sigma = fit.estimates.sigma
    if not fit.spec.is_generalized:
        yield _Row("sigma", RESIDUAL, "", "", "sd", sigma, known.sigma2_slopes / (2 * sigma))


def _variances(fit: Fit, known: VarianceInformation) -> Iterator[_Row]:
    """List variances and covariances by term, then sigma^2."""
    for block, Sigma, slopes in _blocks(fit, known):
        group = block.grouping
        for term in block.terms:
            for a, name in _named(block, term):
                label, value = f"var_{name}|{group}", float(Sigma[a, a])
                yield _Row(label, group, name, "", "variance", value, slopes[:, a, a])
            for (a, name), (b, other) in _pairs(block, term):
                label, value = f"cov_{name}.{other}|{group}", float(Sigma[a, b])
                yield _Row(label, group, name, other, "covariance", value, slopes[:, a, b])
    residual = fit.estimates.sigma**2
    if not fit.spec.is_generalized:
        yield _Row("var_residual", RESIDUAL, "", "", "variance", residual, known.sigma2_slopes)


def _blocks(
    fit: Fit, known: VarianceInformation
) -> Iterator[tuple[RandomBlock, FloatArray, FloatArray]]:
    """Each block with Sigma (r, r) and its slopes (m, r, r), NaN for an effect without variance."""
    parts = zip(
        fit.design.rows.blocks,
        fit.estimates.Lambdas,
        known.Sigma_slopes,
        column_sizes(fit),
        strict=True,
    )
    for block, Lambda, slopes, rms in parts:
        relative = Lambda @ Lambda.T
        is_none = np.diagonal(relative) * rms**2 < SINGULAR**2
        lost = np.logical_or.outer(is_none, is_none)
        yield block, fit.estimates.sigma**2 * relative, np.where(lost, np.nan, slopes)


def _standardised(
    Sigma: FloatArray, slopes: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """SDs (r,), their slopes (m, r), correlations (r, r), their slopes (m, r, r)."""
    sd = np.sqrt(np.diagonal(Sigma))
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.diagonal(slopes, axis1=1, axis2=2) / (2 * sd**2)  # d log SD
        size = np.outer(sd, sd)
        correlation = np.clip(Sigma / size, -1, 1)
        both = relative[:, :, None] + relative[:, None, :]
        correlation_slopes = slopes / size - correlation * both
    is_certain = 1 - correlation**2 < CERTAIN
    return sd, relative * sd, correlation, np.where(is_certain, np.nan, correlation_slopes)


def _named(block: RandomBlock, term: BlockTerm) -> list[tuple[int, str]]:
    """Name the random effects of a term, with their places in the block."""
    return [(a, block.column_names[a]) for a in range(term.start, term.stop)]


def _pairs(
    block: RandomBlock, term: BlockTerm
) -> Iterator[tuple[tuple[int, str], tuple[int, str]]]:
    """Pairs of effects that the structure lets correlate, (later, earlier)."""
    if not has_covariances(term.structure):
        return
    effects = _named(block, term)
    for b, earlier in enumerate(effects):
        for later in effects[b + 1 :]:
            yield later, earlier

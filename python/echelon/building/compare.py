"""Set models side by side: estimates, criteria, and tests between neighbours.

Room: building/. Composes infer and measure; computes nothing itself.
Takes: fits of the same rows.
Gives: `Comparison`.
Source: docs/how-to, compare models; theory (18) for variances on the boundary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from echelon.building.comparison import Comparison, Neighbours
from echelon.building.comparison_tables import coefficient_table, model_table
from echelon.building.named_models import fit_of, read_models
from echelon.building.same_rows import check_same_rows
from echelon.errors import NotEstimableError, offenders
from echelon.families import family_of
from echelon.fit import Fit
from echelon.formula.expression import deparse
from echelon.infer.components.generalized_fits import check_likelihood
from echelon.infer.zero.likelihood_ratio import LikelihoodRatio, by_ml, likelihood_ratio
from echelon.options import read_choice, read_conf_level

DISCRETE = ("binary", "count", "ordered", "nominal")  # kinds of response with probabilities
LAYOUTS = ("columns", "rows")
REFITS = ("auto", "always", "never")
NAN = float("nan")

REFITTED = (
    "Estimates are as fitted. Likelihoods and criteria are of the same models fitted by ML: "
    "restricted likelihoods do not compare across different fixed parts, nor with ML."
)
NOT_COMPARABLE = (
    "The criteria of these models cannot be compared: their restricted likelihoods are of "
    "different fixed parts. Leave out refit='never'."
)
FAMILIES = (
    "The families or links differ: the models are not nested in one another, and compare by AIC "
    "and BIC, which are of the same response."
)
DENSITIES = (
    "Some families give probabilities of counts or categories, others densities: their likelihoods "
    "compare only as far as a count can be taken for a measurement rounded to whole numbers."
)


def compare(
    *models: Any,
    names: Sequence[str] | None = None,
    layout: str = "columns",
    refit: str = "auto",
    conf_level: float | None = None,
) -> Comparison:
    """Compare models of the same rows: what each estimates, how well it fits, what each adds.

    Each model but the first is tested against the one before it by a likelihood ratio, with the
    mixture of chi-squares that belongs to a variance on its boundary. Restricted likelihoods of
    different fixed parts are in different units: such models are refitted by ML for criteria and
    tests (no row is read for that); estimates stay as they were fitted.

    Parameters
    ----------
    models : results or fits, in order; or one list of them, or a mapping of names to them.
    names : of the models; default 'Model 1', 'Model 2', ..., or those of the mapping.
    layout : how it prints: "columns" (a column per model, as in papers) or "rows".
    refit : "auto" refits by ML where fixed parts or methods differ, "always", or "never": then
        criteria are those of the fits as given.
    conf_level : prints intervals of this level in place of standard errors; None for errors.

    Returns
    -------
    `Comparison`, with a row per model in `table` and a row per number in `coefficients`.

    Raises
    ------
    SpecError : no model, something that is no fitted model, or names that do not fit.
    NotEstimableError : the models have different responses or rows; or one was fitted by a
        quasi-likelihood (PQL, MQL).

    Notes
    -----
    Families and links may differ: models of the same response compare by AIC and BIC, and are
    tested where one is a special case of the other. One evaluation of the criterion per model, and
    a minimisation where it is refitted.

    Source
    ------
    Self & Liang (1987), Stram & Lee (1994) for variances; checked against R's anova(), cases
    lmm_hsb_slopes_as_outcomes_reml, lmm_orthodont_slope_reml, lmm_exam_slope_ml.

    Examples
    --------
    >>> import echelon as ec
    >>> sleep = ec.datasets.load("sleep")
    >>> null, days = (ec.fit(f"reaction ~ {x} + (1 | subject)", sleep) for x in ("1", "days"))
    >>> round(compare(null, days).table.row(model="Model 2")["statistic"], 2)
    116.46
    """
    named = read_models(models, names)
    labels = tuple(named)
    fits = tuple(fit_of(model, k) for k, model in enumerate(named.values()))
    layout, refit = read_choice("layout", layout, LAYOUTS), read_choice("refit", refit, REFITS)
    level = None if conf_level is None else read_conf_level(conf_level)
    for fit in fits:
        check_likelihood(fit, "compare()")
    check_same_rows(labels, fits)
    judged = _comparable(fits, refit)
    pairs = zip(labels, pairwise(fits), pairwise(judged), strict=False)
    tests = tuple(
        neighbours(against, *(given if _is_same_fixed(given) else likened))
        for against, given, likened in pairs
    )
    table = model_table(labels, fits, judged, tests)
    return Comparison(
        names=labels,
        fits=fits,
        judged=judged,
        tests=tests,
        table=table,
        coefficients=coefficient_table(labels, fits, table, level),
        notes=_notes(labels, fits, judged, tests),
        layout=layout,
        has_intervals=level is not None,
    )


def _comparable(fits: tuple[Fit, ...], how: str) -> tuple[Fit, ...]:
    """Judge models by one likelihood: ML unless all are REML with the same fixed part."""
    is_restricted = all(fit.spec.method == "REML" for fit in fits)
    is_same = len({_fixed_part(fit) for fit in fits}) == 1
    if how == "never" or (how == "auto" and is_restricted and is_same):
        return fits
    return tuple(by_ml(fit) for fit in fits)


def _is_same_fixed(pair: tuple[Fit, Fit]) -> bool:
    return _fixed_part(pair[0]) == _fixed_part(pair[1])


def _fixed_part(fit: Fit) -> tuple[frozenset[str], frozenset[str]]:
    """Name what restricted likelihoods must share: the columns of X, and the offset."""
    return frozenset(fit.design.fixed_names), _offsets(fit)


def _offsets(fit: Fit) -> frozenset[str]:
    spec = fit.spec
    offsets = [*spec.formula.offsets, *([spec.offset] if spec.offset else [])]
    return frozenset(map(deparse, offsets))


def neighbours(against: str, left: Fit, right: Fit) -> Neighbours:
    """Test the larger of two models against the smaller; say why where there is no test.

    Parameters
    ----------
    against : name of the left model.
    left, right : fits of the same rows.

    Returns
    -------
    `Neighbours`, with NaN for numbers and a reason where the models are not nested.
    """
    nothing = Neighbours(against, NAN, NAN, NAN, "", "", "")
    if _offsets(left) != _offsets(right):
        return replace(nothing, reason="no test: the two models have different offsets.")
    try:
        test = likelihood_ratio(left, right)
    except NotEstimableError as error:
        return replace(nothing, reason=f"no test. {error.what}")
    if test.mixture is None:
        return replace(nothing, reason=f"no test: {test.reason}.")
    return Neighbours(
        against=against,
        statistic=test.statistic,
        df=float(test.df),
        p_value=test.p_value,
        mixture=str(test.mixture),
        method="ML" if test.refitted else left.spec.method,
        reason=_reason(test),
    )


def _reason(test: LikelihoodRatio) -> str:
    """Name a distribution that is no plain chi-square, and pass on a caution."""
    parts = []
    if test.mixture is not None and len(test.mixture.degrees) > 1:
        parts.append(f"p from {test.mixture}, {test.mixture.definition}")
    if test.reason:
        parts.append(test.reason)
    return f"{'; '.join(parts)}." if parts else ""


def _notes(
    labels: Sequence[str],
    fits: Sequence[Fit],
    judged: Sequence[Fit],
    tests: Sequence[Neighbours],
) -> tuple[str, ...]:
    """Say what a reader of the numbers must know: refits, boundaries, what was not tested."""
    notes = _families(fits)
    if any(a is not b for a, b in zip(fits, judged, strict=True)):
        notes.append(REFITTED)
    elif len({_fixed_part(fit) for fit in fits}) > 1 and any(_is_reml(fit) for fit in judged):
        notes.append(NOT_COMPARABLE)
    said: dict[str, list[str]] = {}
    for name, test in zip(labels[1:], tests, strict=True):
        if test.reason:
            said.setdefault(test.reason, []).append(f"{name} against {test.against}")
    notes += [f"{', '.join(pairs)}: {reason}" for reason, pairs in said.items()]
    for name, fit in zip(labels, fits, strict=True):
        notes += [f"{name}: {sentence}" for sentence in _limits(fit)]
    return tuple(notes)


def _families(fits: Sequence[Fit]) -> list[str]:
    """Say by what models of different families compare, and where a density meets a probability."""
    if len({(fit.spec.family, fit.spec.link) for fit in fits}) == 1:
        return []
    kinds = {family_of(fit.spec.family).response in DISCRETE for fit in fits}
    return [FAMILIES] if len(kinds) == 1 else [FAMILIES, DENSITIES]


def _is_reml(fit: Fit) -> bool:
    return fit.spec.method == "REML"


def _limits(fit: Fit) -> list[str]:
    verdict = fit.estimates.verdict
    found = [] if verdict.is_converged else [f"not converged ({verdict.reason})."]
    if verdict.is_singular:
        found.append(f"singular fit, on the boundary: {'; '.join(verdict.boundary)}.")
    names = zip(fit.design.fixed_names, fit.estimates.is_estimated, strict=True)
    aliased = [name for name, is_estimated in names if not is_estimated]
    if aliased:
        found.append(f"not estimated, combinations of other columns: {offenders(aliased)}.")
    return found

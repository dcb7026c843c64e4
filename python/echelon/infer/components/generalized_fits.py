"""What inference asks of a generalized fit: all its coefficients, and what it cannot answer.

Room: infer/. Lines up coefficients, and refuses; tests nothing itself.
Takes: a `Fit`.
Gives: names, values and covariance of (beta, extra), and the errors of what is Gaussian only.
Source: docs/theory.md (24) and (25).
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.design.channels import ZERO_PARTS, random_terms, sections_of
from echelon.design.random import merge_terms
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.formula.terms import Grouping, RandomTerm


def coefficient_names(fit: Fit) -> tuple[str, ...]:
    """Name all coefficients: those of the mean (p,), then those of the other predictors (m,)."""
    return (*fit.design.fixed_names, *fit.design.extra_names)


def coefficient_values(fit: Fit) -> FloatArray:
    """Give all coefficients (p + m,), NaN where not estimated."""
    generalized = fit.estimates.generalized
    if generalized is None:
        return fit.estimates.beta
    return np.concatenate([fit.estimates.beta, generalized.extra])


def coefficient_covariance(fit: Fit) -> FloatArray:
    """Give the covariance (p + m, p + m) of all coefficients; NaN where not estimated."""
    generalized = fit.estimates.generalized
    if generalized is None:
        return fit.estimates.vcov
    n = len(coefficient_names(fit))
    return generalized.joint_cov[:n, :n]


def known_coefficients(fit: Fit) -> FloatArray:
    """Give all coefficients (p + m,), zero where not estimated: what the core is given."""
    return np.nan_to_num(coefficient_values(fit), nan=0.0)


def free_coefficients(fit: Fit) -> tuple[int, ...]:
    """Give the places of the coefficients that were estimated."""
    return tuple(np.flatnonzero(~np.isnan(coefficient_values(fit))).tolist())


def n_parameters(fit: Fit) -> int:
    """Count fixed effects, theta, and sigma or the other coefficients of a generalized model."""
    estimates = fit.estimates
    generalized = estimates.generalized
    others = 1 if generalized is None else int((~np.isnan(generalized.extra)).sum())
    return estimates.n_estimated + estimates.n_theta + others


def merged_terms(fit: Fit) -> tuple[tuple[Grouping, tuple[tuple[RandomTerm, str], ...]], ...]:
    """List the random terms of each block, with the prefix of the part that they are in.

    The prefix is "zero." or "hurdle." for a random term of zeros, and empty for the others.
    """
    given = random_terms(fit.spec, sections_of(fit.spec, fit.design.categories))
    parts = {id(term): sections[0].prefix for term, sections in given}
    prefixes = {f"{option}." for option in ZERO_PARTS}

    def part_of(term: RandomTerm) -> str:
        return parts[id(term)] if parts[id(term)] in prefixes else ""

    merged = merge_terms(tuple(term for term, _ in given))
    return tuple(
        (grouping, tuple((term, part_of(term)) for term in terms)) for grouping, terms in merged
    )


def is_quasi(fit: Fit) -> bool:
    """Whether a fit is by a quasi-likelihood (PQL, MQL), which is no likelihood of the data."""
    return fit.spec.is_generalized and fit.spec.method != "ML"


def check_likelihood(fit: Fit, where: str) -> None:
    """Refuse a quasi-likelihood where a likelihood is needed.

    Raises
    ------
    NotEstimableError : the fit is by PQL or MQL.
    """
    if is_quasi(fit):
        raise NotEstimableError(
            "A quasi-likelihood is no likelihood of the data.",
            where=f"{where}, a fit with method = '{fit.spec.method}'",
            got="a linearised model, whose criterion is of working responses that the fit made",
            need="a fit by Laplace or quadrature: method = 'ML'",
            do="fit the model again without the option method; Wald tests, conf_int() and the\n"
            "bootstrap go with a quasi-likelihood.",
            slug="quasi-without-likelihood",
        )


def check_gaussian(fit: Fit, what: str, where: str, do: str) -> None:
    """Refuse what is defined for Gaussian models with the identity link only.

    Parameters
    ----------
    fit : a fitted model.
    what : is Gaussian only, a sentence.
    where : it was asked for.
    do : which way there is for a generalized model.

    Raises
    ------
    NotEstimableError : the fit is generalized.
    """
    if not fit.spec.is_generalized:
        return
    raise NotEstimableError(
        what,
        where=f"{where}, a fit with family = '{fit.spec.family}', link = '{fit.spec.link}'",
        got="a generalized model: its likelihood is no function of cross-products",
        need="family = 'gaussian' with link = 'identity'",
        do=do,
        slug="gaussian-only",
    )

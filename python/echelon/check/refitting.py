"""The same model with more terms: what a check proposes is what it has fitted.

Room: check/. Rewrites the formula and fits again, on the same rows.
Takes: a `Fit` with the columns of its table, and terms in the words of a formula.
Gives: the larger `Fit`.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from dataclasses import replace

from echelon.fit import Fit, fit_model, frame_of
from echelon.formula.parse import parse_formula
from echelon.formula.render import render


def extended_formula(fit: Fit, *terms: str) -> str:
    """Write the formula of a fit with more terms: 'y ~ x + (1 | g)' and 'z' as one text."""
    return " + ".join([render(fit.spec.formula), *terms])


def with_terms(fit: Fit, *terms: str) -> Fit:
    """Fit the model with more terms to the same rows.

    Parameters
    ----------
    fit : a fitted model.
    terms : of the fixed or the random part, made of columns that the model has already.

    Returns
    -------
    `Fit`; nothing is announced, its verdict is in its estimates.

    Raises
    ------
    EchelonError : the larger model cannot be fitted.
    """
    formula = parse_formula(extended_formula(fit, *terms))
    spec = replace(fit.spec, formula=parse_formula(render(formula)), start=None)
    return fit_model(spec, frame_of(fit, "check()"))

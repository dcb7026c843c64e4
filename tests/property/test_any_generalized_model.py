"""Fits of generalized models to hostile data: an estimate, a warning or an error, soon.

Never another exception, a number that is not finite in what is said to have converged, or a fit
whose end nobody lives to see.
"""

from __future__ import annotations

import math
import time
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import echelon
from echelon.api import Result
from echelon.errors import (
    ConvergenceWarning,
    EchelonError,
    EchelonWarning,
    QuasiLikelihoodWarning,
    SeparationWarning,
    SingularFitWarning,
    WeakIdentificationWarning,
)
from tests.property.troubled_data import troubled_model

SECONDS = 20.0  # of the processor, which other programs do not use up
MOST_EVALUATIONS = 10_000  # all searches of a fit together, of at most 500 each
LONGEST_LIKELIHOOD = 1e9  # its criteria take more columns than a page has
EXPLANATIONS = (
    *(ConvergenceWarning, SeparationWarning, SingularFitWarning),
    *(WeakIdentificationWarning, QuasiLikelihoodWarning),
)

seeds = st.integers(0, 2**31)


def check(seed: int) -> None:
    """Fit one hostile model, and judge the outcome."""
    formula, data, options, troubles = troubled_model(seed)
    begun = time.process_time()
    fit, said = None, None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fit = echelon.fit(formula, data, **options)
            text = str(fit)
        except EchelonError as error:
            said = error
    assert time.process_time() - begun < SECONDS, troubles
    if said is not None:
        assert "\n  see:   errors#" in str(said)
        assert said.slug not in ("internal", "corrupt-cross-products"), str(said)
    kinds = [warning.category for warning in caught]
    assert all(issubclass(kind, EchelonWarning) for kind in kinds), kinds
    if fit is not None:
        is_printable = abs(fit.log_likelihood) < LONGEST_LIKELIHOOD
        assert max(map(len, text.split("\n"))) <= 88 or not is_printable, text
        _check(fit, any(kind in EXPLANATIONS for kind in kinds), options)


def _check(fit: Result, is_explained: bool, options: dict[str, Any]) -> None:
    """What is not explained by a warning is finite; the estimates always are."""
    estimates, verdict = fit.fit.estimates, fit.convergence
    assert verdict.n_evaluations <= MOST_EVALUATIONS
    assert verdict.is_converged or is_explained
    if "method" not in options:
        assert math.isfinite(fit.log_likelihood)
    kept = estimates.is_estimated
    assert np.isfinite(estimates.beta[kept]).all()
    assert np.isfinite(estimates.theta).all()
    assert all(np.isfinite(modes).all() for modes in estimates.modes)
    if estimates.generalized is not None:
        assert np.isfinite(estimates.generalized.eta).all()
    if verdict.is_converged and not is_explained:
        assert np.isfinite(estimates.vcov[np.ix_(kept, kept)]).all()


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=1_000)
@given(seeds)
def test_any_generalized_model(seed: int) -> None:
    check(seed)

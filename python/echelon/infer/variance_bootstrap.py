"""The likelihood ratio of two nested models under the smaller one, by parametric bootstrap.

Room: infer/. Draws and refits; reads no distribution.
Takes: the two fits, with their rows.
Gives: the statistics of the replicates.
Source: docs/theory.md (18); Davison & Hinkley (1997), section 4.2.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from echelon._types import FloatArray
from echelon.engine.estimate import estimate
from echelon.errors import EngineError
from echelon.fit import Fit, design_with_rows
from echelon.simulate import simulate

AT_ONCE = 50  # responses held at a time


def bootstrap_statistics(
    smaller: Fit, larger: Fit, n: int, generator: np.random.Generator
) -> tuple[FloatArray, int]:
    """Refit two models to responses drawn from the smaller.

    Parameters
    ----------
    smaller, larger : nested fits by one method, with the same fixed effects under REML.
    n : replicates.
    generator : draws them.

    Returns
    -------
    The likelihood ratios (n less those that failed,), at least 0, and how many failed.

    Raises
    ------
    NotEstimableError : a fit was saved without its rows.
    """
    design_with_rows(larger, "variance_test(method='bootstrap')")
    found, n_failed = [], 0
    for first in range(0, n, AT_ONCE):
        for y in simulate(smaller, min(AT_ONCE, n - first), generator).T:
            try:
                found.append(_objective(smaller, y) - _objective(larger, y))
            except EngineError:
                n_failed += 1
    return np.maximum(found, 0.0), n_failed


def _objective(fit: Fit, y: FloatArray) -> float:
    _, estimates = estimate(replace(fit.design, y=y), replace(fit.spec, start=None))
    return estimates.objective

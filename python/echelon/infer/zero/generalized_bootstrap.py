"""The likelihood ratio of two generalized models under the smaller one, by parametric bootstrap.

Room: infer/. Draws responses and refits both models to them, warm.
Takes: the two fits, with their rows.
Gives: the statistics of the replicates.
Source: docs/theory.md (18) and (20); Davison & Hinkley (1997), section 4.2.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from echelon._types import FloatArray
from echelon.engine.kernel import thread_count
from echelon.engine.replicates import replicate_seeds
from echelon.errors import EngineError
from echelon.fit import Fit, design_with_rows
from echelon.infer.components.redrawn import estimated, responses
from echelon.progress import Progress


def generalized_statistics(
    smaller: Fit, larger: Fit, n: int, generator: np.random.Generator
) -> tuple[FloatArray, int]:
    """Refit two generalized models to responses drawn from the smaller.

    Parameters
    ----------
    smaller, larger : nested fits of the same rows.
    n : replicates.
    generator : gives their seeds; those of the first replicates are the same for any n.

    Returns
    -------
    The likelihood ratios (n less those that failed,), at least 0, and how many failed.
    """
    design_with_rows(smaller, "variance_test(method='bootstrap')")
    respond = responses(smaller)
    seeds = replicate_seeds(int(generator.integers(2**63)), n)

    def one(seed: int) -> float:
        y = respond(np.random.default_rng(seed))
        try:
            with np.errstate(all="ignore"):
                below, above = (
                    estimated(fit, replace(fit.design, y=y)).estimates.objective
                    for fit in (smaller, larger)
                )
        except EngineError:
            return np.nan
        return max(below - above, 0.0)

    size, values = 4 * thread_count(), seeds.tolist()
    found = np.empty(0)
    with ThreadPoolExecutor(thread_count()) as pool, Progress("bootstrap", n) as bar:
        for start in range(0, n, size):  # some at a time, so that Ctrl-C does not wait for all
            found = np.append(found, list(pool.map(one, values[start : start + size])))
            bar.update(len(found))
    kept = found[~np.isnan(found)]
    return kept, n - len(kept)

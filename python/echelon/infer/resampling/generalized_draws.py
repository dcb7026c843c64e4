"""Replicates of a generalized model: its data drawn anew, and the fit to each draw.

Room: infer/. Chooses what is drawn; a replicate depends on its generator alone.
Takes: a `Fit` with its rows and the kind of resampling.
Gives: a function from a generator to a fit.
Source: docs/theory.md (20) and (24); Davison & Hinkley (1997), section 3.8.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from echelon.fit import Fit
from echelon.infer.components.redrawn import estimated, responses
from echelon.infer.resampling.cases import CaseSampler

Draw = Callable[[np.random.Generator], Fit]


def generalized_draw(
    fit: Fit, kind: str, levels: tuple[str, ...] | None, needs_errors: bool
) -> Draw:
    """Prepare replicates of a generalized model.

    Parameters
    ----------
    fit : a fitted generalized model with its rows.
    kind : "parametric" or "case".
    levels : kind "case": grouping factors that are drawn, and "rows"; None for the highest.
    needs_errors : whether replicates need the covariance of their estimates, which costs as much
        as the estimates.

    Returns
    -------
    A function that draws and fits.
    """
    fitted = partial(estimated, fit, needs_errors=needs_errors)
    if kind == "case":
        return CaseSampler(fit, levels, fitted).draw
    respond = responses(fit)

    def draw(generator: np.random.Generator) -> Fit:
        return fitted(replace(fit.design, y=respond(generator)))

    return draw

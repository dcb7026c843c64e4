"""Variance explained level by level, against a simpler model.

Room: measure/. Two schools that compare variances: Snijders & Bosker, Raudenbush & Bryk.
Takes: a `Fit`, its null model, a baseline.
Gives: rows of the table of variance explained.
Source: Snijders & Bosker (1994), Sociological Methods & Research 22, 342-363, and (2012), section
    7.1; Raudenbush & Bryk (2002), pp. 74 and 79; docs/theory.md (22).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from echelon.engine.kernel import INTERCEPT
from echelon.fit import Fit
from echelon.measure.moments import group_sizes, is_single
from echelon.measure.null_model import has_intercepts_only, intercepts_model
from echelon.measure.r_squared_row import Explained, share
from echelon.measure.variance_parts import variance_parts

SNIJDERS, RAUDENBUSH = "Snijders & Bosker", "Raudenbush & Bryk"
RESIDUAL = "residual"


def snijders(fit: Fit, null: Fit, purpose: str) -> list[Explained]:
    """Reduction of the error of predicting a value (level 1), and a group mean (level 2).

    Random slopes are taken out first, as their authors advise: the model is fitted again with
    random intercepts only. The mean is that of a group of a representative size, the harmonic
    mean of the sizes. Level 2 exists with one grouping factor.
    """
    plain = intercepts_model(fit, purpose)
    ours, before = (variance_parts(model, purpose) for model in (plain, null))
    refitted = "" if has_intercepts_only(fit) else " Refitted without random slopes."
    rows = [
        Explained(
            SNIJDERS,
            "level 1",
            1 - share(ours.total, before.total),
            "Reduction of the mean squared error in predicting one value of the response."
            + refitted,
        )
    ]
    blocks = fit.design.rows.blocks
    if len(blocks) == 1 and is_single(blocks[0]):
        sizes = group_sizes(fit, 0, purpose)
        size = len(sizes) / float((1 / sizes).sum())
        errors = [float(at.random.sum()) + at.residual / size for at in (ours, before)]
        rows.append(
            Explained(
                SNIJDERS,
                "level 2",
                1 - share(*errors),
                f"Reduction of the error in predicting the mean of a group of {size:.4g} rows"
                " (harmonic mean)." + refitted,
            )
        )
    return rows


def raudenbush(fit: Fit, baseline: Fit, name: str) -> list[Explained]:
    """Reduction of each variance that is in both models, relative to the baseline's.

    Negative where the predictors make a variance larger: estimates do not fall as sums of squares
    do, and an intercept variance means another thing once a predictor is centred elsewhere.
    """
    ours, before = components(fit), components(baseline)
    sloped = {block.grouping for block in fit.design.rows.blocks if block.n_columns > 1}
    rows = []
    for (grouping, term), variance in before.items():
        if (grouping, term) not in ours:
            continue
        value = 1 - share(ours[grouping, term], variance)
        where = RESIDUAL if grouping == RESIDUAL else f"{term} | {grouping}"
        what = "within groups" if grouping == RESIDUAL else f"of {term} between groups"
        if not baseline.design.rows.blocks:
            what = "left over"
        meaning = f"Reduction of the variance {what}, against {name}."
        if grouping in sloped and term == INTERCEPT:
            meaning += " With random slopes, it is the variance where their predictors are zero."
        if value < 0:
            meaning += " Negative: it is larger in this model."
        if not variance > 0:
            meaning += " None: it is zero there already."
        rows.append(Explained(RAUDENBUSH, where, value, meaning))
    return rows


def components(fit: Fit) -> Mapping[tuple[str, str], float]:
    """Variances by grouping factor and effect, the residual last."""
    sigma = fit.estimates.sigma
    found: dict[tuple[str, str], float] = {}
    for block, factor in zip(fit.design.rows.blocks, fit.estimates.Lambdas, strict=True):
        variances = sigma**2 * np.square(factor).sum(axis=1)
        found |= {
            (block.grouping, name): float(variance)
            for name, variance in zip(block.column_names, variances, strict=True)
        }
    return found | {(RESIDUAL, ""): sigma**2}

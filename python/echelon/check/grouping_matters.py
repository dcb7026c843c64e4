"""The groups: whether a regression that ignores them would have done, or misled.

Room: check/. One question per file: what does the grouping do to the standard errors?
Takes: `Evidence`.
Gives: one `Finding`.
Source: Kish (1965), section 5.4; Moulton (1990), Review of Economics and Statistics 72, 334-338.
"""

from __future__ import annotations

import numpy as np

from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.fit import Fit
from echelon.measure.design_effect import design_effect
from echelon.measure.naive import compare_ols

LOOK = 1.1
MISLEADS = 2.0
SOURCE = (
    "echelon: below 1.1 no standard error changes by more than 5%; from 2 on ignoring groups "
    "misleads: Muthén & Satorra (1995), Sociological Methodology 25, 267-316"
)


def grouping_matters(evidence: Evidence) -> tuple[Finding, ...]:
    """Give the largest design effect: the squared ratio of standard errors with and without groups.

    Of a Gaussian model that of the coefficient that changes most, in either direction; of a
    generalized one Kish's, of the mean of the response, as coefficients of a regression without
    groups have another scale.
    """
    fit = evidence.fit
    if not evidence.blocks:
        return ()
    term, effect = _of_response(fit) if fit.spec.is_generalized else _of_coefficients(fit)
    if not np.isfinite(effect) or effect <= 0:
        return ()
    value = max(effect, 1 / effect)
    return (
        Finding(
            "grouping_matters",
            term,
            "design effect",
            value,
            LOOK,
            float("nan"),
            judge(-value, -LOOK, float("nan")),
            SOURCE,
            None,
            {
                "effect": effect,
                "ratio": float(np.sqrt(effect)),
                "misleads": value >= MISLEADS,
                "n": fit.design.n_obs,
                "is_generalized": fit.spec.is_generalized,
                "groupings": tuple(block.grouping for block in evidence.blocks),
            },
        ),
    )


def _of_coefficients(fit: Fit) -> tuple[str, float]:
    table = compare_ols(fit)
    effects = table["design_effect"]
    change = np.abs(np.log(np.where(effects > 0, effects, np.nan)))
    if not np.isfinite(change).any():
        return "", float("nan")
    worst = int(np.nanargmax(change))
    return str(table["term"][worst]), float(effects[worst])


def _of_response(fit: Fit) -> tuple[str, float]:
    return "", float(design_effect(fit)["design_effect"][-1])

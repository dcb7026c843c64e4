"""R-squared of the fixed effects from their F tests.

Room: measure/. One school per file: Edwards et al., and its partial version by term.
Takes: a `Fit`.
Gives: rows of the table of variance explained.
Source: Edwards, Muller, Wolfinger, Qaqish & Schabenberger (2008), Statistics in Medicine 27,
    6137-6157, equation 19; docs/theory.md (22).
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.engine.kernel import INTERCEPT
from echelon.fit import Fit
from echelon.formula.expression import deparse
from echelon.infer.coefficients.inference import linear_inference, of_estimated
from echelon.infer.coefficients.linear import LinearInference
from echelon.measure.r_squared_row import Explained

MEASURE = "Edwards et al."


def edwards(fit: Fit) -> list[Explained]:
    """Share of the fixed effects, q F / (q F + df), all together and term by term.

    F and df are those of the Wald test that the coefficients are zero, with the degrees of freedom
    of the fit (`df_method`); its authors use Kenward and Roger's. Nothing without an intercept, or
    where df is infinite.
    """
    names = fit.design.fixed_names
    tested = [i for i, name in enumerate(names) if name != INTERCEPT]
    if not tested or INTERCEPT not in names:
        return []
    inference = of_estimated(linear_inference(fit))
    identity = np.eye(len(names))
    rows = [
        _row(inference, identity[tested], "all predictors", "the fixed effects, given the groups.")
    ]
    rows += [
        _row(inference, identity[places], f"partial {label}", f"{label}, given all other terms.")
        for label, places in _terms(fit)
    ]
    return [row for row in rows if row.value == row.value]


def _terms(fit: Fit) -> list[tuple[str, list[int]]]:
    """Label each fixed term but the intercept, with the places of its columns."""
    found, start = [], 0
    for plan, size in zip(fit.design.recipe.fixed, fit.design.recipe.fixed_sizes, strict=True):
        places = list(range(start, start + size))
        start += size
        if plan.parts:
            found.append((":".join(deparse(part.expression) for part in plan.parts), places))
    return found


def _row(inference: LinearInference, L: FloatArray, part: str, what: str) -> Explained:
    test = inference.joint(L)
    is_finite = test.df_num > 0 and np.isfinite(test.df_den)
    ratio = test.df_num * test.statistic / test.df_den if is_finite else np.nan
    return Explained(
        MEASURE, part, ratio / (1 + ratio), f"Share explained by {what} From its F test."
    )

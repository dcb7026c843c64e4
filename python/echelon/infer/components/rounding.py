"""How much rounding leaves of inference about an almost perfect fit.

Room: infer/components. Measures; takes nothing away itself.
Takes: a `Fit`.
Gives: whether few digits or none are left of what rests on second derivatives.
Source: docs/theory.md (13); tests/unit/infer/components/test_rounding.py.
"""

from __future__ import annotations

from echelon.engine.curvature import share_left
from echelon.fit import Fit

LITTLE = 1e-11  # share of the response's sum of squares: df are right to about 1 % or better
NOTHING = 1e-13  # here they are wrong by a tenth, at 1e-14 by a half


def leaves_few_digits(fit: Fit) -> bool:
    """Whether the model leaves so little of the response that few digits are left, or none."""
    return _has_share(fit) and share_left(fit) < LITTLE


def leaves_no_digit(fit: Fit) -> bool:
    """Whether what is left of the response is no more than rounding can make of it."""
    return _has_share(fit) and share_left(fit) < NOTHING


def _has_share(fit: Fit) -> bool:
    """Whether there is a sum of squares to take a share of: Gaussian models with groups."""
    return bool(fit.design.rows.blocks) and not fit.spec.is_generalized

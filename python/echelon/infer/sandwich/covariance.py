"""A robust covariance, and the kinds there are.

Room: infer/. Names; computes nothing.
Takes: -
Gives: `Robust`, `KINDS`.
Source: docs/theory.md (16).
"""

from __future__ import annotations

from dataclasses import dataclass

from echelon._types import FloatArray
from echelon.infer.coefficients.linear import Degrees

KINDS = ("CR0", "CR1", "CR1S", "CR2", "CR3", "HLM")
FEW = 40  # clusters below which CR0, CR1, CR1S and HLM are too small


@dataclass(frozen=True, slots=True)
class Robust:
    """A robust covariance (p, p): its kind, how its df are counted, and what it rests on.

    Of a generalized model it is that of all coefficients, (p + m, p + m).
    """

    kind: str
    vcov: FloatArray
    degrees: Degrees
    df_method: str
    notes: tuple[str, ...]

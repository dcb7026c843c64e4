"""Whether the minimum is certified, and what lies on the boundary.

Room: engine/. Judges; changes nothing.
Takes: theta at the end, its Lambda templates, the sizes of the random columns, the core's report.
Gives: `Verdict`.
Source: docs/theory.md (11); singular as in style.md: judged on theta, without units.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import RandomBlock
from echelon.engine.estimates import Verdict

SINGULAR = 1e-4  # relative to the residual standard deviation
STALLED = 1e-6  # Newton decrement that still counts, when rounding stops the minimiser


def judge(
    blocks: tuple[RandomBlock, ...],
    Lambdas: tuple[FloatArray, ...],
    rms: list[list[float]],
    outcome: dict[str, Any],
) -> Verdict:
    """Certify the end of a minimisation.

    Each term's template is scaled by the root mean square of its columns: its smallest singular
    value is then the smallest standard deviation, relative to sigma, that any combination of the
    term's effects contributes to a row.
    """
    boundary: list[str] = []
    distance = np.inf
    for block, Lambda, sizes in zip(blocks, Lambdas, rms, strict=True):
        for term in block.terms:
            inside = slice(term.start, term.stop)
            scaled = Lambda[inside, inside] * np.array(sizes[inside])[:, None]
            smallest = (
                abs(float(scaled[0, 0])) if term.size == 1 else smallest_singular_value(scaled)
            )
            distance = min(distance, smallest)
            if smallest < SINGULAR:
                boundary += _on_boundary(block, block.column_names[inside], scaled)
    reason = outcome["reason"]
    return Verdict(
        is_converged=reason == "converged"
        or (reason == "no progress" and outcome["decrement"] < STALLED),
        is_singular=bool(boundary),
        n_evaluations=outcome["n_evaluations"],
        newton_decrement=outcome["decrement"],
        gradient_norm=outcome["gradient_norm"],
        smallest_eigenvalue=outcome["smallest_eigenvalue"],
        distance_to_boundary=float(distance),
        reason=reason,
        boundary=tuple(boundary),
    )


def smallest_singular_value(matrix: FloatArray) -> float:
    """Smallest singular value of a square matrix; that of two columns without LAPACK."""
    if matrix.shape != (2, 2):
        return float(np.linalg.svd(matrix, compute_uv=False)[-1])
    (a, b), (c, d) = matrix.tolist()
    square, twice_det = a * a + b * b + c * c + d * d, 2.0 * abs(a * d - b * c)
    root = math.sqrt(max(square - twice_det, 0.0) * (square + twice_det))
    largest = math.sqrt(0.5 * (square + root))
    return 0.5 * twice_det / largest if largest > 0.0 else 0.0


def _on_boundary(block: RandomBlock, names: tuple[str, ...], scaled: FloatArray) -> list[str]:
    """Name what is zero, or what is perfectly correlated."""
    spread = np.sqrt((scaled**2).sum(axis=1))
    zero = [name for name, size in zip(names, spread, strict=True) if size < SINGULAR]
    if zero:
        return [f"variance of {name} | {block.grouping}" for name in zero]
    if len(names) == 2:
        return [f"correlation of {names[0]} and {names[1]} | {block.grouping}"]
    return [f"a combination of {', '.join(names)} | {block.grouping}"]

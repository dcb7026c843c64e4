"""Whether the random effects are normal, one by one and together.

Room: check/. One question per file: what shape have the random effects?
Takes: `Evidence`.
Gives: findings 'random_skewness', 'random_tails' and 'random_joint_tails' per grouping factor.
Source: Bulmer (1979), p. 63; Mardia (1970), Biometrika 57, 519-530; McCulloch & Neuhaus (2011),
    Statistical Science 26, 388-402, on how little harm is done.
"""

from __future__ import annotations

import math

import numpy as np

from echelon._types import FloatArray
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, Verdict, judge
from echelon.check.residual_shape import HEAVY, SKEWED, SOURCE_HEAVY, SOURCE_SKEWED
from echelon.check.shape import kurtosis, skewness, two_sided
from echelon.check.standard_modes import StandardModes, all_modes

FEW_GROUPS = 20  # below, skewness has a standard error above 0.5: nothing can be seen
JOINT = (4 / 3, 2.0)
SOURCE_JOINT = (
    "echelon: 1 is the kurtosis of a multivariate normal (Mardia 1970); with one effect the "
    "limits are those of the excess kurtosis, 1 and 3"
)
ALPHA = 0.005  # asked of each of several effects, so that all together stay near 0.01
REPLICATES = 999
MOST_DRAWN = 2_000_000  # normal numbers for Mardia's test; beyond, its limit
STREAM = 1


def random_skewness(evidence: Evidence) -> tuple[Finding, ...]:
    """Measure how lopsided the groups' effects are, effect by effect."""
    found = []
    for modes, q, values in _effects(evidence):
        size, p = skewness(values)
        verdict = _verdict(abs(size), SKEWED, p, len(values))
        facts = _facts(evidence, modes, q, values)
        about = f"{modes.block.column_names[q]} | {modes.block.grouping}"
        found.append(
            Finding(
                "random_skewness",
                about,
                "skewness",
                size,
                *SKEWED,
                verdict,
                SOURCE_SKEWED,
                None if math.isnan(p) else p,
                facts,
            )
        )
    return tuple(found)


def random_tails(evidence: Evidence) -> tuple[Finding, ...]:
    """Measure how heavy the tails of the groups' effects are, effect by effect."""
    found = []
    for modes, q, values in _effects(evidence):
        size, p = kurtosis(values)
        # Modes of yes-no groups take few values: light tails are no news in a generalized model.
        judged = size if evidence.fit.spec.is_generalized else abs(size)
        verdict = _verdict(judged, HEAVY, p, len(values))
        facts = _facts(evidence, modes, q, values)
        about = f"{modes.block.column_names[q]} | {modes.block.grouping}"
        found.append(
            Finding(
                "random_tails",
                about,
                "excess kurtosis",
                size,
                *HEAVY,
                verdict,
                SOURCE_HEAVY,
                None if math.isnan(p) else p,
                facts,
            )
        )
    return tuple(found)


def random_joint_tails(evidence: Evidence) -> tuple[Finding, ...]:
    """Measure Mardia's kurtosis of all effects of a group together, where there are several."""
    found = []
    for modes in all_modes(evidence):
        n = modes.block.n_groups
        if modes.rank < 2 or modes.rank + 1 >= n:
            continue
        normal = modes.rank * (modes.rank + 2.0)
        size = float((modes.distance**2).mean()) / normal
        p = _mardia_p_value(evidence, size, n, modes.rank)
        verdict = _verdict(size, JOINT, p, n)
        facts = {
            "is_single": len(modes.block.memberships) == 1,
            "n_groups": n,
            "n_effects": modes.rank,
            "is_few": n < FEW_GROUPS,
            "names": modes.block.column_names,
            "grouping": modes.block.grouping,
        }
        found.append(
            Finding(
                "random_joint_tails",
                modes.block.grouping,
                "Mardia's kurtosis over that of a normal distribution",
                size,
                *JOINT,
                verdict,
                SOURCE_JOINT,
                p,
                facts,
            )
        )
    return tuple(found)


def _effects(evidence: Evidence) -> list[tuple[StandardModes, int, FloatArray]]:
    """List the effects that vary between groups, with their standardized modes (<= J,)."""
    found = []
    for modes in all_modes(evidence):
        for q in range(modes.block.n_columns):
            values = modes.single[:, q]
            values = values[np.isfinite(values)]
            if len(values) > 2 and float(np.ptp(values)) > 0:
                found.append((modes, q, values))
    return found


def _verdict(size: float, limits: tuple[float, float], p: float, n: int) -> Verdict:
    return "fine" if n < FEW_GROUPS else judge(size, *limits, p_value=p, alpha=ALPHA)


def _facts(
    evidence: Evidence, modes: StandardModes, q: int, values: FloatArray
) -> dict[str, object]:
    return {
        "clusters": evidence.clusters,
        "is_single": len(modes.block.memberships) == 1,
        "n_groups": len(values),
        "is_few": len(values) < FEW_GROUPS,
        "effect": modes.block.column_names[q],
        "grouping": modes.block.grouping,
        "reliability": float(modes.reliability[q]),
    }


def _mardia_p_value(evidence: Evidence, size: float, n: int, rank: int) -> float:
    """Upper tail probability of the kurtosis of n normal vectors, drawn or in its limit."""
    if n * rank * REPLICATES > MOST_DRAWN:
        spread = math.sqrt(8.0 / (rank * (rank + 2.0) * n))
        z = (size - (n - 1) / (n + 1)) / spread
        return two_sided(z) / 2 if z > 0 else 1 - two_sided(z) / 2
    drawn = evidence.generator(STREAM).standard_normal((REPLICATES, n, rank))
    root = np.linalg.cholesky(np.linalg.inv(drawn.transpose(0, 2, 1) @ drawn * (1.0 / (n - 1))))
    squares = ((drawn @ root) ** 2).sum(axis=2)
    sizes = (squares**2).mean(axis=1) / (rank * (rank + 2.0))
    return float((1 + (sizes >= size).sum()) / (REPLICATES + 1))

"""Cross-products as arrays that NumPy can batch over groups.

Room: engine/. Reshapes and selects; adds nothing up.
Takes: the state of `CrossProducts`, the estimated columns, sigma^2.
Gives: `Sums`: everything divided by sigma^2, as if the residual variance were one.
Source: docs/theory.md (5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from echelon._types import FloatArray, IndexArray


@dataclass(frozen=True, slots=True)
class PairSum:
    """Z_k'WZ_l / sigma^2 of two factors by compressed rows: `values` (entries, r_k, r_l)."""

    rows: IndexArray
    columns: IndexArray
    values: FloatArray

    def turned(self) -> PairSum:
        """Exchange the factors."""
        return PairSum(self.columns, self.rows, self.values.transpose(0, 2, 1))


@dataclass(frozen=True, slots=True)
class Sums:
    """[Z X]'W[Z X] / sigma^2, block by block; X are the p estimated columns, centred.

    `zz` (J, r, r) and `zx` (J, r, p) of each factor, `xx` (p, p), `pairs` by two factors; (k, k) is
    there for a multiple membership.
    """

    n_obs: int
    sigma2: float
    zz: tuple[FloatArray, ...]
    zx: tuple[FloatArray, ...]
    xx: FloatArray
    pairs: dict[tuple[int, int], PairSum]

    @property
    def n_random(self) -> int:
        """Random effects of all groups together (q)."""
        return sum(block.shape[0] * block.shape[1] for block in self.zz)

    def pair(self, k: int, other: int) -> PairSum | None:
        """Products of factor k (rows) and another (columns); None where they never meet."""
        if (k, other) in self.pairs:
            return self.pairs[k, other]
        return self.pairs[other, k].turned() if (other, k) in self.pairs else None


def sums_of(state: dict[str, Any], keep: IndexArray, sigma2: float) -> Sums:
    """Read the state of cross-products; `keep` are the estimated columns."""
    width = state["p"] + 1
    zz, zx = [], []
    for r, n_groups, own, fixed in state["blocks"]:
        zz.append(own.reshape(n_groups, r, r) / sigma2)
        zx.append(fixed.reshape(n_groups, r, width)[:, :, keep] / sigma2)
    pairs = {}
    for first, second, shape, ptr, cols, values in state["pairs"]:
        rows = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr.astype(np.int64)))
        entries = values.reshape(-1, *shape) / sigma2
        pairs[first, second] = PairSum(rows, cols.astype(np.int64), entries)
    xx = state["xx"].reshape(width, width)[np.ix_(keep, keep)] / sigma2
    return Sums(state["n"], sigma2, tuple(zz), tuple(zx), xx, pairs)

"""The nouns of a design: what the engine is given.

Room: design/. Knows columns and codes, not likelihoods.
Takes: encoded columns from fixed, grouping and random.
Gives: `Design` and its parts, immutable; X and Z are never formed unless asked for.
Source: docs/theory.md (1) to (3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._types import CodeArray, FloatArray
from echelon.design.covariance import CovarianceStructure
from echelon.design.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Membership:
    """One group per row: codes (n,) into the block's labels, and a weight per row or None (1).

    A code of -1 is a group that the recipe has not seen (new rows only).
    """

    codes: CodeArray
    weights: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class BlockTerm:
    """One random term of a block: columns `start:stop` of the block, with their structure."""

    start: int
    stop: int
    structure: CovarianceStructure
    text: str

    @property
    def size(self) -> int:
        """Random effects per group in this term (r)."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class RandomBlock:
    """All random terms of one grouping factor: r columns per group, one template Lambda (r, r).

    `memberships` has one entry, or one per column of a multiple membership. `columns` are r
    arrays (n,) in response-per-predictor units; an array that is also a column of X is the same
    object, so that the engine reads it once. `labels` (J,) keep the type of the data column;
    for an interaction a:b they are the strings 'a:b'.
    """

    grouping: str
    memberships: tuple[Membership, ...]
    labels: NDArray[np.object_]
    columns: tuple[FloatArray, ...]
    column_names: tuple[str, ...]
    terms: tuple[BlockTerm, ...]

    @property
    def n_groups(self) -> int:
        """Number of groups (J)."""
        return len(self.labels)

    @property
    def n_columns(self) -> int:
        """Random effects per group (r)."""
        return len(self.columns)


@dataclass(frozen=True, slots=True)
class Rows:
    """Encoded rows without a response: what X and Z are made of, for the data or for new rows.

    `fixed_columns` are p arrays (n,); the intercept is the array of ones. `offset` (n,) or None.
    """

    n_obs: int
    fixed_columns: tuple[FloatArray, ...]
    blocks: tuple[RandomBlock, ...]
    offset: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """A model and its data, encoded.

    `y` (n,) in response units; `weights` (n,) prior weights or None; `fixed_names` (p,), with
    the names of docs/reference; `recipe` encodes new rows the same way.
    """

    rows: Rows
    y: FloatArray
    response_name: str
    fixed_names: tuple[str, ...]
    weights: FloatArray | None
    recipe: Recipe

    @property
    def n_obs(self) -> int:
        """Number of observations (n)."""
        return self.rows.n_obs

    @property
    def X(self) -> FloatArray:
        """Form the fixed-effects matrix (n, p); the engine does without."""
        if not self.rows.fixed_columns:
            return np.empty((self.n_obs, 0))
        return np.column_stack(self.rows.fixed_columns)

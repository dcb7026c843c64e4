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
    for an interaction a:b they are the strings 'a:b'. `channels` (r,) says which linear predictor
    each column enters; empty: all enter the first.
    """

    grouping: str
    memberships: tuple[Membership, ...]
    labels: NDArray[np.object_]
    columns: tuple[FloatArray, ...]
    column_names: tuple[str, ...]
    terms: tuple[BlockTerm, ...]
    channels: tuple[int, ...] = ()

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
class Column:
    """One coefficient's part of a linear predictor: factor * values (n,) * coefficient.

    `coefficient` is its place among all coefficients: those of `fixed_names`, then those of
    `extra_names`. A coefficient may have a part in several channels.
    """

    coefficient: int
    values: FloatArray
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Channel:
    """One linear predictor of a row: its name, columns, and offset (n,) or None.

    Channels with random effects come first. Names: 'mean', 'zero', 'hurdle', 'dispersion',
    'power', 'df'; 'location', 'threshold 1' ..., 'scale' (ordered categories); the contrasted
    categories (multinomial).
    """

    name: str
    columns: tuple[Column, ...]
    offset: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """A model and its data, encoded.

    `y` (n,) in response units (binomial: successes; categories: 0 to J - 1); `weights` (n,) prior
    weights or None; `fixed_names` (p,), with the names of docs/reference; `recipe` encodes new
    rows the same way. For families other than the Gaussian with identity link: `trials` (n,) or
    None (one each), `categories` the labels of the response's categories, `channels` its linear
    predictors and `extra_names` (m,) the coefficients besides the p of the mean.
    """

    rows: Rows
    y: FloatArray
    response_name: str
    fixed_names: tuple[str, ...]
    weights: FloatArray | None
    recipe: Recipe
    trials: FloatArray | None = None
    categories: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    extra_names: tuple[str, ...] = ()

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

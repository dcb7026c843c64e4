"""The columns of a model frame: numbers and categories, nothing else.

Room: frame/. Knows values, not models.
Takes: arrays that `read` and `rows` have made.
Gives: `Numeric`, `Categorical`, `RowAccount` and `ModelFrame`, all read-only.
Source: docs/reference, data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

from echelon._types import CodeArray, FloatArray, IndexArray


@dataclass(frozen=True, slots=True)
class Numeric:
    """A column of numbers: values (n,), in the unit of the column."""

    name: str
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Categorical:
    """A column of categories: codes (n,) into `labels` (k,), every label used at least once.

    `labels` keeps the type of the column (integers stay integers, so that a million group ids
    need no million strings); `label_text` words them.
    """

    name: str
    codes: CodeArray
    labels: NDArray[Any]
    is_ordered: bool = False

    @property
    def label_text(self) -> tuple[str, ...]:
        """The labels as text, in their order."""
        return tuple(str(label) for label in self.labels)


Column: TypeAlias = Numeric | Categorical


@dataclass(frozen=True, slots=True)
class RowAccount:
    """Which rows of the table are in the model, and why the others are not.

    `kept` holds their positions in the table (n_used,), None when every row is kept.
    `dropped` pairs a reason ('missing ses', 'subset') with a count, in order of the columns; a
    row that lacks two variables counts for the first.
    """

    n_read: int
    n_used: int
    kept: IndexArray | None = None
    dropped: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelFrame:
    """The columns a model needs, complete and of equal length.

    `columns` holds predictors, response, weights and offset; `groupings` the columns used as
    group labels (a column used both ways is in both). `source` says where the rows came from,
    in words for the summary ('hsb.csv', 'polars DataFrame').
    """

    columns: Mapping[str, Column]
    groupings: Mapping[str, Categorical]
    rows: RowAccount
    source: str = ""

    @property
    def n_obs(self) -> int:
        """Rows in the model."""
        return self.rows.n_used

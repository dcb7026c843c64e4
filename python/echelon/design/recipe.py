"""The nouns of a recipe: what a design must remember to encode new rows the same way.

Room: design/. Data only: no method computes a column.
Takes: what functions, contrasts, fixed and grouping learn from the rows of a fit.
Gives: `Recipe` and its parts, immutable; they pickle with the fit.
Source: docs/explanation, how new rows are encoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

from echelon._types import FloatArray, IndexArray
from echelon.formula.expression import Expression
from echelon.formula.terms import Grouping

Labels: TypeAlias = NDArray[Any]  # (k,), of the type of the data column


@dataclass(frozen=True, slots=True)
class Categories:
    """Categories of a predictor and how they become columns.

    `labels` (k,) as in the data, `texts` (k,) as printed; `coding` is 'treatment', 'sum',
    'helmert' or 'poly'; `reference` is the position of the reference category (treatment only).
    """

    labels: Labels
    texts: tuple[str, ...]
    coding: str
    reference: int = 0


@dataclass(frozen=True, slots=True)
class Moments:
    """Centre and spread of a numeric predictor, in its unit: x -> (x - mean) / scale."""

    mean: float
    scale: float


@dataclass(frozen=True, slots=True)
class PolyBasis:
    """Recurrence of orthogonal polynomials: `centres` (d,) and squared norms `norms` (d + 1,).

    With `is_raw` the columns are x, x^2, ... and the arrays are empty.
    """

    degree: int
    centres: tuple[float, ...]
    norms: tuple[float, ...]
    is_raw: bool = False


@dataclass(frozen=True, slots=True)
class SplineBasis:
    """Knots of a spline, boundary knots included as often as the degree asks.

    `projection` (m, k) maps the m B-splines to the k natural splines; None for `bs`.
    """

    knots: FloatArray
    degree: int
    has_intercept: bool
    projection: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class GroupMeans:
    """Mean of a predictor in each group of the fit: `means` (J,) in its unit.

    `factor_labels` and `keys` name the groups, as in `BlockRecipe`.
    """

    factor_labels: tuple[Labels, ...]
    keys: IndexArray | None
    means: FloatArray


State: TypeAlias = Categories | Moments | PolyBasis | SplineBasis | GroupMeans


@dataclass(frozen=True, slots=True)
class Part:
    """One factor of a term: an expression, and whether its categories all get a column."""

    expression: Expression
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class TermPlan:
    """A term as the parts whose products are its columns; no parts: the intercept."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Where columns enter: the number of the linear predictor, and what precedes their names."""

    channel: int = 0
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class TermRecipe:
    """One random term: its columns and the name of its covariance structure.

    The columns are there once for each of the `sections`, in their order.
    """

    plans: tuple[TermPlan, ...]
    structure: str
    text: str
    sections: tuple[Section, ...] = (Section(),)


@dataclass(frozen=True, slots=True)
class Piece:
    """Columns of a linear predictor: column i of `plans` has the coefficient first + i step.

    Each column is multiplied by `factor`.
    """

    plans: tuple[TermPlan, ...]
    first: int
    step: int = 1
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class ChannelRecipe:
    """One linear predictor of a generalized model: its name, pieces and offsets."""

    name: str
    pieces: tuple[Piece, ...]
    offsets: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockRecipe:
    """One grouping factor with its groups and all its random terms.

    `labels` (J,) are the groups. An interaction also keeps the labels of each factor and, in
    `keys` (J,), the place of each group in the grid of all combinations, ascending.
    """

    grouping: Grouping
    labels: Labels
    factor_labels: tuple[Labels, ...]
    keys: IndexArray | None
    terms: tuple[TermRecipe, ...]


@dataclass(frozen=True, slots=True)
class NumberProfile:
    """A number of the fixed part over the rows of the fit, in its unit.

    `name` is a column, or the text of a `cwc`, `gm` or `lag` call: its values depend on other
    rows, so that it stands for itself. `sd` has the divisor n - 1; `is_binary`: two values only.
    """

    name: str
    mean: float
    sd: float
    minimum: float
    maximum: float
    is_binary: bool


@dataclass(frozen=True, slots=True)
class CategoryProfile:
    """A predictor with categories: `labels` (k,), their `texts`, and the rows of each.

    `totals` (k,) add up the prior weights of the rows (1 each without weights).
    """

    name: str
    labels: Labels
    texts: tuple[str, ...]
    totals: FloatArray


Profile: TypeAlias = NumberProfile | CategoryProfile


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that turns rows into columns: plans of X and Z, learned states, group labels.

    `fixed_sizes` counts the columns of each fixed term. `states` maps an
    expression to what it learned from the rows of the fit. `profiles` describe the raw variables
    of fixed part and offsets; `cell_totals` (k_1, ..., k_f) are the totals of all combinations of
    their categories, in the order of `profiles`, None where there are too many. `channels` are
    the linear predictors of a generalized model; `fixed` holds the terms of the mean, once for
    each contrast of a multinomial model.
    """

    fixed: tuple[TermPlan, ...]
    fixed_sizes: tuple[int, ...]
    blocks: tuple[BlockRecipe, ...]
    offsets: tuple[Expression, ...]
    states: Mapping[Expression, State]
    profiles: tuple[Profile, ...] = ()
    cell_totals: FloatArray | None = None
    channels: tuple[ChannelRecipe, ...] = ()

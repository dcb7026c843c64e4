"""Marginal means as rows of L: what tables of means, contrasts and letters are all made of.

Room: infer/. Groups, tests and adjusts rows; tabulates nothing.
Takes: a `ReferenceGrid`, its rows L, and a `LinearInference`.
Gives: `MeanRows`, and `judge`: estimates and adjusted tests of any combinations of them.
Source: docs/theory.md (23).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray, IndexArray
from echelon.errors import SpecError, near_matches, offenders
from echelon.infer.coefficients.degrees import Constant
from echelon.infer.coefficients.linear import LinearInference
from echelon.infer.means.back_transform import Inverse
from echelon.infer.means.multiplicity import Family, adjusted_p, adjusted_quantile, describe
from echelon.infer.means.reference_grid import Axis, ReferenceGrid, positions

CHUNK = 512  # rows whose covariance is formed at once


@dataclass(frozen=True, slots=True, eq=False)
class MeanRows:
    """Means L beta + offset of the cells of a grid, L (m, p), offset (m,).

    `is_known` (m,): the weights of the mean exist (its cells have rows, where rows weigh).
    `inverse` leads to the scale on which they are shown, None for their own; `link` to the
    response's, of a generalized model; `compared` is the scale of contrasts where it is not the
    usual one, `on_ratios` a sentence on what ratios compare.
    """

    grid: ReferenceGrid
    L: FloatArray
    offset: FloatArray
    is_known: NDArray[np.bool_]
    by: tuple[str, ...]
    inference: LinearInference
    conf_level: float
    inverse: Inverse | None
    response: str
    link: Inverse | None = None
    compared: str = ""
    on_ratios: str = ""

    def groups(self, by: Sequence[str]) -> tuple[dict[str, NDArray[Any]], IndexArray, list[Axis]]:
        """Split the cells: columns (b,) of the groups, cells (b, k) of each, axes within.

        The first variable varies fastest, over groups and within them.
        """
        axes = {axis.name: axis for axis in self.grid.shown}
        for name in by:
            if name not in axes:
                raise _not_shown(name, tuple(axes))
        inside = [axis for axis in self.grid.shown if axis.name not in by]
        outside = [axes[name] for name in by]
        strides = dict(
            zip(axes, np.cumprod([1, *[len(a.values) for a in axes.values()]]), strict=False)
        )
        cells = np.add.outer(_places(outside, strides), _places(inside, strides))
        columns = ReferenceGrid(tuple(outside), (), ()).columns()
        return columns, cells, inside


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Estimates and tests of m combinations, with the sentence on their adjustment.

    `values` holds the columns of `LinearInference.rows`, p values and intervals adjusted.
    """

    values: dict[str, FloatArray]
    note: str


def judge(
    inference: LinearInference,
    L: FloatArray,
    *,
    offset: FloatArray,
    is_known: NDArray[np.bool_],
    families: IndexArray,
    method: str,
    conf_level: float,
    by: tuple[str, ...],
    null: float = 0.0,
    n_means: Sequence[int] | None = None,
) -> Judged:
    """Estimate L beta + offset and test each row, judged together with its family.

    Parameters
    ----------
    inference : covariance and degrees of freedom.
    L, offset, is_known : (m, p), (m,), (m,); rows that are not known are NaN in the result.
    families : (f, c) places of the rows of each family.
    method : of adjustment, one of `multiplicity.METHODS`.
    conf_level : of the intervals of a family together.
    by : names of what the families are groups of.
    null : value that is tested.
    n_means : (f,) number of means of all pairs, for 'tukey'.

    Returns
    -------
    `Judged`.
    """
    values = _in_chunks(inference, np.where(is_known[:, None], L, 0.0), conf_level, null - offset)
    for column in values.values():
        column[~is_known] = np.nan
    for name in ("estimate", "conf_low", "conf_high"):
        values[name] += offset
    if method == "none":
        return Judged(values, "")
    is_known = is_known & np.isfinite(values["std_error"])
    families_judged = []
    for i, places in enumerate(families):
        own = places[is_known[places]]
        if not len(own):
            continue
        family = Family(
            values["statistic"][own],
            values["df"][own],
            values["p_value"][own],
            partial(_unit_rows, inference, L[own]),
            None if n_means is None else n_means[i],
        )
        families_judged.append(family)
        values["p_value"][own] = adjusted_p(method, family)
        margin = values["std_error"][own] * adjusted_quantile(method, family, conf_level)
        values["conf_low"][own] = values["estimate"][own] - margin
        values["conf_high"][own] = values["estimate"][own] + margin
    return Judged(values, describe(method, families_judged, by))


def _in_chunks(
    inference: LinearInference, L: FloatArray, conf_level: float, null: FloatArray
) -> dict[str, FloatArray]:
    parts = [
        inference.rows(L[start : start + CHUNK], conf_level, null[start : start + CHUNK])
        for start in range(0, max(len(L), 1), CHUNK)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _unit_rows(inference: LinearInference, L: FloatArray) -> FloatArray:
    """Give each row of L (c, p) unit length in the metric of vcov: products are correlations."""
    kept = inference.is_estimated
    values, vectors = np.linalg.eigh(inference.vcov[np.ix_(kept, kept)])
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    rows = L[:, kept] @ root
    size = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: FloatArray = rows / np.where(size > 0, size, 1.0)
    return unit


def _places(axes: Sequence[Axis], strides: dict[str, Any]) -> IndexArray:
    """Find the cells of combinations of axes, the first fastest, in the whole grid."""
    total = np.zeros(int(np.prod([len(axis.values) for axis in axes])), dtype=np.int64)
    for axis, place in zip(axes, positions([len(a.values) for a in axes]), strict=True):
        total += int(strides[axis.name]) * place
    return total


def back_transformed(values: dict[str, FloatArray], inverse: Inverse) -> dict[str, FloatArray]:
    """Transform estimate and interval; the standard error by the delta method."""
    estimate = values["estimate"]
    low, high = inverse.inverse(values["conf_low"]), inverse.inverse(values["conf_high"])
    if inverse.link in ("inverse", "sqrt"):
        low, high = _ordered(inverse.link, values, low, high)
    return values | {
        "estimate": inverse.inverse(estimate),
        "std_error": values["std_error"] * np.abs(inverse.slope(estimate)),
        "conf_low": low,
        "conf_high": high,
    }


def _ordered(
    link: str, values: dict[str, FloatArray], low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Order limits of a link that falls, or that turns at zero (where 1 / x has no limits)."""
    has_zero = (values["conf_low"] < 0) & (values["conf_high"] > 0)
    least, largest = np.minimum(low, high), np.maximum(low, high)
    if link == "sqrt":
        return np.where(has_zero, 0.0, least), largest
    return np.where(has_zero, np.nan, least), np.where(has_zero, np.nan, largest)


def df_sentence(inference: LinearInference) -> str:
    """Say how degrees of freedom were counted."""
    name = inference.df_method
    if name == "satterthwaite" and isinstance(inference.degrees, Constant):
        name = "residual"  # no random effects
    words = {
        "satterthwaite": "Satterthwaite",
        "kenward_roger": "Kenward-Roger",
        "robust": "those of the robust covariance",
    }
    return f"Degrees of freedom: {words.get(name, name.replace('_', ' '))}."


def cell_text(axes: Sequence[Axis], place: Sequence[int]) -> str:
    """Name a cell: 'A L'; a number, or a category that reads like one, with its variable."""
    parts = []
    for axis, i in zip(axes, place, strict=True):
        label = axis.labels[i]
        text = label if axis.is_category else f"{label:.6g}"
        parts.append(f"{axis.name}{text}" if _reads_as_number(text) else text)
    return " ".join(parts)


def cell_texts(axes: Sequence[Axis]) -> list[str]:
    """Name all cells, the first variable fastest."""
    if not axes:
        return ["all"]
    places = positions([len(axis.values) for axis in axes])
    return [cell_text(axes, place) for place in zip(*[p.tolist() for p in places], strict=True)]


def _reads_as_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit()


def _not_shown(name: str, known: tuple[str, ...]) -> SpecError:
    return SpecError(
        f"The means are not by '{name}'.",
        where="option by",
        got=f"'{name}'",
        need=f"a variable of the means: {offenders(known)}",
        do=near_matches(name, known) if known else "ask for marginal means of the variable first.",
        slug="by-not-in-means",
    )

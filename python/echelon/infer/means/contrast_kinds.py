"""Families of contrasts: which differences of means are asked, and what they are called.

Room: infer/. Writes weights; knows neither models nor tests.
Takes: labels of k means, the kind of contrasts, or weights of the user's own.
Gives: `Kind`: names and weights (c, k).
Source: emmeans (the families of R's contrast()); Abelson & Prentice (1997) for polynomials.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, TypeAlias

import numpy as np

from echelon._types import FloatArray
from echelon.design.contrasts import coding_matrix, label_text
from echelon.errors import SpecError, near_matches, offenders
from echelon.options import read_choice

Sides: TypeAlias = tuple[str, ...]
DEGREES = ("linear", "quadratic", "cubic", "quartic", "degree 5", "degree 6")
OTHER_WORDS = {
    "pairs": "pairwise",
    "all": "pairwise",
    "trt.vs.ctrl": "control",
    "dunnett": "control",
    "consec": "consecutive",
    "poly": "polynomial",
    "eff": "effects",
    "deviation": "effects",
    "mean_chg": "mean_change",
}
ADJUSTMENTS = {  # what is usual for each kind
    "pairwise": "tukey",
    "control": "dunnett",
    "consecutive": "mvt",
    "polynomial": "none",
    "effects": "bh",
    "helmert": "none",
    "mean_change": "mvt",
    "custom": "none",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A family of c contrasts of k means: `sides` name them, `weights` (c, k), and its `kind`.

    A contrast of two means has two sides, any other one. `adds_to_zero`: all weights do, so that
    it compares.
    """

    kind: str
    sides: tuple[tuple[str, ...], ...]
    weights: FloatArray
    adds_to_zero: bool

    def names(self, sign: str = " - ") -> tuple[str, ...]:
        """Name the contrasts (c,): 'A - B', or 'A / B' of ratios."""
        return tuple([sign.join(sides) for sides in self.sides])


def contrast_kind(
    kind: Any,
    labels: Sequence[str],
    reference: object = 0,
    is_reversed: bool = False,
) -> Kind:
    """Write the weights of a family of contrasts.

    Parameters
    ----------
    kind : 'pairwise' (each mean minus each later one), 'control' (each minus the reference),
        'consecutive' (each minus the one before), 'polynomial' (trends over equally spaced
        categories, with whole-number weights), 'effects' (each minus the mean of all), 'helmert'
        (each minus the mean of those before), 'mean_change' (mean of those after minus mean of
        those up to here); or own weights: lists of k numbers by name, or an array (c, k).
    labels : of the k means.
    reference : label or position of the control.
    is_reversed : the other sign.

    Returns
    -------
    `Kind`.

    Raises
    ------
    SpecError : there is no such kind or reference, or own weights are not one per mean.
    """
    if not isinstance(kind, str):
        return _custom(kind, labels)
    kind = read_kind(kind)
    if len(labels) < 2:
        raise _single_mean(labels)
    if kind == "control":
        sides, weights = _control(labels, _position(reference, labels))
    else:
        sides, weights = _FAMILIES[kind](labels)
    if is_reversed:
        sides, weights = [_turned(names) for names in sides], -weights
    return Kind(kind, tuple(sides), weights, adds_to_zero=True)


def read_kind(kind: str) -> str:
    """Read the name of a family, ours or R's, in any case."""
    word = kind.strip().casefold()
    return read_choice("kind", OTHER_WORDS.get(word, word), tuple(ADJUSTMENTS)[:-1])


def _pairwise(labels: Sequence[str]) -> tuple[list[Sides], FloatArray]:
    pairs = list(combinations(range(len(labels)), 2))
    weights = np.zeros((len(pairs), len(labels)))
    first, second = np.array(pairs).T
    weights[np.arange(len(pairs)), first] = 1.0
    weights[np.arange(len(pairs)), second] = -1.0
    return [(labels[i], labels[j]) for i, j in pairs], weights


def _control(labels: Sequence[str], position: int) -> tuple[list[Sides], FloatArray]:
    others = [i for i in range(len(labels)) if i != position]
    weights = np.eye(len(labels))[others]
    weights[:, position] = -1.0
    return [(labels[i], labels[position]) for i in others], weights


def _consecutive(labels: Sequence[str]) -> tuple[list[Sides], FloatArray]:
    weights = np.diff(np.eye(len(labels)), axis=0)
    return [(b, a) for a, b in pairwise(labels)], weights


def _effects(labels: Sequence[str]) -> tuple[list[Sides], FloatArray]:
    k = len(labels)
    return [(f"{label} effect",) for label in labels], np.eye(k) - 1 / k


def _helmert(labels: Sequence[str]) -> tuple[list[Sides], FloatArray]:
    k = len(labels)
    weights = np.zeros((k - 1, k))
    for i in range(1, k):
        weights[i - 1, :i] = -1 / i
        weights[i - 1, i] = 1.0
    return [(f"{label} vs earlier",) for label in labels[1:]], weights


def _mean_change(labels: Sequence[str]) -> tuple[list[Sides], FloatArray]:
    k = len(labels)
    rows = [np.repeat([-1 / i, 1 / (k - i)], [i, k - i]) for i in range(1, k)]
    return [(f"{a}|{b}",) for a, b in pairwise(labels)], np.array(rows)


def _polynomial(labels: Sequence[str]) -> tuple[list[Sides], FloatArray]:
    """Orthogonal polynomials scaled to whole numbers, as printed in tables."""
    degree = min(len(labels) - 1, len(DEGREES))
    columns = coding_matrix("poly", len(labels))[:, :degree].T
    return [(name,) for name in DEGREES[:degree]], np.array([_whole(column) for column in columns])


def _whole(column: FloatArray) -> FloatArray:
    column = column / column[column > 0.01].min()
    for _ in range(100):
        away = float(np.abs(column - np.round(column)).max())
        if away <= 0.05:
            break
        column = column / away
    rounded: FloatArray = np.round(column)
    return rounded


_FAMILIES: dict[str, Callable[[Sequence[str]], tuple[list[Sides], FloatArray]]] = {
    "pairwise": _pairwise,
    "consecutive": _consecutive,
    "polynomial": _polynomial,
    "effects": _effects,
    "helmert": _helmert,
    "mean_change": _mean_change,
}


def _turned(sides: Sides) -> Sides:
    return sides[::-1] if len(sides) == 2 else (f"-({sides[0]})",)


def _position(reference: object, labels: Sequence[str]) -> int:
    if isinstance(reference, int) and not isinstance(reference, bool):
        if -len(labels) <= reference < len(labels):
            return reference % len(labels)
    elif label_text(reference) in labels:
        return list(labels).index(label_text(reference))
    raise SpecError(
        f"There is no mean {reference!r} to compare with.",
        where="contrasts(), option reference",
        got=f"{reference!r}",
        need=f"one of {offenders(labels)}, or its position from 0",
        do=near_matches(str(reference), labels),
        slug="contrast-control",
    )


def _custom(kind: Mapping[str, Sequence[float]] | FloatArray | Any, labels: Sequence[str]) -> Kind:
    if isinstance(kind, Mapping):
        names, rows = [str(name) for name in kind], list(kind.values())
    else:
        rows = list(kind) if hasattr(kind, "__iter__") else [kind]
        rows = rows if rows and hasattr(rows[0], "__iter__") else [rows]
        names = [f"contrast {i + 1}" for i in range(len(rows))]
    weights = [_row(name, row, labels) for name, row in zip(names, rows, strict=True)]
    matrix = np.array(weights).reshape(len(weights), len(labels))
    adds_to_zero = bool((np.abs(matrix.sum(axis=1)) < 1e-9).all())
    return Kind("custom", tuple([(name,) for name in names]), matrix, adds_to_zero)


def _row(name: str, row: Any, labels: Sequence[str]) -> FloatArray:
    try:
        weights = np.array(row, dtype=np.float64)
    except (TypeError, ValueError):
        weights = np.empty(0)
    if weights.shape == (len(labels),) and np.isfinite(weights).all():
        return weights
    raise SpecError(
        f"The contrast '{name}' has not one weight per mean.",
        where=f"contrasts(), option kind, '{name}'",
        got=f"{row!r:.60}",
        need=f"{len(labels)} numbers, for {offenders(labels)}",
        do="give the weights in the order of the means, 0 for those that take no part.",
        slug="contrast-length",
    )


def _single_mean(labels: Sequence[str]) -> SpecError:
    return SpecError(
        "There is a single mean, and nothing to compare it with.",
        where="contrasts()",
        got=f"1 mean: {offenders(labels)}",
        need="2 or more means in each group of 'by'",
        do="leave a variable out of by, or ask for marginal means of more categories.",
        slug="single-mean",
    )

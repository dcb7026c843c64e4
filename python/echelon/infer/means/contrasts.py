"""Contrasts of marginal means, and contrasts of contrasts, with adjusted tests.

Room: infer/. Combines rows of means; the weights are written in `contrast_kinds`.
Takes: `MeanRows`.
Gives: a table of contrasts.
Source: docs/theory.md (23); emmeans' contrast().
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.contrasts import label_text
from echelon.errors import SpecError, near_matches, offenders
from echelon.infer.means.back_transform import EXP
from echelon.infer.means.contrast_kinds import ADJUSTMENTS, Kind, contrast_kind
from echelon.infer.means.mean_rows import (
    MeanRows,
    back_transformed,
    cell_texts,
    df_sentence,
    judge,
)
from echelon.infer.means.multiplicity import read_adjust
from echelon.infer.means.reference_grid import Axis, positions
from echelon.infer.means.response_means import regridded
from echelon.options import read_choice, read_conf_level
from echelon.table import Table

NEEDS = {"tukey": "pairwise", "dunnett": "control", "dunnettx": "control"}
SCALES = ("link", "ratio", "response")
TESTED = "{name}s are exponentials of differences on {scale}, which the tests are of."
COLUMNS = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")


def contrast_table(
    means: MeanRows,
    kind: Any = "pairwise",
    *,
    by: Sequence[str] | None = None,
    adjust: str | None = None,
    reference: object = 0,
    is_reversed: bool = False,
    interaction: Any = None,
    null: float = 0.0,
    conf_level: float | None = None,
    scale: str | None = None,
) -> Table:
    """Tabulate contrasts of means within groups; see `MarginalMeans.contrasts`."""
    chosen = _scale(means, scale)
    means = regridded(means) if chosen == "response" else means
    own_by = means.by if by is None else tuple(by)
    groups, cells, axes = means.groups(own_by)
    if interaction is None:
        family = contrast_kind(kind, cell_texts(axes), _position(reference, axes), is_reversed)
        labels: dict[str, Any] = {"contrast": family.names()}
        weights = family.weights
    else:
        family, labels, weights = _interactions(interaction, axes, reference, is_reversed)
    method, note = _method(adjust, family, interaction is not None)
    n_groups, c = len(cells), len(weights)
    L = np.concatenate([weights @ means.L[places] for places in cells])
    offset = np.concatenate([weights @ means.offset[places] for places in cells])
    is_used = weights != 0
    is_known = np.concatenate([~(is_used & ~means.is_known[p]).any(axis=1) for p in cells])
    found = judge(
        means.inference,
        L,
        offset=offset,
        is_known=is_known,
        families=np.arange(n_groups * c).reshape(n_groups, c),
        method=method,
        conf_level=means.conf_level if conf_level is None else read_conf_level(conf_level),
        by=own_by,
        null=null,
        n_means=_means_compared(means, L, is_known, is_used, n_groups)
        if method == "tukey"
        else None,
    )
    values, unit, extra = _back(means, family, found.values, chosen)
    if chosen != "link" and unit not in ("response", means.response):
        labels = {"contrast": family.names(" / ")} if interaction is None else labels
    columns = {
        name: np.tile(np.array(texts, dtype=object), n_groups) for name, texts in labels.items()
    }
    columns |= {name: np.repeat(column, c) for name, column in groups.items()}
    notes = [found.note[:1].upper() + found.note[1:], note, *extra, df_sentence(means.inference)]
    return Table(
        {**columns, **{name: values[name] for name in COLUMNS}},
        dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), unit),
        _title(family, interaction is not None, axes, own_by),
        tuple([text for text in notes if text]),
    )


def _interactions(
    interaction: Any, axes: Sequence[Axis], reference: object, is_reversed: bool
) -> tuple[Kind, dict[str, Any], FloatArray]:
    """Cross the contrasts of each variable; the first variable varies fastest."""
    names = [axis.name for axis in axes]
    if isinstance(interaction, str):
        interaction = dict.fromkeys(names, interaction)
    elif not isinstance(interaction, Mapping):
        interaction = dict(zip(names, interaction, strict=False))
    wrong = [str(name) for name in interaction if name not in names]
    if wrong or len(interaction) != len(names):
        raise SpecError(
            "The contrasts of the interaction do not fit the variables of the means.",
            where="contrasts(), option interaction",
            got=offenders([str(name) for name in interaction]) or "no variable",
            need=f"a kind for each of {offenders(names)}",
            do=near_matches(wrong[0], names)
            if wrong
            else "name a kind for each; variables of 'by' take no part.",
            slug="interaction-contrasts",
        )
    kinds = [
        contrast_kind(interaction[a.name], cell_texts([a]), _position(reference, [a]), is_reversed)
        for a in axes
    ]
    weights: FloatArray = np.ones((1, 1))
    for kind in kinds:
        weights = np.asarray(np.kron(kind.weights, weights), dtype=np.float64)
    places = positions([len(kind.sides) for kind in kinds])
    labels = {
        name: np.array(kind.names(), dtype=object)[place]
        for name, kind, place in zip(names, kinds, places, strict=True)
    }
    is_zero = all(kind.adds_to_zero for kind in kinds)
    return Kind("interaction", (("",),) * len(weights), weights, is_zero), labels, weights


def _position(reference: object, axes: Sequence[Axis]) -> object:
    """Find the place of a category by its bare label, when there is one variable."""
    labels = [label_text(label) for label in axes[0].labels] if len(axes) == 1 else []
    is_label = not isinstance(reference, int) and label_text(reference) in labels
    return labels.index(label_text(reference)) if is_label else reference


def _method(adjust: str | None, family: Kind, is_interaction: bool) -> tuple[str, str]:
    """Choose the adjustment, and say when another takes its place."""
    usual = "none" if is_interaction else ADJUSTMENTS[family.kind]
    method = usual if adjust is None else read_adjust(adjust)
    needed = NEEDS.get(method)
    if needed is None or family.kind == needed:
        return method, ""
    name = method.capitalize()
    return "sidak", f"{name}'s method is for {needed} contrasts: Sidak's takes its place."


def _means_compared(
    means: MeanRows,
    L: FloatArray,
    is_known: NDArray[np.bool_],
    is_used: NDArray[np.bool_],
    n_groups: int,
) -> list[int]:
    """Count the means in contrasts that the data determine, in each group."""
    known = means.inference.is_estimable(np.where(is_known[:, None], L, 0.0)) & is_known
    return [
        int((is_used & part[:, None]).any(axis=0).sum())
        for part in known.reshape(n_groups, len(is_used))
    ]


def _scale(means: MeanRows, scale: str | None) -> str:
    """Choose the scale of contrasts: that asked for, or '' for what is usual.

    Usual are ratios of means that are shown back-transformed, if they have a name, and else
    differences; of probabilities of categories, differences of probabilities.
    """
    if scale is None:
        if means.compared and means.inverse is not None:
            return means.compared
        return "ratio" if means.link and means.inverse and means.link.ratio else ""
    chosen = read_choice("scale", scale, SCALES)
    if chosen == "ratio" and not ((means.link and means.link.ratio) or _base(means)):
        raise _no_ratio(means)
    return chosen


def _base(means: MeanRows) -> float:
    return 0.0 if means.inverse is None else means.inverse.base


def _back(
    means: MeanRows, family: Kind, values: dict[str, FloatArray], scale: str
) -> tuple[dict[str, FloatArray], str, list[str]]:
    """Turn differences of logarithms into ratios; other contrasts stay where they are."""
    extra = (
        [] if family.adds_to_zero else ["Weights that do not add to 0 do not only compare means."]
    )
    may_divide = family.adds_to_zero and family.kind != "polynomial"
    if scale == "ratio" and means.link is not None and may_divide:
        name = means.link.ratio
        extra += [means.on_ratios, TESTED.format(name=name.capitalize(), scale=means.response)]
        return back_transformed(values, EXP), name, extra
    if means.link is not None:
        if scale == "ratio" or means.inverse is not None:
            extra.append(f"Contrasts are differences on {means.response}.")
        return values, means.response, extra
    inverse = means.inverse
    if inverse is None or scale == "response":
        return values, "response", extra
    if inverse.base and may_divide and scale != "link":
        extra.append(
            f"Ratios, from differences of {means.response}; the tests are of the differences."
        )
        return back_transformed(values, inverse), "ratio", extra
    extra.append(f"Contrasts are on the scale of {means.response}.")
    return values, means.response, extra


def _no_ratio(means: MeanRows) -> SpecError:
    return SpecError(
        "Exponentials of these differences are no ratios of anything.",
        where="contrasts(), option scale",
        got=f"'ratio', of means on {means.response}",
        need="a model with link logit, log or cloglog",
        do="compare with scale='response', or with scale='link'.",
        slug="no-ratio",
    )


def _title(family: Kind, is_interaction: bool, axes: Sequence[Axis], by: tuple[str, ...]) -> str:
    word = "interaction" if is_interaction else family.kind.replace("_", " ")
    names = " x ".join(axis.name for axis in axes)
    return f"Contrasts ({word}): {names}" + (f" by {', '.join(by)}" if by else "")

"""The random effects that a chart of the groups shows: which factor, which term, in which unit.

Room: plot/. Chooses and names; draws nothing.
Takes: a `Fit`, a grouping factor and a term, each by name or None for all.
Gives: one `RandomTerm` per panel.
Source: docs/reference, charts; docs/theory.md (8) and (25).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.parts import RandomBlock
from echelon.errors import NotEstimableError, SpecError, near_matches, offenders
from echelon.fit import Fit
from echelon.infer.components.modes import conditional_modes


@dataclass(frozen=True, slots=True, eq=False)
class RandomTerm:
    """One random effect of the groups of one factor.

    `labels` (J,) as text; `estimate` and `std_error` (J,) of the conditional modes; `std_dev` that
    of the effect between groups, as estimated. All in units of the response (generalized models:
    of the link) per unit of the predictor.
    """

    grouping: str
    name: str
    position: int
    column: int
    labels: NDArray[np.object_]
    estimate: FloatArray
    std_error: FloatArray
    std_dev: float


def random_terms(
    fit: Fit, grouping: str | None, term: str | None, chart: str
) -> tuple[RandomTerm, ...]:
    """Find the random effects asked for, with their conditional modes.

    Parameters
    ----------
    fit : a fitted model.
    grouping : name of a grouping factor; None for all.
    term : name of a random effect, as in `variance_components`; None for all.
    chart : the chart, as the user called it: 'caterpillar()'.

    Returns
    -------
    Random effects, in the order of the model.

    Raises
    ------
    NotEstimableError : the model has no random effects.
    SpecError : the grouping factor or the term is not in the model.
    """
    chosen = chosen_blocks(fit, grouping, chart)
    names = list(dict.fromkeys(name for _, block in chosen for name in block.column_names))
    if term is not None and term not in names:
        raise _unknown_term(term, names, chart)
    return tuple(
        found
        for position, block in chosen
        if term is None or term in block.column_names
        for found in _of_block(fit, position, block, term)
    )


def chosen_blocks(fit: Fit, grouping: str | None, chart: str) -> list[tuple[int, RandomBlock]]:
    """Find the grouping factors asked for, with their positions."""
    blocks = fit.design.rows.blocks
    names = [block.grouping for block in blocks]
    if not names:
        raise _no_groups(chart)
    if grouping is not None and grouping not in names:
        raise unknown_grouping(grouping, names, chart)
    return [(i, block) for i, block in enumerate(blocks) if grouping in (None, block.grouping)]


def covariance_of(fit: Fit, position: int) -> FloatArray:
    """Estimated covariance (r, r) of the random effects of a block, in response units squared."""
    factor = fit.estimates.Lambdas[position]
    covariance: FloatArray = fit.estimates.sigma**2 * (factor @ factor.T)
    return covariance


def unit_of(fit: Fit) -> str:
    """Say in which unit random effects are: the response, or the scale of the link."""
    if fit.spec.is_generalized and fit.spec.link != "identity":
        return f"{fit.spec.link} scale"
    return fit.design.response_name


def texts(labels: NDArray[Any]) -> NDArray[np.object_]:
    """Write the labels of groups as text, (J,)."""
    return np.array([str(label) for label in labels.tolist()], dtype=object)


def _of_block(fit: Fit, position: int, block: RandomBlock, term: str | None) -> list[RandomTerm]:
    table = conditional_modes(fit, block.grouping)
    shape = (block.n_groups, block.n_columns)
    estimate, std_error = (table[name].reshape(shape) for name in ("estimate", "std_error"))
    std_dev = np.sqrt(np.diagonal(covariance_of(fit, position)))
    labels = texts(block.labels)
    return [
        RandomTerm(
            block.grouping, name, position, q, labels, estimate[:, q], std_error[:, q],
            float(std_dev[q]),
        )
        for q, name in enumerate(block.column_names)
        if term in (None, name)
    ]  # fmt: skip


def unknown_grouping(grouping: str, names: list[str], chart: str) -> SpecError:
    """Say that a factor is not in the model."""
    return SpecError(
        f"Grouping factor '{grouping}' is not in the model.",
        where=f"{chart}, argument grouping",
        got=f"'{grouping}'",
        need=f"one of {offenders(names)}",
        do=near_matches(str(grouping), names),
        slug="unknown-grouping",
    )


def _no_groups(chart: str) -> NotEstimableError:
    return NotEstimableError(
        "The model has no random effects to draw.",
        where=chart,
        got="a formula without a bar",
        need="at least one random term, e.g. (1 | school)",
        do="add a random term to the formula, or draw the fixed effects.",
        slug="no-random-effects",
    )


def _unknown_term(term: str, names: list[str], chart: str) -> SpecError:
    return SpecError(
        f"The model has no random effect '{term}'.",
        where=f"{chart}, argument term",
        got=f"'{term}'",
        need=f"one of {offenders(names)}",
        do=near_matches(str(term), names),
        slug="unknown-random-effect",
    )

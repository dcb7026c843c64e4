"""What to say below a table of means.

Room: infer/. Words; computes nothing.
Takes: a `Fit` and its `MeanRows`.
Gives: `mean_notes`, `back_note`, `scale_notes`, and sentences on conditional and averaged.
Source: docs/theory.md (23) and (28).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.design.profile import variable_name, variables_of
from echelon.errors import offenders
from echelon.families import family_of
from echelon.fit import Fit
from echelon.infer.means.back_transform import Inverse
from echelon.infer.means.mean_rows import MeanRows, cell_texts, df_sentence
from echelon.infer.means.outcomes import Outcome
from echelon.infer.means.reference_grid import ReferenceGrid
from echelon.infer.means.response_means import Asked

CONDITIONAL = (
    "Conditional: for a group whose random effects are zero, a group in the middle of all groups."
)
POPULATION = (
    "Population-averaged: the average over all groups, with their random effects integrated out."
)
THESE_GROUPS = "For these very groups, at their conditional modes."


def mean_notes(
    fit: Fit,
    means: MeanRows,
    weights: str,
    is_missing: NDArray[np.bool_],
    asked: Asked | None = None,
) -> list[str]:
    """Say what was averaged over, what was held, and which means do not exist."""
    grid = means.grid
    notes = [] if asked is None else scale_notes(fit, means, asked)
    if grid.averaged:
        names = ", ".join(axis.name for axis in grid.averaged)
        notes.append(f"Averaged over {names} ({weights} weights).")
    if grid.held:
        held = ", ".join(f"{name} = {value:.4g}" for name, value in grid.held)
        notes.append(f"Held at {held}.")
    mixed = _interacting(fit, grid)
    if mixed:
        notes.append(
            f"{mixed[0]} is averaged over but interacts with {mixed[1]}: see the means by it, too."
        )
    if is_missing.any():
        texts = np.array(cell_texts(grid.shown), dtype=object)[is_missing]
        notes.append(
            f"Not determined by the data (cells without rows): {offenders(texts.tolist())}."
        )
    notes.append(df_sentence(means.inference))
    return notes


def _interacting(fit: Fit, grid: ReferenceGrid) -> tuple[str, str] | None:
    """Find an averaged variable that is in a term together with a shown one."""
    shown = [axis.name for axis in grid.shown]
    for plan in fit.design.recipe.fixed:
        nodes = variables_of(tuple([part.expression for part in plan.parts]))
        names = [variable_name(node) for node in nodes]
        for axis in grid.averaged:
            partners = [name for name in names if name in shown]
            if axis.name in names and partners:
                return axis.name, partners[0]
    return None


def back_note(response: str, inverse: Inverse) -> str:
    """Say how means of a transformed response came back."""
    return (
        f"Back-transformed from {response} ({inverse.text}) without a bias correction; standard"
        " errors by the delta method."
    )


def scale_notes(fit: Fit, means: MeanRows, asked: Asked) -> list[str]:
    """Say what the means of a generalized model are, on which scale, and for whom."""
    notes = [_quantity(fit, means, asked)]
    if fit.design.rows.blocks:
        notes.append(POPULATION if asked.is_population else CONDITIONAL)
    return notes


def outcome_said(fit: Fit, outcome: Outcome, random: str) -> tuple[str, ...]:
    """Say what is predicted, and for whom: 'all' groups as they are, 'none' or 'population'."""
    whom = {"all": THESE_GROUPS, "none": CONDITIONAL, "population": POPULATION}[random]
    return (f"{_words(fit, outcome)}.", *((whom,) if fit.design.rows.blocks else ()))


def slope_said(fit: Fit, asked: Asked) -> tuple[str, ...]:
    """Say what slopes of a generalized model are about, and for whom."""
    notes = [f"{_words(fit, asked.outcome)}."]
    if fit.design.rows.blocks and asked.is_response:
        notes.append(POPULATION if asked.is_population else CONDITIONAL)
    return tuple(notes)


def _words(fit: Fit, outcome: Outcome) -> str:
    """Name the quantity."""
    name = outcome.name
    response = fit.design.response_name
    first = offenders(fit.design.categories[:1])
    words = {
        "latent": f"Location of {response} on the latent {fit.spec.link} scale",
        "logit": f"Log odds of each category of {response} against {first}",
        "probability": f"Probability of each category of {response}",
        "cumulative": f"Probability of {response} up to each category",
        "score": f"Mean category number of {response}, 1 to {len(fit.design.categories)}",
        "counts": "Mean of the counts' own distribution, before the zero part",
        "positive": "Mean of the counts above zero",
        "zero": "Probability of a zero",
        "zero_part": "Probability of a structural zero"
        if fit.spec.zero is not None
        else "Probability of a zero",
        "dispersion": "Dispersion parameter",
        "location": f"Mean of the logarithm of {response}",
    }
    if name == "mean" and family_of(fit.spec.family).response == "binary":
        return f"Probability of {response}"
    return words.get(name, f"Mean of {response}")


def _quantity(fit: Fit, means: MeanRows, asked: Asked) -> str:
    """Name the quantity, its scale, and the scale on which intervals are made."""
    text, link = _words(fit, asked.outcome), asked.outcome.link.link
    if means.inverse is None:
        return f"{text}." if link == "identity" else f"{text}, on the {link} scale."
    return f"{text}; intervals are made on the {link} scale."

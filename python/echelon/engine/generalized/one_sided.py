"""Groups whose outcomes are all at one end: they say little of how far groups differ.

Room: engine/generalized/. Counts; judges only whether the approximation can be trusted.
Takes: a `Design` and its `Estimates`.
Gives: `OneSided`, or None where it does not matter.
Source: Breslow & Lin (1995); Pinheiro & Chao (2006): Laplace's bias with few events per group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon.design.parts import Design, RandomBlock
from echelon.engine.estimates import Estimates
from echelon.families import family_of
from echelon.spec import ModelSpec

LARGE_SHARE = 0.5
FEW_EVENTS = 2.0  # per group, of the rarer outcome
NARROW = 1.0  # standard deviation on the link scale, up to which Laplace does well
WIDE = 5.0  # the same, that no data of one-sided groups determine


@dataclass(frozen=True, slots=True)
class OneSided:
    """How many of a factor's groups have one outcome only.

    `n_low` are all zero, `n_high` all successes; `events_per_group` of the rarer outcome. Of
    categories, `n_low` are the groups with a single one.
    """

    grouping: str
    n_groups: int
    n_low: int
    n_high: int
    events_per_group: float

    @property
    def is_all(self) -> bool:
        """Whether no group has both outcomes."""
        return self.n_low + self.n_high == self.n_groups


def one_sided_groups(design: Design, spec: ModelSpec, estimates: Estimates) -> OneSided | None:
    """Count groups with one outcome, where that makes the estimates doubtful.

    That is: no group of a factor has both outcomes and its standard deviation has run away; or
    half of the groups or more have one, with few events per group, under Laplace's approximation.

    Parameters
    ----------
    design : n rows with channels.
    spec : family and method.
    estimates : theta and the approximation are read.

    Returns
    -------
    `OneSided`, or None.
    """
    assert estimates.generalized is not None
    response = family_of(spec.family).response
    is_laplace = estimates.generalized.approximation.name == "Laplace"
    if response not in ("binary", "count", "ordered", "nominal") or not design.rows.blocks:
        return None
    for block, Lambda in zip(design.rows.blocks, estimates.Lambdas, strict=True):
        spread = float(np.abs(Lambda).max(initial=0.0))
        if len(block.memberships) != 1 or spread <= NARROW:
            continue
        found = _count(design, block, response)
        is_far = found.is_all and response != "count" and spread > WIDE
        is_poor = (
            is_laplace
            and not design.categories
            and len(design.rows.blocks) == 1
            and found.n_low + found.n_high >= LARGE_SHARE * found.n_groups
            and found.events_per_group < FEW_EVENTS
        )
        if is_far or is_poor:
            return found
    return None


def _count(design: Design, block: RandomBlock, response: str) -> OneSided:
    codes, size = block.memberships[0].codes, block.n_groups
    if design.categories:
        seen = np.zeros(size)
        for category in range(len(design.categories)):
            seen += np.bincount(codes[design.y == category], minlength=size) > 0
        return OneSided(block.grouping, size, int((seen == 1).sum()), 0, np.nan)
    n_low = np.bincount(codes[design.y != 0], minlength=size) == 0
    if response == "count":
        events = float(design.y.sum())
        n_high = np.zeros(size, dtype=bool)
    else:
        trials = np.ones_like(design.y) if design.trials is None else design.trials
        n_high = np.bincount(codes[design.y < trials], minlength=size) == 0
        events = min(float(design.y.sum()), float((trials - design.y).sum()))
    return OneSided(block.grouping, size, int(n_low.sum()), int(n_high.sum()), events / size)

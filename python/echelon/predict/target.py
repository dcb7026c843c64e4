"""What is predicted: the rows, and the random effects that take part.

Room: predict. Reads the options that say for which groups.
Takes: a `Fit`, a table of new rows or none, and the grouping factors asked for.
Gives: `Target`, and values back in their places.
Source: docs/explanation, how new rows are encoded.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray, IndexArray
from echelon.design.new_rows import (
    NewRows,
    coinciding_weights,
    member_weights,
    read_new_rows,
    trials_of,
)
from echelon.design.parts import Channel, Membership, RandomBlock, Rows
from echelon.errors import (
    DesignError,
    RankWarning,
    RowsDroppedWarning,
    SpecError,
    compose,
    near_matches,
    offenders,
)
from echelon.fit import Fit, design_with_rows


@dataclass(frozen=True, slots=True)
class Target:
    """What is predicted: n rows, and the blocks that take part, at `positions` in the fit.

    `place` (n,) are the rows of the answer, which has `n_answer`; `coinciding` has, by position,
    the products of weights of memberships in the same unseen group. A generalized model has the
    `channels` of the rows and, for a new response, its `trials` (n,).
    """

    rows: Rows
    positions: tuple[int, ...]
    weights: FloatArray | None
    place: IndexArray | None
    n_answer: int
    coinciding: dict[int, FloatArray]
    channels: tuple[Channel, ...] = ()
    trials: FloatArray | None = None

    def spread(self, values: FloatArray) -> FloatArray:
        """Put values (n, ...) back in the rows of the table; NaN in those that were left out."""
        if self.place is None:
            return values
        answer = np.full((self.n_answer, *values.shape[1:]), np.nan)
        answer[self.place] = values
        return answer


def read_random(fit: Fit, random: str | Sequence[str]) -> tuple[int, ...]:
    """Read `random`: the places of the grouping factors whose modes take part."""
    names = [block.grouping for block in fit.design.rows.blocks]
    if isinstance(random, str):
        if random.casefold() == "all":
            return tuple(range(len(names)))
        if random.casefold() == "none":
            return ()
        raise _no_such_random(random, names)
    asked = list(random)
    for name in asked:
        if name not in names:
            raise _no_such_grouping(name, names)
    return tuple(i for i, name in enumerate(names) if name in asked)


def own_target(fit: Fit, looked_up: tuple[int, ...], with_others: bool) -> Target:
    """Take the rows of the fit; `with_others`: factors not looked up take part as new groups."""
    design = design_with_rows(fit, "predict() without new_data")
    everything = tuple(range(len(design.rows.blocks)))
    positions = everything if with_others else looked_up
    blocks = tuple(
        design.rows.blocks[i] if i in looked_up else _of_new_groups(design.rows.blocks[i])
        for i in positions
    )
    rows = replace(design.rows, blocks=blocks)
    return Target(
        rows, positions, design.weights, None, design.n_obs, {}, design.channels, design.trials
    )


def _of_new_groups(block: RandomBlock) -> RandomBlock:
    memberships = tuple(
        Membership(np.full(len(member.codes), -1, np.int32), member.weights)
        for member in block.memberships
    )
    return replace(block, memberships=memberships)


def new_target(
    fit: Fit,
    new_data: Any,
    looked_up: tuple[int, ...],
    interval: str | None,
    refuses: bool,
    with_others: bool,
) -> Target:
    """Encode new rows; `with_others`: factors not looked up take part as new groups."""
    recipe, spec = fit.design.recipe, fit.spec
    is_response = interval == "prediction"
    needs_weights = is_response and not spec.is_generalized
    everything = range(len(recipe.blocks))
    new = read_new_rows(
        recipe,
        new_data,
        looked_up,
        [i for i in everything if i not in looked_up] if with_others else [],
        spec.weights if needs_weights else None,
        spec.formula,
        trials_of(spec, fit.design.trials) if is_response else (),
    )
    _announce_missing(new)
    coinciding = {}
    for position, block in zip(new.positions, new.rows.blocks, strict=True):
        own = recipe.blocks[position]
        if position in looked_up:
            if refuses:
                _refuse_unseen(block, new.unseen(own, block))
            if own.grouping.members and interval is not None:
                coinciding[position] = coinciding_weights(new, own, block)
    account = new.account
    return Target(
        new.rows,
        new.positions,
        new.weights,
        account.kept,
        account.n_read,
        coinciding,
        new.channels,
        new.trials,
    )


def new_share(block: RandomBlock, coinciding: FloatArray | None) -> FloatArray:
    """Squared weights (n,) of the unseen groups of a row: 0 or 1 but in multiple memberships."""
    share = np.zeros(len(block.memberships[0].codes))
    for member in block.memberships:
        share += np.where(member.codes < 0, member_weights(member) ** 2, 0.0)
    return share if coinciding is None else share + 2.0 * coinciding


def _announce_missing(new: NewRows) -> None:
    account = new.account
    missing = account.n_read - account.n_used
    if not missing:
        return
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in account.dropped)
    message = compose(
        "Some rows of new_data lack a value and are predicted as NaN.",
        where="predict(), argument new_data",
        got=f"{missing:,} of {account.n_read:,} rows" + (f" ({reasons})" if reasons else ""),
        need="a value for every predictor, offset and grouping factor that takes part",
        do="fill the values in, or ask for random='none' where group labels are missing.",
        slug="predictions-missing",
    )
    warnings.warn(message, RowsDroppedWarning, stacklevel=5)


def announce_not_estimable(fit: Fit, target: Target, is_known: NDArray[np.bool_]) -> None:
    """Warn of rows whose prediction needs coefficients that the data do not determine."""
    places = np.flatnonzero(~is_known)
    rows = (places if target.place is None else target.place[places]) + 1
    found = fit.estimates.generalized
    values = [*fit.estimates.beta, *(() if found is None else found.extra)]
    every = (*fit.design.fixed_names, *fit.design.extra_names)
    names = [name for name, value in zip(every, values, strict=True) if value != value]
    message = compose(
        "Some rows cannot be predicted: they need coefficients that were not estimated.",
        where=f"coefficients {offenders(names)}",
        got=f"rows {offenders(rows[:5].tolist(), len(rows))}",
        need="rows in which the predictors keep the relation that they have in the data fitted",
        do="leave these predictors out of the model, or predict for rows like those fitted.",
        slug="prediction-not-estimable",
    )
    warnings.warn(message, RankWarning, stacklevel=5)


def _refuse_unseen(block: RandomBlock, unseen: list[str]) -> None:
    if not unseen:
        return
    word = "a group" if len(unseen) == 1 else f"{len(unseen):,} groups"
    raise DesignError(
        f"The new rows have {word} of '{block.grouping}' that the fit has not seen.",
        where="predict(), option new_groups='error'",
        got=offenders(unseen),
        need=f"groups among the {block.n_groups:,} of the fit",
        do="correct the labels, or write new_groups='population' for their population.",
        slug="unseen-group",
    )


def no_categories(family: str) -> SpecError:
    """Refuse the most probable category of a response that has none."""
    return SpecError(
        "This response has no categories to choose from.",
        where="predict(), option kind",
        got=f"kind = 'category' with family = '{family}'",
        need="a family of ordered or nominal categories",
        do="leave kind out: for a binary response the prediction is the probability of a success.",
        slug="no-categories",
    )


def _no_such_random(random: str, names: list[str]) -> SpecError:
    is_name = random in names
    return SpecError(
        f"The option random cannot be '{random}'.",
        where="predict(), option random",
        got=repr(random),
        need="'all', 'none', or a list of grouping factors",
        do=f"write random=['{random}']." if is_name else near_matches(random, ["all", "none"]),
        slug="unknown-random",
    )


def _no_such_grouping(name: object, names: list[str]) -> SpecError:
    return SpecError(
        f"Grouping factor {name!r} is not in the model.",
        where="predict(), option random",
        got=repr(name),
        need=f"names among {offenders(names)}" if names else "none: the model has no random terms",
        do=near_matches(str(name), names) if names else "leave random out.",
        slug="unknown-grouping",
    )

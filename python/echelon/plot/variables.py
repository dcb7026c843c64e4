"""The variables of a fit as a chart needs them: name, kind, range, values row by row.

Room: plot/. Looks up; draws nothing.
Takes: a `Fit`, the name of a predictor or of a grouping factor.
Gives: `Variable`, its values (n,), the block of a grouping factor, x for lines over time.
Source: docs/reference, charts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.design.build import new_scope
from echelon.design.functions import evaluate, number
from echelon.design.parts import RandomBlock
from echelon.design.profile import variable_name, variables_of
from echelon.design.recipe import CategoryProfile, NumberProfile, Profile
from echelon.design.values import CategoryValue
from echelon.design.variable_levels import is_constant_within
from echelon.errors import NotEstimableError, SpecError, near_matches, offenders
from echelon.fit import Fit, frame_of
from echelon.formula.expression import Expression, Name
from echelon.frame.columns import Categorical
from echelon.typeset.layout import printable

LONGEST_NAME = 48  # characters of a name on an axis


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the model: `labels` of its categories, none where it is a number.

    A number has mean, sd, `low` and `high` over the rows of the fit; one with two values
    (`is_binary`) is drawn like two categories.
    """

    name: str
    labels: tuple[str, ...]
    mean: float = 0.0
    sd: float = 0.0
    low: float = 0.0
    high: float = 0.0
    is_binary: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it is measured on a scale, with more than two values."""
        return not self.labels and not self.is_binary

    @property
    def title(self) -> str:
        """Its name, cut where it would not fit."""
        return short(self.name)


def short(name: str, most: int = LONGEST_NAME) -> str:
    """Cut a name that would not fit; a line break in it would end a tooltip's expression."""
    name = printable(name)
    return name if len(name) <= most else f"{name[: most - 1]}…"


def variable_of(fit: Fit, name: str, where: str) -> Variable:
    """Look up a variable of the fixed part.

    Parameters
    ----------
    fit : a fitted model.
    name : of a column, or the text of a call such as 'cwc(ses, school)'.
    where : the chart and its argument, for the message.

    Returns
    -------
    `Variable`.

    Raises
    ------
    SpecError : the fixed part has no such variable.
    """
    profiles = {profile.name: profile for profile in fit.design.recipe.profiles}
    if not isinstance(name, str) or name not in profiles:
        raise _unknown(fit, name, tuple(profiles), where)
    return _variable(profiles[name])


def values_of(fit: Fit, variable: Variable) -> FloatArray:
    """Give the variable row by row: numbers (n,) in its unit, or codes (n,) into its labels.

    Parameters
    ----------
    fit : a fit that holds the columns of its table.
    variable : one of its variables.
    """
    frame, recipe = frame_of(fit, "a chart of the rows"), fit.design.recipe
    scope = new_scope(recipe, frame)
    node = node_of(fit, variable)
    if not variable.labels:
        return np.asarray(number(node, scope), dtype=np.float64)
    if isinstance(node, Name):
        column = scope.column(node.name)
        assert isinstance(column, Categorical)
        return np.asarray(column.codes, dtype=np.float64)
    value = evaluate(node, scope)
    assert isinstance(value, CategoryValue)
    return np.asarray(value.codes, dtype=np.float64)


def node_of(fit: Fit, variable: Variable) -> Expression:
    """Give the expression that a variable is: a column, or a call."""
    return next(node for node in _nodes(fit) if variable_name(node) == variable.name)


def has_table(fit: Fit) -> bool:
    """Whether the columns of the table are at hand."""
    return fit.has_rows and fit.frame is not None


def grouping_of(fit: Fit, name: str | None, where: str, is_finest: bool = False) -> RandomBlock:
    """Look up a grouping factor with one group per row.

    Parameters
    ----------
    fit : a fitted model.
    name : of the factor; None for the first that has one group per row.
    where : the chart, for the message.
    is_finest : None stands for the one with the most groups.

    Raises
    ------
    SpecError : the model has no such grouping factor.
    NotEstimableError : no random effects, or rows that belong to several groups.
    """
    blocks = fit.design.rows.blocks
    if not blocks:
        raise _no_groups(where)
    chosen = [block for block in blocks if name in (None, block.grouping)]
    if not chosen:
        raise _no_such_grouping(str(name), [block.grouping for block in blocks], where)
    single = [block for block in chosen if len(block.memberships) == 1]
    if not single:
        raise _several_groups(chosen[0].grouping, where)
    return max(single, key=lambda block: block.n_groups) if is_finest else single[0]


def line_variable(fit: Fit, block: RandomBlock, name: str | None, where: str) -> Variable:
    """Choose what lines of groups run over.

    Parameters
    ----------
    fit : a fitted model.
    block : the groups.
    name : of a number; None for the first with a random slope, or else the first that varies
        within groups, or else the first.
    where : the chart, for the message.

    Raises
    ------
    SpecError : it is no number, or the model has none.
    """
    if name is not None:
        variable = variable_of(fit, name, f"{where}, argument x")
        if variable.labels:
            raise _no_number(variable, where)
        return variable
    numbers = [_variable(p) for p in fit.design.recipe.profiles if isinstance(p, NumberProfile)]
    if not numbers:
        raise _nothing_to_run_over(fit, where)
    sloped = _with_random_slope(fit, block)
    first = next((one for one in numbers if one.name in sloped), None)
    if first is not None:
        return first
    measured = [one for one in numbers if one.is_number] or numbers
    if not has_table(fit):
        return measured[0]
    varying = (one for one in measured if not is_constant_within(values_of(fit, one), block))
    return next(varying, measured[0])


def nested_in(fit: Fit, block: RandomBlock) -> list[str]:
    """Name the grouping factor, and those within one of whose groups each of its groups lies."""
    codes = block.memberships[0].codes
    names = []
    for other in fit.design.rows.blocks:
        if other is block:
            names.append(other.grouping)
        elif len(other.memberships) == 1 and other.n_groups <= block.n_groups:
            outer = other.memberships[0].codes
            of_group = np.zeros(block.n_groups, dtype=np.int64)
            of_group[codes] = outer
            if (of_group[codes] == outer).all():
                names.append(other.grouping)
    return names


def level_of(fit: Fit, column: FloatArray) -> RandomBlock | None:
    """Find the grouping factor with the fewest groups within which a column is constant."""
    blocks = [block for block in fit.design.rows.blocks if len(block.memberships) == 1]
    for block in sorted(blocks, key=lambda block: block.n_groups):
        if is_constant_within(column, block):
            return block
    return None


def _variable(profile: Profile) -> Variable:
    if isinstance(profile, CategoryProfile):
        return Variable(profile.name, profile.texts)
    numbers = profile.mean, profile.sd, profile.minimum, profile.maximum
    return Variable(profile.name, (), *numbers, profile.is_binary)


def _nodes(fit: Fit) -> tuple[Expression, ...]:
    """List what the linear predictors are made of."""
    recipe = fit.design.recipe
    plans = [*recipe.fixed]
    offsets = [*recipe.offsets]
    for channel in recipe.channels:
        plans += [plan for piece in channel.pieces for plan in piece.plans]
        offsets += channel.offsets
    return variables_of(tuple([part.expression for plan in plans for part in plan.parts] + offsets))


def _with_random_slope(fit: Fit, block: RandomBlock) -> set[str]:
    own = fit.design.recipe.blocks[[*fit.design.rows.blocks].index(block)]
    parts = [part.expression for term in own.terms for plan in term.plans for part in plan.parts]
    return {variable_name(node) for node in variables_of(tuple(parts))}


def _unknown(fit: Fit, name: object, known: tuple[str, ...], where: str) -> SpecError:
    text = str(name)
    inside = [other for other in known if f"({text}," in other]
    do = near_matches(text, known) if known else "draw the groups: fit.plot.caterpillar()."
    if inside:
        do = f"name it as it stands in the model: '{inside[0]}'."
    elif text in [block.grouping for block in fit.design.rows.blocks]:
        do = "draw the groups with caterpillar()."
    return SpecError(
        f"The fixed part of the model has no variable '{short(text)}'.",
        where=where,
        got=repr(text),
        need=f"a variable of the fixed part: {offenders(known)}" if known else "predictors",
        do=do,
        slug="not-in-fixed-part",
    )


def _no_number(variable: Variable, where: str) -> SpecError:
    return SpecError(
        f"'{variable.name}' has categories, and lines run over numbers.",
        where=f"{where}, argument x",
        got=f"categories {offenders(variable.labels)}",
        need="a predictor that is a number",
        do=f"draw its means with effect('{variable.name}').",
        slug="lines-over-categories",
    )


def _nothing_to_run_over(fit: Fit, where: str) -> SpecError:
    known = [profile.name for profile in fit.design.recipe.profiles]
    return SpecError(
        "The model has no numeric predictor that lines could run over.",
        where=f"{where}, argument x",
        got=f"predictors {offenders(known)}" if known else "no predictors",
        need="a predictor that is a number, such as time",
        do=f"draw means of categories with effect('{known[0]}')."
        if known
        else "add the predictor to the formula, or draw the groups with caterpillar().",
        slug="lines-over-categories",
    )


def _no_groups(where: str) -> NotEstimableError:
    return NotEstimableError(
        "The model has no random effects, and so no groups to draw.",
        where=where,
        got="a formula without random terms",
        need="at least one grouping factor, such as (1 | school)",
        do="draw the fitted mean with effect(), or add a random term.",
        slug="no-random-effects",
    )


def _no_such_grouping(name: str, names: list[str], where: str) -> SpecError:
    return SpecError(
        f"Grouping factor '{short(name)}' is not in the model.",
        where=f"{where}, argument grouping",
        got=repr(name),
        need=f"a grouping factor of the model: {offenders(names)}",
        do=near_matches(name, names),
        slug="unknown-grouping",
    )


def _several_groups(grouping: str, where: str) -> NotEstimableError:
    return NotEstimableError(
        f"Rows belong to several groups of '{grouping}', so that no group has a line of its own.",
        where=where,
        got="a multiple-membership factor",
        need="a grouping factor with one group per row",
        do="name another factor with grouping=..., or draw the groups with caterpillar().",
        slug="lines-of-shared-rows",
    )

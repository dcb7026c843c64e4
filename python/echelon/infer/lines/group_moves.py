"""Who moves when a predictor moves: one member of a group, or all of them.

Room: infer/. Reads the option and the formula; differentiates nothing.
Takes: a `Fit`, the predictor, the option `move`.
Gives: `is_group_moving`.
Source: docs/theory.md (23).
"""

from __future__ import annotations

from echelon.design.profile import OF_OTHER_ROWS, variables_of
from echelon.design.recipe import Recipe
from echelon.errors import SpecError
from echelon.fit import Fit
from echelon.formula.expression import Call, Expression, Name, deparse, variables
from echelon.infer.means.reference_grid import reference_grid
from echelon.options import option_fault

MOVES = ("member", "group")


def is_group_moving(fit: Fit, variable: str, move: str | None) -> bool:
    """Whether all members of a group move; checks the name of the variable on the way."""
    recipe = fit.design.recipe
    if move is not None and move not in MOVES:
        raise option_fault(
            f"The option move cannot be {move!r}.",
            "move",
            repr(move),
            "'member' or 'group'",
            "write 'member' for one unit of a group, 'group' for all of them together.",
            "unknown-move",
        )
    calls = _calls_around(recipe, variable)
    profiles = {profile.name for profile in recipe.profiles}
    if variable not in profiles and not calls:
        reference_grid(fit, [variable])  # says which variables there are
    for call in calls:
        if call.arguments[0] != Name(variable):
            raise _inside(variable, call)
    if move is not None:
        return move == "group"
    return variable not in profiles and all(call.function == "gm" for call in calls)


def _calls_around(recipe: Recipe, variable: str) -> list[Call]:
    """List the calls of other rows' values, cwc(x, g) and gm(x, g), that hold a variable."""
    expressions: list[Expression] = [p.expression for plan in recipe.fixed for p in plan.parts]
    return [
        node
        for node in variables_of(tuple(expressions))
        if isinstance(node, Call)
        and node.function in OF_OTHER_ROWS[:2]
        and variable in variables(node.arguments[0])
    ]


def _inside(variable: str, call: Call) -> SpecError:
    text = deparse(call)
    return SpecError(
        f"The slope of '{variable}' is not the same for all members of a group.",
        where=f"slope of '{variable}', term {text}",
        got=f"a centring of {deparse(call.arguments[0])}",
        need="a centring of the column itself",
        do=f"ask for the slope of '{text}'.",
        slug="slope-inside-centring",
    )

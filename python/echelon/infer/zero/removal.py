"""What can be taken out of the random part of a model, one thing at a time.

Room: infer/. Lists and describes; `reduced` fits what is left.
Takes: a `Fit`.
Gives: `Change`: one random term made simpler.
Source: docs/theory.md (18); lmerTest's ranova(), R's drop.scope.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from echelon._types import FloatArray
from echelon.design.recipe import Categories, PolyBasis, SplineBasis, State, TermPlan
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.formula.expression import Expression
from echelon.formula.render import random_text, sum_pieces
from echelon.formula.terms import RandomTerm, Term
from echelon.infer.components.generalized_fits import merged_terms

INTERCEPT = "(Intercept)"


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A random term made simpler: `term` of `block`, and what is left of it.

    `basis` (r, r_left) writes the columns that are left in those of the term, Z_left = Z basis;
    `left` is None, and r_left 0, where the whole term goes. `label` names what is taken out.
    """

    block: int
    term: int
    label: str
    left: RandomTerm | None
    plans: tuple[TermPlan, ...]
    names: tuple[str, ...]
    basis: FloatArray


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects of a random term: its term of the formula, and the columns of each effect.

    `widths` counts the columns of each plan (the intercept first, where there is one);
    `is_coded` says which plans code categories.
    """

    block: int
    term: int
    random: RandomTerm
    plans: tuple[TermPlan, ...]
    widths: tuple[int, ...]
    is_coded: tuple[bool, ...]
    names: tuple[str, ...]
    part: str = ""

    @property
    def text(self) -> str:
        """The term as printed, the intercept understood: '(days | subject)', 'zero.(1 | site)'."""
        return self.part + term_text(self.random)

    def columns(self, plan: int) -> slice:
        """Columns of a plan within the term."""
        start = sum(self.widths[:plan])
        return slice(start, start + self.widths[plan])


def removals(fit: Fit) -> tuple[Change, ...]:
    """List what can be taken out of the random part of a model, one thing at a time.

    A correlated term loses one slope at a time, margins kept (no `a` while `a:b` varies); what
    has an intercept only goes altogether. Uncorrelated terms (`||`, `diag`) lose any effect, the
    intercept too. A term with another structure goes as a whole.

    Raises
    ------
    NotEstimableError : the model has no random effects.
    """
    if not fit.design.rows.blocks:
        raise _without_random()
    return tuple(change for effects in random_effects(fit) for change in _of_term(effects))


def random_effects(fit: Fit) -> tuple[Effects, ...]:
    """List the random terms of a fit with the columns of each of their effects."""
    states = fit.design.recipe.states
    found = []
    for b, (_, terms) in enumerate(merged_terms(fit)):
        block, recipe = fit.design.rows.blocks[b], fit.design.recipe.blocks[b]
        for t, ((random, part), own, place) in enumerate(
            zip(terms, recipe.terms, block.terms, strict=True)
        ):
            names = block.column_names[place.start : place.stop]
            widths = tuple([_width(plan, states) for plan in own.plans])
            plans = own.plans
            if sum(widths) != place.size:  # a function whose width is not known here
                widths, plans = (place.size,), ()
            is_coded = tuple([_is_coded(plan, states) for plan in plans])
            found.append(Effects(b, t, random, plans, widths, is_coded, names, part))
    return tuple(found)


def without_correlations(effects: Effects) -> Change:
    """Keep the variances of a term and set its correlations to zero: `|` becomes `||`."""
    left = replace(effects.random, structure="diag", text="")
    identity = np.eye(len(effects.names))
    label = f"correlations of {effects.text}"
    return _change(effects, left, effects.plans, effects.names, identity, label)


def without_plans(effects: Effects, gone: tuple[int, ...]) -> Change | None:
    """Take some effects (positions of plans) out of a term; None where the rest is recoded."""
    plans = effects.plans
    if not plans or len(gone) == len(plans):
        return _whole(effects)
    kept = [i for i in range(len(plans)) if i not in gone]
    has_intercept = effects.random.intercept
    if has_intercept and 0 in gone and any(effects.is_coded[i] for i in kept):
        return None
    if (
        not has_intercept
        and any(part.is_full for i in gone for part in plans[i].parts)
        and len(plans) > 1
    ):
        return None
    first = 1 if has_intercept else 0
    terms = tuple(effects.random.terms[i - first] for i in kept if i >= first)
    columns = [c for i in kept for c in range(len(effects.names))[effects.columns(i)]]
    left = replace(effects.random, intercept=has_intercept and 0 in kept, terms=terms, text="")
    names = tuple(effects.names[c] for c in columns)
    basis = np.eye(len(effects.names))[:, columns]
    label = _label(effects, " + ".join(_plan_label(effects, i) for i in gone))
    return _change(effects, left, tuple(plans[i] for i in kept), names, basis, label)


def term_text(random: RandomTerm) -> str:
    """Write a random term with the intercept understood, and no chain of nested factors."""
    whole = random_text([replace(random, nested_in=())])
    return whole.replace("(1 + ", "(", 1) if random.terms and random.intercept else whole


def _of_term(effects: Effects) -> list[Change]:
    random, plans = effects.random, effects.plans
    is_reducible = random.structure in ("us", "diag") and len(plans) >= 1
    if not is_reducible or len(effects.names) == 1:
        return [_whole(effects)]
    first = 1 if random.intercept else 0
    scope = [first + i for i in _scope(random.terms)]
    if random.structure == "diag" and random.intercept:
        scope = [0, *scope]
    if len(plans) == 1:
        has_constant = random.structure == "us" and _is_full(plans[0])
        return [_to_intercept(effects) if has_constant else _whole(effects)]
    found = [without_plans(effects, (i,)) for i in scope]
    return [change for change in found if change is not None] or [_whole(effects)]


def _scope(terms: tuple[Term, ...]) -> list[int]:
    """Positions of the terms that are no margin of another, as R's drop.scope."""
    sets = [frozenset(term.factors) for term in terms]
    return [i for i, own in enumerate(sets) if not any(own < other for other in sets)]


def _whole(effects: Effects) -> Change:
    empty = np.zeros((len(effects.names), 0))
    return Change(effects.block, effects.term, effects.text, None, (), (), empty)


def _to_intercept(effects: Effects) -> Change:
    """Reduce an effect for every category, (0 + f | g), to one for all, (1 | g)."""
    left = replace(effects.random, intercept=True, terms=(), structure="us", text="")
    ones = np.ones((len(effects.names), 1))
    label = _label(effects, effects.random.terms[0].label)
    return _change(effects, left, (TermPlan(()),), (INTERCEPT,), ones, label)


def _change(
    effects: Effects,
    left: RandomTerm,
    plans: tuple[TermPlan, ...],
    names: tuple[str, ...],
    basis: FloatArray,
    label: str,
) -> Change:
    if len(names) == 1:
        left = replace(left, structure="us")
    left = replace(left, text=random_text([replace(left, nested_in=())]))
    return Change(effects.block, effects.term, label, left, plans, names, basis)


def _label(effects: Effects, what: str) -> str:
    return f"{effects.part}{what} | {effects.random.grouping.label}"


def _plan_label(effects: Effects, i: int) -> str:
    if effects.random.intercept and i == 0:
        return INTERCEPT
    return sum_pieces([effects.random.terms[i - (1 if effects.random.intercept else 0)]])[0]


def _width(plan: TermPlan, states: Mapping[Expression, State]) -> int:
    width = 1
    for part in plan.parts:
        width *= _part_width(states.get(part.expression), part.is_full)
    return width


def _part_width(state: State | None, is_full: bool) -> int:
    match state:
        case Categories():
            return len(state.texts) - (0 if is_full else 1)
        case PolyBasis():
            return state.degree
        case SplineBasis():
            if state.projection is not None:
                return int(state.projection.shape[1])
            return len(state.knots) - state.degree - (1 if state.has_intercept else 2)
    return 1


def _is_full(plan: TermPlan) -> bool:
    """Whether the columns of a plan add up to the constant: all dummies of a factor."""
    return bool(plan.parts) and all(part.is_full for part in plan.parts)


def _is_coded(plan: TermPlan, states: Mapping[Expression, State]) -> bool:
    """Whether a plan codes categories: its columns then depend on what else varies."""
    return any(isinstance(states.get(part.expression), Categories) for part in plan.parts)


def _without_random() -> NotEstimableError:
    return NotEstimableError(
        "The model has no random effects to take out.",
        where="ranova(), variance_test(), simplify()",
        got="a formula without a bar",
        need="at least one random term, e.g. (1 | school)",
        do="add a random term to the formula.",
        slug="no-random-effects",
    )

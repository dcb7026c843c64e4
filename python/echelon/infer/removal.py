"""A model with one random term made simpler, fitted from the cross-products of the first.

Room: infer/. Says what can be taken out of a model, and fits what is left; reads no row.
Takes: a `Fit`.
Gives: `Change` (one random term, made simpler) and the `Fit` without what it takes out.
Source: docs/theory.md (18): Z_left = Z B turns the cross-products of Z into those of Z_left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.design.covariance import structure
from echelon.design.parts import BlockTerm, Design, RandomBlock
from echelon.design.random import merge_terms
from echelon.design.recipe import Categories, PolyBasis, SplineBasis, State, TermPlan, TermRecipe
from echelon.engine.estimate import estimate_products
from echelon.engine.kernel import CrossProducts
from echelon.engine.theta import theta_map
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.formula.expression import Expression
from echelon.formula.render import chains, random_text, render, sum_pieces
from echelon.formula.terms import Formula, RandomTerm, Term

INTERCEPT = "(Intercept)"
SMALLEST_START = 0.05  # standard deviation, relative to sigma, that a warm start begins from


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

    @property
    def text(self) -> str:
        """The term as printed, the intercept understood: '(days | subject)'."""
        return term_text(self.random)

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


def changed(fit: Fit, change: Change) -> Fit:
    """Fit the model that a change leaves, from the cross-products.

    The minimiser starts from the estimates of the fit; where that ends on a boundary, from the
    usual start. No warning is given: the verdict is in the estimates.
    """
    formula, design = _design(fit, change)
    products = _products(fit, change)
    control = replace(fit.spec.control, path="auto")
    spec = replace(fit.spec, formula=formula, control=control, start=None)
    estimates = None
    start = None if fit.estimates.verdict.is_singular else _start(fit, change, design)
    if start is not None and len(start):
        estimates = estimate_products(products, design, replace(spec, start=start))
        verdict = estimates.verdict
        if verdict.is_singular or not verdict.is_converged:
            estimates = None
    if estimates is None:
        estimates = estimate_products(products, design, spec)
    return replace(fit, spec=spec, design=design, crossprod=products, estimates=estimates)


def random_effects(fit: Fit) -> tuple[Effects, ...]:
    """List the random terms of a fit with the columns of each of their effects."""
    states = fit.design.recipe.states
    found = []
    for b, (_, terms) in enumerate(merge_terms(fit.spec.formula.random)):
        block, recipe = fit.design.rows.blocks[b], fit.design.recipe.blocks[b]
        for t, (random, own, place) in enumerate(
            zip(terms, recipe.terms, block.terms, strict=True)
        ):
            names = block.column_names[place.start : place.stop]
            widths = tuple([_width(plan, states) for plan in own.plans])
            plans = own.plans
            if sum(widths) != place.size:  # a function whose width is not known here
                widths, plans = (place.size,), ()
            is_coded = tuple([_is_coded(plan, states) for plan in plans])
            found.append(Effects(b, t, random, plans, widths, is_coded, names))
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
    return f"{what} | {effects.random.grouping.label}"


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


def _design(fit: Fit, change: Change) -> tuple[Formula, Design]:
    """Write the formula and the design that are left; blocks keep their order."""
    merged = merge_terms(fit.spec.formula.random)
    target = merged[change.block][1][change.term]
    broken = [chain for chain in chains(fit.spec.formula.random) if target in chain]
    randoms = []
    for b, (_, terms) in enumerate(merged):
        for t, random in enumerate(terms):
            kept = change.left if (b, t) == (change.block, change.term) else random
            if kept is not None:
                is_broken = any(random in chain for chain in broken)
                randoms.append(replace(kept, nested_in=()) if is_broken else kept)
    formula = replace(fit.spec.formula, random=tuple(randoms))
    formula = replace(formula, text=render(formula))
    blocks, recipes = list(fit.design.rows.blocks), list(fit.design.recipe.blocks)
    block = _block(fit, change)
    if block is None:
        del blocks[change.block], recipes[change.block]
    else:
        own = [_term_recipe(change, t, old) for t, old in enumerate(recipes[change.block].terms)]
        kept_terms = tuple(term for term in own if term is not None)
        blocks[change.block] = block
        recipes[change.block] = replace(recipes[change.block], terms=kept_terms)
    rows = replace(fit.design.rows, blocks=tuple(blocks))
    recipe = replace(fit.design.recipe, blocks=tuple(recipes))
    return formula, replace(fit.design, rows=rows, recipe=recipe)


def _term_recipe(change: Change, t: int, old: TermRecipe) -> TermRecipe | None:
    if t != change.term:
        return old
    if change.left is None:
        return None
    return TermRecipe(change.plans, change.left.structure, change.left.text)


def _block(fit: Fit, change: Change) -> RandomBlock | None:
    """Lay the terms of the changed block out anew; None where nothing is left."""
    block = fit.design.rows.blocks[change.block]
    columns: list[FloatArray] = []
    names: list[str] = []
    terms: list[BlockTerm] = []
    for t, place in enumerate(block.terms):
        own = block.columns[place.start : place.stop]
        own_names = block.column_names[place.start : place.stop]
        shape, text = place.structure, place.text
        if t == change.term:
            if change.left is None:
                continue
            own = tuple([_combined(own, weights, fit) for weights in change.basis.T])
            own_names, text = change.names, change.left.text
            shape = structure(change.left.structure, len(own))
        terms.append(BlockTerm(len(columns), len(columns) + len(own), shape, text))
        columns += own
        names += own_names
    if not terms:
        return None
    return replace(block, columns=tuple(columns), column_names=tuple(names), terms=tuple(terms))


def _combined(columns: tuple[FloatArray, ...], weights: FloatArray, fit: Fit) -> FloatArray:
    places = np.flatnonzero(weights).tolist()
    if len(places) == 1:
        return columns[places[0]]
    for name, column in zip(fit.design.fixed_names, fit.design.rows.fixed_columns, strict=True):
        if name == INTERCEPT:
            return column  # all dummies of a factor add up to it
    combined: FloatArray = np.sum([columns[i] * weights[i] for i in places], axis=0)
    return combined


def _products(fit: Fit, change: Change) -> CrossProducts:
    """Turn the cross-products of Z into those of what is left: Z' = Z B in the changed block."""
    B = _block_basis(fit, change)
    state = fit.crossprod.to_state()
    px, gone = state["p"] + 1, B.shape[1] == 0
    blocks = []
    for b, (r, n_groups, zz, zx) in enumerate(state["blocks"]):
        if b != change.block:
            blocks.append((r, n_groups, zz, zx))
        elif not gone:
            products = np.einsum("ai,jab,bk->jik", B, np.reshape(zz, (-1, r, r)), B, optimize=True)
            by_fixed = np.einsum("ai,jax->jix", B, np.reshape(zx, (-1, r, px)))
            blocks.append((B.shape[1], n_groups, products.ravel(), by_fixed.ravel()))
    pairs = [
        _pair(pair, change.block, B)
        for pair in state["pairs"]
        if not (gone and _is_of(pair, change))
    ]
    return CrossProducts.from_state(state | {"blocks": blocks, "pairs": pairs})


def _is_of(pair: tuple[Any, ...], change: Change) -> bool:
    return change.block in (pair[0], pair[1])


def _pair(pair: tuple[Any, ...], block: int, B: FloatArray) -> tuple[Any, ...]:
    first, second, (r1, r2), ptr, cols, values = pair
    parts = np.reshape(values, (-1, r1, r2))
    if first == block:
        parts = np.einsum("ai,nab->nib", B, parts)
    if second == block:
        parts = np.einsum("nab,bk->nak", parts, B)
    if B.shape[1] == 0:  # later blocks move up
        first, second = first - (first > block), second - (second > block)
    return first, second, parts.shape[1:], ptr, cols, np.ascontiguousarray(parts).ravel()


def _block_basis(fit: Fit, change: Change) -> FloatArray:
    """Write the columns of the changed block in those of the old one, (r, r_new)."""
    block = fit.design.rows.blocks[change.block]
    parts = []
    for t, place in enumerate(block.terms):
        own = np.eye(block.n_columns)[:, place.start : place.stop]
        parts.append(own @ change.basis if t == change.term else own)
    return np.hstack(parts)


def _start(fit: Fit, change: Change, design: Design) -> FloatArray:
    """Start where the fit ended; the changed term without correlations."""
    mapping, pieces = theta_map(fit.design.rows.blocks), []
    places = iter(mapping.places)
    for b, block in enumerate(fit.design.rows.blocks):
        for t, term in enumerate(block.terms):
            place = next(places)
            if (b, t) != (change.block, change.term):
                pieces.append(fit.estimates.theta[place.first : place.last])
            elif change.left is not None:
                Lambda = fit.estimates.Lambdas[b][term.start : term.stop, term.start : term.stop]
                back = np.linalg.pinv(change.basis)
                std_devs = np.linalg.norm(back @ Lambda, axis=1)
                own = structure(change.left.structure, len(change.names))
                pieces.append(own.start(np.maximum(std_devs, SMALLEST_START)))
    return np.concatenate(pieces) if pieces else np.empty(0)


def _without_random() -> NotEstimableError:
    return NotEstimableError(
        "The model has no random effects to take out.",
        where="ranova(), variance_test(), simplify()",
        got="a formula without a bar",
        need="at least one random term, e.g. (1 | school)",
        do="add a random term to the formula.",
        slug="no-random-terms",
    )

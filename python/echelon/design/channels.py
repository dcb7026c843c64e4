"""The linear predictors of a generalized model: which columns and coefficients each has.

Room: design/. Knows what the families are made of, not their likelihoods.
Takes: a specification and the planned terms of the mean; or the recipe of channels and new rows.
Gives: `ChannelRecipe`s with the names of their coefficients, and `Channel`s.
Source: docs/theory.md (24) and (29); Christensen, ordinal (thresholds and nominal effects).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from echelon._types import FloatArray
from echelon.design.fixed import plan_terms, term_columns
from echelon.design.functions import number
from echelon.design.parts import Channel, Column
from echelon.design.recipe import ChannelRecipe, Piece, Section, TermPlan
from echelon.design.scope import Scope
from echelon.design.thresholds import threshold_pattern
from echelon.families import family_of
from echelon.formula.expression import Expression
from echelon.formula.terms import Formula, RandomTerm
from echelon.spec import ModelSpec

INTERCEPT_PLAN = TermPlan(())
ZERO_PARTS = ("zero", "hurdle")


@dataclass(slots=True)
class _Extra:
    """The coefficients besides those of the mean, as they are named: the first has place p."""

    n_main: int
    names: list[str] = field(default_factory=list)

    def add(self, names: Sequence[str]) -> int:
        """Append coefficients and give the place of the first."""
        self.names += names
        return self.n_main + len(self.names) - len(names)


def sections_of(spec: ModelSpec, categories: tuple[str, ...]) -> tuple[Section, ...]:
    """Say where terms of the formula enter: the mean, or every contrast of a multinomial."""
    if family_of(spec.family).response != "nominal":
        return (Section(),)
    return tuple([Section(i, f"{text}.") for i, text in enumerate(categories[1:])])


def plan_main(spec: ModelSpec, scope: Scope) -> tuple[TermPlan, ...]:
    """Plan the terms of the mean, once.

    Ordinal families have thresholds in the place of the intercept: factors are coded as beside
    an intercept, whether the formula has one (`1`) or not (`0`), and terms that are also in
    `nominal` are left to it, because its coefficients contain theirs.
    """
    formula = spec.formula
    if family_of(spec.family).response != "ordered":
        return plan_terms(formula.intercept, formula.fixed, scope)
    elsewhere = () if spec.nominal is None else spec.nominal.fixed
    own = {frozenset(term.factors) for term in elsewhere}
    plans = plan_terms(True, formula.fixed, scope)[1:]
    return tuple([plan for plan in plans if {part.expression for part in plan.parts} not in own])


def random_terms(
    spec: ModelSpec, sections: tuple[Section, ...]
) -> tuple[tuple[RandomTerm, tuple[Section, ...]], ...]:
    """List the random terms of the model and of its part for zeros, with where they enter."""
    found = [(term, sections) for term in spec.formula.random]
    for option in ZERO_PARTS:
        part = spec.parts.get(option)
        if part is not None:
            found += [(term, (Section(1, f"{option}."),)) for term in part.random]
    return tuple(found)


def plan_channels(
    spec: ModelSpec,
    plans: tuple[TermPlan, ...],
    categories: tuple[str, ...],
    offsets: tuple[Expression, ...],
    scope: Scope,
) -> tuple[tuple[ChannelRecipe, ...], tuple[str, ...]]:
    """Plan every linear predictor of a model that is generalized.

    Parameters
    ----------
    spec : the model as asked for.
    plans : terms of the mean, as `plan_main` gives them.
    categories : labels of the response's categories, or none.
    offsets : of the mean.
    scope : rows.

    Returns
    -------
    A `ChannelRecipe` per linear predictor, those with random effects first, and the names of the
    coefficients besides those of the mean; none of either for a Gaussian model.
    """
    if not spec.is_generalized:
        return (), ()
    family = family_of(spec.family)
    n_own = len(_names(plans, scope))
    if family.response == "nominal":
        contrasts = [
            ChannelRecipe(text, (Piece(plans, i * n_own),), offsets)
            for i, text in enumerate(categories[1:])
        ]
        return tuple(contrasts), ()
    extra = _Extra(n_own)
    main = Piece(plans, 0)
    if family.response == "ordered":
        thresholds = _thresholds(spec, categories, extra, scope)
        scale = _parts(spec, ("scale",), extra, scope)
        channels = [ChannelRecipe("location", (main,), offsets), *thresholds, *scale]
    else:
        zero = _parts(spec, ZERO_PARTS, extra, scope)
        others = [_parameter(spec, name, extra, scope) for name in family.parameters]
        channels = [ChannelRecipe("mean", (main,), offsets), *zero, *others]
    return tuple(channels), tuple(extra.names)


def _thresholds(
    spec: ModelSpec, categories: tuple[str, ...], extra: _Extra, scope: Scope
) -> list[ChannelRecipe]:
    """Plan the J - 1 thresholds: combinations of their parameters, with the nominal effects.

    threshold_j = sum_k pattern[j, k] (alpha_k + x' gamma_k).
    """
    names, pattern = threshold_pattern(spec.thresholds, categories)
    pieces: list[tuple[int, tuple[TermPlan, ...]]] = [(extra.add(names), (INTERCEPT_PLAN,))]
    if spec.nominal is not None:
        plans = plan_terms(True, spec.nominal.fixed, scope)[1:]
        columns = _names(plans, scope)
        pieces.append((extra.add([f"{a}.{x}" for x in columns for a in names]), plans))
    return [
        ChannelRecipe(
            f"threshold {j}",
            tuple(
                Piece(plans, first + k, len(names), factor)
                for first, plans in pieces
                for k, factor in enumerate(row)
                if factor != 0.0
            ),
        )
        for j, row in enumerate(pattern.tolist(), 1)
    ]


def _parts(
    spec: ModelSpec, options: tuple[str, ...], extra: _Extra, scope: Scope
) -> list[ChannelRecipe]:
    """Plan the linear predictors that are there only when a formula asks for them."""
    given = [(option, spec.parts[option]) for option in options if option in spec.parts]
    return [_part(option, formula, extra, scope) for option, formula in given]


def _part(name: str, formula: Formula, extra: _Extra, scope: Scope) -> ChannelRecipe:
    """Plan the linear predictor of a formula; that of a scale has no intercept."""
    if name == "scale":
        plans = plan_terms(True, formula.fixed, scope)[1:]
    else:
        plans = plan_terms(formula.intercept, formula.fixed, scope)
    first = extra.add([f"{name}.{column}" for column in _names(plans, scope)])
    return ChannelRecipe(name, (Piece(plans, first),), formula.offsets)


def _parameter(spec: ModelSpec, name: str, extra: _Extra, scope: Scope) -> ChannelRecipe:
    """Plan a parameter of the family: constant, or by the formula of the dispersion."""
    if name in spec.parts:
        return _part(name, spec.parts[name], extra, scope)
    own = f"{name}.(Intercept)" if name == "dispersion" else name
    return ChannelRecipe(name, (Piece((INTERCEPT_PLAN,), extra.add([own])),))


def _names(plans: tuple[TermPlan, ...], scope: Scope) -> list[str]:
    return [atom.name for plan in plans for atom in term_columns(plan, scope)]


def plans_of(recipes: tuple[ChannelRecipe, ...]) -> tuple[TermPlan, ...]:
    """List the terms of all linear predictors, each once."""
    plans = [plan for recipe in recipes for piece in recipe.pieces for plan in piece.plans]
    return tuple(dict.fromkeys(plans))


def offsets_of(recipes: tuple[ChannelRecipe, ...]) -> tuple[Expression, ...]:
    """List the offsets of all linear predictors, each once."""
    return tuple(dict.fromkeys(node for recipe in recipes for node in recipe.offsets))


def channels_of(recipes: tuple[ChannelRecipe, ...], scope: Scope) -> tuple[Channel, ...]:
    """Make the columns and offsets of every linear predictor for the rows of a scope.

    Columns that are equal are one object, the column of ones in particular.
    """
    return tuple(
        Channel(
            recipe.name,
            tuple([column for piece in recipe.pieces for column in _columns(piece, scope)]),
            total_offset(recipe.offsets, scope),
        )
        for recipe in recipes
    )


def _columns(piece: Piece, scope: Scope) -> list[Column]:
    atoms = [atom for plan in piece.plans for atom in term_columns(plan, scope)]
    return [
        Column(piece.first + i * piece.step, atom.array, piece.factor)
        for i, atom in enumerate(atoms)
    ]


def total_offset(offsets: tuple[Expression, ...], scope: Scope) -> FloatArray | None:
    """Add up offsets, (n,); None where there are none. The same sum is the same object."""
    if not offsets:
        return None
    key = ("offset", *offsets)
    total = scope.arrays.get(key)
    if total is None:
        total = number(offsets[0], scope)
        for offset in offsets[1:]:
            total = total + number(offset, scope)
            total.flags.writeable = False
        scope.arrays[key] = total
    return total

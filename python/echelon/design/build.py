"""Specification and frame to design: the entrance of the room.

Room: design/. Composes fixed, grouping and random.
Takes: `ModelSpec` and `ModelFrame`; or a `Recipe` and new rows.
Gives: `Design`, or the `Rows` of new data encoded the same way.
Source: docs/theory.md (1) to (3).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from echelon._types import FloatArray
from echelon.design.channels import (
    channels_of,
    offsets_of,
    plan_channels,
    plan_main,
    plans_of,
    random_terms,
    sections_of,
    total_offset,
)
from echelon.design.confounding import check_fixed_factors
from echelon.design.fixed import INTERCEPT, plan_terms, term_columns
from echelon.design.functions import number
from echelon.design.outcome import read_outcome
from echelon.design.parts import Channel, Design, RandomBlock, Rows
from echelon.design.profile import describe_variables
from echelon.design.random import encode_blocks, learn_blocks
from echelon.design.recipe import Categories, Recipe, Section, TermPlan
from echelon.design.response import check_offset
from echelon.design.scope import Scope
from echelon.design.values import row_fault
from echelon.errors import DesignError
from echelon.families import family_of
from echelon.formula.expression import Expression, Name, deparse, variables
from echelon.frame.columns import ModelFrame
from echelon.spec import ModelSpec, Needed, needed_by

SMALLEST_START = 1e-4  # relative to the residual standard deviation
WEIGHT_RANGE = (1e-100, 1e100)


def build_design(spec: ModelSpec, frame: ModelFrame) -> Design:
    """Encode a model and its data.

    Parameters
    ----------
    spec : the model as asked for.
    frame : its columns, complete; n rows.

    Returns
    -------
    `Design` with y (n,), the columns of X, one block per grouping factor, and the recipe that
    encodes new rows.

    Raises
    ------
    DesignError : formula and data do not make a model together; the message says where.

    Notes
    -----
    Numeric columns are not copied; a column of X that also varies over groups is one array.
    """
    formula = spec.formula
    assert formula.response is not None
    scope = Scope(frame, True, contrasts=dict(spec.contrasts))
    weights = prior_weights(spec.weights, scope)
    outcome = read_outcome(spec, weights, scope)
    offsets = formula.offsets if spec.offset is None else (*formula.offsets, spec.offset)
    main = _main(spec, outcome.categories, scope)
    channels, extra_names = plan_channels(spec, main.once, outcome.categories, offsets, scope)
    _check_names((*main.names, *extra_names))
    may_fill = outcome.trials is not None or family_of(spec.family).response == "count"
    recipes, blocks = learn_blocks(random_terms(spec, main.sections), outcome.y, scope, may_fill)
    _check_factors(spec, main, blocks, scope)
    check_start(spec, blocks)
    _check_contrasts(spec, scope)
    offset = total_offset(offsets, scope)
    if offset is not None and not spec.is_generalized:
        check_offset(formula, outcome.y, offset)
    kept = weights if outcome.has_weights else None
    every = (*main.once, *plans_of(channels))
    offset_parts = tuple(dict.fromkeys((*offsets, *offsets_of(channels))))
    profiles, cell_totals = describe_variables(every, offset_parts, kept, scope)
    return Design(
        rows=Rows(frame.n_obs, main.columns, blocks, offset),
        y=outcome.y,
        response_name=formula.response.text or deparse(formula.response.expressions[0]),
        fixed_names=main.names,
        weights=kept,
        recipe=Recipe(
            main.once * len(main.sections),
            main.sizes,
            recipes,
            offsets,
            scope.states,
            profiles,
            cell_totals,
            channels,
        ),
        trials=outcome.trials,
        categories=outcome.categories,
        channels=channels_of(channels, scope),
        extra_names=extra_names,
    )


class _Main(NamedTuple):
    """The fixed part of the mean: plans of its terms, once, and where they enter.

    `sizes` are columns per term, `columns` (n,) and `names` those of all sections.
    """

    once: tuple[TermPlan, ...]
    sections: tuple[Section, ...]
    sizes: tuple[int, ...]
    columns: tuple[FloatArray, ...]
    names: tuple[str, ...]


def _main(spec: ModelSpec, categories: tuple[str, ...], scope: Scope) -> _Main:
    plans, sections = plan_main(spec, scope), sections_of(spec, categories)
    terms = [term_columns(plan, scope) for plan in plans]
    atoms = [atom for term in terms for atom in term]
    return _Main(
        plans,
        sections,
        tuple([len(term) for term in terms]) * len(sections),
        tuple([atom.array for atom in atoms]) * len(sections),
        tuple([section.prefix + atom.name for section in sections for atom in atoms]),
    )


def _check_factors(
    spec: ModelSpec, main: _Main, blocks: tuple[RandomBlock, ...], scope: Scope
) -> None:
    """Refuse groups with both fixed effects and a random intercept in one linear predictor."""
    for section in main.sections:
        check_fixed_factors(main.once, scope, blocks, section.prefix)
    for option, part in spec.parts.items():
        if part.random:
            plans = plan_terms(part.intercept, part.fixed, scope)
            check_fixed_factors(plans, scope, blocks, f"{option}.")


def encode_rows(recipe: Recipe, frame: ModelFrame, scope: Scope | None = None) -> Rows:
    """Encode new rows as the rows of the fit were: same columns, same groups.

    Parameters
    ----------
    recipe : of the design that was fitted.
    frame : the columns named by `columns_needed_for_new_rows`; no response.
    scope : `new_scope` of recipe and frame, to share columns with `encode_channels`.

    Returns
    -------
    `Rows`: p columns (n,), blocks with the groups of the fit (code -1: a new group), offset.

    Raises
    ------
    DesignError : a category that the fit has not seen, or a value outside a function's domain.
    """
    scope = scope or new_scope(recipe, frame)
    columns = tuple([atom.array for plan in recipe.fixed for atom in term_columns(plan, scope)])
    blocks = encode_blocks(recipe.blocks, scope)
    return Rows(frame.n_obs, columns, blocks, total_offset(recipe.offsets, scope))


def new_scope(recipe: Recipe, frame: ModelFrame) -> Scope:
    """Make the scope in which new rows are evaluated, with what the fit has learned."""
    return Scope(frame, False, dict(recipe.states))


def encode_channels(
    recipe: Recipe, frame: ModelFrame, scope: Scope | None = None
) -> tuple[Channel, ...]:
    """Encode new rows for every linear predictor of a generalized model, offsets included.

    Parameters
    ----------
    recipe : of the design that was fitted.
    frame : the columns named by `columns_needed_for_new_rows`; no response.
    scope : `new_scope` of recipe and frame, to share columns with `encode_rows`.

    Returns
    -------
    The channels of the fit for these rows, in the same order; none for a Gaussian model.

    Raises
    ------
    DesignError : a category that the fit has not seen, or a value outside a function's domain.
    """
    return channels_of(recipe.channels, scope or new_scope(recipe, frame))


def columns_needed_for_new_rows(recipe: Recipe) -> Needed:
    """Name the columns that new rows must have: predictors, offsets and grouping factors."""
    plans = (*recipe.fixed, *plans_of(recipe.channels))
    expressions = [part.expression for plan in plans for part in plan.parts]
    for block in recipe.blocks:
        expressions += [p.expression for t in block.terms for plan in t.plans for p in plan.parts]
    return needed_by(
        (*expressions, *recipe.offsets, *offsets_of(recipe.channels)),
        tuple(block.grouping for block in recipe.blocks),
    )


def _check_names(names: tuple[str, ...]) -> None:
    if len(set(names)) == len(names):
        return
    twice = next(name for i, name in enumerate(names) if name in names[:i])
    own = "the intercept" if twice == INTERCEPT else "another coefficient"
    raise DesignError(
        f"Two coefficients would be called '{twice}'.",
        where="fixed effects",
        got=f"a column whose name is also that of {own}",
        need="a different name for every coefficient",
        do="rename the column in the data.",
        slug="duplicate-coefficient",
    )


def _check_contrasts(spec: ModelSpec, scope: Scope) -> None:
    """Refuse a coding asked for a column that is not used as categories."""
    coded = {
        name
        for expression, state in scope.states.items()
        if isinstance(state, Categories)
        for name in variables(expression)
    }
    for name, coding in spec.contrasts:
        if name not in coded:
            raise DesignError(
                f"The option contrasts names '{name}', which the model uses as numbers.",
                where="option contrasts",
                got=f"{name!r}: {coding!r}",
                need="a predictor with categories",
                do=f"write factor({name}) in the formula to use its values as categories.",
                slug="contrast-of-numbers",
            )


def check_start(spec: ModelSpec, blocks: tuple[RandomBlock, ...]) -> None:
    """Refuse starting values whose number is not that of the covariance parameters."""
    if spec.start is None:
        return
    counts = [term.structure.n_theta for block in blocks for term in block.terms]
    if len(spec.start) != sum(counts):
        texts = [term.text for block in blocks for term in block.terms]
        listed = ", ".join(f"{k} for {text}" for k, text in zip(counts, texts, strict=True))
        raise DesignError(
            "The option start has not one number per covariance parameter.",
            where="option start",
            got=f"{len(spec.start)} number{'s' * (len(spec.start) != 1)}",
            need=f"{sum(counts)}: {listed}" if counts else "none: the model has no random terms",
            do="give theta in this order, or leave start out.",
            slug="start-length",
        )
    _check_start_inside(spec.start, blocks)


def _check_start_inside(start: FloatArray, blocks: tuple[RandomBlock, ...]) -> None:
    """Refuse a start at a variance of zero, where the criterion is flat in its direction."""
    first = 0
    for block in blocks:
        for term in block.terms:
            theta = start[first : first + term.structure.n_theta]
            first += len(theta)
            columns = block.columns[term.start : term.stop]
            sizes = np.sqrt([np.mean(np.square(column)) for column in columns])
            template = term.structure.Lambda(theta) * sizes[:, None]
            if not np.linalg.svd(template, compute_uv=False)[-1] > SMALLEST_START:
                raise DesignError(
                    "The option start begins at a variance of zero.",
                    where=f"option start, random term {term.text}",
                    got=f"theta = {', '.join(f'{value:.6g}' for value in theta.tolist())}",
                    need="standard deviations above zero and correlations inside -1 and 1: at\n"
                    "zero the criterion is flat, and the minimiser would stay there",
                    do="leave start out, or start from 1 on the diagonal of Lambda.",
                    slug="start-on-boundary",
                )


def prior_weights(weights: Expression | None, scope: Scope) -> FloatArray | None:
    """Evaluate prior weights, (n,); each must be positive."""
    if weights is None:
        return None
    values = number(weights, scope)
    if not values.min(initial=1.0) > 0.0:
        text = deparse(weights)
        raise row_fault(
            scope.frame,
            ~(values > 0.0),
            values,
            f"weights = {text}",
            f"The prior weight {text} is zero or negative in some rows.",
            f"{text} > 0 in every row",
            f"leave these rows out with subset: {text} > 0.",
        )
    low, high = WEIGHT_RANGE
    is_extreme = (values < low) | (values > high)
    if is_extreme.any():
        text = deparse(weights)
        raise row_fault(
            scope.frame,
            is_extreme,
            values,
            f"weights = {text}",
            f"The prior weight {text} is beyond what can be computed with.",
            f"{low:g} < {text} < {high:g}",
            "rescale the weights: only their proportions matter for the coefficients.",
        )
    if not isinstance(weights, Name):
        values.flags.writeable = False
    return values

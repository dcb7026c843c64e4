"""Random terms to blocks: all terms of one grouping factor, with their columns and structures.

Room: design/. Knows groups and columns, not likelihoods.
Takes: the random terms of a formula and a scope; or a recipe and new rows.
Gives: `BlockRecipe` and `RandomBlock`, in the order in which grouping factors first appear.
Source: docs/theory.md (2); Bates, Maechler, Bolker & Walker (2015), section 2.3.
"""

from __future__ import annotations

from echelon._types import FloatArray
from echelon.design.confounding import check_groups_differ, check_slopes_vary
from echelon.design.covariance import structure
from echelon.design.fixed import plan_terms, term_columns
from echelon.design.grouping import find_groups, learn_groups
from echelon.design.nesting import warn_if_nested
from echelon.design.parts import BlockTerm, Membership, RandomBlock
from echelon.design.recipe import BlockRecipe, Section, TermRecipe
from echelon.design.scope import Scope
from echelon.errors import DesignError
from echelon.formula.terms import Grouping, RandomTerm


def learn_blocks(
    terms: tuple[tuple[RandomTerm, tuple[Section, ...]], ...],
    y: FloatArray,
    scope: Scope,
    may_fill_rows: bool = False,
) -> tuple[tuple[BlockRecipe, ...], tuple[RandomBlock, ...]]:
    """Build a block per grouping factor and remember how.

    Parameters
    ----------
    terms : random terms, and the linear predictors that each enters.
    y : (n,), for advice only.
    scope : rows.
    may_fill_rows : whether a term may have as many effects as there are rows: counts have no
        residual variance of their own.

    Raises
    ------
    DesignError : a factor has a single group, a term has as many random effects as there are
        rows, an effect is written twice over the same factor, or two of them cannot be told
        apart: a slope of a constant, two factors with the same groups.

    Warns
    -----
    NestingWarning : a factor looks crossed, but its labels start again in each group of another.
    """
    sections = {id(term): own for term, own in terms}
    recipes, blocks = [], []
    merged = merge_terms(tuple([term for term, _ in terms]))
    for grouping, own in merged:
        groups = learn_groups(grouping, scope)
        recipe = BlockRecipe(
            grouping,
            groups.labels,
            groups.factor_labels,
            groups.keys,
            tuple(
                TermRecipe(
                    plan_terms(t.intercept, t.terms, scope), t.structure, t.text, sections[id(t)]
                )
                for t in own
            ),
        )
        block = _block(recipe, groups.memberships, scope)
        _check_effects(block, scope, may_fill_rows)
        recipes.append(recipe)
        blocks.append(block)
    if len(merged) > 1:
        check_groups_differ(tuple(blocks))
        warn_if_nested(tuple([grouping for grouping, _ in merged]), y, scope)
    return tuple(recipes), tuple(blocks)


def encode_blocks(recipes: tuple[BlockRecipe, ...], scope: Scope) -> tuple[RandomBlock, ...]:
    """Encode new rows; groups that the fit has not seen have code -1."""
    return tuple(_block(recipe, find_groups(recipe, scope), scope) for recipe in recipes)


def merge_terms(
    terms: tuple[RandomTerm, ...],
) -> tuple[tuple[Grouping, tuple[RandomTerm, ...]], ...]:
    """Collect the terms of each grouping factor; `a:b` and `b:a` are the same factor."""
    merged: dict[object, list[RandomTerm]] = {}
    for term in terms:
        grouping = term.grouping
        key = (frozenset(grouping.factors), grouping.members, grouping.weights)
        merged.setdefault(key, []).append(term)
    return tuple((own[0].grouping, tuple(own)) for own in merged.values())


def _block(recipe: BlockRecipe, memberships: tuple[Membership, ...], scope: Scope) -> RandomBlock:
    columns: list[FloatArray] = []
    names: list[str] = []
    channels: list[int] = []
    terms: list[BlockTerm] = []
    for term in recipe.terms:
        start = len(columns)
        for section in term.sections:
            atoms = [atom for plan in term.plans for atom in term_columns(plan, scope)]
            columns += [atom.array for atom in atoms]
            names += [section.prefix + atom.name for atom in atoms]
            channels += [section.channel] * len(atoms)
        size = len(columns) - start
        terms.append(BlockTerm(start, start + size, structure(term.structure, size), term.text))
    return RandomBlock(
        recipe.grouping.label,
        memberships,
        recipe.labels,
        tuple(columns),
        tuple(names),
        tuple(terms),
        tuple(channels) if any(channels) else (),
    )


def _check_effects(block: RandomBlock, scope: Scope, may_fill_rows: bool) -> None:
    n_groups, n_obs = block.n_groups, scope.frame.n_obs
    if n_groups < 2:
        raise _one_group(block, n_obs)
    if len(set(block.column_names)) < len(block.column_names):
        raise _duplicate_effect(block)
    for term in block.terms:
        n_channels = len(set(block.channels[term.start : term.stop])) or 1
        room = n_obs * n_channels + may_fill_rows
        if n_groups * term.size >= room:
            raise _too_many_effects(block, term, n_obs)
    check_slopes_vary(block)


def _one_group(block: RandomBlock, n_obs: int) -> DesignError:
    label = block.labels.tolist()[0]
    return DesignError(
        f"The grouping factor '{block.grouping}' has a single group.",
        where=f"random term {block.terms[0].text}",
        got=f"1 group ({label!r}, {n_obs:,} rows)",
        need="2 or more groups, to separate the variance between groups from the residual",
        do=f"remove the term, or check the filter applied to '{block.grouping}'.",
        slug="one-group",
    )


def _duplicate_effect(block: RandomBlock) -> DesignError:
    names = block.column_names
    twice = next(name for i, name in enumerate(names) if name in names[:i])
    texts = " + ".join(term.text for term in block.terms)
    return DesignError(
        f"The effect '{twice}' varies twice over '{block.grouping}'.",
        where=f"random terms {texts}",
        got=f"{names.count(twice)} variances for '{twice}'",
        need="one variance per effect and grouping factor",
        do="take one of them out; if a column has the name of a category's effect, rename it.",
        slug="duplicate-effect",
    )


def _too_many_effects(block: RandomBlock, term: BlockTerm, n_obs: int) -> DesignError:
    n_groups = block.n_groups
    if n_groups == n_obs and term.size == 1:
        what = f"Every group of '{block.grouping}' has one row."
        got = f"{n_groups:,} groups in {n_obs:,} rows"
        do = f"remove the term, or check that '{block.grouping}' is the grouping factor you mean."
    else:
        what = f"The term {term.text} has as many random effects as there are rows, or more."
        count = n_groups * term.size
        got = f"{n_groups:,} groups x {term.size} effects = {count:,}, in {n_obs:,} rows"
        do = "let fewer effects vary, or use a grouping factor with more rows per group."
    return DesignError(
        what,
        where=f"random term {term.text}",
        got=got,
        need="fewer random effects than rows, to tell them from the residual",
        do=do,
        slug="too-many-random-effects",
    )

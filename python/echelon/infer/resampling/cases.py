"""The case bootstrap: whole groups drawn with replacement, at chosen levels.

Room: infer/. Draws rows and gives drawn groups codes of their own.
Takes: a `Fit` with its rows, and the levels to draw at.
Gives: `CaseSampler`: a fit to each draw.
Source: Van der Leeden, Meijer & Busing (2008), Handbook of multilevel analysis, chapter 11.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from echelon._types import CodeArray, IndexArray
from echelon.design.parts import Design, Membership, RandomBlock
from echelon.engine.deletion import taken
from echelon.engine.estimate import estimate_products
from echelon.engine.kernel import accumulate
from echelon.errors import SpecError, near_matches, offenders
from echelon.fit import Fit

ROWS = "rows"


class CaseSampler:
    """Draws groups with replacement, from the highest level down; a level not named stays whole.

    Drawn twice, a group counts as two.
    """

    def __init__(
        self,
        fit: Fit,
        levels: tuple[str, ...] | None,
        estimate: Callable[[Design], Fit] | None = None,
    ) -> None:
        """Prepare the tree of groups; None draws at the highest level only.

        `estimate` fits the model to a design that was drawn; None for a Gaussian model.
        """
        blocks = fit.design.rows.blocks
        self.fit = fit
        self.estimate = partial(of_products, fit) if estimate is None else estimate
        self.order = sorted(range(len(blocks)), key=lambda k: blocks[k].n_groups)
        _check_nested(fit, self.order)
        names = [blocks[k].grouping for k in self.order]
        chosen = _chosen(levels, names)
        self.is_drawn = [name in chosen for name in names] + [ROWS in chosen]
        codes = [blocks[k].memberships[0].codes for k in self.order]
        # Rows sorted so that each group of every level is one stretch.
        self.sorted = np.lexsort(codes[::-1]) if codes else np.arange(fit.design.n_obs)
        self.codes = [code[self.sorted] for code in codes]

    def draw(self, generator: np.random.Generator) -> Fit:
        """Draw rows, and fit the model to them."""
        stretches = [(0, self.fit.design.n_obs)]
        parents: list[IndexArray] = []
        for codes, is_drawn in zip(self.codes, self.is_drawn, strict=False):
            parts = [_groups(stretch, codes, is_drawn, generator) for stretch in stretches]
            parents.append(np.repeat(np.arange(len(parts)), [len(part) for part in parts]))
            stretches = [group for part in parts for group in part]
        places = [
            generator.integers(start, end, size=end - start)
            if self.is_drawn[-1]
            else np.arange(start, end)
            for start, end in stretches
        ]
        own = np.repeat(np.arange(len(places)), [len(place) for place in places])
        codes_up: list[CodeArray] = []
        for parent in reversed(parents):
            codes_up.append(own.astype(np.int32))
            own = parent[own]
        return self._fitted(self.sorted[np.concatenate(places)], codes_up[::-1])

    def _fitted(self, rows: IndexArray, codes: list[CodeArray]) -> Fit:
        drawn = taken(self.fit.design, rows)
        by_block = dict(zip(self.order, codes, strict=True))
        blocks = tuple(_regrouped(block, by_block[k]) for k, block in enumerate(drawn.rows.blocks))
        return self.estimate(replace(drawn, rows=replace(drawn.rows, blocks=blocks)))


def of_products(fit: Fit, design: Design) -> Fit:
    """Fit a Gaussian model to another design, from its cross-products."""
    products = accumulate(design, threads=1)
    estimates = estimate_products(products, design, replace(fit.spec, start=None))
    return replace(fit, design=design, products=products, estimates=estimates, frame=None)


def _groups(
    stretch: tuple[int, int], codes: CodeArray, is_drawn: bool, generator: np.random.Generator
) -> list[tuple[int, int]]:
    """Cut a stretch of rows into its groups of one level, drawn with replacement if asked for."""
    start, end = stretch
    own = codes[start:end]
    cuts = start + np.flatnonzero(own[1:] != own[:-1]) + 1
    edges = np.concatenate([[start], cuts, [end]])
    order = np.arange(len(edges) - 1)
    if is_drawn:
        order = generator.integers(len(order), size=len(order))
    return [(int(edges[i]), int(edges[i + 1])) for i in order]


def _regrouped(block: RandomBlock, codes: CodeArray) -> RandomBlock:
    n_groups = int(codes.max()) + 1
    labels = np.arange(n_groups).astype(object)
    return replace(block, memberships=(Membership(codes),), labels=labels)


def _chosen(levels: tuple[str, ...] | None, names: list[str]) -> set[str]:
    if levels is None:
        return {names[0]} if names else {ROWS}
    for name in levels:
        if name not in (*names, ROWS):
            raise SpecError(
                f"'{name}' is no level of the model.",
                where="bootstrap(), argument levels",
                got=f"'{name}'",
                need=f"one of {offenders(names)}, or 'rows'",
                do=near_matches(str(name), [*names, ROWS]),
                slug="unknown-level",
            )
    if not levels:
        raise SpecError(
            "A case bootstrap without levels draws nothing.",
            where="bootstrap(), argument levels",
            got="an empty list",
            need=f"one or more of {offenders(names)}, or 'rows'",
            do="leave levels out to draw groups of the highest level.",
            slug="unknown-level",
        )
    return set(levels)


def _check_nested(fit: Fit, order: list[int]) -> None:
    """Refuse crossed factors and multiple memberships: their groups are not cases."""
    blocks = fit.design.rows.blocks
    for above, below in pairwise(order):
        high, low = blocks[above], blocks[below]
        parents = np.full(low.n_groups, -1)
        parents[low.memberships[0].codes] = high.memberships[0].codes
        if (parents[low.memberships[0].codes] != high.memberships[0].codes).any():
            raise _crossed(f"'{low.grouping}' is crossed with '{high.grouping}'")
    for block in blocks:
        if len(block.memberships) > 1 or block.memberships[0].weights is not None:
            raise _crossed(f"'{block.grouping}' is a multiple membership")


def _crossed(what: str) -> SpecError:
    return SpecError(
        "A case bootstrap draws whole groups, and here groups share rows with others.",
        where="bootstrap(kind='case')",
        got=what,
        need="grouping factors that are nested in one another",
        do="use kind='parametric' or kind='residual'.",
        slug="case-bootstrap-crossed",
    )

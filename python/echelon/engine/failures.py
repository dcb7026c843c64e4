"""Sentences for the failures of the compiled core, which reports fields only.

Room: engine/. Words; computes nothing.
Takes: the kind and the fields of a core error, and the design it came from.
Gives: an `EngineError`.
Source: docs/errors.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from echelon.design.parts import Design
from echelon.errors import EngineError, offenders

Fields = Mapping[str, Any]

SQUARABLE = 1e150  # squares of larger numbers, and of smaller than its inverse, leave the range


def kernel_failure(kind: str, fields: Fields, design: Design | None) -> EngineError:
    """Word a failure of the core."""
    return _SENTENCES.get(kind, _unforeseen(kind))(fields, design)


def _non_finite(fields: Fields, design: Design | None) -> EngineError:
    names = _columns_of_size(design, lambda size: not math.isfinite(size))
    name = f": {names[0][0]}" if names else ""
    return EngineError(
        f"A column of the model holds a value that is not finite{name}.",
        where=f"row {fields['row'] + 1:,} of the rows used",
        got="NaN or infinite",
        need="finite numbers in every column",
        do="remove or replace the value; functions such as exp() can overflow",
        slug="not-finite",
    )


def _overflow(fields: Fields, design: Design | None) -> EngineError:
    large = _columns_of_size(design, lambda size: size > SQUARABLE)
    name, size = large[0] if large else ("a product of columns", SQUARABLE)
    return EngineError(
        f"A column of the model is too large to be squared: {name}.",
        where="the cross-products of the model's columns",
        got=f"values up to {size:.3g}",
        need="columns whose squares, summed over the rows, are finite numbers",
        do="rescale the variable, e.g. measure in thousands or millions",
        slug="overflow",
    )


def _columns_of_size(
    design: Design | None, is_bad: Callable[[float], bool]
) -> list[tuple[str, float]]:
    """List the columns (n,) whose largest absolute value is bad, with that value."""
    if design is None:
        return []
    rows = design.rows
    columns = [(f"the response '{design.response_name}'", design.y)]
    columns += [
        (f"'{name}'", column)
        for name, column in zip(design.fixed_names, rows.fixed_columns, strict=False)
    ]
    for block in rows.blocks:
        columns += [
            (f"'{name}', which varies over '{block.grouping}'", column)
            for name, column in zip(block.column_names, block.columns, strict=False)
        ]
    sizes = [(name, float(np.abs(column).max(initial=0.0))) for name, column in columns]
    return [(name, size) for name, size in sizes if is_bad(size)]


def _underflow(name: str, size: float) -> EngineError:
    return EngineError(
        f"A column of the model is too small to be squared: {name}.",
        where="the cross-products of the model's columns",
        got=f"values up to {size:.3g}",
        need=f"values of more than {1 / SQUARABLE:g}",
        do="rescale the variable, e.g. measure in thousandths or millionths",
        slug="underflow",
    )


def tiny_column(design: Design | None) -> EngineError | None:
    """Word the failure of the first column that is not zero, but whose squares are."""
    small = _columns_of_size(design, lambda size: 0.0 < size < 1 / SQUARABLE)
    return _underflow(*small[0]) if small else None


def _no_mode(fields: Fields, design: Design | None) -> EngineError:
    return EngineError(
        f"The random effects of {_group_of(fields['group'], design)} have no mode.",
        where="the inner iterations of the likelihood, at the starting point",
        got="linear predictors at which the response is impossible, or a density without maximum",
        need="a response that is possible at every value of the random effects, or nearly so",
        do="use the family's first link (log for counts and positive values), rescale predictors\n"
        "with random slopes, look for extreme values, or leave random slopes out",
        slug="no-mode",
    )


def _group_of(number: int, design: Design | None) -> str:
    """Name a group; of crossed or nested factors the core finds all modes at once."""
    blocks = () if design is None else design.rows.blocks
    if len(blocks) == 1 and number < blocks[0].n_groups:
        return f"group {offenders([blocks[0].labels[number]])} of '{blocks[0].grouping}'"
    return "the groups"


def _impossible_start(design: Design) -> EngineError:
    """Word the failure of a generalized model whose likelihood is zero or infinite at the start."""
    return tiny_column(design) or EngineError(
        "The likelihood cannot be computed where the search starts.",
        where="the first linear predictors, without random effects",
        got=_largest_columns(design),
        need="a response that the family and link allow at moderate linear predictors",
        do="rescale or centre predictors and offset, use the family's first link, or look for\n"
        "extreme values of the response",
        slug="no-likelihood-at-start",
    )


def _largest_columns(design: Design) -> str:
    sizes = _columns_of_size(design, lambda size: True)
    sizes += [
        (f"the offset of '{channel.name}'", float(np.abs(channel.offset).max(initial=0.0)))
        for channel in design.channels
        if channel.offset is not None
    ]
    name, size = max(sizes, key=lambda pair: pair[1])
    return f"values up to {size:.3g} in {name}"


def _not_positive_definite(fields: Fields, design: Design | None) -> EngineError:
    if design is not None and design.channels:
        return _impossible_start(design)
    return tiny_column(design) or EngineError(
        "The model's equations are not positive definite.",
        where="the factorisation at the starting point",
        got=f"a pivot that is not positive, at position {fields['index'] + 1:,}",
        need="random-effects columns of comparable size",
        do="rescale or centre the predictors that have random slopes",
        slug="not-positive-definite",
    )


def _no_residual_degrees(fields: Fields, design: Design | None) -> EngineError:
    return EngineError(
        "There are not more rows than fixed effects.",
        where="fixed effects",
        got=f"{fields['n']:,} rows for {fields['p']:,} estimable coefficients",
        need="more rows than coefficients",
        do="remove terms from the formula, or use more data",
        slug="no-residual-degrees",
    )


def _perfect_fit(fields: Fields, design: Design | None) -> EngineError:
    return EngineError(
        "The model reproduces the response exactly: no residual variance is left.",
        where="residual variance",
        got="a residual sum of squares of zero",
        need="a response that the predictors do not determine",
        do="look for a predictor that is a copy of the response, or for rows made by a formula",
        slug="perfect-fit",
    )


def _too_large(fields: Fields, design: Design | None) -> EngineError:
    return EngineError(
        "The factorisation would need more memory than there is.",
        where="the plan of the fit",
        got=f"{fields['bytes'] // 1_000_000:,} MB",
        need=f"at most {fields['limit'] // 1_000_000:,} MB",
        do="leave out one of the crossed grouping factors, or fit a part of the data",
        slug="too-large",
    )


def _map(fields: Fields, design: Design | None) -> EngineError:
    return EngineError(
        "A covariance structure could not compute its factor.",
        where="the structure's map from theta to Lambda",
        got=str(fields["message"]),
        need="Lambda and its derivatives at every theta inside the bounds",
        do="use another structure, or other starting values",
        slug="covariance-map",
    )


def _not_nested(fields: Fields, design: Design | None) -> EngineError:
    blocks = () if design is None else design.rows.blocks
    names = [blocks[fields[which]].grouping for which in ("outer", "inner")] if blocks else []
    return _no_quadrature(f"{offenders(names)}: groups of one are not parts of the other's groups")


def _no_quadrature(got: str) -> EngineError:
    return EngineError(
        "Quadrature needs grouping factors that are nested in each other.",
        where="option quadrature",
        got=got,
        need="one grouping factor, or several of which each is a part of the next: (1 | g/h)",
        do="leave quadrature out: Laplace takes crossed factors and multiple membership",
        slug="quadrature-of-crossed",
    )


def _corrupt(fields: Fields, design: Design | None) -> EngineError:
    if fields["what"] == "leaf" and design is not None:  # rows that belong to no single group
        texts = [term.text for block in design.rows.blocks for term in block.terms]
        return _no_quadrature(f"{', '.join(texts)}: rows that belong to several groups")
    return EngineError(
        "Saved cross-products cannot be read back.",
        where=f"array '{fields['what']}'",
        got="sizes that do not belong together",
        need="the arrays as they were saved",
        do="save them again from the data",
        slug="corrupt-cross-products",
    )


def _unforeseen(kind: str) -> Callable[[Fields, Design | None], EngineError]:
    def word(fields: Fields, design: Design | None) -> EngineError:
        return EngineError(
            "The numerics were given arrays that do not belong together.",
            where="the compiled core",
            got=f"{kind}: " + ", ".join(f"{key} = {value}" for key, value in fields.items()),
            need="a design made by echelon",
            do="report this as a bug in echelon, with the formula and the shape of the data",
            slug="internal",
        )

    return word


_SENTENCES: dict[str, Callable[[Fields, Design | None], EngineError]] = {
    "non_finite": _non_finite,
    "overflow": _overflow,
    "no_mode": _no_mode,
    "not_positive_definite": _not_positive_definite,
    "no_residual_degrees": _no_residual_degrees,
    "perfect_fit": _perfect_fit,
    "too_large": _too_large,
    "map": _map,
    "not_nested": _not_nested,
    "corrupt": _corrupt,
}

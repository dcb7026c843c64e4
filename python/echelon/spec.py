"""Formula and options, checked: the model as asked for.

Room: spec. Every option is checked here and nowhere else.
Takes: a `Formula` and the options of `echelon.fit`.
Gives: `ModelSpec`, immutable.
Source: docs/reference, fit.
"""

from __future__ import annotations

from dataclasses import dataclass

from echelon._types import FloatArray, Method, Missing
from echelon.formula.expression import Call, Expression, Name, Operation, Sequence
from echelon.formula.terms import Formula, Grouping, Term


@dataclass(frozen=True, slots=True)
class Control:
    """How hard the minimiser tries. Tolerances are relative and unit-free.

    `max_evaluations` counts criterion evaluations; `gradient_tolerance` is on the Newton
    decrement of the criterion; `threads` None means the pool's size; `path` forces a way to
    factorise ('auto', 'chain', 'dense', 'sparse').
    """

    max_evaluations: int = 500
    gradient_tolerance: float = 1e-10
    threads: int | None = None
    path: str = "auto"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The model as asked for.

    `weights` and `offset` are expressions over columns (offset() terms of the formula are in
    `formula.offsets`); `start` is theta (k,) or None; `contrasts` maps a column name to a coding.
    """

    formula: Formula
    family: str = "gaussian"
    link: str = "identity"
    method: Method = "REML"
    quadrature: int = 1
    weights: Expression | None = None
    offset: Expression | None = None
    subset: str | None = None
    missing: Missing = "drop"
    start: FloatArray | None = None
    control: Control = Control()
    conf_level: float = 0.95
    df_method: str = "satterthwaite"
    contrasts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Needed:
    """Names of the columns a model reads: as values, and as group labels."""

    columns: tuple[str, ...]
    groupings: tuple[str, ...]


def columns_needed(spec: ModelSpec) -> Needed:
    """Name the columns that a model needs of a table, in order of first appearance.

    Returns
    -------
    `Needed`: `columns` for response, predictors, weights and offset, `groupings` for group
    labels; a name may be in both.
    """
    formula = spec.formula
    response = () if formula.response is None else formula.response.expressions
    expressions = [*response, *_factors(formula.fixed)]
    for term in formula.random:
        expressions += _factors(term.terms)
    expressions += [*formula.offsets, *_present(spec.offset), *_present(spec.weights)]
    return needed_by(tuple(expressions), tuple([term.grouping for term in formula.random]))


def needed_by(expressions: tuple[Expression, ...], groupings: tuple[Grouping, ...]) -> Needed:
    """Name the columns that expressions and grouping factors read."""
    columns: dict[str, None] = {}
    labels: dict[str, None] = {}
    for grouping in groupings:
        labels.update(dict.fromkeys(grouping.variables))
    for expression in expressions:
        _read(expression, columns, labels)
    for grouping in groupings:
        columns.update(dict.fromkeys([weight.name for weight in grouping.weights]))
    return Needed(tuple(columns), tuple(labels))


def _factors(terms: tuple[Term, ...]) -> list[Expression]:
    return [factor for term in terms for factor in term.factors]


def _present(expression: Expression | None) -> tuple[Expression, ...]:
    return () if expression is None else (expression,)


def _read(node: Expression, columns: dict[str, None], labels: dict[str, None]) -> None:
    """Collect names; the options of a call are constants and name no column."""
    match node:
        case Name(name):
            columns[name] = None
        case Call("cwc" | "gm", (first, *groups)):
            _read(first, columns, labels)
            labels.update(dict.fromkeys([g.name for g in groups if isinstance(g, Name)]))
        case Call(_, children) | Sequence(children) | Operation(_, children):
            for child in children:
                _read(child, columns, labels)

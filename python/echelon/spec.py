"""Formula and options, checked: the model as asked for.

Room: spec. Every option is checked here and nowhere else.
Takes: a `Formula` and the options of `echelon.fit`.
Gives: `ModelSpec`, immutable.
Source: docs/reference, fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from echelon._types import FloatArray, Method, Missing
from echelon.errors import SpecError, near_matches
from echelon.formula.expression import (
    Call,
    Expression,
    Name,
    Operation,
    Sequence,
    deparse,
    variables,
)
from echelon.formula.parse import parse_formula
from echelon.formula.terms import Formula, Grouping, Response, Term
from echelon.options import (
    DEFAULT_CONTROL,
    Control,
    option_fault,
    read_choice,
    read_conf_level,
    read_contrasts,
    read_control,
    read_df_method,
    read_expression,
    read_family,
    read_link,
    read_quadrature,
    read_start,
)


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The model as asked for.

    `weights` and `offset` are expressions over columns (offset() terms of the formula are in
    `formula.offsets`); `start` is theta (k,) or None; `contrasts` pairs column names with codings.
    """

    formula: Formula
    family: str = "gaussian"
    link: str = "identity"
    method: Method = "REML"
    quadrature: int = 1
    weights: Expression | None = None
    offset: Expression | None = None
    subset: object = None
    missing: Missing = "drop"
    start: FloatArray | None = None
    control: Control = DEFAULT_CONTROL
    conf_level: float = 0.95
    df_method: str = "satterthwaite"
    contrasts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Needed:
    """Names of the columns a model reads: as values, and as group labels."""

    columns: tuple[str, ...]
    groupings: tuple[str, ...]


def resolve_spec(
    formula: str | Formula,
    *,
    family: str = "gaussian",
    link: str | None = None,
    method: str = "REML",
    quadrature: int = 1,
    weights: str | None = None,
    offset: str | None = None,
    subset: object = None,
    missing: str = "drop",
    start: object = None,
    control: Control | Mapping[str, object] | None = None,
    conf_level: float = 0.95,
    df_method: str = "satterthwaite",
    contrasts: Mapping[str, str] | None = None,
) -> ModelSpec:
    """Check a formula and every option of a fit, before any data are read.

    Parameters
    ----------
    formula : text, or a parsed `Formula` (with `.` expanded).
    family : 'gaussian'; the others are not in this version.
    link : None or 'identity'.
    method : 'REML' or 'ML', in any case.
    quadrature : 1; a Gaussian likelihood needs no quadrature.
    weights : column or expression of prior weights: residual variance sigma^2 / weight.
    offset : column or expression added to the linear predictor, in response units.
    subset : condition as text, or truth values (n,); checked when the data are read.
    missing : 'drop' or 'error'.
    start : theta (k,), relative to sigma.
    control : `Control`, or a dict with its fields.
    conf_level : in (0, 1).
    df_method : how degrees of freedom are counted: 'satterthwaite', 'kenward_roger' (REML only),
        'containment', 'between_within', 'level', 'residual', or 'normal' for none.
    contrasts : coding by column name: 'treatment', 'sum', 'helmert' or 'poly'.

    Returns
    -------
    `ModelSpec`.

    Raises
    ------
    SpecError : an option does not exist, or does not go with the others.
    FormulaError : the formula, weights or offset cannot be read.

    Examples
    --------
    >>> resolve_spec("mathach ~ ses + (ses | school)", method="ml").method
    'ML'
    """
    parsed = parse_formula(formula) if isinstance(formula, str) else formula
    _check_formula(parsed)
    spec = ModelSpec(
        formula=parsed,
        family=read_family(family),
        link=read_link(link),
        method=cast(Method, read_choice("method", method, ("REML", "ML"))),
        quadrature=read_quadrature(quadrature),
        weights=read_expression("weights", weights),
        offset=read_expression("offset", offset),
        subset=subset,
        missing=cast(Missing, read_choice("missing", missing, ("drop", "error"))),
        start=read_start(start),
        control=read_control(control),
        conf_level=read_conf_level(conf_level),
        df_method=read_df_method(df_method),
        contrasts=() if not contrasts else read_contrasts(contrasts),
    )
    if contrasts:
        _check_contrast_columns(spec)
    check_df_method(spec.df_method, spec.method)
    return spec


def check_df_method(df_method: str, method: str) -> None:
    """Refuse Kenward-Roger for a fit by ML: it adjusts by the restricted likelihood."""
    if df_method == "kenward_roger" and method != "REML":
        raise SpecError(
            "Kenward-Roger needs a fit by REML.",
            where="option df_method",
            got=f"df_method = 'kenward_roger' with method = '{method}'",
            need="method = 'REML': the adjustment is that of the restricted likelihood",
            do="refit(method='REML'), or use df_method = 'satterthwaite'.",
            slug="kenward-roger-needs-reml",
        )


def _check_formula(formula: Formula) -> None:
    response = formula.response
    if response is None:
        raise SpecError(
            "The formula has no response.",
            where=f"formula {formula.text}",
            got="nothing left of '~'",
            need="the column to be modelled",
            do=f"write y {formula.text.strip()}, with your column for y.",
            slug="no-response",
        )
    if formula.has_dot:
        raise SpecError(
            "The '.' of the formula stands for columns that are not known yet.",
            where=f"formula {formula.text}",
            got="'.' without data",
            need="the names of the columns",
            do="name the columns, or expand the formula with the data first (echelon.fit does).",
            slug="dot-without-data",
        )
    if response.kind != "single":
        _refuse_counts(formula, response)
    if not (formula.intercept or formula.fixed or formula.random):
        raise SpecError(
            "The model has no terms.",
            where=f"formula {formula.text}",
            got="no intercept, no predictor, no random term",
            need="at least one term",
            do="write 1 for a model with an intercept only.",
            slug="no-terms",
        )


def _refuse_counts(formula: Formula, response: Response) -> None:
    first, second = (deparse(expression) for expression in response.expressions)
    total = second if response.kind == "proportion" else f"({first} + {second})"
    raise SpecError(
        f"The response '{response.text}' counts successes; a Gaussian model takes numbers.",
        where=f"formula {formula.text}",
        got="a response for the binomial family, with family = 'gaussian'",
        need="one numeric response",
        do=f"model the proportion with I({first} / {total}) as response and weights of {total};\n"
        "the binomial family is not in this version.",
        slug="counts-with-gaussian",
    )


def _check_contrast_columns(spec: ModelSpec) -> None:
    columns = columns_needed(spec).columns
    for name, _ in spec.contrasts:
        if name not in columns:
            raise option_fault(
                f"The option contrasts names '{name}', which is no predictor of the model.",
                "contrasts",
                repr(name),
                f"a column of the formula {spec.formula.text}",
                near_matches(str(name), columns),
                "contrast-of-nothing",
            )


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


def columns_of_options(weights: object, offset: object) -> frozenset[str]:
    """Name the columns that weights and offset read: `.` in a formula does not mean them."""
    read = (read_expression("weights", weights), read_expression("offset", offset))
    return frozenset(name for part in read if part is not None for name in variables(part))


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

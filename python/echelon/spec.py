"""Formula and options, checked: the model as asked for.

Room: spec. Every option is checked here and nowhere else.
Takes: a `Formula` and the options of `echelon.fit`.
Gives: `ModelSpec`, immutable.
Source: docs/reference, fit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from echelon._types import FloatArray, Method, Missing, Quadrature, Thresholds
from echelon.errors import SpecError, near_matches
from echelon.families import Family
from echelon.family_options import (
    check_parts,
    check_response_unused,
    read_family,
    read_generalized_df,
    read_link,
    read_method,
    read_part,
    read_quadrature,
    read_thresholds,
    successes_with_other_family,
)
from echelon.formula.expression import (
    Call,
    Expression,
    Name,
    Operation,
    Sequence,
    variables,
)
from echelon.formula.parse import parse_formula
from echelon.formula.terms import Formula, Grouping, Term
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
    read_start,
)

PARTS = ("nominal", "scale", "zero", "hurdle", "dispersion")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The model as asked for.

    `weights` and `offset` are expressions over columns (offset() terms of the formula are in
    `formula.offsets`); `start` is theta (k,) or None; `contrasts` pairs column names with codings.
    `nominal`, `scale`, `zero`, `hurdle` and `dispersion` are formulas without a response, of the
    other linear predictors that the family has; None where they are constant or absent.
    """

    formula: Formula
    family: str = "gaussian"
    link: str = "identity"
    method: Method = "REML"
    quadrature: Quadrature = 1
    weights: Expression | None = None
    offset: Expression | None = None
    subset: object = None
    missing: Missing = "drop"
    start: FloatArray | None = None
    control: Control = DEFAULT_CONTROL
    conf_level: float = 0.95
    df_method: str = "satterthwaite"
    contrasts: tuple[tuple[str, str], ...] = ()
    thresholds: Thresholds = "flexible"
    nominal: Formula | None = None
    scale: Formula | None = None
    zero: Formula | None = None
    hurdle: Formula | None = None
    dispersion: Formula | None = None

    @property
    def is_generalized(self) -> bool:
        """Whether the model is more than a Gaussian one with the identity link."""
        is_linear = self.family == "gaussian" and self.link == "identity"
        return not is_linear or self.dispersion is not None

    @property
    def parts(self) -> dict[str, Formula]:
        """The formulas of the other linear predictors, by option, as far as they are given."""
        given = {name: cast(Formula | None, getattr(self, name)) for name in PARTS}
        return {name: formula for name, formula in given.items() if formula is not None}


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
    quadrature: int | str = 1,
    weights: str | None = None,
    offset: str | None = None,
    subset: object = None,
    missing: str = "drop",
    start: object = None,
    control: Control | Mapping[str, object] | None = None,
    conf_level: float = 0.95,
    df_method: str = "satterthwaite",
    contrasts: Mapping[str, str] | None = None,
    thresholds: str = "flexible",
    nominal: str | Formula | None = None,
    scale: str | Formula | None = None,
    zero: str | Formula | None = None,
    hurdle: str | Formula | None = None,
    dispersion: str | Formula | None = None,
) -> ModelSpec:
    """Check a formula and every option of a fit, before any data are read.

    Parameters
    ----------
    formula : text, or a parsed `Formula` (with `.` expanded).
    family : one of `families.FAMILIES`, in any case.
    link : one of the family's; None for its first.
    method : 'REML' or 'ML', in any case; for a generalized model 'REML' is read as 'ML', and
        'PQL1', 'PQL2', 'MQL1' or 'MQL2' ask for a quasi-likelihood.
    quadrature : points per random effect of a generalized model: 1 is Laplace's approximation,
        'auto' raises the number until the estimates stay.
    weights : column or expression of prior weights: residual variance sigma^2 / weight, and a
        factor of the log density in generalized models.
    offset : column or expression added to the linear predictor, on the scale of the link.
    subset : condition as text, or truth values (n,); checked when the data are read.
    missing : 'drop' or 'error'.
    start : theta (k,), relative to sigma.
    control : `Control`, or a dict with its fields.
    conf_level : in (0, 1).
    df_method : how degrees of freedom are counted: 'satterthwaite', 'kenward_roger' (REML only),
        'containment', 'between_within', 'level', 'residual', or 'normal' for none, which is what
        generalized models have (the default is read as it).
    contrasts : coding by column name: 'treatment', 'sum', 'helmert' or 'poly'.
    thresholds : of ordinal families: 'flexible', 'symmetric' or 'equidistant'.
    nominal, scale : formulas such as "~ x": effects that differ between thresholds, and effects
        on the log scale of the latent variable ('cumulative' only).
    zero, hurdle : formulas such as "~ x + (1 | g)" of the logit of a structural zero, or of any
        zero, for counts.
    dispersion : formula of the log of the family's dispersion.

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
    known = read_family(family)
    _check_formula(parsed, known)
    spec = ModelSpec(
        formula=parsed,
        family=known.name,
        link=read_link(link, known),
        weights=read_expression("weights", weights),
        offset=read_expression("offset", offset),
        subset=subset,
        missing=cast(Missing, read_choice("missing", missing, ("drop", "error"))),
        start=read_start(start),
        control=read_control(control),
        conf_level=read_conf_level(conf_level),
        df_method=read_df_method(df_method),
        contrasts=() if not contrasts else read_contrasts(contrasts),
        thresholds=read_thresholds(thresholds, known),
        nominal=read_part("nominal", nominal, known),
        scale=read_part("scale", scale, known),
        zero=read_part("zero", zero, known),
        hurdle=read_part("hurdle", hurdle, known),
        dispersion=read_part("dispersion", dispersion, known),
    )
    check_parts(spec.zero, spec.hurdle)
    check_response_unused(parsed, spec.parts)
    spec = replace(
        spec,
        method=read_method(method, spec.is_generalized),
        quadrature=read_quadrature(quadrature, spec.is_generalized),
    )
    if contrasts:
        _check_contrast_columns(spec)
    if spec.is_generalized:
        return replace(spec, df_method=read_generalized_df(spec.df_method))
    check_df_method(spec.df_method, spec.method)
    return spec


def family_choices(spec: ModelSpec, changes: Collection[str] = ()) -> dict[str, Any]:
    """Give the choices of a model that go with its family, as options of `resolve_spec`.

    Parameters
    ----------
    spec : a model.
    changes : names of options that are to change; with a new family nothing is kept.

    Returns
    -------
    family, link, thresholds and the formulas of other linear predictors, without the changes.
    """
    if "family" in changes:
        return {}
    kept = {"family": spec.family, "link": spec.link, "thresholds": spec.thresholds, **spec.parts}
    return {name: value for name, value in kept.items() if name not in changes}


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


def _check_formula(formula: Formula, family: Family) -> None:
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
    if response.kind != "single" and family.response != "binary":
        raise successes_with_other_family(formula, response, family)
    if not (formula.intercept or formula.fixed or formula.random):
        raise SpecError(
            "The model has no terms.",
            where=f"formula {formula.text}",
            got="no intercept, no predictor, no random term",
            need="at least one term",
            do="write 1 for a model with an intercept only.",
            slug="no-terms",
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
    expressions = [*response, *_predictors(formula)]
    expressions += [*formula.offsets, *_present(spec.offset), *_present(spec.weights)]
    random = formula.random
    for part in spec.parts.values():
        expressions += [*_predictors(part), *part.offsets]
        random += part.random
    return needed_by(tuple(expressions), tuple([term.grouping for term in random]))


def columns_of_options(weights: object, offset: object, *parts: object) -> frozenset[str]:
    """Name the columns that options read other than as predictors: `.` does not mean them.

    They are those of weights and offset, and of the offsets and grouping factors in formulas of
    other linear predictors (`parts`: the values of zero, hurdle, dispersion, scale, nominal).
    """
    read = (read_expression("weights", weights), read_expression("offset", offset))
    names = [name for part in read if part is not None for name in variables(part)]
    formulas = [parse_formula(part) for part in parts if isinstance(part, str) and "~" in part]
    for formula in formulas:
        names += [name for node in formula.offsets for name in variables(node)]
        names += [name for term in formula.random for name in term.grouping.variables]
    return frozenset(names)


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


def _predictors(formula: Formula) -> list[Expression]:
    """List what fixed and random terms are made of."""
    found = _factors(formula.fixed)
    for term in formula.random:
        found += _factors(term.terms)
    return found


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

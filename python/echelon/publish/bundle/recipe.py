"""The model of a bundle as plain data: formula and options, out of a specification and back.

Room: publish/bundle/. Knows options, not numbers.
Takes: a `ModelSpec`; or a mapping that came out of a file.
Gives: options of `echelon.fit` as JSON knows them; a `ModelSpec`, every option checked anew.
Source: docs/reference, fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from echelon.design.lags import lags_of
from echelon.errors import FormulaError
from echelon.formula.expression import Call, Expression, Name, Operation, Sequence, deparse
from echelon.formula.parse import parse_formula
from echelon.formula.render import render
from echelon.formula.terms import Formula, RandomTerm, Term
from echelon.spec import PARTS, ModelSpec, resolve_spec

DEFAULTS: Mapping[str, Any] = {
    "weights": None, "offset": None, "start": None, "contrasts": {}, "thresholds": "flexible",
    "quadrature": 1, **dict.fromkeys(PARTS),
}  # fmt: skip


def shared_spec(spec: ModelSpec) -> ModelSpec:
    """Make the model that the table of a bundle is fitted by.

    The rows are chosen already, so that there is no subset; a lag is a column of its own, under
    the name of the call, because the row before may be among those that were left out.
    """
    formula = spec.formula
    if lags_of(formula):
        formula = _with_names(formula)
        formula = replace(formula, text=render(formula))
    return replace(spec, formula=formula, subset=None, missing="error")


def options_of(spec: ModelSpec) -> dict[str, Any]:
    """Spell out every option of a fit that is not at rest, as text, numbers and mappings."""
    options: dict[str, Any] = {
        "formula": formula_text(spec.formula),
        "family": spec.family,
        "link": spec.link,
        "method": spec.method,
        "quadrature": spec.quadrature,
        "weights": _text(spec.weights),
        "offset": _text(spec.offset),
        "start": None if spec.start is None else spec.start.tolist(),
        "control": asdict(spec.control),
        "conf_level": spec.conf_level,
        "df_method": spec.df_method,
        "contrasts": dict(spec.contrasts),
        "thresholds": spec.thresholds,
        **{name: _text_of(getattr(spec, name)) for name in PARTS},
    }
    return {name: value for name, value in options.items() if not _is_at_rest(name, value)}


def formula_text(formula: Formula) -> str:
    """Give the formula as it was written, where that says it all; else in canonical form."""
    try:
        is_whole = parse_formula(formula.text) == formula
    except FormulaError:
        is_whole = False
    return formula.text.strip() if is_whole else render(formula)


def spec_of(options: Mapping[str, Any]) -> ModelSpec:
    """Read options back; each is checked as `echelon.fit` checks it.

    Raises
    ------
    SpecError, FormulaError : an option cannot be what it is.
    TypeError : there is an option that no fit has.
    """
    others = {name: value for name, value in options.items() if name != "formula"}
    return resolve_spec(str(options["formula"]), missing="error", **others)


def _is_at_rest(name: str, value: Any) -> bool:
    return name in DEFAULTS and value == DEFAULTS[name]


def _text(expression: Expression | None) -> str | None:
    return None if expression is None else deparse(expression, quoted=True)


def _text_of(formula: Formula | None) -> str | None:
    return None if formula is None else formula_text(formula)


def _with_names(formula: Formula) -> Formula:
    return replace(
        formula,
        fixed=tuple(_term(term) for term in formula.fixed),
        random=tuple(_random(term) for term in formula.random),
        offsets=tuple(_named(offset) for offset in formula.offsets),
    )


def _random(term: RandomTerm) -> RandomTerm:
    return replace(term, terms=tuple(_term(part) for part in term.terms))


def _term(term: Term) -> Term:
    return replace(term, factors=tuple(_named(factor) for factor in term.factors))


def _named(node: Expression) -> Expression:
    """Put a name in the place of each call of lag()."""
    match node:
        case Call("lag"):
            return Name(deparse(node))
        case Call(_, children):
            return replace(node, arguments=tuple(_named(child) for child in children))
        case Operation(_, children):
            return replace(node, operands=tuple(_named(child) for child in children))
        case Sequence(children):
            return replace(node, items=tuple(_named(child) for child in children))
    return node

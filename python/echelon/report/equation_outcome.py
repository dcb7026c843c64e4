"""How the response of a fit is distributed, and what its family has besides a mean.

Room: report/. Words and symbols; the numbers are those of `component_effects`.
Takes: a `Fit`.
Gives: `linked_left`: what the equations are of; `outcome_statements`: the distribution;
    `part_statements`: thresholds, zeros, dispersion, scale.
Source: docs/theory.md (24), (29); docs/reference, families.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from echelon.design.thresholds import threshold_pattern
from echelon.families import family_of
from echelon.fit import Fit
from echelon.formula.equations import Symbol, Variable
from echelon.formula.expression import Expression, deparse
from echelon.infer.components.component_effects import component_effects, is_constant, thresholds
from echelon.report.equation_model import INTERCEPT, split_name
from echelon.report.equation_nodes import (
    Applied,
    Difference,
    Node,
    Number,
    Over,
    Power,
    Row,
    Statement,
    Total,
    Words,
    difference,
)
from echelon.report.modelled import linked_mean

Write = Callable[[float], Number]
NAMES = {
    "poisson": "Poisson",
    "nbinom2": "NegBin",
    "nbinom1": "NegBin1",
    "gamma": "Gamma",
    "inverse_gaussian": "InverseGaussian",
    "beta": "Beta",
    "betabinomial": "BetaBinomial",
    "tweedie": "Tweedie",
    "student": "t",
    "lognormal": "N",
    "gaussian": "N",
}
DISPERSIONS = {"nbinom2": "theta", "nbinom1": "phi", "beta": "phi", "betabinomial": "phi"}
DISPERSIONS |= {"tweedie": "phi"}
_PARTS = {"zero": "zeta", "hurdle": "zeta", "dispersion": "delta", "scale": "kappa"}
_ALPHA = "c"  # the category that a line with thresholds is of


def response_of(fit: Fit) -> str:
    """Name the response as the formula writes it."""
    response = fit.spec.formula.response
    return "y" if response is None else deparse(response.expressions[0])


def linked_left(fit: Fit, units: str, category: str = "") -> Node:
    """Write the left side of the equation of the mean."""
    spec, response = fit.spec, family_of(fit.spec.family).response
    if not spec.is_generalized:
        text = "y" if spec.formula.response is None else spec.formula.response.text
        return Variable(text, units)
    if response == "ordered":
        return Variable("location", units)
    if response == "nominal":
        name, first = Variable(response_of(fit), units), fit.design.categories[0]
        ends = [Applied("P", (Row((name, Words(f"= {c}"))),)) for c in (category, repr(first))]
        return Applied("log", (Over(ends[0], ends[1]),))
    mean = mean_symbol(fit, units)
    if spec.link == "identity":
        return mean
    return Over(Number("1"), mean) if spec.link == "inverse" else Applied(spec.link, (mean,))


def mean_symbol(fit: Fit, units: str) -> Symbol:
    """Name the mean: p of what is binary, mu of the rest."""
    is_binary = family_of(fit.spec.family).response == "binary"
    return Symbol("prob" if is_binary else "mu", "", units)


def outcome_statements(fit: Fit, units: str, write: Write | None) -> Iterator[Statement]:
    """State the distribution of the response, or of its residual."""
    spec, kind = fit.spec, family_of(fit.spec.family).response
    if not spec.is_generalized:
        yield Statement(Symbol("e", "", units), "~", _normal(fit, Number("0"), units, write))
        return
    if kind in ("ordered", "nominal"):
        return
    name = Variable(response_of(fit), units)
    left: Node = Applied("log", (name,)) if spec.family == "lognormal" else name
    if kind == "binary":
        yield from _binary(fit, units, write)
        return
    law = _law(fit, units, write)
    if spec.zero is None and spec.hurdle is None:
        yield Statement(left, "~", law)
        variance = _variance(fit, units)
        if variance is not None:
            yield Statement(Applied("Var", (left,)), "=", variance)
        return
    zero = Symbol("zeta", "", units)
    rest = Difference(Number("1"), zero)
    words = f"{'' if spec.zero is not None else 'above 0 '}with probability"
    yield Statement(left, "~", Row((law, Words(words), rest, Words("and 0 otherwise"))))
    variance = _variance(fit, units)
    if variance is not None:
        yield Statement(Applied("Var", (Words(NAMES[spec.family]),)), "=", variance)


def _binary(fit: Fit, units: str, write: Write | None) -> Iterator[Statement]:
    """Write a yes or no, or a number of successes, and say what a success is."""
    response, mean = fit.spec.formula.response, mean_symbol(fit, units)
    assert response is not None
    trials: Node | None = None
    name: Node = Variable(response_of(fit), units)
    if response.kind == "proportion":
        trials = _trials(response.expressions[1], units)
    elif response.kind == "pair":
        trials = Total((name, Variable(deparse(response.expressions[1]), units)))
    elif fit.design.trials is not None and fit.spec.weights is not None:
        trials = Variable(deparse(fit.spec.weights), units)
        name = Row((trials, name))
    extra = _parameters(fit, units, write) if fit.spec.family == "betabinomial" else ()
    if trials is None:
        yield Statement(name, "~", Applied("Bernoulli", (mean, *extra)))
        yield Statement(mean, "=", Words(linked_mean(fit)[1]))
        return
    law = "Binomial" if not extra else "BetaBinomial"
    yield Statement(name, "~", Applied(law, (trials, mean, *extra)))


def _trials(node: Expression, units: str) -> Node:
    text = deparse(node)
    return Number(text) if text.isdigit() else Variable(text, units)


def _law(fit: Fit, units: str, write: Write | None) -> Node:
    mean = mean_symbol(fit, units)
    if fit.spec.family in ("gaussian", "lognormal"):
        return _normal(fit, mean, units, write)
    return Applied(NAMES[fit.spec.family], (mean, *_parameters(fit, units, write)))


def _normal(fit: Fit, mean: Node, units: str, write: Write | None) -> Node:
    """Write N(mean, variance); weights divide the variance of a linear model."""
    spec = fit.spec
    constant = is_constant(fit, "dispersion") or not spec.is_generalized
    variance: Node = Power(Symbol("sigma", "", "" if constant else units), "2")
    if write is not None and constant:
        sigma = fit.estimates.sigma if not spec.is_generalized else _natural(fit, "dispersion")
        variance = write(sigma**2)
    if spec.weights is not None and not spec.is_generalized:
        variance = Over(variance, Variable(deparse(spec.weights), units))
    return Applied("N", (mean, variance))


def _parameters(fit: Fit, units: str, write: Write | None) -> tuple[Node, ...]:
    """List the parameters of the family besides the mean."""
    found: list[Node] = []
    for name in family_of(fit.spec.family).parameters:
        letter = {"power": "power", "df": "nu"}.get(name) or _dispersion_letter(fit)
        constant = is_constant(fit, name)
        symbol = Symbol(letter, "", "" if constant else units)
        if write is not None and constant:
            found.append(Row((symbol, Words("="), write(_natural(fit, name)))))
        else:
            found.append(symbol)
    return tuple(found)


def _variance(fit: Fit, units: str) -> Node | None:
    """Write the variance of the response, of families whose parameters do not show it."""
    constant = is_constant(fit, "dispersion")
    spread = Symbol(_dispersion_letter(fit), "", "" if constant else units)
    mean, one = mean_symbol(fit, units), Number("1")
    beyond = Applied("", (Total((one, spread)),))
    match fit.spec.family:
        case "nbinom2":
            return Total((mean, Over(Power(mean, "2"), spread)))
        case "nbinom1":
            return Row((mean, beyond))
        case "gamma":
            return Row((Power(mean, "2"), Power(spread, "2")))
        case "inverse_gaussian":
            return Row((Power(mean, "3"), Power(spread, "2")))
        case "beta":
            rest = Applied("", (Difference(one, mean),))
            return Over(Row((mean, rest)), beyond)
        case "tweedie":
            return Row((spread, Power(mean, "power")))
    return None


def _dispersion_letter(fit: Fit) -> str:
    return DISPERSIONS.get(fit.spec.family, "sigma")


def _natural(fit: Fit, component: str) -> float:
    """Give a constant parameter on its own scale."""
    table = component_effects(fit)
    for row in table.rows():
        if row["component"] == component and row["natural"] is not None:
            return float(row["natural"])
    return math.nan


def part_statements(
    fit: Fit, units: str, write: Write | None, effects: dict[tuple[str, str], Symbol]
) -> Iterator[Statement]:
    """Write the other linear predictors: thresholds, zeros, dispersion, scale.

    The symbols of random effects of the part for zeros are put into `effects`.
    """
    if not fit.spec.is_generalized:
        return
    if family_of(fit.spec.family).response == "ordered":
        yield from _ordered(fit, units, write)
    rows = component_effects(fit).rows()
    for component, letter in _PARTS.items():
        own = [r for r in rows if r["component"] == component and not is_constant(fit, component)]
        if own:
            left = _part_left(fit, component, units)
            parts = _part_sum(fit, component, letter, own, units, write, effects)
            yield Statement(left, "=", Total(tuple(parts)))


def _part_left(fit: Fit, component: str, units: str) -> Node:
    if component in ("zero", "hurdle"):
        return Applied("logit", (Symbol("zeta", "", units),))
    letter = "kappa" if component == "scale" else _dispersion_letter(fit)
    return Applied("log", (Symbol(letter, "", units),))


def _part_sum(
    fit: Fit,
    component: str,
    letter: str,
    rows: Sequence[dict[str, Any]],
    units: str,
    write: Write | None,
    effects: dict[tuple[str, str], Symbol],
) -> Iterator[Node]:
    """Write the sum of a part: coefficients, offsets, random effects."""
    first = 0 if rows[0]["term"] == INTERCEPT else 1
    for place, row in enumerate(rows, first):
        estimate = row["estimate"]
        if write is not None and estimate is None:
            continue
        value: Node = Symbol(letter, str(place)) if write is None else write(float(estimate))
        yield _product(value, str(row["term"]), units)
    formula = fit.spec.parts.get(component)
    yield from (Variable(deparse(o), units) for o in (() if formula is None else formula.offsets))
    for block in fit.design.rows.blocks:
        own = [name for name in block.column_names if name.startswith(f"{component}.")]
        for place, name in enumerate(own):
            if block.channels:
                symbol = _zero_effect(block.grouping, place, effects)
                effects[block.grouping, name] = symbol
                yield _product(symbol, name.removeprefix(f"{component}."), units)


def _zero_effect(grouping: str, place: int, effects: Mapping[tuple[str, str], Symbol]) -> Symbol:
    """Name a random effect of the part for zeros, with the units that the mean's have."""
    same = [symbol for (own, _), symbol in effects.items() if own == grouping and symbol.units]
    if same:
        return Symbol("v", str(place), same[0].units)
    return Symbol("v", str(place), group=grouping)


def _product(value: Node, term: str, units: str) -> Node:
    if term == INTERCEPT:
        return value
    return Row((value, *(Variable(piece, units) for piece in split_name(term))))


def _ordered(fit: Fit, units: str, write: Write | None) -> Iterator[Statement]:
    """Write how thresholds and the location make probabilities; and the thresholds' estimates."""
    spec = fit.spec
    name = Variable(response_of(fit), units)
    location: tuple[Node, ...] = (Variable("location", units),)
    theta = Symbol("theta", "", "" if spec.nominal is None else units, _ALPHA)
    predictor = difference(theta, location)
    if spec.scale is not None:
        predictor = Over(predictor, Symbol("kappa", "", units))

    def chance(text: str) -> Node:
        return Applied("P", (Row((name, Words(text))),))

    if spec.family == "cumulative":
        yield Statement(Applied(spec.link, (chance("<= c"),)), "=", predictor)
    elif spec.family == "adjacent":
        odds = Over(chance("= c + 1"), chance("= c"))
        yield Statement(Applied("log", (odds,)), "=", difference(location[0], (theta,)))
    else:
        given = Applied("P", (Row((name, Words("= c, given"), name, Words(">= c"))),))
        yield Statement(Applied(spec.link, (given,)), "=", predictor)
    columns = _nominal_columns(fit)
    if columns:
        parts = [
            _product(Symbol("theta", str(k), "", _ALPHA), column, units)
            for k, column in enumerate((INTERCEPT, *columns))
        ]
        yield Statement(theta, "=", Total(tuple(parts)))
    if write is not None:
        yield from _threshold_values(fit, columns, write)


def _nominal_rows(fit: Fit) -> list[dict[str, Any]]:
    if fit.spec.nominal is None:
        return []
    return [row for row in component_effects(fit).rows() if row["component"] == "nominal"]


def _nominal_columns(fit: Fit) -> list[str]:
    """Name the columns whose effects differ between thresholds."""
    names = threshold_pattern(fit.spec.thresholds, fit.design.categories)[0]
    ends = [row["term"].removeprefix(f"{names[0]}.") for row in _nominal_rows(fit)]
    return list(ends[:: len(names)])


def _threshold_values(fit: Fit, columns: Sequence[str], write: Write) -> Iterator[Statement]:
    """Write the estimate of every threshold, and of the nominal effects on it."""
    rows = thresholds(fit).rows()
    places = list(fit.design.categories[:-1])
    index = "0" if columns else ""
    for place, row in zip(places, rows, strict=True):
        yield Statement(Symbol("theta", index, group=place), "=", write(_estimate(row)))
    effects = [_estimate(row) for row in _nominal_rows(fit)]
    if fit.spec.thresholds != "flexible":
        return
    for k in range(len(columns)):
        own = effects[k * len(places) : (k + 1) * len(places)]
        for place, value in zip(places, own, strict=True):
            if not math.isnan(value):
                yield Statement(Symbol("theta", str(k + 1), group=place), "=", write(value))


def _estimate(row: Mapping[str, Any]) -> float:
    """Give an estimate; NaN where the data do not determine it."""
    return math.nan if row["estimate"] is None else float(row["estimate"])


def outcome_remarks(fit: Fit) -> Iterator[str]:
    """Say what the symbols of a family mean."""
    spec, design = fit.spec, fit.design
    kind = family_of(spec.family).response
    if spec.family == "student":
        yield "The t distribution has a location, a scale and degrees of freedom, in this order."
    if spec.family == "betabinomial":
        yield "Var(y) = n p (1 - p) (1 + (n - 1) / (phi + 1)), with n trials."
    if kind == "ordered":
        ends = f"c = {', '.join(design.categories[:-1])}"
        yield f"{ends if len(ends) < 80 else f'c = 1 to {len(design.categories) - 1}'}."
    if spec.nominal is not None and spec.thresholds != "flexible":
        yield "component_effects has the estimates of the nominal effects."
    if kind == "nominal":
        others = ", ".join(design.categories[1:])
        yield f"c = {others}; each has coefficients and random effects of its own."
    if spec.is_generalized and spec.weights is not None and design.weights is not None:
        yield f"The log likelihood of each row is multiplied by {deparse(spec.weights)}."

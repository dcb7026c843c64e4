"""Read the options that depend on the family: link, method, quadrature, and formulas of its parts.

Room: options. What a family allows is in `families`; nothing else decides it.
Takes: what the user gave.
Gives: values of the types that `ModelSpec` holds, or a SpecError that says what to write.
Source: docs/reference, families.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from numbers import Integral
from typing import cast

from echelon._types import Method, Quadrature, Thresholds
from echelon.errors import SpecError, near_matches
from echelon.families import FAMILIES, Family
from echelon.formula.expression import Call, Expression, deparse
from echelon.formula.parse import parse_formula
from echelon.formula.terms import Formula, Response
from echelon.options import option_fault, read_choice, shown

METHODS = ("REML", "ML", "PQL1", "PQL2", "MQL1", "MQL2")
FIRST_ORDER = {"PQL": "PQL1", "MQL": "MQL1"}
THRESHOLDS = ("flexible", "symmetric", "equidistant")
WITH_RANDOM_TERMS = ("zero", "hurdle")
WITHOUT_INTERCEPT = ("nominal", "scale")
MOST_POINTS = 1_000
WIDTH = 76

# Other names of a family, without blanks and hyphens, and what to write.
_NEGATIVE_BINOMIAL = (
    'write family="nbinom2" (variance mu + mu^2 / theta) or "nbinom1" (mu + phi mu).'
)
OTHER_NAMES = {
    **dict.fromkeys(("bernoulli", "binary", "logistic", "logit"), 'write family="binomial".'),
    **dict.fromkeys(("nbinom", "negbin", "negativebinomial", "nb2", "nb"), _NEGATIVE_BINOMIAL),
    **dict.fromkeys(("normal", "linear", "lmm"), 'write family="gaussian".'),
    **dict.fromkeys(
        ("ordinal", "ordered", "proportionalodds", "cumulativelogit", "clm", "clmm", "polr"),
        'write family="cumulative"; "adjacent" and "continuation" are the other ordinal models.',
    ),
    **dict.fromkeys(("categorical", "nominal", "multinom"), 'write family="multinomial".'),
    **dict.fromkeys(("t", "studentt", "robust"), 'write family="student".'),
    **dict.fromkeys(("zip", "zeroinflatedpoisson"), 'write family="poisson", zero="~ 1".'),
    **dict.fromkeys(("quasipoisson",), 'write family="nbinom1", whose variance is mu + phi mu.'),
    **dict.fromkeys(("quasibinomial",), 'write family="betabinomial".'),
    "betafamily": 'write family="beta".',
    "acat": 'write family="adjacent".',
    "sratio": 'write family="continuation".',
    "cratio": 'write family="continuation".',
}


def read_family(family: object) -> Family:
    """Read `family`, in any case, its words joined by what you like."""
    name = _bare(family) if isinstance(family, str) else ""
    for known in FAMILIES.values():
        if name == _bare(known.name):
            return known
    hint = "give it as text."
    if isinstance(family, str):
        hint = OTHER_NAMES.get(name) or near_matches(family, tuple(FAMILIES))
    raise option_fault(
        f"There is no family {shown(family)}.",
        "family",
        shown(family),
        textwrap.fill("one of " + ", ".join(map(repr, FAMILIES)), WIDTH),
        hint,
        "unknown-family",
    )


def _bare(name: str) -> str:
    """Take blanks, hyphens and capitals out of a name."""
    return "".join(name.split()).casefold().replace("-", "").replace("_", "")


def read_link(link: object, family: Family) -> str:
    """Read `link`, in any case; None is the family's first."""
    if link is None:
        return family.links[0]
    if isinstance(link, str) and link.strip().casefold() in family.links:
        return link.strip().casefold()
    first = family.links[0]
    hint = near_matches(link, family.links) if isinstance(link, str) else ""
    do = hint if hint.startswith("did you") else f"leave link out for '{first}'."
    if family.name == "gaussian" and link == "logit":
        do = 'for an outcome of two categories write family="binomial".'
    raise option_fault(
        f"The family '{family.name}' cannot have the link {shown(link)}.",
        "link",
        shown(link),
        "one of " + ", ".join(map(repr, family.links)) if family.links[1:] else f"link = '{first}'",
        do,
        "link-of-family",
    )


def read_method(method: object, is_generalized: bool) -> Method:
    """Read `method`, in any case; REML of a generalized model is ML.

    PQL and MQL without a number are of first order.
    """
    word = method.strip().upper() if isinstance(method, str) else ""
    word = FIRST_ORDER.get(word, word)
    if is_generalized:
        known = read_choice("method", word or method, METHODS)
        return "ML" if known == "REML" else cast(Method, known)
    if word not in METHODS[2:]:
        return cast(Method, read_choice("method", method, METHODS[:2]))
    raise option_fault(
        f"A Gaussian model needs no quasi-likelihood, and {word} was asked for.",
        "method",
        shown(method),
        "method = 'REML' or 'ML': the likelihood is exact",
        "leave method out.",
        "method-of-gaussian",
    )


def read_quadrature(value: object, is_generalized: bool) -> Quadrature:
    """Read `quadrature`: the number of points per random effect, or 'auto'."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        if value == 1 or (is_generalized and 1 <= int(value) <= MOST_POINTS):
            return int(value)
    elif is_generalized and isinstance(value, str) and value.strip().casefold() == "auto":
        return "auto"
    if not is_generalized:
        raise option_fault(
            f"A Gaussian model takes no quadrature points, and {shown(value)} were asked for.",
            "quadrature",
            shown(value),
            "quadrature = 1: the likelihood is exact",
            "leave quadrature out.",
            "quadrature-of-gaussian",
        )
    raise option_fault(
        f"The option quadrature cannot be {shown(value)}.",
        "quadrature",
        shown(value),
        f"a whole number of points from 1 (Laplace) to {MOST_POINTS:,}, or 'auto'",
        "write quadrature=15, for example; odd numbers have a point at the mode.",
        "quadrature-points",
    )


def read_thresholds(value: object, family: Family) -> Thresholds:
    """Read `thresholds`; only ordinal families have them."""
    if value == THRESHOLDS[0] or "thresholds" in family.options:
        return cast(Thresholds, read_choice("thresholds", value, THRESHOLDS))
    raise without_meaning("thresholds", shown(value), family)


def read_part(option: str, value: object, family: Family) -> Formula | None:
    """Read the formula of a part of the family, such as zero="~ x + (1 | g)"; None: not asked for.

    Raises
    ------
    SpecError : the family has no such part, or the formula has what the part cannot have.
    FormulaError : the formula cannot be read.
    """
    if value is None:
        return None
    if option not in family.options:
        raise without_meaning(option, shown(value), family)
    if not isinstance(value, str | Formula):
        raise option_fault(
            f"The option {option} is not a formula.",
            option,
            f"{shown(value)} ({type(value).__name__})",
            "a formula without a response, as text",
            f'write {option}="~ x", with your names.',
            "part-not-text",
        )
    formula = value if isinstance(value, Formula) else _parse_part(option, value)
    _check_part(option, formula)
    return formula


def _parse_part(option: str, text: str) -> Formula:
    if text.strip(" ~"):
        return parse_formula(text if "~" in text else f"~ {text}")
    raise option_fault(
        f"The formula of {option} is empty.",
        option,
        shown(text),
        "the terms of a linear predictor",
        f'write {option}="~ x", with your names, or leave {option} out.',
        "part-without-terms",
    )


def without_meaning(option: str, got: str, family: Family) -> SpecError:
    """Compose the error of an option that a family does not have."""
    able = [repr(known.name) for known in FAMILIES.values() if option in known.options]
    return option_fault(
        f"The option {option} has no meaning for the family '{family.name}'.",
        option,
        f"{option} = {got}, with family = '{family.name}'",
        textwrap.fill("one of the families " + ", ".join(able), WIDTH)
        if able[1:]
        else f"family = {able[0]}",
        f"leave {option} out, or choose {'one of these families' if able[1:] else 'this family'}.",
        "option-of-other-family",
    )


def _check_part(option: str, formula: Formula) -> None:
    where, names = f"option {option}, formula {formula.text.strip()}", f'{option}="~ x"'
    if formula.response is not None:
        raise SpecError(
            f"The formula of {option} has a response of its own.",
            where=where,
            got=f"'{formula.response.text}' left of '~'",
            need="nothing left of '~': the response is that of the model",
            do=f"write {names}, with your names.",
            slug="part-with-response",
        )
    if formula.has_dot:
        raise SpecError(
            f"The formula of {option} has a '.'.",
            where=where,
            got="'.' for all columns",
            need="the names of its columns",
            do=f"write {names}, with your names.",
            slug="part-with-dot",
        )
    if formula.random and option not in WITH_RANDOM_TERMS:
        raise SpecError(
            f"The formula of {option} has a random term.",
            where=where,
            got=formula.random[0].text,
            need="fixed terms only; zero and hurdle may have random terms",
            do=f"take the random term out of {option}, or let it enter the model's formula.",
            slug="part-with-random-term",
        )
    has_columns = formula.intercept and option not in WITHOUT_INTERCEPT
    if not (has_columns or formula.fixed or formula.random):
        raise SpecError(
            f"The formula of {option} has no terms.",
            where=where,
            got="no predictor" + ("" if formula.intercept else " and no intercept"),
            need="at least one predictor" if option in WITHOUT_INTERCEPT else "at least one term",
            do=f"leave {option} out."
            if option in WITHOUT_INTERCEPT
            else f'write {option}="~ 1" for a constant.',
            slug="part-without-terms",
        )
    if option == "nominal" and formula.offsets:
        raise SpecError(
            "The formula of nominal has an offset.",
            where=where,
            got="offset()",
            need="terms whose effects differ between thresholds; an offset has none",
            do="put the offset in the model's formula.",
            slug="nominal-with-offset",
        )
    _check_lags(option, formula, where)


def _check_lags(option: str, formula: Formula, where: str) -> None:
    nodes = [*formula.offsets, *[factor for term in formula.fixed for factor in term.factors]]
    nodes += [f for random in formula.random for term in random.terms for f in term.factors]
    if any(_has_lag(node) for node in nodes):
        raise SpecError(
            f"The formula of {option} has a lag().",
            where=where,
            got="lag()",
            need="lags in the model's formula only, which decides the rows that are used",
            do="compute the lagged column in the data and use it by its name.",
            slug="part-with-lag",
        )


def _has_lag(node: Expression) -> bool:
    if isinstance(node, Call) and node.function == "lag":
        return True
    children = getattr(node, "arguments", ()) or getattr(node, "operands", ())
    return any(_has_lag(child) for child in children)


def check_parts(zero: Formula | None, hurdle: Formula | None) -> None:
    """Refuse two explanations of the zeros in one model."""
    if zero is not None and hurdle is not None:
        raise SpecError(
            "The model has both zero= and hurdle=.",
            where="options zero and hurdle",
            got=f"zero = '{zero.text.strip()}' and hurdle = '{hurdle.text.strip()}'",
            need="one of them: zero adds zeros to those of the counts, hurdle replaces them",
            do="leave one out.",
            slug="zero-and-hurdle",
        )


def check_response_unused(formula: Formula, parts: Mapping[str, Formula]) -> None:
    """Refuse the response, or its counts, among the terms of any formula; trials may be there."""
    response = formula.response
    assert response is not None
    own = response.expressions if response.kind == "pair" else response.expressions[:1]
    for option, part in (("", formula), *parts.items()):
        terms = (*part.fixed, *[term for random in part.random for term in random.terms])
        twice = next((t for t in terms if len(t.factors) == 1 and t.factors[0] in own), None)
        if twice is not None:
            raise SpecError(
                f"The response '{response.text}' is also a term.",
                where=f"{f'option {option}, ' * bool(option)}formula {part.text.strip()}",
                got=f"'{twice.label}' as a predictor of itself",
                need="terms that do not contain the response itself",
                do="take it out of the right-hand side.",
                slug="response-as-term",
            )


def read_generalized_df(df_method: str) -> str:
    """Give the df method of a generalized model: 'normal', as the default is read, or none."""
    if df_method in ("satterthwaite", "normal"):
        return "normal"
    raise option_fault(
        f"The df method '{df_method}' is for Gaussian models.",
        "df_method",
        f"'{df_method}', for a generalized model",
        "df_method = 'normal': its tests are Wald z tests",
        "leave df_method out.",
        "df-method-of-generalized",
    )


def successes_with_other_family(formula: Formula, response: Response, family: Family) -> SpecError:
    """Compose the error of successes in trials for a family that takes one value per row."""
    first, second = (deparse(expression) for expression in response.expressions)
    do = 'write family="binomial" (or "betabinomial")'
    if family.name == "gaussian":
        total = second if response.kind == "proportion" else f"({first} + {second})"
        do += f"; a linear model of the proportion\nhas I({first} / {total}) as response "
        do += f"and weights of {total}"
    return SpecError(
        f"The response '{response.text}' counts successes in trials, which the "
        f"family '{family.name}' does not.",
        where=f"formula {formula.text}",
        got=f"a response for the binomial families, with family = '{family.name}'",
        need="one column or expression",
        do=f"{do}.",
        slug="successes-with-other-family",
    )

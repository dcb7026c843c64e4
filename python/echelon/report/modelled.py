"""What a generalized model is about, in words: what is modelled, how it was approximated.

Room: report/. Words what was asked for; computes nothing.
Takes: a `Fit`.
Gives: sentences for the head of a summary, and the left side of its equations.
Source: docs/reference, families; docs/theory.md (24), (29).
"""

from __future__ import annotations

from collections.abc import Iterator

from echelon.families import family_of
from echelon.fit import Fit
from echelon.formula.expression import Call, deparse
from echelon.report.verdict import names_in_words
from echelon.typeset.numbers import count, significant

MOST_CATEGORIES = 12


def approximation_text(fit: Fit) -> str:
    """Name the method with its approximation: "ML (Laplace)", "ML (quadrature, 15 points)"."""
    generalized, method = fit.estimates.generalized, str(fit.spec.method)
    if generalized is None or generalized.approximation.name in ("exact", method):
        return method
    used = generalized.approximation
    points = f", {count(used.n_points)} points" if used.name == "quadrature" else ""
    return f"{method} ({used.name}{points})"


def modelled_lines(fit: Fit) -> Iterator[str]:
    """Say what the linear predictor is of, and how the quadrature was chosen."""
    if not fit.spec.is_generalized or _is_plain(fit):
        return
    yield f"Modelled: {_modelled(fit)}."
    if fit.design.categories and family_of(fit.spec.family).response in ("ordered", "nominal"):
        yield _categories(fit)
    yield from _steps(fit)


def linked_mean(fit: Fit) -> tuple[str, str]:
    """Give the link and what it links, for the left side of equations; ('', '') for none."""
    spec, design = fit.spec, fit.design
    name = _response(fit)
    if not spec.is_generalized or _is_plain(fit):
        return "identity", ""
    match family_of(spec.family).response:
        case "binary":
            return spec.link, _success(fit)
        case "ordered":
            return "identity", "location"
        case "nominal":
            return "log", f"P({name} = c) / P({name} = {design.categories[0]!r})"
    if spec.family == "lognormal":
        return "identity", f"E[log({name})]"
    return spec.link, f"E[{name}]"


def _is_plain(fit: Fit) -> bool:
    """Whether the response itself is modelled, with a residual."""
    return fit.spec.family in ("gaussian", "student") and fit.spec.link == "identity"


def _response(fit: Fit) -> str:
    response = fit.spec.formula.response
    assert response is not None
    return deparse(response.expressions[0])


def _success(fit: Fit) -> str:
    """Name the probability of a binary response."""
    name, categories = _response(fit), fit.design.categories
    condition = _condition(fit)
    if condition:
        return f"P({condition})"
    if categories:
        return f"P({name} = {categories[-1]!r})"
    return f"P({name} = 1)" if fit.design.trials is None else "P(success)"


def _condition(fit: Fit) -> str:
    """Write the condition of a response such as I(rating > 2); empty for others."""
    response = fit.spec.formula.response
    node = None if response is None else response.expressions[0]
    is_condition = isinstance(node, Call) and node.function == "I" and fit.design.categories
    return deparse(node.arguments[0]) if isinstance(node, Call) and is_condition else ""


def _modelled(fit: Fit) -> str:
    spec, name = fit.spec, _response(fit)
    match family_of(spec.family).response:
        case "binary":
            return _success(fit) + _trials(fit)
        case "ordered":
            return _ordered(fit, name)
        case "nominal":
            first = f"{name} = {fit.design.categories[0]!r}"
            return f"log of P({name} = category) / P({first}), one set of coefficients per category"
    if spec.family == "lognormal":
        return f"mean of log({name})"
    what = _linked(fit, name)
    if spec.zero is not None:
        return f"{what}, apart from structural zeros; and the logit of P(structural zero)"
    if spec.hurdle is not None:
        return f"{what}, before zeros are set apart; and the logit of P({name} = 0)"
    return what


def _linked(fit: Fit, name: str) -> str:
    """Name the mean with its link: "log of the mean of y"."""
    mean = f"the {'location' if fit.spec.family == 'student' else 'mean'} of {name}"
    if fit.spec.link in ("log", "logit", "probit", "cloglog"):
        return f"{fit.spec.link} of {mean}"
    return {"inverse": f"1 / {mean}", "sqrt": f"square root of {mean}"}.get(fit.spec.link, mean)


def _trials(fit: Fit) -> str:
    """Say which columns the trials of a row came from."""
    response = fit.spec.formula.response
    assert response is not None
    if response.kind == "proportion":
        successes, trials = map(deparse, response.expressions)
        return f": {successes} of {trials} trials"
    if response.kind == "pair":
        successes, failures = map(deparse, response.expressions)
        return f": {successes} successes, {failures} failures"
    if fit.design.trials is not None and fit.spec.weights is not None:
        return f": {deparse(response.expressions[0])} of {deparse(fit.spec.weights)} trials"
    return ""


def _ordered(fit: Fit, name: str) -> str:
    spec = fit.spec
    scaled = ") / scale" if spec.scale is not None else ""
    right = f"{'(' * bool(scaled)}threshold j - location{scaled}"
    higher = "positive coefficients go with higher categories"
    match spec.family:
        case "cumulative":
            return f"{spec.link} P({name} <= j) = {right}; {higher}"
        case "adjacent":
            return f"log P({name} = j + 1) / P({name} = j) = location - threshold j; {higher}"
    return f"{spec.link} P({name} = j, given {name} >= j) = {right}; {higher}"


def _categories(fit: Fit) -> str:
    categories = list(fit.design.categories)
    if family_of(fit.spec.family).response == "nominal":
        return f"Categories: {categories[0]} (reference), {names_in_words(categories[1:])}."
    if len(categories) > MOST_CATEGORIES:
        categories = [*categories[:4], "...", *categories[-2:]]
    return f"Categories: {' < '.join(categories)}."


def _steps(fit: Fit) -> Iterator[str]:
    """Say how points were added (quadrature='auto'), and what Laplace had missed."""
    generalized = fit.estimates.generalized
    assert generalized is not None
    steps = generalized.approximation.steps
    if len(steps) < 2:
        return
    (_, _, away), *others = steps
    last, moved = others[-1][0], significant(others[-1][2], 2)
    yield (
        f"Points raised to {count(last)}: with the last step no estimate moved by more than "
        f"{moved} standard errors; Laplace was off by {significant(away, 2)}."
    )

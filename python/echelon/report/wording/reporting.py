"""Sentences of a report about its data and its model.

Room: report/wording. Words a fit; computes nothing.
Takes: a `Fit`.
Gives: sentences on rows and groups, on what varies with what, and on what a report cannot show.
Source: docs/reference, reports; APA's reporting standards (Appelbaum et al. 2018) for the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from echelon.design.parts import BlockTerm, RandomBlock
from echelon.fit import Fit
from echelon.formula.expression import deparse
from echelon.formula.render import render
from echelon.formula.render import term_text as factors_text
from echelon.report.verdict import names_in_words
from echelon.report.wording.effects import effect_text, parts_of
from echelon.typeset.layout import printable, shorten
from echelon.typeset.numbers import count, half

NAME = 80  # letters of a name in a title
FILLED_IN = "With the estimates in place of the symbols:"
STRUCTURES = {
    "us": "with all correlations among them",
    "diag": "without correlations among them",
    "id": "with one variance for all and no correlations",
    "cs": "with one variance and one correlation for all",
    "hcs": "with one correlation for all",
    "ar1": "with correlations that fall with distance (first-order autoregressive)",
    "toep": "with one correlation per distance (Toeplitz)",
}
PARTS = {
    "zero": "Structural zeros have the formula",
    "hurdle": "Zeros have the formula",
    "dispersion": "The dispersion has the formula",
    "scale": "The scale has the formula",
    "nominal": "Effects that differ between thresholds have the formula",
}
# Family -> its name, before 'mixed model', 'regression model' or 'family'.
KINDS: Mapping[str, str] = {
    "gaussian": "Gaussian",
    "binomial": "binomial",
    "poisson": "Poisson",
    "nbinom1": "negative binomial (NB1)",
    "nbinom2": "negative binomial (NB2)",
    "gamma": "gamma",
    "inverse_gaussian": "inverse Gaussian",
    "beta": "beta",
    "betabinomial": "beta-binomial",
    "tweedie": "Tweedie",
    "student": "Student t",
    "lognormal": "lognormal",
    "cumulative": "cumulative ordinal",
    "adjacent": "adjacent-category ordinal",
    "continuation": "continuation-ratio ordinal",
    "multinomial": "multinomial",
}
LINKS: Mapping[str, str] = {
    "cloglog": "complementary log-log",
    "loglog": "log-log",
    "sqrt": "square-root",
}


def report_title(fit: Fit) -> str:
    """Name a report after what its model explains."""
    name = shorten(printable(_response(fit)), NAME)
    kind = "A multilevel model" if fit.design.rows.blocks else "A regression model"
    return f"{kind} of {name}"


def data_sentences(fit: Fit) -> Iterator[str]:
    """Say where the rows came from, how many were used, what was left out and why."""
    rows = fit.rows
    yield f"The data{_from(fit)} have {_rows(rows.n_read)}{_used(fit)}."
    if rows.dropped:
        reasons = [f"{count(n)} {reason_text(why)}" for why, n in rows.dropped]
        left_out = rows.n_read - rows.n_used
        were = "was" if left_out == 1 else "were"
        yield (
            f"{_rows(left_out).capitalize()} {were} left out: {names_in_words(reasons)}; "
            f"{_rows(rows.n_used)} {'was' if rows.n_used == 1 else 'were'} used."
        )
    yield from map(_groups, fit.design.rows.blocks)
    if not fit.design.rows.blocks:
        yield "The rows are not grouped."
    yield from _weights(fit)


def model_sentences(fit: Fit) -> Iterator[str]:
    """Say what the model explains by what, and what varies between which groups."""
    spec, name = fit.spec, _response(fit)
    terms = [factors_text(term) for term in spec.formula.fixed]
    by = f"by {names_in_words(terms)}" if terms else _alone(fit)
    family = f"{KINDS.get(spec.family, spec.family)} family"
    kind = "normally distributed" if _is_linear(fit) else f"of the {family} with {_link(fit)}"
    yield f"The response {name}, {kind}, is explained {by}."
    for option, formula in spec.parts.items():
        yield f"{PARTS[option]} {render(formula)}."
    for block in fit.design.rows.blocks:
        yield from _varying(block, parts_of(fit))
    if not fit.design.rows.blocks:
        yield "There are no random effects: the rows are taken as independent of each other."


def no_rows(fit: Fit) -> str:
    """Say what a report of a fit without its rows, or without its table, cannot show."""
    if not fit.has_rows:
        return (
            f"The fit was saved without its {_rows(fit.design.n_obs)}. Charts and diagnostics need "
            "them, and are not in this report: save the fit with its rows, or fit the model again."
        )
    return (
        "The fit does not hold the columns of a table, because its response or its rows are not "
        "those of one. Charts of predictors and most diagnostics need them."
    )


def too_many(n: int, call: str) -> str:
    """Say that a report has no room for so many coefficients, and what has."""
    return f"The model has {count(n)} coefficients; {call} has them all."


def not_shown(what: str, reason: str) -> str:
    """Say why a part of a report is not there."""
    return f"{what}: not shown. {reason}"


def _from(fit: Fit) -> str:
    return f" ({printable(fit.source)})" if fit.source else ""


def _rows(n: int) -> str:
    return f"{count(n)} row{'' if n == 1 else 's'}"


def _used(fit: Fit) -> str:
    return "" if fit.rows.dropped else ", all of which were used"


def reason_text(why: str) -> str:
    """Word a reason of the account of rows: 'missing ses', 'subset'."""
    if why == "subset":
        return "outside the subset that was asked for"
    return f"without {why.removeprefix('missing ')}" if why.startswith("missing ") else why


def _groups(block: RandomBlock) -> str:
    """Say how many groups there are, and how large they are."""
    text = f"There {'is' if block.n_groups == 1 else 'are'} {count(block.n_groups)} group"
    text += f"{'' if block.n_groups == 1 else 's'} of {printable(block.grouping)}"
    codes = block.memberships[0].codes
    if len(block.memberships) > 1:
        return f"{text}; a row can belong to several of them, with weights."
    if not len(codes):
        return f"{text}."
    sizes = np.bincount(codes, minlength=block.n_groups)
    low, high = int(sizes.min()), int(sizes.max())
    if low == high:
        return f"{text}, {'of' if block.n_groups == 1 else 'each of'} {_rows(low)}."
    middle = half(float(np.median(sizes)))
    return f"{text}, of {count(low)} to {_rows(high)} (median {middle})."


def _weights(fit: Fit) -> Iterator[str]:
    spec = fit.spec
    if spec.weights is not None:
        yield f"Rows have the prior weights {deparse(spec.weights)}."
    offsets = [*spec.formula.offsets, *([] if spec.offset is None else [spec.offset])]
    if offsets:
        names = names_in_words([deparse(offset) for offset in offsets])
        which = f"offset {names} enters" if len(offsets) == 1 else f"offsets {names} enter"
        yield f"The {which} the linear predictor with the coefficient 1."


def _response(fit: Fit) -> str:
    response = fit.spec.formula.response
    return fit.design.response_name if response is None else response.text


def _is_linear(fit: Fit) -> bool:
    return fit.spec.family == "gaussian" and fit.spec.link == "identity"


def _alone(fit: Fit) -> str:
    """Say what is there without predictors."""
    is_mean = _is_linear(fit) and fit.spec.formula.intercept
    return "by its mean alone" if is_mean else "by no predictor"


def _link(fit: Fit) -> str:
    link = LINKS.get(fit.spec.link, fit.spec.link)
    return f"{'an' if link[0] in 'aeiou' else 'a'} {link} link"


def _varying(block: RandomBlock, parts: Mapping[str, str]) -> Iterator[str]:
    """Say which effects vary between the groups of a factor, one sentence per random term."""
    for term in block.terms:
        names = block.column_names[term.start : term.stop]
        effects = [printable(effect_text(name, parts)) for name in names]
        verb = "varies" if len(effects) == 1 else "vary"
        text = f"{names_in_words(effects)} {verb} between groups of {printable(block.grouping)}"
        yield f"{text[0].upper()}{text[1:]}{_together(term, names)}."


def _together(term: BlockTerm, names: Sequence[str]) -> str:
    if len(names) == 1:
        return ""
    words = STRUCTURES.get(term.structure.name)
    return f", {words}" if words else f", with the structure {term.structure.name}"

"""The methods paragraph: what was fitted, to what, how, with what, and what was checked.

Room: report/wording. Words a specification and a diagnosis; computes nothing.
Takes: a `Fit`, and its `Diagnosis` or None.
Gives: sentences ready for the methods section of an article.
Source: American Psychological Association (2020), table 5 of the reporting standards (JARS).
"""

from __future__ import annotations

from collections.abc import Iterator

from echelon.check.diagnosis import Diagnosis
from echelon.design.parts import BlockTerm, RandomBlock
from echelon.fit import Fit
from echelon.formula.expression import deparse
from echelon.formula.render import render
from echelon.report.modelled import approximation_text, modelled_lines
from echelon.report.record import package_version
from echelon.report.verdict import names_in_words
from echelon.report.wording.apa import term_text
from echelon.report.wording.lexicon import worded
from echelon.typeset import numbers

_STRUCTURES = {
    "us": "with all their correlations",
    "diag": "without correlations",
    "id": "with one common variance and no correlation",
    "cs": "with compound symmetry",
    "hcs": "with heterogeneous compound symmetry",
    "ar1": "with first-order autoregressive correlations",
    "toep": "with a Toeplitz correlation",
}
_DF = {
    "satterthwaite": "Degrees of freedom follow Satterthwaite's approximation.",
    "kenward_roger": "Standard errors and degrees of freedom follow Kenward and Roger.",
    "normal": "Tests are Wald z tests.",
    "containment": "Degrees of freedom follow the containment rule.",
    "between_within": "Degrees of freedom follow the between-within rule.",
    "level": "Degrees of freedom are counted at the level of each predictor.",
    "residual": "Degrees of freedom are those of the residual.",
}
_QUASI = {"PQL": "penalized quasi-likelihood", "MQL": "marginal quasi-likelihood"}


def methods_paragraph(fit: Fit, diagnosis: Diagnosis | None = None) -> str:
    """Write the methods paragraph of a fit.

    Parameters
    ----------
    fit : a fitted model.
    diagnosis : what was checked; None: nothing is said of it.

    Returns
    -------
    One paragraph of plain sentences: model, rows, random effects, estimator, degrees of freedom,
    intervals, software, and every assumption that was looked at.
    """
    return " ".join([*_model(fit), *_estimation(fit), *_software(fit), *_checked(diagnosis)])


def _model(fit: Fit) -> Iterator[str]:
    design, rows = fit.design, fit.rows
    groups = [f"{numbers.count(b.n_groups)} groups of {b.grouping}" for b in design.rows.blocks]
    inside = f" in {names_in_words(groups)}" if groups else ""
    count = numbers.count(design.n_obs)
    yield f"We fitted a {model_words(fit)} to {count} rows{inside}: {render(fit.spec.formula)}."
    yield from modelled_lines(fit)
    if rows.dropped:
        why = names_in_words([f"{numbers.count(n)} ({reason})" for reason, n in rows.dropped])
        yield f"Of {numbers.count(rows.n_read)} rows, {why} were left out."
    if fit.spec.weights is not None:
        yield f"Rows were weighted by {deparse(fit.spec.weights)}."
    offsets = [*fit.spec.formula.offsets, *([fit.spec.offset] if fit.spec.offset else [])]
    if offsets:
        yield f"The linear predictor had the offset {names_in_words([*map(deparse, offsets)])}."
    for option, formula in fit.spec.parts.items():
        yield f"The {option} part was {render(formula)}."
    yield from (_random(block, term) for block in design.rows.blocks for term in block.terms)


def model_words(fit: Fit) -> str:
    """Name the kind of model: 'linear mixed model', 'binomial mixed model with a logit link'."""
    spec = fit.spec
    mixed = "mixed model" if fit.design.rows.blocks else "regression model"
    if not spec.is_generalized:
        return f"linear {mixed}"
    family = spec.family.replace("_", " ")
    return f"{family} {mixed} with {_article(spec.link)} {spec.link} link"


def _article(word: str) -> str:
    return "an" if word[:1] in "aeio" else "a"


def _random(block: RandomBlock, term: BlockTerm) -> str:
    names = block.column_names[term.start : term.stop]
    slopes = [term_text(name) for name in names if name != "(Intercept)"]
    parts = ["intercepts"] if len(slopes) < len(names) else []
    parts += [f"slopes of {names_in_words(slopes)}"] if slopes else []
    how = f", {_STRUCTURES[term.structure.name]}" if len(names) > 1 else ""
    return f"Random {' and '.join(parts)} varied over {block.grouping}{how}."


def _estimation(fit: Fit) -> Iterator[str]:
    method = str(fit.spec.method)
    if method[:3] in _QUASI:
        order = "second" if method.endswith("2") else "first"
        yield (
            f"Estimates are by {order}-order {_QUASI[method[:3]]} ({method}), which underestimates "
            "variances."
        )
    elif fit.spec.is_generalized:
        how = approximation_text(fit).partition("(")[2].rstrip(")") or "an exact likelihood"
        how = {"Laplace": "the Laplace approximation"}.get(how, how)
        how = how.replace("quadrature,", "adaptive Gauss-Hermite quadrature with")
        yield f"Estimates are by maximum likelihood with {how}."
    else:
        yield f"Estimates are by {'restricted ' * (method == 'REML')}maximum likelihood ({method})."
    yield _DF[fit.spec.df_method]
    yield f"Intervals have {numbers.percent_label(fit.spec.conf_level)} confidence."
    if not fit.estimates.verdict.is_converged:
        yield "The search did not converge."


def _software(fit: Fit) -> Iterator[str]:
    source = f" The data are {fit.source}." if fit.source else ""
    yield f"The model was fitted with echelon {package_version()}.{source}"


def _checked(diagnosis: Diagnosis | None) -> Iterator[str]:
    if diagnosis is None:
        return
    by_topic: dict[str, dict[str, None]] = {}
    for each in worded(diagnosis):
        by_topic.setdefault(each.topic, {})[_question(each.words.title)] = None
    if by_topic:
        topics = [f"{topic.lower()} ({', '.join(titles)})" for topic, titles in by_topic.items()]
        yield f"We checked {'; '.join(topics)}."
    if diagnosis.not_examined:
        left_out = list(dict.fromkeys(topic.lower() for topic, _ in diagnosis.not_examined))
        yield f"Not every check could be made: see {names_in_words(left_out)} in the diagnosis."


def _question(title: str) -> str:
    """Take what is asked out of a title: 'normal shape' of 'Level-1 residuals: normal shape'."""
    question = title.rpartition(": ")[2]
    return question[:1].lower() + question[1:] if question[1:2].islower() else question

"""The methods paragraph: what was fitted, to what, how, with what, and what was checked.

Room: report/wording. Words a specification and a diagnosis; computes nothing.
Takes: a `Fit`, and its `Diagnosis` or None.
Gives: sentences ready for the methods section of an article.
Source: American Psychological Association (2020), table 5 of the reporting standards (JARS).
"""

from __future__ import annotations

from collections.abc import Iterator

from echelon.check.diagnosis import Diagnosis
from echelon.fit import Fit
from echelon.formula.expression import deparse
from echelon.formula.render import render
from echelon.report.modelled import approximation_text, modelled_lines
from echelon.report.record import package_version
from echelon.report.verdict import names_in_words
from echelon.report.wording.apa import unbroken
from echelon.report.wording.checked import checked_sentences
from echelon.report.wording.effects import effects_text, parts_of
from echelon.report.wording.reporting import KINDS, LINKS, PARTS, STRUCTURES, reason_text
from echelon.typeset import numbers
from echelon.typeset.layout import printable

_DF = {
    "satterthwaite": "Degrees of freedom followed Satterthwaite's approximation.",
    "kenward_roger": "Standard errors and degrees of freedom followed Kenward and Roger.",
    "normal": "Tests were Wald z tests.",
    "containment": "Degrees of freedom followed the containment rule.",
    "between_within": "Degrees of freedom followed the between-within rule.",
    "level": "Degrees of freedom were counted at the level of each predictor.",
    "residual": "Degrees of freedom were those of the residual.",
}
_QUASI = {"PQL": "penalized quasi-likelihood", "MQL": "marginal quasi-likelihood"}
_WITH_ARTICLE = ("log of", "logit of", "probit of", "cloglog of", "square root", "mean of")


def methods_paragraph(fit: Fit, diagnosis: Diagnosis | None = None) -> str:
    """Write the methods paragraph of a fit.

    Parameters
    ----------
    fit : a fitted model.
    diagnosis : what was checked; None: nothing is said of it.

    Returns
    -------
    One paragraph of plain sentences: model, rows, random effects, estimator, degrees of freedom,
    intervals, software, and every assumption that was looked at. Statistics do not break over
    lines.
    """
    checked = () if diagnosis is None else checked_sentences(diagnosis)
    sentences = [*_model(fit), *_estimation(fit), *_software(fit), *checked]
    return unbroken(printable(" ".join(sentences)))


def _model(fit: Fit) -> Iterator[str]:
    design = fit.design
    groups = [f"{_groups(b.n_groups)} of {b.grouping}" for b in design.rows.blocks]
    inside = f" in {names_in_words(groups)}" if groups else ""
    rows = "row" if design.n_obs == 1 else "rows"
    name = model_words(fit)
    yield (
        f"We fitted {_article(name)} {name} to {numbers.count(design.n_obs)} {rows}{inside}: "
        f"{render(fit.spec.formula)}."
    )
    yield from _left_out(fit)
    yield from map(_modelled, modelled_lines(fit))
    if fit.spec.weights is not None:
        yield f"Rows were weighted by {deparse(fit.spec.weights)}."
    offsets = [*fit.spec.formula.offsets, *([fit.spec.offset] if fit.spec.offset else [])]
    if offsets:
        yield f"The linear predictor had the offset {names_in_words([*map(deparse, offsets)])}."
    for option, formula in fit.spec.parts.items():
        yield f"{PARTS[option].replace(' have ', ' had ').replace(' has ', ' had ')} " + (
            f"{render(formula)}."
        )
    yield from _random(fit)


def _groups(n: int) -> str:
    return f"{numbers.count(n)} group{'' if n == 1 else 's'}"


def _left_out(fit: Fit) -> Iterator[str]:
    rows = fit.rows
    if rows.dropped:
        n = rows.n_read - rows.n_used
        why = names_in_words([f"{numbers.count(k)} {reason_text(why)}" for why, k in rows.dropped])
        why = reason_text(rows.dropped[0][0]) if len(rows.dropped) == 1 else why
        yield (
            f"Of {numbers.count(rows.n_read)} rows, {numbers.count(n)} "
            f"{'was' if n == 1 else 'were'} left out ({why})."
        )


def model_words(fit: Fit) -> str:
    """Name the kind of model: 'linear mixed model', 'binomial mixed model with a logit link'."""
    spec = fit.spec
    mixed = "mixed model" if fit.design.rows.blocks else "regression model"
    if not spec.is_generalized:
        return f"linear {mixed}"
    kind = f"{KINDS.get(spec.family, spec.family)} {mixed}"
    if spec.link == "identity":
        return kind
    link = LINKS.get(spec.link, spec.link)
    return f"{kind} with {_article(link)} {link} link"


def _article(word: str) -> str:
    return "an" if word[:1] in "aeio" else "a"


def _modelled(line: str) -> str:
    """Make a sentence of a line of the summary's head."""
    head, _, rest = line.partition(": ")
    if head == "Categories":
        return f"The categories were {rest}"
    if head != "Modelled":
        return line
    return f"We modelled {'the ' if rest.startswith(_WITH_ARTICLE) else ''}{rest}"


def _random(fit: Fit) -> Iterator[str]:
    """Say what varied between which groups; factors with the same effects share a sentence."""
    parts, found = parts_of(fit), dict[tuple[str, str], list[str]]()
    for block in fit.design.rows.blocks:
        for term in block.terms:
            names = block.column_names[term.start : term.stop]
            how = f", {STRUCTURES[term.structure.name]}" if len(names) > 1 else ""
            effects = effects_text(names, parts)
            found.setdefault((effects, how), []).append(f"groups of {block.grouping}")
    for (effects, how), groups in found.items():
        text = f"{effects} varied randomly between {names_in_words(groups)}{how}."
        yield text[0].upper() + text[1:]


def _estimation(fit: Fit) -> Iterator[str]:
    yield _estimator(fit)
    is_exact = not fit.spec.is_generalized and not fit.design.rows.blocks
    is_same = is_exact and fit.spec.df_method in ("satterthwaite", "kenward_roger")
    yield _DF["residual" if is_same else fit.spec.df_method]
    yield f"We report {numbers.percent_label(fit.spec.conf_level)} confidence intervals."
    if not fit.estimates.verdict.is_converged:
        yield "The search did not converge."


def _estimator(fit: Fit) -> str:
    method = str(fit.spec.method)
    if method[:3] in _QUASI:
        order = "second" if method.endswith("2") else "first"
        return (
            f"Estimates were obtained by {order}-order {_QUASI[method[:3]]} ({method}), which "
            "tends to underestimate variances."
        )
    if fit.spec.is_generalized:
        how = approximation_text(fit).partition("(")[2].rstrip(")")
        if how.startswith("quadrature"):
            points = how.partition(", ")[2]
            how = f"adaptive Gauss-Hermite quadrature{f' ({points})' if points else ''}"
        how = {"Laplace": "the Laplace approximation"}.get(how, how)
        return f"Estimates were obtained by maximum likelihood{f' with {how}' if how else ''}."
    likelihood = f"{'restricted ' * (method == 'REML')}maximum likelihood ({method})"
    if fit.design.rows.blocks:
        return f"Estimates were obtained by {likelihood}."
    least = "least squares" if fit.spec.weights is None else "weighted least squares"
    return f"Coefficients were obtained by {least}, the residual variance by {likelihood}."


def _software(fit: Fit) -> Iterator[str]:
    source = f", and the data were read from {fit.source}" if fit.source else ""
    yield f"The model was fitted with echelon {package_version()}{source}."

"""The verdict in words: what a reader must know before trusting the numbers, and nothing else.

Room: report/. Words what the engine found; judges nothing.
Takes: a `Fit`.
Gives: sentences, one per finding; none when there is nothing to say.
Source: docs/explanation, singular fits and convergence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from echelon import engine
from echelon.fit import Fit
from echelon.typeset.numbers import count, significant

MAX_NAMES = 10


def verdict_lines(fit: Fit) -> tuple[str, ...]:
    """Say what limits this fit: not converged, singular, coefficients not estimated."""
    lines = []
    if not fit.estimates.verdict.is_converged:
        lines.append(_not_converged(fit))
    if fit.estimates.verdict.is_singular:
        lines.append(_singular(fit.estimates.verdict.boundary))
    names = zip(fit.design.fixed_names, fit.estimates.is_estimated, strict=True)
    aliased = [name for name, is_estimated in names if not is_estimated]
    if fit.estimates.generalized is not None:
        others = zip(fit.design.extra_names, fit.estimates.generalized.extra, strict=True)
        aliased += [name for name, value in others if math.isnan(value)]
    if aliased:
        lines.append(_not_estimated(aliased))
    if fit.spec.is_generalized and fit.has_rows:
        found = engine.generalized_findings(fit.design, fit.spec, fit.estimates)
        lines += [_in_two_sentences(text) for _, text in found]
    return tuple(lines)


def _in_two_sentences(message: str) -> str:
    """Give what a message of five lines says is wrong, and what to do."""
    what, _, rest = message.partition("\n")
    do = rest.partition("do:")[2].rpartition("\n  see:")[0]
    words = " ".join(do.split())
    return f"{what} {words[:1].upper()}{words[1:].rstrip('.')}."


def _not_converged(fit: Fit) -> str:
    verdict = fit.estimates.verdict
    tolerance = significant(fit.spec.control.gradient_tolerance, 1)
    reason = verdict.reason.rstrip(".")
    return (
        f"Not converged after {count(verdict.n_evaluations)} evaluations{': ' if reason else ''}"
        f"{reason}. Newton decrement {significant(verdict.newton_decrement)} (needed: below "
        f"{tolerance}), smallest eigenvalue of the information "
        f"{significant(verdict.smallest_eigenvalue)}. These numbers are not the estimates asked "
        "for: bring the predictors to similar scales, simplify the random part, or allow more "
        "evaluations (max_evaluations)."
    )


def _singular(boundary: Sequence[str]) -> str:
    zeros = [text for text in boundary if not text.startswith("correlation")]
    ones = [text for text in boundary if text.startswith("correlation")]
    facts = []
    if zeros:
        facts.append(f"{names_in_words(zeros)} {_is(zeros)} estimated as zero")
    if ones:
        facts.append(f"{names_in_words(ones)} {_is(ones)} estimated as plus or minus one")
    said = "; ".join(facts) if facts else "the random effects vary in fewer directions than asked"
    return (
        f"Singular fit: {said}. The data show no more variation than this. Leave out what is "
        "zero, or use || for uncorrelated effects, and see whether the conclusions stay."
    )


def _is(items: Sequence[str]) -> str:
    return "is" if len(items) == 1 else "are"


def _not_estimated(names: Sequence[str]) -> str:
    single = len(names) == 1
    why = "Its column is a linear combination" if single else "Their columns are combinations"
    return f"Not estimated: {names_in_words(names)}. {why} of other columns."


def names_in_words(names: Sequence[str], most: int = MAX_NAMES) -> str:
    """Join names with commas and 'and'; past ten, say how many more there are."""
    shown = list(names[:most])
    if len(names) > most:
        return f"{', '.join(shown)} and {count(len(names) - most)} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"

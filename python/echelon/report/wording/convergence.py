"""Words for the end of the search: converged, at the boundary, without an estimate.

Room: report/wording.
Takes: findings of check/convergence.
Gives: `WORDS`.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from echelon.check.finding import Finding
from echelon.report.verdict import names_in_words
from echelon.report.wording.effects import boundary_text
from echelon.report.wording.words import Words
from echelon.typeset.numbers import count, significant

REASONS = {"evaluations": "no evaluations were left"}


def convergence(finding: Finding) -> Words:
    """Word whether the search ended where it should."""
    facts, title = finding.facts, "Convergence"
    known = not math.isnan(finding.value)
    decrement = f"Newton decrement {significant(finding.value, 2)}" if known else "no decrement"
    after = f"after {count(facts['n_evaluations'])} evaluations"
    if finding.verdict == "fine":
        return Words(
            title,
            f"The search converged {after} ({decrement}).",
            "The estimates are those that the method asks for.",
        )
    reason = REASONS.get(facts["reason"], facts["reason"].rstrip("."))
    return Words(
        title,
        f"The search did not converge {after} ({decrement}{f'; {reason}' if reason else ''}).",
        "None of the numbers can be relied on: neither estimates nor standard errors, nor a "
        "comparison with another model.",
        "Bring the predictors to similar scales (scale(x)), simplify the random part, or allow "
        "more evaluations.",
        f'print(fit.refit(control={{"max_evaluations": {10 * facts["max_evaluations"]}}}))',
    )


def boundary(finding: Finding) -> Words:
    """Word whether a variance is zero, or a correlation one."""
    facts, title = finding.facts, "Boundary of the random effects"
    if finding.verdict == "fine":
        unit = "residual standard deviations" if facts["is_scaled"] else "on the scale of the link"
        return Words(
            title,
            "Every random effect varies between groups: the least that one contributes to a row is "
            f"{significant(finding.value, 2)} {unit}.",
            "No variance is estimated as zero, and no correlation as plus or minus one.",
        )
    n = len(facts["directions"])
    directions = names_in_words([boundary_text(each) for each in facts["directions"]])
    simpler = facts["n_effects"] > 1
    return Words(
        title,
        f"The fit is singular: {directions} {'is' if n == 1 else 'are'} on the boundary of what is "
        f"possible (least contribution {significant(finding.value, 2)}).",
        "The data show no more variation than that. Fixed effects stay usable. Their standard "
        "errors take what is zero to be known as zero, and a correlation at its limit says "
        "nothing.",
        "Leave out what is zero, or write || for uncorrelated effects, and see whether the "
        "conclusions stay."
        if simpler
        else "Keep the term if the design demands it; the results are then those of a plain "
        "regression.",
        "print(fit.simplify())" if simpler else "print(fit.variance_components)",
    )


def not_estimated(finding: Finding) -> Words:
    """Word which coefficients have no estimate."""
    facts, title = finding.facts, "Coefficients without an estimate"
    if finding.verdict == "fine":
        return Words(
            title,
            f"All {count(facts['n_coefficients'])} fixed-effect coefficients have an estimate."
            if facts["n_coefficients"] > 1
            else "The fixed-effect coefficient has an estimate.",
            "No column of the model repeats what others say.",
        )
    n = len(facts["names"])
    return Words(
        title,
        f"{count(n)} of {count(facts['n_coefficients'])} fixed-effect coefficients "
        f"{'has' if n == 1 else 'have'} no estimate: {names_in_words(facts['names'], 5)}.",
        "Other columns say the same; their coefficients now speak for both, and mean something "
        "else than in a model without the repetition. Fitted values are not affected.",
        "Leave out of the formula what repeats other predictors (a total beside its parts, a group "
        "variable beside the group's own column, an empty combination of categories).",
        "print(fit.fixed_effects)",
    )


WORDS: Mapping[str, Callable[[Finding], Words]] = {
    "convergence": convergence,
    "boundary": boundary,
    "not_estimated": not_estimated,
}

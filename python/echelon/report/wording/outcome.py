"""Words for generalized models: what the outcomes cannot tell, and whether they fit the family.

Room: report/wording.
Takes: findings of check/identification, dispersion and simulated_residuals.
Gives: `WORDS`.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from echelon.check.finding import Finding
from echelon.report.verdict import names_in_words
from echelon.report.wording.reporting import KINDS
from echelon.report.wording.words import Words, chance
from echelon.typeset.numbers import count, fixed, percent, rounded_count, significant

LOOK_AT_PREDICTORS = 'print(fit.check("Predictors"))'


def separation(finding: Finding) -> Words:
    """Word whether predictors tell the outcomes apart."""
    facts, title = finding.facts, "Separation"
    if finding.verdict == "fine":
        return Words(
            title,
            "No combination of the predictors tells the outcomes apart (0 rows).",
            "The coefficients have finite estimates.",
        )
    n = len(facts["names"])
    is_main = facts["channel"] in ("", "mean", "location")
    part = "" if is_main else f" of the {facts['channel']} part"
    return Words(
        title,
        f"The predictors tell the outcomes of {percent(finding.value)} of the rows apart: "
        f"{names_in_words(facts['names'], 5)}{part} {'has' if n == 1 else 'have'} no finite "
        "estimate.",
        "Estimate and standard error of such a coefficient only say where the search stopped, and "
        "its Wald tests and intervals mean nothing. Other coefficients are those of a model in "
        "which it is infinite.",
        "Merge rare categories, or leave the predictor out; test it by comparing the models with "
        "and without it (likelihood ratio).",
        "print(fit.fixed_effects)",
    )


def one_sided_groups(finding: Finding) -> Words:
    """Word how many groups have one outcome only."""
    facts, title = finding.facts, "Groups with one outcome"
    n, total = facts["n_low"] + facts["n_high"], facts["n_groups"]
    kinds = f"{count(facts['n_low'])} without an event, {count(facts['n_high'])} with nothing else"
    said = (
        f"{count(n)} of {count(total)} groups of {finding.about} have one outcome only "
        f"({percent(finding.value)}{f': {kinds}' if facts['is_binary'] else ''})."
    )
    if finding.verdict == "fine":
        return Words(
            title,
            said,
            "Enough groups have both outcomes to tell how far groups differ.",
        )
    if finding.verdict == "act":
        return Words(
            title,
            said,
            "The variance between groups has no finite estimate, and coefficients given the group "
            "grow with it.",
            f"Reduce the data to one row per group of {finding.about}, and leave its random term "
            "out.",
        )
    return Words(
        title,
        said,
        "Laplace's approximation is poor there: the variance between groups is off, and with it "
        "coefficients on the scale of the link.",
        "Integrate over more points and compare the variances."
        if facts["can_integrate"]
        else "Compare the variances with those of a bootstrap.",
        "print(fit.refit(data=data, quadrature=15))"
        if facts["can_integrate"]
        else 'print(fit.bootstrap(100, seed=1, kind="parametric").intervals())',
    )


def parameter_at_limit(finding: Finding) -> Words:
    """Word which parameter of the family has run to its limit."""
    facts = finding.facts
    simpler = facts["simpler"]
    code = f"print(fit.refit(data=data, {simpler}))" if simpler.startswith("family=") else ""
    if simpler == "leave zero= out":
        code = "print(fit.refit(data=data, zero=None))"
    return Words(
        "Parameter at its limit",
        f"{finding.about} is at its limit: the data show {facts['fact']}.",
        "Its estimate and standard error say nothing; the other numbers are those of the simpler "
        "model.",
        f"Fit the simpler model: {simpler}.",
        code,
    )


def flat_direction(finding: Finding) -> Words:
    """Word whether the data determine the parameters."""
    facts, title = finding.facts, "Weak identification"
    value = f"smallest eigenvalue of the information {significant(finding.value, 2)}"
    if finding.verdict == "fine":
        return Words(
            title,
            f"The data determine all parameters ({value}).",
            "Standard errors can be read off the curvature of the likelihood.",
        )
    return Words(
        title,
        f"The data hardly determine {names_in_words(facts['names'], 5)} ({value}).",
        "Estimates and standard errors of these parameters depend on rounding; sums of them may "
        "still be well known.",
        "Centre and scale the predictors, leave one of these parameters out, or start elsewhere "
        "(start=).",
        "print(fit.fixed_effects)",
    )


def overdispersion(finding: Finding) -> Words:
    """Word whether the response varies more than its family."""
    facts, title = finding.facts, "Dispersion"
    kind = KINDS.get(facts["family"], facts["family"])
    value = f"{fixed(finding.value, 2)} times the variance of the {kind} family"
    value += chance(finding, _size(finding))
    if finding.verdict == "fine":
        return Words(
            title,
            f"The response varies about as its family says ({value}).",
            "Standard errors need no correction for dispersion.",
        )
    if finding.value < 1:
        return Words(
            title,
            f"The response varies less than its family says: {value}.",
            "Standard errors are too large, tests too cautious. Totals that are fixed, limits of "
            "the counts, or rows that are not independent look like this.",
            "See whether the predictors fit, before anything else.",
            LOOK_AT_PREDICTORS,
        )
    family = {"poisson": "nbinom2", "binomial": "betabinomial"}.get(facts["family"], "")
    shorter = fixed(100 * (1 - finding.value**-0.5), 0)
    return Words(
        title,
        f"The response varies more than its family says: {value}.",
        f"Standard errors are about {shorter}% too small, intervals and p values accordingly; "
        "coefficients are usable.",
        f"Compare with family='{family}', which has a parameter for this; missing predictors and "
        "random slopes look the same."
        if family
        else "Look for missing predictors and random slopes, and for too many zeros.",
        _other_family(family, facts["is_likelihood"]) if family else LOOK_AT_PREDICTORS,
    )


def zero_inflation(finding: Finding) -> Words:
    """Word whether there are too many zeros, or too few."""
    facts, title = finding.facts, "Zeros"
    value = f"{percent(facts['observed'])} observed, {percent(facts['expected'])} expected"
    value += chance(finding, abs(finding.value))
    if finding.verdict == "fine":
        return Words(
            title,
            f"There are about as many zeros as the model says ({value}).",
            "No extra part for zeros is called for.",
        )
    part = "hurdle" if finding.value < 0 else "zero"
    can = facts["response"] == "count" and not facts["has_zero_part"] and facts["observed"] > 0
    can = can and facts["is_likelihood"]
    code = f'print(fit.compare(fit.refit(data=data, {part}="~ 1")))' if can else LOOK_AT_PREDICTORS
    if finding.value < 0:
        return Words(
            title,
            f"There are fewer zeros than the model says ({value}).",
            "Means of small counts, and probabilities of zero, are off; standard errors are too "
            "large rather than too small.",
            "Find out whether zeros were recorded; hurdle='~ 1' gives them a share of their own."
            if can
            else "Find out whether zeros were recorded.",
            code,
        )
    return Words(
        title,
        f"There are more zeros than the model says ({value}).",
        "Standard errors are too small, and coefficients mix whether there is anything to count "
        "with how much.",
        "Settle overdispersion first: it makes zeros, too. Then compare with zero='~ 1' (some rows "
        "can be nothing but zero)."
        if can
        else "Look for predictors of the zeros.",
        code,
    )


def simulated_shape(finding: Finding) -> Words:
    """Word whether the responses lie where simulated ones do."""
    facts, title = finding.facts, "Responses against simulated ones"
    value = (
        f"largest difference of probabilities {fixed(finding.value, 3)} beyond chance, "
        f"{count(facts['n_simulations'])} simulations{chance(finding, finding.value)}"
    )
    if finding.verdict == "fine":
        return Words(
            title,
            f"The responses are spread as those that the model produces ({value}).",
            "Predicted probabilities can be taken as they are.",
        )
    return Words(
        title,
        f"The responses are not spread as those that the model produces ({value}; mean place "
        f"{fixed(facts['mean_place'], 2)} on a scale from 0 to 1, 0.50 expected).",
        "Predicted probabilities and prediction intervals are off by as much; standard errors rest "
        "on the wrong distribution.",
        "Look first at dispersion and zeros above, then for missing predictors and curves, then "
        "for another family or link.",
        LOOK_AT_PREDICTORS,
    )


def simulated_outliers(finding: Finding) -> Words:
    """Word how many rows lie beyond all simulations."""
    facts, title = finding.facts, "Rows beyond all simulations"
    value = (
        f"{count(facts['n_beyond'])} of {count(facts['n_looked'])} rows, "
        f"{rounded_count(facts['expected'])} expected; ratio {fixed(finding.value, 2)}"
        f"{chance(finding, finding.value)}"
    )
    if finding.verdict == "fine":
        return Words(
            title,
            f"No more rows lie beyond all simulated responses than chance puts there ({value}).",
            "The tails of the family fit the data.",
        )
    return Words(
        title,
        f"More rows lie beyond all simulated responses than chance would put there ({value}).",
        "The tails of the family are too light: prediction intervals are too short, and single "
        "rows may pull coefficients.",
        "Look at dispersion and zeros first, then look these rows up in the data.",
        LOOK_AT_PREDICTORS,
    )


def _other_family(family: str, is_comparable: bool) -> str:
    other = f'fit.refit(data=data, family="{family}")'
    return f"print(fit.compare({other}))" if is_comparable else f"print({other})"


def _size(finding: Finding) -> float:
    return max(finding.value, 1 / finding.value) if finding.value > 0 else finding.value


WORDS: Mapping[str, Callable[[Finding], Words]] = {
    "separation": separation,
    "one_sided_groups": one_sided_groups,
    "parameter_at_limit": parameter_at_limit,
    "flat_direction": flat_direction,
    "overdispersion": overdispersion,
    "zero_inflation": zero_inflation,
    "simulated_shape": simulated_shape,
    "simulated_outliers": simulated_outliers,
}

"""The words for findings about predictors.

Room: report/wording. Holds sentences; decides nothing.
Takes: findings of check/: independence, spread, linearity, interactions, collinearity, zero.
Gives: `Words` by the name of the finding.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from echelon.check.finding import Finding
from echelon.report.wording.words import Words
from echelon.typeset import numbers

UNITS = {
    "response": "standard deviations of the outcome",
    "latent": "standard deviations of the latent outcome",
    "log": "on the log scale of the mean",
    "linear predictor": "standard deviations of the linear predictor",
}


def listed(names: Sequence[str]) -> str:
    """Write names as a list in a sentence: 'a', 'a and b', 'a, b and c'."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def sentence_case(text: str) -> str:
    """Begin a sentence: only its first letter changes, names keep theirs."""
    return text[:1].upper() + text[1:]


def refit_code(name: str, formula: str, shown: str) -> str:
    """Write the two lines that fit another formula to the same table, and show something of it."""
    return f"{name} = fit.refit(data=data, formula={formula!r})\nprint({shown})"


def _size(finding: Finding) -> str:
    return f"{numbers.significant(finding.value, 2)} {UNITS[finding.facts['scale']]}"


def _left_out(finding: Finding, what: str) -> str:
    """Say that some were not looked at, and why."""
    n = finding.facts["n_left_out"]
    if not n:
        return ""
    verb = "was" if n == 1 else "were"
    one = what if n == 1 else f"{what}s"
    return f" {numbers.count(n)} more {one} {verb} not looked at, to save time."


def independence(finding: Finding) -> Words:
    """Word whether a predictor has one slope within and between groups."""
    facts, name = finding.facts, finding.about
    group = facts["grouping"]
    within, between, model = (
        numbers.significant(facts[key]) for key in ("within", "between", "model")
    )
    title = f"One slope of {name} within and between groups"
    if finding.verdict == "fine":
        return Words(
            title,
            f"The slopes of {name} within and between groups of {group} are alike: they "
            f"differ by {_size(finding)}, within chance or too little to matter."
            f"{_left_out(finding, 'predictor')}",
            f"The slope of {name} can be read as one effect, and the random intercepts as "
            "independent of it.",
        )
    return Words(
        title,
        f"Within groups of {group} the slope of {name} is {within}, between them {between}: for "
        f"groups one standard deviation apart a difference of {_size(finding)}."
        f"{_left_out(finding, 'predictor')}",
        f"The slope that the model reports, {model}, is a mixture of the two, and is neither; the "
        f"variance of the intercepts of {group} contains what the group means of {name} explain.",
        f"Report both slopes: centre {name} within groups and add its group means.",
        refit_code("split", facts["formula"], "split.fixed_effects"),
    )


def level_1_spread(finding: Finding) -> Words:
    """Word whether residuals spread more in some kinds of groups."""
    facts = finding.facts
    group, along = finding.about, facts["along"]
    ratio = numbers.fixed(finding.value, 2)
    above, below = ("above", "below") if facts["rises"] else ("below", "above")
    compared = (
        f"in one category of {along} as in another"
        if facts["kind"] == "categories"
        else f"in groups one standard deviation {above} the mean of "
        f"{_of_groups(along, facts['kind'])} as in those one {below}"
    )
    title = f"Residual spread against level 2 ({group})"
    if finding.verdict == "fine":
        looked = listed([_of_groups(*each) for each in facts["looked_at"]])
        return Words(
            title,
            f"The residual spread within groups of {group} hardly depends on {looked}: the "
            f"largest ratio of standard deviations is {ratio}, within chance or too near to 1 to "
            "matter.",
            "One residual variance does for all these groups.",
        )
    advice = (
        "Use standard errors that allow for it, and see whether they differ; where the spread "
        "itself is of interest, model it (option dispersion)."
    )
    if facts["is_generalized"]:
        advice = "Model the dispersion where the family has one, or look for a missing predictor."
    clusters = facts["clusters"]
    code = f"print(fit.robust(cluster={(clusters[0] if len(clusters) == 1 else list(clusters))!r}))"
    code = "" if facts["is_generalized"] or not clusters else code
    return Words(
        title,
        f"Residuals spread {ratio} times as far {compared} ({numbers.count(facts['n_groups'])} "
        f"groups of {group}).",
        "Standard errors, prediction intervals and the shrinkage of groups rest on one residual "
        "variance: they are too narrow where residuals spread widely, and too wide elsewhere.",
        advice,
        code,
    )


def _of_groups(name: str, kind: str) -> str:
    """Name a predictor or a random effect in a sentence."""
    return {"intercepts": "the random intercepts", "slopes": f"the random slopes of {name}"}.get(
        kind, name
    )


def linearity(finding: Finding) -> Words:
    """Word whether a line describes the effect of a predictor."""
    facts, name = finding.facts, finding.about
    title = f"A straight line for {name}"
    share = numbers.percent(facts["share"])
    if finding.verdict == "fine":
        return Words(
            title,
            f"A curve for {name} departs from the straight line by {_size(finding)}, within "
            f"chance or too little to matter.{_left_out(finding, 'predictor')}",
            f"One slope describes the effect of {name} over its range.",
        )
    extra = "" if facts["scale"] == "log" else f", {share} of its variance"
    return Words(
        title,
        f"The effect of {name} is curved: the curve departs from the line by {_size(finding)}"
        f"{extra}.{_left_out(finding, 'predictor')}",
        f"The slope of {name} is an average over its range: too steep in some parts, too flat in "
        "others. Predictions at its ends are off, and random slopes may stand for the curve.",
        f"Let {name} bend, and compare the two models.",
        refit_code("curved", facts["formula"], "fit.compare(curved)"),
    )


def cross_level(finding: Finding) -> Words:
    """Word whether a slope depends on what groups are like."""
    facts = finding.facts
    inner, outer, group = facts["inner"], facts["outer"], facts["grouping"]
    title = "Cross-level interactions"
    if finding.verdict == "fine":
        tried = numbers.count(facts["n_tried"])
        looked = "one pair was" if facts["n_tried"] == 1 else f"{tried} pairs were"
        return Words(
            title,
            f"No slope depends much on a predictor of groups: {looked} tried, and the strongest, "
            f"{finding.about}, adds {_size(finding)}, within chance or too little to matter."
            f"{_left_out(finding, 'pair')}",
            "The model leaves no visible cross-level interaction out.",
        )
    slope = f"the slope variance of {inner} across {group}" if facts["has_slope"] else ""
    meaning = f"The slope of {inner} in the table is an average over groups of {group}, too steep "
    meaning += "for some and too flat for others"
    meaning += f"; {slope} contains what {outer} explains." if slope else "."
    advice = f"Add {finding.about} if it makes sense, and say that the data suggested it."
    if not facts["has_slope"]:
        advice += (
            f" Without a random slope of {inner} its standard error may be too small: add that, "
            "too."
        )
    return Words(
        title,
        f"The slope of {inner} depends on {outer}: the interaction, which the model does not have, "
        f"adds {_size(finding)}.{_left_out(finding, 'pair')}",
        meaning,
        advice,
        refit_code("crossed", facts["formula"], "crossed.fixed_effects"),
    )


def collinearity(finding: Finding) -> Words:
    """Word by how much correlated predictors inflate variances."""
    facts, name = finding.facts, finding.about
    vif = numbers.significant(finding.value, 3)
    wider = numbers.significant(finding.value**0.5, 2)
    title = "Collinearity"
    if finding.verdict == "fine":
        return Words(
            title,
            f"The predictors can be told apart: the largest variance inflation factor is {vif} "
            f"({name}).",
            "No standard error is much larger than with uncorrelated predictors.",
        )
    others = [other for other in facts["inflated"] if other != name]
    also = (
        f" Other terms above {numbers.significant(finding.look, 1)}: {listed(others)}."
        if others
        else ""
    )
    sentence = (
        f"{name} shares most of its information with {facts['with']}: its variance inflation "
        f"factor is {vif}.{also}"
    )
    meaning = (
        f"The standard error of {name} is {wider} times what it would be if it were uncorrelated "
        "with the others; its coefficient changes much when the others come or go. Fitted values, "
        "variances, and the effects of the others that are not involved are not harmed."
    )
    if facts["centre"]:
        after = numbers.significant(facts["after"], 3)
        return Words(
            title,
            sentence,
            meaning,
            f"Centre {listed(facts['centre'])}: the products or powers are the reason. The largest "
            f"factor is then {after}, and the model is the same.",
            refit_code("centred", facts["formula"], "centred.fixed_effects"),
        )
    return Words(
        title,
        sentence,
        meaning,
        f"Centring does not help. Leave {name} or {facts['with']} out, combine them, or test them "
        "together and say that the data cannot tell them apart.",
        "print(fit.anova())",
    )


def zero_of_predictors(finding: Finding) -> Words:
    """Word where the zero of the predictors is."""
    facts, name = finding.facts, finding.about
    title = "Centring: where zero is"
    lowest, highest, mean = (
        numbers.significant(facts[key]) for key in ("lowest", "highest", "mean")
    )
    if finding.verdict == "fine":
        beyond = f": {numbers.significant(finding.value, 2)} standard deviations beyond ({name})"
        return Words(
            title,
            "Zero lies within the values of every numeric predictor"
            f"{', or hardly outside' + beyond if finding.value else ''}.",
            "The intercept is about rows that could be observed.",
        )
    also = f" The same holds for {listed(facts['others'])}." if facts["others"] else ""
    about = ["the intercept"]
    if facts["interactions"]:
        about.append(f"the effects of what {name} interacts with ({listed(facts['interactions'])})")
    if facts["slopes"]:
        about.append(f"the variance of the intercepts of {listed(facts['slopes'])}")
        about.append(f"their correlation with the slopes of {name}")
    verb = "is" if len(about) == 1 else "are"
    return Words(
        title,
        f"Zero is {numbers.significant(finding.value, 2)} standard deviations away from the "
        f"nearest value of {name}, which runs from {lowest} to {highest}.{also}",
        f"{sentence_case(listed(about))} {verb} about rows with {name} = 0, which nobody observed: "
        "extrapolations. Slopes, fitted values and tests of the whole model stay as they are.",
        f"Centre {name}, at its mean ({mean}) or at a value with a meaning.",
        refit_code("centred", facts["formula"], "centred"),
    )


def uncentred_slope(finding: Finding) -> Words:
    """Word what a random slope of an uncentred predictor mixes."""
    facts, name = finding.facts, finding.about
    group, share = facts["grouping"], numbers.percent(finding.value)
    title = f"Centring of {name}, whose slope is random"
    if finding.verdict == "fine":
        return Words(
            title,
            f"{share} of the variance of {name} lies between groups of {group}.",
            "Its slopes, and their variance, are about differences within groups.",
        )
    return Words(
        title,
        f"{share} of the variance of {name} lies between groups of {group}; its slope is random, "
        "and it is not centred within groups.",
        f"The slope of {name} and its variance across {group} mix differences within groups with "
        "differences between them; groups far from the mean have intercepts that are "
        "extrapolations.",
        f"If the question is about differences within groups, centre {name} within {group}"
        f"{' and add its group means' if facts['adds_means'] else ''}.",
        refit_code("within", facts["formula"], "within"),
    )


WORDS: Mapping[str, Callable[[Finding], Words]] = {
    "independence": independence,
    "level_1_spread": level_1_spread,
    "linearity": linearity,
    "cross_level": cross_level,
    "collinearity": collinearity,
    "zero_of_predictors": zero_of_predictors,
    "uncentred_slope": uncentred_slope,
}

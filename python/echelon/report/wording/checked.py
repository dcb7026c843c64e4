"""The sentences of a methods paragraph that say what was checked.

Room: report/wording. Words what was looked at, not what was found.
Takes: a `Diagnosis`.
Gives: one or two sentences, by topic.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from echelon.check.diagnosis import Diagnosis
from echelon.check.finding import Finding
from echelon.report.verdict import names_in_words

MOST_TOPICS = 3  # in one sentence
TOPICS: Mapping[str, str] = {
    "Convergence": "the fit",
    "Level-1 residuals": "the level-1 residuals",
    "Random effects": "the random effects",
    "Outcome": "the outcome",
    "Predictors": "the predictors",
    "Influence": "influence",
    "Data and design": "the data",
}
# Name of a finding -> what was asked, in few words.
QUESTIONS: Mapping[str, str] = {
    "convergence": "convergence",
    "boundary": "boundary",
    "not_estimated": "aliased coefficients",
    "residual_skewness": "normality",
    "residual_tails": "normality",
    "outlying_rows": "outlying rows",
    "variance_by_group": "constant variance",
    "variance_by_category": "constant variance",
    "variance_along_fitted": "constant variance",
    "variance_along_predictor": "constant variance",
    "autocorrelation": "autocorrelation",
    "random_skewness": "normality",
    "random_tails": "normality",
    "random_joint_tails": "normality",
    "outlying_groups": "outlying groups",
    "separation": "separation",
    "one_sided_groups": "separation",
    "parameter_at_limit": "identification",
    "flat_direction": "identification",
    "overdispersion": "dispersion",
    "zero_inflation": "zeros",
    "simulated_shape": "simulated responses",
    "simulated_outliers": "simulated responses",
    "independence": "slopes within and between groups",
    "level_1_spread": "residual variance against level 2",
    "linearity": "linearity",
    "cross_level": "cross-level interactions",
    "collinearity": "collinearity",
    "zero_of_predictors": "centring",
    "uncentred_slope": "centring",
    "influential_groups": "of groups",
    "changed_estimates": "of groups",
    "inflated_errors": "of groups",
    "influential_rows": "of rows",
    "number_of_groups": "sample sizes",
    "rows_per_group": "sample sizes",
    "groups_per_predictor": "sample sizes",
    "events_per_parameter": "sample sizes",
    "rows_left_out": "missing values",
    "grouping_matters": "design effects",
}


def checked_sentences(diagnosis: Diagnosis) -> Iterator[str]:
    """Say what was looked at, and which topics could not be looked at in full."""
    topics = [
        f"{_topic(topic)} ({', '.join(dict.fromkeys(map(_question, findings)))})"
        for topic, findings in diagnosis.findings.items()
        if findings
    ]
    most = MOST_TOPICS if len(topics) < 7 else MOST_TOPICS + 1
    for start in range(0, len(topics), most):
        also = "also " if start else ""
        yield f"We {also}checked {names_in_words(topics[start : start + most])}."
    left_out = list(dict.fromkeys(_topic(topic) for topic, _ in diagnosis.not_examined))
    if left_out:
        where = names_in_words(left_out)
        yield f"Some checks of {where} could not be made; the diagnosis says why."


def _topic(topic: str) -> str:
    return TOPICS.get(topic, topic.lower())


def _question(finding: Finding) -> str:
    return QUESTIONS.get(finding.name, finding.name.replace("_", " "))

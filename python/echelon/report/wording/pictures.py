"""What the charts of a report show, for readers who do not see them.

Room: report/wording. Words a fit; draws nothing.
Takes: a `Fit`.
Gives: alternative texts, one function per chart; names of charts.
Source: WCAG 2.2, 1.1.1: the purpose of a picture and the data behind it, in words.
"""

from __future__ import annotations

from collections.abc import Mapping

from echelon.design.parts import RandomBlock
from echelon.fit import Fit
from echelon.report.verdict import names_in_words
from echelon.report.wording.apa import term_text
from echelon.report.wording.effects import INTERCEPT, effect_text, parts_of
from echelon.typeset.layout import printable
from echelon.typeset.numbers import count, percent_label

NAMES: Mapping[str, str] = {
    "coefficients": "Chart of the coefficients",
    "effect": "Chart of an effect",
    "caterpillar": "Caterpillar chart",
    "variance_shares": "Chart of the shares of variance",
    "qq": "Quantile chart of the residuals",
}


def coefficients(fit: Fit) -> str:
    """Describe the chart of the coefficients."""
    names = [term_text(name) for name in fit.design.fixed_names if name != INTERCEPT]
    return (
        f"Forest chart: the coefficients of {_list(names)} as points with {_level(fit)} intervals, "
        "beside a line at zero. The numbers are in the table of fixed effects."
    )


def effect(fit: Fit, x: str, by: str | None) -> str:
    """Describe the chart of an effect."""
    name = fit.design.response_name
    apart = f", apart for values of {by}" if by else ""
    return printable(
        f"Effect chart: the mean of {name} as the model has it, along {x}{apart}, with a "
        f"{_level(fit)} band and the data behind."
    )


def caterpillar(fit: Fit, block: RandomBlock) -> str:
    """Describe the chart of the conditional modes of a grouping factor."""
    parts = parts_of(fit)
    effects = names_in_words([effect_text(name, parts) for name in block.column_names])
    return printable(
        f"Caterpillar chart: how far each of the {count(block.n_groups)} groups of "
        f"{block.grouping} deviates from the average in {effects}, sorted, with "
        f"{_level(fit)} intervals."
    )


def variance_shares(fit: Fit) -> str:
    """Describe the chart of the shares of variance."""
    names = [block.grouping for block in fit.design.rows.blocks]
    return printable(
        f"Bar chart: the variance of {fit.design.response_name} shared out among predictors, "
        f"{_list(names)} and what is left."
    )


def qq(fit: Fit) -> str:
    """Describe the quantile chart of the residuals."""
    kind = "quantile" if fit.spec.is_generalized else "standardized"
    return (
        f"Quantile chart: {kind} residuals of the {count(fit.design.n_obs)} rows against those of "
        "a normal distribution, with the band in which simulated residuals lie."
    )


def _level(fit: Fit) -> str:
    return percent_label(fit.spec.conf_level)


def _list(names: tuple[str, ...] | list[str]) -> str:
    return printable(names_in_words(list(names))) if names else "nothing"

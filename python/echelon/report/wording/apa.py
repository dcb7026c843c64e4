"""Numbers in running text, as the APA style sets them.

Room: report/wording. The one place that writes statistics into sentences.
Takes: numbers.
Gives: text: 'p < .001', '95% CI [2.68, 3.24]', 't(157.1) = 20.67', 'sector (Catholic)'.
Source: American Psychological Association (2020), Publication manual, 7th ed., sections 6.36, 6.43.
"""

from __future__ import annotations

import math
import re

from echelon.typeset import numbers

_LABEL = re.compile(r"\[([^\[\]]*)\]")
_BETWEEN = re.compile(r":(?![^\[]*\])")  # a colon that is not part of a category's label
FIRM = "\u00a0"  # a blank at which no line breaks
_CENTRED = re.compile(r"\b(cwc|gm|cgm|center)\(([^(),]+)(?:, ([^(),]+))?\)")
_CENTRES = {
    "cwc": r"{} (centred within {})",
    "gm": r"{} (mean by {})",
    "cgm": r"{} (centred at its mean)",
    "center": r"{} (centred at its mean)",
}
_STATISTIC = re.compile(r"((?:\b[pzr]|\bt\([\d.,]+\)|ICC|R²)) ([=<>]) (?=[-.\d])")
_INTERVAL = re.compile(r"% CI \[([^\s,\]]+), ([^\s\]]+)\]")


def p_text(p: float) -> str:
    """Write a p value: 'p = .012', 'p < .001', without the zero that it cannot exceed."""
    if math.isnan(p):
        return "p not available"
    if p >= 0.9995:
        return "p > .999"
    return "p < .001" if p < 0.001 else f"p = {share_text(p, 3)}"


def share_text(value: float, decimals: int = 2) -> str:
    """Write what cannot exceed 1 without its leading zero: '.12', '-.30', '1.00'."""
    text = numbers.fixed(value, decimals)
    return re.sub(r"^(-?)0\.", r"\1.", text)


def unbroken(text: str) -> str:
    """Keep each statistic and each interval of a paragraph on one line."""
    text = _STATISTIC.sub(rf"\1{FIRM}\2{FIRM}", text)
    return _INTERVAL.sub(rf"%{FIRM}CI{FIRM}[\1,{FIRM}\2]", text)


def interval_text(level: float, low: str, high: str) -> str:
    """Write an interval whose bounds are set: '95% CI [2.68, 3.24]'."""
    return f"{numbers.percent_label(level)} CI [{low}, {high}]"


def coefficient_test(statistic: float, df: float, p: float) -> str:
    """Write a test of one coefficient: 't(157.1) = 20.67, p < .001', or 'z = 5.65, p < .001'."""
    value = numbers.statistics([statistic])[0]
    name = f"t({numbers.degrees(df)})" if math.isfinite(df) else "z"
    return f"{name} = {value}, {p_text(p)}"


def term_text(name: str) -> str:
    """Write the name of a coefficient: 'sector[Catholic]:ses' as 'sector (Catholic) × ses'.

    Predictors that the formula centres are named in words: 'ses (centred within school)'.
    """
    if name == "(Intercept)":
        return "the intercept"
    name = _CENTRED.sub(lambda found: _CENTRES[found[1]].format(*found.groups()[1:]), name)
    return " × ".join(_LABEL.sub(r" (\1)", part) for part in _BETWEEN.split(name))

"""The noun of a diagnosis: one thing that was looked at, as a number and a judgement.

Room: check/. Holds numbers; the words are in report/wording.
Takes: an effect size and the values from which it deserves a look, and action.
Gives: `Finding`.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Verdict: TypeAlias = Literal["fine", "look", "act"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    `name` says which question this answers and finds its words; `about` the term, grouping factor
    or predictor it is about ('' for the model). `value` is an effect size, called `measure`, never
    a p value; `look` and `act` are the sizes from which the verdict is so (NaN: never), with
    their `source`. `p_value` is that of the test that goes with it, None without one. `facts` are
    further typed values for its sentences: numbers, names, formulas; no sentence.
    """

    name: str
    about: str
    measure: str
    value: float
    look: float
    act: float
    verdict: Verdict
    source: str
    p_value: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def judge(
    size: float, look: float, act: float, *, p_value: float | None = None, alpha: float = 0.01
) -> Verdict:
    """Judge an effect size: at `look` or beyond it deserves a look, at `act` action.

    Parameters
    ----------
    size : larger is worse; where smaller is worse, pass size, look and act with their signs
        changed.
    look, act : sizes, look below act; NaN: never.
    p_value : of the test that goes with it: without evidence a large size of a small sample is
        noise, and its verdict 'fine'. None: the size alone decides.
    alpha : evidence that is asked for.

    Returns
    -------
    'fine', 'look' or 'act'.
    """
    if p_value is not None and not p_value < alpha:
        return "fine"
    return "act" if size >= act else "look" if size >= look else "fine"

"""Models side by side: how much worse each is than the best, and what each step adds.

Room: plot/. One chart.
Takes: fits of the same rows, with names.
Gives: an Altair chart: differences of a criterion, likelihood-ratio tests beside them.
Source: Burnham & Anderson (2002), section 2.6, differences of criteria; theory (18) for the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from echelon.building.compare import compare
from echelon.building.comparison import Comparison
from echelon.errors import NotEstimableError, SpecError
from echelon.fit import Fit
from echelon.options import read_choice
from echelon.plot.chart import finish, records
from echelon.plot.labels import short
from echelon.plot.theme import GREEN, MODEL, WIDTH
from echelon.typeset.numbers import fixed, p_value

CRITERIA = ("aic", "aicc", "bic", "bic_groups", "caic")
TITLES = {
    "aic": "AIC",
    "aicc": "AICc",
    "bic": "BIC (n = rows)",
    "bic_groups": "BIC (n = groups)",
    "caic": "conditional AIC",
}
ROW = 34
WHERE = "plot.comparison()"


def comparison(
    fit: Fit, *others: Any, names: Sequence[str] | None = None, criterion: str = "aic"
) -> Any:
    """Draw the difference of a criterion from the best model, with likelihood-ratio tests.

    Models are compared as `compare` does: on the same rows, by ML where fixed parts differ.

    Parameters
    ----------
    fit : a fitted model.
    others : more models of the same rows, in order; each is tested against the one before.
    names : of all models, this one first; default 'Model 1', 'Model 2', ...
    criterion : "aic", "aicc", "bic", "bic_groups" or "caic".

    Returns
    -------
    Altair chart; the best model is at zero.

    Raises
    ------
    SpecError : one model only, no such criterion, or names that do not fit.
    NotEstimableError : other rows or responses, or models without this criterion.

    Examples
    --------
    >>> import echelon as ec
    >>> one, two = (ec.fit(f"reaction ~ {x} + (1 | subject)", "sleep") for x in ("1", "days"))
    >>> one.plot.comparison(two).title.text
    'Models of reaction by AIC'
    """
    criterion = read_choice("criterion", criterion, CRITERIA)
    if not others:
        raise _alone()
    compared = compare(fit, *others, names=names)
    values = compared.table[criterion]
    if not np.isfinite(values).any():
        raise _no_criterion(criterion)
    notes = [
        "Less is better; the best model is at 0. Below 2: hardly worse; above 10: no support "
        "(Burnham & Anderson 2002).",
        *_refits(compared),
    ]
    missing = [name for name, v in zip(compared.names, values, strict=True) if not np.isfinite(v)]
    if missing:
        notes.append(f"Without a {TITLES[criterion]}: {', '.join(missing)}.")
    title = f"Models of {short(fit.design.response_name)} by {TITLES[criterion]}"
    return finish(_chart(compared, criterion), title, notes)


def _refits(compared: Comparison) -> list[str]:
    """Say by which likelihood, and why a test may be missing."""
    notes = ["Criteria and tests by ML; REML fits were refitted."] if compared.is_refitted else []
    if any(np.isnan(test.statistic) for test in compared.tests):
        notes.append("No test where a model is not nested in the one before it.")
    return notes


def _chart(compared: Comparison, criterion: str) -> Any:
    values = compared.table[criterion]
    change = values - np.nanmin(values)
    tests = ["", *(_test_text(test) for test in compared.tests)]
    data = records(
        model=list(compared.names), formula=compared.table["formula"], value=values,
        change=change, text=[f"+{fixed(v, 1)}" if v > 0 else "best" for v in change.tolist()],
        best=["yes" if v == 0 else "no" for v in change], test=tests,
        n=compared.table["n_parameters"],
    )  # fmt: skip
    y = alt.Y("model:N", sort=None, title=None, axis=alt.Axis(labelLimit=260))
    room = 1.2 * (float(np.nanmax(change)) or 1.0)
    x = alt.X("change:Q", title=f"difference of {TITLES[criterion]} from the best",
              scale=alt.Scale(domain=[0, room]))  # fmt: skip
    tooltip = [
        alt.Tooltip("model:N"),
        alt.Tooltip("formula:N"),
        alt.Tooltip("value:Q", title=TITLES[criterion], format=",.2f"),
        alt.Tooltip("n:Q", title="parameters"),
        alt.Tooltip("test:N"),
    ]
    paint = alt.Scale(domain=["no", "yes"], range=[MODEL, GREEN])
    base = alt.Chart(data).encode(y=y, tooltip=tooltip)
    height = ROW * len(compared.names)
    colour = alt.Color("best:N", scale=paint, legend=None)
    left = alt.layer(
        base.mark_rule(strokeWidth=2).encode(x=x, x2=alt.datum(0), color=colour),
        base.mark_point(size=70, opacity=1).encode(x=x, color=colour),
        base.mark_text(align="left", dx=9, fontSize=11).encode(x=x, text=alt.Text("text:N")),
    ).properties(width=WIDTH * 0.8, height=height)
    heading = alt.Title(
        "likelihood-ratio test", fontSize=12, fontWeight="normal", offset=4, anchor="start"
    )
    right = base.mark_text(align="left", fontSize=11).encode(
        y=alt.Y("model:N", sort=None, axis=None), x=alt.value(0), text=alt.Text("test:N")
    )
    right = right.properties(width=230, height=height, title=heading)
    return alt.hconcat(left, right, spacing=14)


def _test_text(test: Any) -> str:
    if np.isnan(test.statistic):
        return f"no test against {test.against}"
    p = p_value(test.p_value)
    shown = f"p {p}" if p.startswith("<") else f"p = {p}"
    return f"vs {test.against}: χ²({fixed(test.df, 0)}) = {fixed(test.statistic, 1)}, {shown}"


def _alone() -> SpecError:
    return SpecError(
        "There is one model, and nothing to compare it with.",
        where=WHERE,
        got="1 model",
        need="two fitted models or more, of the same rows",
        do="write m0.plot.comparison(m1), with the results of echelon.fit.",
        slug="compare-nothing",
    )


def _no_criterion(criterion: str) -> NotEstimableError:
    return NotEstimableError(
        f"None of these models has a {TITLES[criterion]}.",
        where=f"{WHERE}, argument criterion",
        got=f"criterion = {criterion!r}",
        need="a criterion that is defined for these models",
        do='write criterion="aic" or criterion="bic".',
        slug="no-criterion",
    )

"""Interaction chart: lines of a predictor at chosen values of its moderator.

Room: plot/. Draws; estimates come from `marginal_means`.
Takes: a `Fit`, a predictor and its moderator.
Gives: an Altair chart.
Source: Aiken & West (1991); Bauer & Curran (2005); infer/lines/interaction_table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from echelon.fit import Fit
from echelon.plot.effect import draw
from echelon.plot.estimates import moderators_of, read_asked
from echelon.plot.variables import variable_of


def interaction(
    fit: Fit,
    x: str,
    by: str | Sequence[str],
    at: Mapping[str, Any] | None = None,
    kind: str = "response",
    interval: bool = True,
    data: bool = True,
    target: str = "conditional",
) -> Any:
    """Draw the mean along a predictor at chosen values of a moderator, such as one of level 2.

    Parameters
    ----------
    fit : a fitted model.
    x : a predictor of the fixed part.
    by : its moderator: a line for each category, and of a number for its mean and one standard
        deviation to each side over the rows; a second one by panel.
    at : values by name, of the moderator and of what is held: {"meanses": [-1, 0, 1]}.
    kind, interval, data, target : as in `effect`.

    Returns
    -------
    An Altair chart whose `save` writes SVG, PNG, PDF, HTML or JSON.

    Raises
    ------
    SpecError : a name is not in the fixed part, or an option does not exist.
    NotEstimableError : the data determine no mean.

    Source
    ------
    The numbers are those of `marginal_means`: tests/unit/plot/test_interaction.py.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ ses * meanses + (1 | school)", ec.datasets.load("hsb")).fit
    >>> interaction(fit, "ses", "meanses").title.text
    'Interaction of ses and meanses: mathach'
    """
    where = "fit.plot.interaction()"
    variable = variable_of(fit, x, f"{where}, argument x")
    asked = read_asked(at, kind, target)
    by_what = moderators_of(fit, variable, by, asked.at, where)
    return draw(fit, variable, by_what, asked, interval, data, "Interaction")

"""The charts of a report: which ones a model deserves, with captions and alternative texts.

Room: publish/. Chooses; the drawing is plot's.
Takes: a `Fit`.
Gives: `Figure`s, and paragraphs that say why one is not there.
Source: docs/reference, reports; WCAG 2.2, 1.1.1 for the alternative texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from echelon import plot
from echelon.design.recipe import NumberProfile
from echelon.errors import EchelonError
from echelon.fit import Fit
from echelon.formula.expression import deparse
from echelon.publish.document import Block, Figure, Paragraph
from echelon.report.wording import pictures
from echelon.report.wording.reporting import not_shown, too_many

MOST_COEFFICIENTS = 60  # in one chart
MOST_CATEGORIES = 40  # along an axis
MOST_GROUPINGS = 3  # factors with a caterpillar of their own


def figures_of(fit: Fit) -> Iterator[Block]:
    """Draw the results of a fit: coefficients, an effect, groups, variances.

    Parameters
    ----------
    fit : a fitted model with its rows.

    Yields
    ------
    Figures, and a paragraph in place of one that cannot be drawn.
    """
    n_fixed = len(fit.design.fixed_names)
    if n_fixed > MOST_COEFFICIENTS:
        reason = too_many(n_fixed, "fit.plot.coefficients()")
        yield Paragraph(not_shown(pictures.NAMES["coefficients"], reason))
    elif n_fixed > 1:
        yield from _drawn("coefficients", pictures.coefficients(fit), fit)
    x, by = _effect_to_show(fit)
    if x:
        yield from _drawn("effect", pictures.effect(fit, x, by), fit, x, by=by)
    for block in fit.design.rows.blocks[:MOST_GROUPINGS]:
        alternative = pictures.caterpillar(fit, block)
        yield from _drawn("caterpillar", alternative, fit, block.grouping)
    if fit.design.rows.blocks:
        yield from _drawn("variance_shares", pictures.variance_shares(fit), fit)


def figures_of_residuals(fit: Fit, seed: int) -> Iterator[Block]:
    """Draw what the diagnostics of residuals are about."""
    yield from _drawn("qq", pictures.qq(fit), fit, seed=seed)


def captioned(chart: Any, alternative: str) -> Figure:
    """Take the title and the notes of a chart out of it: they become its caption.

    Parameters
    ----------
    chart : what a function of plot/ returned.
    alternative : what it shows, for readers who do not see it.
    """
    bare, title, notes = plot.chart.untitled(chart)
    return Figure(title, bare, alternative, notes)


def _drawn(name: str, alternative: str, fit: Fit, *place: Any, **options: Any) -> Iterator[Block]:
    """Draw one chart; what cannot be drawn is said."""
    module = getattr(plot, name, None)
    draw: Callable[..., Any] | None = getattr(module, name, None)
    if draw is None:
        return
    try:
        yield captioned(draw(fit, *place, **options), alternative)
    except EchelonError as error:
        yield Paragraph(not_shown(pictures.NAMES[name], error.what))


def _effect_to_show(fit: Fit) -> tuple[str, str | None]:
    """Choose an interaction of two predictors if there is one, else the first predictor."""
    profiles = {
        profile.name: profile
        for profile in fit.design.recipe.profiles
        if isinstance(profile, NumberProfile) or len(profile.texts) <= MOST_CATEGORIES
    }
    terms = [[deparse(factor) for factor in term.factors] for term in fit.spec.formula.fixed]
    known = [names for names in terms if all(name in profiles for name in names)]
    for names in known:
        if len(names) == 2:
            x, by = sorted(names, key=lambda n: not isinstance(profiles[n], NumberProfile))
            return x, by
    singles = [names[0] for names in known if len(names) == 1]
    singles.sort(key=lambda name: not isinstance(profiles[name], NumberProfile))
    return (singles[0], None) if singles else ("", None)

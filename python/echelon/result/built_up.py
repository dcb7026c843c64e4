"""A model built up step by step, as users hold it.

Room: result. Opens the data and delegates; computes nothing.
Takes: an outcome, data, predictors by level, a grouping factor or several.
Gives: `BuiltUp`, with its final model as a `Result`.
Source: docs/how-to, build a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from echelon import report
from echelon.building.build_up import build_up as build_steps
from echelon.building.steps import BuildUp
from echelon.datasets.opening import open_source
from echelon.options import Control
from echelon.result.compared import Compared
from echelon.result.record import Result
from echelon.table import Table


@dataclass(frozen=True)
class BuiltUp:
    """The steps from the null model to the final one: what was tried, what was kept, and why."""

    built: BuildUp

    @property
    def steps(self) -> Table:
        """One row per step: formula, test against the model so far, decision and reason."""
        return report.build_up.steps_table(self.built)

    @cached_property
    def fits(self) -> dict[str, Result]:
        """Every model that could be fitted, kept or not, by the name of its step."""
        return {step.name: Result(step.fit) for step in self.built.steps if step.fit is not None}

    @property
    def comparison(self) -> Compared:
        """The steps that were kept, side by side."""
        return Compared(self.built.comparison)

    @property
    def final(self) -> Result:
        """The model that remained."""
        return Result(self.built.final)

    def summary(self, width: int = 88) -> str:
        """Write steps, reasons and the comparison of the steps kept as text.

        Parameters
        ----------
        width : columns to fill at most.

        Returns
        -------
        Text without a final line break.
        """
        return report.build_up.build_up_text(self.built, width)

    def to_html(self) -> str:
        """Write the steps as a self-contained page."""
        return report.build_up.build_up_page(self.built)

    def to_dict(self) -> dict[str, Any]:
        """Everything of the steps as plain values."""
        return report.build_up.build_up_record(self.built)

    def to_json(self) -> str:
        """Everything of the steps as JSON."""
        return report.build_up.build_up_json(self.built)

    def to_csv(self) -> str:
        """Write one row per step as CSV."""
        return report.build_up.build_up_csv(self.built)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return report.build_up.build_up_html(self.built)


def build_up(
    outcome: str,
    data: Any,
    *,
    group: str | Sequence[str],
    level1: str | Sequence[str] = (),
    level2: str | Sequence[str] = (),
    level3: str | Sequence[str] = (),
    slopes: str | Sequence[str] | None = "all",
    cross_level: str | Sequence[str] | None = "all",
    center: str | None = None,
    method: str = "REML",
    alpha: float = 0.05,
    family: str = "gaussian",
    link: str | None = None,
    quadrature: int | str = 1,
    weights: str | None = None,
    offset: str | None = None,
    subset: Any = None,
    missing: str = "drop",
    control: Control | Mapping[str, object] | None = None,
    conf_level: float = 0.95,
    df_method: str = "satterthwaite",
    contrasts: Mapping[str, str] | None = None,
) -> BuiltUp:
    """Build a multilevel model in the steps of the textbooks, each with its test and its reason.

    The null model; all predictors of level 1; those of level 2 (and 3); the slope of one
    predictor after the other random, kept where the likelihood ratio against the model so far,
    referred to the mixture for a variance on its boundary, has p < `alpha`; then the
    interactions of the slopes kept with the predictors of their groups, one at a time. Fixed
    predictors stay whatever their test: they are your theory, not the data's. A step that does
    not converge or is singular is not kept. Rows that lack a value of any candidate are left out
    of every step, so that all steps are about the same rows.

    Parameters
    ----------
    outcome : the response, a column or an expression.
    data : a table, a path or the name of a data set, as for `fit`.
    group : grouping factor, or several from the innermost out: ["class", "school"].
    level1, level2, level3 : predictors that vary at each level: columns, or terms such as
        "log(size)" or "gm(ses, school)".
    slopes : "all" predictors below the highest level, a list of some, or None.
    cross_level : "all" pairs of a slope kept and a predictor of its groups, a list such as
        ["ses:sector"], tested whichever slopes were kept, or None.
    center : "cwc" (within group) or "cgm" (grand mean) for numeric columns in `level1`.
    method : "REML" or "ML"; tests of fixed terms are by ML in either case.
    alpha : level of the tests that decide on slopes and interactions, in (0, 1).
    family, link, quadrature : as for `fit`; other families are fitted by ML.
    weights, offset, subset, missing, control, conf_level, df_method, contrasts : as for `fit`.

    Returns
    -------
    BuiltUp, with `steps`, `comparison` (the steps kept, side by side) and `final` (a Result).

    Raises
    ------
    SpecError : a predictor is given at a level at which it does not vary, or is no term.
    FrameError, DesignError, EngineError : a model without random slopes cannot be fitted.

    Notes
    -----
    The p values of the final model take no account of the search. With ten candidates about one
    in two sequences keeps something by chance at alpha = 0.05.

    Source
    ------
    Raudenbush & Bryk (2002), chapter 4; Hox, Moerbeek & van de Schoot (2018), section 4.1.

    Examples
    --------
    >>> import echelon as ec
    >>> built = ec.build_up("reaction", "sleep", level1="days", group="subject")
    >>> built.final.formula
    'reaction ~ days + (1 + days | subject)'
    """
    table, source = open_source(data)
    built = build_steps(
        outcome, table, level1=level1, level2=level2, level3=level3, group=group,
        slopes=slopes, cross_level=cross_level, center=center, method=method, alpha=alpha,
        family=family, link=link, quadrature=quadrature,
        weights=weights, offset=offset, subset=subset, missing=missing, control=control,
        conf_level=conf_level, df_method=df_method, contrasts=contrasts, source=source or "",
    )  # fmt: skip
    return BuiltUp(built)

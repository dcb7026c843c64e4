"""Comparisons as users hold them: what `compare` and `build_up` return.

Room: result. Delegates; computes nothing.
Takes: a `Comparison` or a `BuildUp` of the room building.
Gives: `Compared` and `BuiltUp`, with tables as attributes and print in every form.
Source: docs/how-to, compare models and build a model.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echelon import publish, report
from echelon.building.compare import compare as compare_fits
from echelon.building.comparison import Comparison
from echelon.building.named_models import option_without_data, read_models
from echelon.building.same_frame import fit_to_same_rows
from echelon.datasets.opening import open_source
from echelon.table import Table


@dataclass(frozen=True)
class Compared:
    """Models side by side: tables as attributes, and the table of a paper in print."""

    comparison: Comparison

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the models, in order."""
        return self.comparison.names

    @property
    def table(self) -> Table:
        """One row per model: sizes, criteria, test against the model before, shares explained."""
        return self.comparison.table

    @property
    def coefficients(self) -> Table:
        """One row per model and number: fixed effects, variances, criteria."""
        return self.comparison.coefficients

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the numbers must know: refits, boundaries, what was not tested."""
        return self.comparison.notes

    def summary(self, width: int = 88) -> str:
        """Write the comparison as text.

        Parameters
        ----------
        width : columns to fill at most; models that do not fit stand in a panel below.

        Returns
        -------
        Text without a final line break.
        """
        return report.comparison.comparison_text(self.comparison, width)

    def to_html(self) -> str:
        """Write the comparison as a self-contained page."""
        return report.comparison.comparison_page(self.comparison)

    def to_dict(self) -> dict[str, Any]:
        """Everything of the comparison as plain values."""
        return report.comparison.comparison_record(self.comparison)

    def to_json(self) -> str:
        """Everything of the comparison as JSON."""
        return report.comparison.comparison_json(self.comparison)

    def to_csv(self) -> str:
        """Write one row per model and number as CSV."""
        return report.comparison.comparison_csv(self.comparison)

    def report(
        self, path: str | os.PathLike[str], *, style: str = "apa", title: str | None = None
    ) -> Path:
        """Write the comparison as a document.

        Parameters
        ----------
        path : of the document, ending in .html, .docx, .tex or .md.
        style : of the tables: "apa", "plain" or "journal".
        title : of the document; None names the response.

        Returns
        -------
        The path.

        Raises
        ------
        SpecError : the ending or the style is none of these.
        StorageError : the file cannot be written.
        """
        return publish.write_comparison(self.comparison, path, style=style, title=title)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return report.comparison.comparison_html(self.comparison)


def compare(
    *models: Any,
    data: Any = None,
    names: Sequence[str] | None = None,
    layout: str = "columns",
    refit: str = "auto",
    conf_level: float | None = None,
    **options: Any,
) -> Compared:
    """Compare models of the same rows: what each estimates, how well it fits, what each adds.

    Each model but the first is tested against the one before it by a likelihood ratio, with the
    mixture of chi-squares that belongs to a variance on its boundary. Restricted likelihoods of
    different fixed parts are in different units: such models are refitted by ML for criteria and
    tests (no row is read for that); estimates stay as they were fitted.

    Parameters
    ----------
    models : results of `fit`, in order; or one list of them, or a mapping of names to them. With
        `data` formulas in place of results, fitted here to the rows complete for all of them.
    data : a table, a path or the name of a data set, as for `fit`; None if the models are fitted.
    names : of the models; default 'Model 1', 'Model 2', ..., or those of the mapping.
    layout : how it prints: "columns" (a column per model, as in papers) or "rows".
    refit : "auto" refits by ML where fixed parts or methods differ, "always", or "never": then
        criteria are those of the fits as given.
    conf_level : prints intervals of this level in place of standard errors; None for errors.
    options : with `data`, options of `fit`: method, weights, offset, subset and so on.

    Returns
    -------
    Compared, with a row per model in `table` and a row per number in `coefficients`. Columns of
    `table`: aic and aicc, bic (n = observations), bic_groups (n = groups of the highest level),
    caic (Vaida & Blanchard, effective_df its parameters), statistic, df and p_value of the test,
    mixture (its distribution), icc (adjusted), r2_marginal, r2_conditional, and one change[...]
    per variance of the first model: the proportion by which it is less.

    Raises
    ------
    SpecError : no model, something that is no fitted model, or names that do not fit.
    NotEstimableError : the models have different responses or rows.

    Notes
    -----
    No row is read but to see that the responses are the same.

    Source
    ------
    Self & Liang (1987), Stram & Lee (1994) for variances; checked against R's anova(), cases
    lmm_hsb_slopes_as_outcomes_reml, lmm_orthodont_slope_reml, lmm_exam_slope_ml.

    Examples
    --------
    >>> import echelon as ec
    >>> sleep = ec.datasets.load("sleep")
    >>> null, days = (ec.fit(f"reaction ~ {x} + (1 | subject)", sleep) for x in ("1", "days"))
    >>> round(ec.compare(null, days).table.row(model="Model 2")["statistic"], 2)
    116.46
    """
    named = read_models(models, names)
    if data is not None:
        table, source = open_source(data)
        fits = fit_to_same_rows(tuple(named.values()), table, source=source or "", **options)
        named = dict(zip(named, fits, strict=True))
    elif options:
        raise option_without_data(next(iter(options)))
    return Compared(compare_fits(named, layout=layout, refit=refit, conf_level=conf_level))

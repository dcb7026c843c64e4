"""Verbs of a result that write it up.

Room: result. Delegates; writes nothing itself.
Takes: the `Fit` of a `Result`.
Gives: equations, reports and bundles, one line each.
Source: docs/reference.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echelon import publish
from echelon import report as reports
from echelon.fit import Fit
from echelon.publish import bundle as bundles

if TYPE_CHECKING:
    from echelon.report.equations import Equations


class Published:
    """Equations, reports and reproducible bundles."""

    fit: Fit

    def equations(
        self,
        form: str = "both",
        notation: str = "unicode",
        *,
        estimates: bool = False,
        digits: int = 2,
    ) -> Equations:
        """Write the model as equations, with the distribution of every random term.

        Parameters
        ----------
        form : "levels" (one equation per level), "mixed" (combined) or "both".
        notation : "unicode", "text" (plain letters), "latex" or "mathml".
        estimates : whether numbers stand in the place of coefficients and variances.
        digits : decimals of the numbers, and significant digits of those below one.

        Returns
        -------
        `Equations`: print it, or take its `text`; notebooks show it as mathematics.

        Raises
        ------
        SpecError : an option is none of these.
        NotEstimableError : the fit was saved without its rows.
        """
        return reports.equations.equations(
            self.fit, form, notation, estimates=estimates, digits=digits
        )

    def report(
        self,
        path: str | os.PathLike[str],
        *,
        style: str = "apa",
        title: str | None = None,
        seed: int = 0,
        charts: bool = True,
        check: bool = True,
    ) -> Path:
        """Write the fit up: data, model, method, results, charts and diagnostics.

        Parameters
        ----------
        path : of the document, ending in .html, .docx, .tex or .md; charts of .tex and .md lie
            beside it, in a folder named after it.
        style : of the tables: "apa", "plain" or "journal".
        title : of the document; None names the response.
        seed : whole number, of the diagnostics that simulate.
        charts : whether to draw.
        check : whether to examine the model.

        Returns
        -------
        The path.

        Raises
        ------
        SpecError : the ending or the style is none of these.
        StorageError : the file cannot be written.
        """
        return publish.write_report(
            self.fit, path, style=style, title=title, seed=seed, charts=charts, check=check
        )

    def bundle(
        self,
        path: str | os.PathLike[str],
        *,
        data: Any = None,
        codes: bool | Sequence[str] = False,
        report: bool = True,
        smallest_cell: int = 5,
        seed: int | None = None,
    ) -> Path:
        """Write all that another person needs to rerun the study into one zip file.

        The data used, a script, every number expected, versions, report, README and checksums;
        `echelon rerun study.zip` fits the model again and compares.

        Parameters
        ----------
        path : of the zip file.
        data : the table; needed only for a fit that was saved without its rows.
        codes : whether to number the groups in random order, or the names of some factors.
        report : whether to put the report in.
        smallest_cell : combinations of a group and categories with fewer rows are announced.
        seed : of the random order of the codes, to be kept secret; None: an order drawn anew.

        Returns
        -------
        The path.

        Raises
        ------
        SpecError : `codes` names no grouping factor, or one that is also a predictor.
        NotEstimableError : the fit has no table, or its table gives other numbers.
        StorageError : the file cannot be written.

        Warns
        -----
        SmallCellsWarning : some groups and categories have few rows.
        """
        return bundles.bundle(
            self.fit, path, data=data, codes=codes, report=report, smallest_cell=smallest_cell,
            seed=seed,
        )  # fmt: skip

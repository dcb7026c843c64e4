"""Variance explained under every school, side by side.

Room: measure/. Puts the schools in one table; each has its file.
Takes: a `Fit`, and a baseline for those who compare with one.
Gives: a Table with a sentence on each row.
Source: docs/theory.md (22) and (30); the files r_squared_*.py name their papers.
"""

from __future__ import annotations

import numpy as np

from echelon.errors import SpecError
from echelon.fit import Fit
from echelon.infer.zero.comparable import check_same_rows
from echelon.measure.null_model import has_intercepts_only, null_formula, null_model
from echelon.measure.r_squared_edwards import edwards
from echelon.measure.r_squared_generalized import generalized_rows
from echelon.measure.r_squared_levels import components, raudenbush, snijders
from echelon.measure.r_squared_nakagawa import nakagawa
from echelon.measure.r_squared_partition import rights_sterba
from echelon.measure.r_squared_row import Explained
from echelon.table import Table

PURPOSE = "r_squared()"


def r_squared(fit: Fit, baseline: Fit | None = None) -> Table:
    """Say how much variance a model explains, by every usual definition, with a sentence on each.

    Nakagawa & Schielzeth (with Johnson's random slopes) and Rights & Sterba set parts of the
    model's own variance against their sum; Snijders & Bosker and Raudenbush & Bryk compare
    variances with a simpler model; Edwards et al. turn F tests of the fixed effects into shares.
    They answer different questions, so report the name with the number. Theory (22).

    Of a generalized model: Nakagawa et al. on the scale of the link, in every form that the
    family has; McKelvey & Zavoina for what lies behind binary and ordered responses; Tjur's
    difference of means for binary ones; McFadden's reduction of the log likelihood. Reductions of
    variances are not there, because the scale of the link changes with the model. Theory (30).

    Parameters
    ----------
    fit : a fitted model.
    baseline : a simpler model of the same rows, for Raudenbush & Bryk; None for the null model,
        with the intercept and a random intercept for each grouping factor. To ask how much of the
        variance of a slope is explained, give a model that has the random slope. Of a generalized
        model it is the one that McFadden's log likelihood is compared with.

    Returns
    -------
    Table with columns measure, part, value (a share) and meaning (a sentence).

    Raises
    ------
    SpecError : `baseline` is not a fit.
    NotEstimableError : it was fitted to other rows or another response; or rows are needed
        (weights, or no intercept) and the fit was saved without them.

    Notes
    -----
    The null model, and the one without random slopes, are fitted from cross-products. Prior
    weights count in the estimates, not in the averages over rows.

    Source
    ------
    performance 0.10.2 `r2()` (Nakagawa) in all lmm cases, and the glmm cases of its paper's forms;
    Raudenbush & Bryk (2002), pp. 74 and 79; r2mlm's definitions (Rights & Sterba), against sums
    over rows.

    Examples
    --------
    >>> import echelon as ec
    >>> hsb = ec.datasets.load("hsb")
    >>> fit = ec.fit("mathach ~ ses + (1 | school)", hsb).fit
    >>> round(r_squared(fit).row(part="marginal")["value"], 3)
    0.077
    """
    if baseline is not None:
        _check(fit, baseline)
    if fit.spec.is_generalized:
        rows, notes = generalized_rows(fit, baseline, PURPOSE)
        return _table(rows, notes)
    null = null_model(fit, PURPOSE)
    compared = null if baseline is None else baseline
    name = f"the null model {null_formula(fit)}" if baseline is None else baseline.spec.formula.text
    partition, why = rights_sterba(fit, PURPOSE)
    rows = [
        *nakagawa(fit, PURPOSE),
        *snijders(fit, null, PURPOSE),
        *raudenbush(fit, compared, name),
        *partition,
        *edwards(fit),
    ]
    return _table(rows, _notes(fit, compared, baseline, why))


def _table(rows: list[Explained], notes: tuple[str, ...]) -> Table:
    return Table(
        {
            "measure": np.array([row.measure for row in rows], dtype=object),
            "part": np.array([row.part for row in rows], dtype=object),
            "value": np.array([row.value for row in rows], dtype=float),
            "meaning": np.array([row.meaning for row in rows], dtype=object),
        },
        title="Variance explained",
        notes=notes,
    )


def _notes(fit: Fit, compared: Fit, baseline: Fit | None, why: str) -> tuple[str, ...]:
    notes = [why] if why else []
    if len(fit.design.rows.blocks) > 1:
        notes.append("Snijders & Bosker: level 2 is defined for one grouping factor.")
    absent = [key for key in components(fit) if key not in components(compared)]
    if absent and baseline is None and not has_intercepts_only(fit):
        grouping, term = absent[0]
        notes.append(
            f"Raudenbush & Bryk: the null model has no variance of {term} | {grouping}; give a"
            " baseline= that has."
        )
    if baseline is not None and baseline.spec.method != fit.spec.method:
        notes.append(
            f"Raudenbush & Bryk: the baseline was fitted by {baseline.spec.method}, this model by"
            f" {fit.spec.method}; fit both alike."
        )
    return tuple(notes)


def _check(fit: Fit, baseline: object) -> None:
    """Refuse a baseline that does not speak about the same rows."""
    if not isinstance(baseline, Fit):
        raise SpecError(
            "The baseline is not a fitted model.",
            where="r_squared(), argument baseline",
            got=f"an object of type '{type(baseline).__name__}'",
            need="a fit of a simpler model to the same rows",
            do='write baseline=echelon.fit("y ~ 1 + (1 | g)", data).',
            slug="baseline-not-a-fit",
        )
    check_same_rows(fit, baseline, "r_squared(), argument baseline")

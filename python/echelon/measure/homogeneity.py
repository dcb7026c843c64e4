"""Do the groups' coefficients differ at all? The chi-square test of Raudenbush and Bryk.

Room: measure/. One question per file: are the coefficients of all groups the same?
Takes: a `Fit`.
Gives: a Table (grouping, term, variance, statistic, df, p_value, n_groups).
Source: Raudenbush & Bryk (2002), equation 3.103; the definition of HLM 7.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray, IndexArray
from echelon.fit import Fit, design_with_rows
from echelon.infer.components.generalized_fits import check_gaussian
from echelon.infer.distributions.distributions import chi2_p_value
from echelon.measure.group_regressions import (
    GroupRegressions,
    carried,
    factor_positions,
    group_regressions,
)
from echelon.measure.reliability import notes_on
from echelon.table import Table

WHERE = "homogeneity()"
COLUMNS = ("grouping", "term", "variance", "statistic", "df", "p_value", "n_groups")


def homogeneity(fit: Fit, grouping: str | None = None) -> Table:
    """Test of each random coefficient whether it is the same in all groups.

    Each group's own estimate is compared with what the model expects of it without a random
    effect, in units of the estimate's error; the sum of squares is a chi-square if the variance
    is zero. Unlike a likelihood ratio it needs no second fit and no mixture, but groups enough
    rows, and residuals with the same variance in all groups.

    Parameters
    ----------
    fit : a fitted model with its rows.
    grouping : name of a grouping factor; None for all of them.

    Returns
    -------
    Table with columns grouping, term, variance, statistic, df (groups used less coefficients that
    explain the group's one), p_value, n_groups (groups used).

    Raises
    ------
    NotEstimableError : the model has no random effects, is generalized, or was saved without rows.
    SpecError : the grouping factor is not in the model.

    Notes
    -----
    From cross-products; the rows tell which fixed effects belong to which coefficient. Where a
    factor above has a random effect of the same coefficient, the groups are compared with the
    weighted mean of those they share it with, and df loses one for each. The residual variance is
    taken as known: with few rows per group a true hypothesis is rejected too often.

    Source
    ------
    Raudenbush & Bryk (2002), chapter 4: High School & Beyond, chi-squares by HLM.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ 1 + (1 | school)", ec.datasets.load("hsb"))
    >>> round(fit.homogeneity().row(grouping="school")["statistic"], 1)
    1660.2
    """
    check_gaussian(
        fit,
        "The chi-square of the groups' own estimates is not defined: some may be infinite.",
        WHERE,
        "test the variance instead: variance_test() or ranova().",
    )
    positions = factor_positions(fit, grouping, WHERE)
    design_with_rows(fit, WHERE)
    parts = [group_regressions(fit, position) for position in positions]
    rows = [_test(fit, part, q) for part in parts for q in range(part.block.n_columns)]
    columns: dict[str, Any] = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    return Table(
        columns,
        scales={"variance": "response squared"},
        title="Are the coefficients of the groups the same?",
        notes=("Chi-square of the groups' own estimates (Raudenbush & Bryk).", *notes_on(parts)),
    )


def _test(
    fit: Fit, part: GroupRegressions, q: int
) -> tuple[str, str, float, float, int, float, int]:
    known = part.is_full
    deviation, variance = part.deviation[known, q], part.variance[known, q]
    home = _shared(fit, part, q)
    n_explaining = _explaining(fit, part, q, home)
    if home is not None:
        codes = np.unique(home[known], return_inverse=True)[1]
        total = np.bincount(codes, deviation / variance) / np.bincount(codes, 1 / variance)
        deviation = deviation - total[codes]
        n_explaining += len(total)
    statistic = float((deviation**2 / variance).sum())
    df = int(known.sum()) - n_explaining
    p_value = chi2_p_value(statistic, df) if df > 0 else np.nan
    names = part.block.grouping, part.block.column_names[q]
    return *names, float(part.tau[q]), statistic, df, p_value, int(known.sum())


def _shared(fit: Fit, part: GroupRegressions, q: int) -> IndexArray | None:
    """Group (J,) of the innermost factor above whose effects are a part of coefficient q."""
    codes = part.block.memberships[0].codes
    blocks = fit.design.rows.blocks
    for position in sorted(part.above, key=lambda i: -blocks[i].n_groups):
        other = blocks[position]
        found = [carried(fit, column, part.block) for column in other.columns]
        if any(each is not None and each[0] == q for each in found):
            home = np.zeros(part.block.n_groups, dtype=np.int64)
            home[codes] = other.memberships[0].codes
            return home
    return None


def _explaining(fit: Fit, part: GroupRegressions, q: int, home: IndexArray | None) -> int:
    """Count the fixed effects that explain coefficient q, but not those that `home` explains."""
    count = 0
    columns = fit.design.rows.fixed_columns
    for column, is_known in zip(columns, fit.estimates.is_estimated, strict=True):
        found = carried(fit, column, part.block) if is_known else None
        if found is not None and found[0] == q:
            count += home is None or not _is_constant(found[1], home)
    return count


def _is_constant(w: FloatArray, home: IndexArray) -> bool:
    first = np.zeros(int(home.max()) + 1)
    first[home] = w
    same: NDArray[np.bool_] = np.isclose(first[home], w, rtol=1e-9, atol=0)
    return bool(same.all())

"""Test each term of the fixed part by F: type 1, 2 or 3.

Room: infer/. Tests; what is tested is said by `estimable`.
Takes: a `Fit`, the type, the way to count degrees of freedom.
Gives: the analysis-of-variance table.
Source: docs/theory.md (14); lmerTest's anova.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from echelon.errors import SpecError
from echelon.fit import Fit
from echelon.infer.coefficients.estimable import term_rows
from echelon.infer.coefficients.inference import Counted, linear_inference, of_estimated
from echelon.infer.coefficients.linear import JointTest
from echelon.infer.coefficients.wald import df_note
from echelon.table import Table

KINDS = {
    1: "Type 1: each term after those before it.",
    2: "Type 2: each term after all others but those that contain it.",
    3: "Type 3: each term after all others, cells weighted equally.",
}


WALD = (
    "Statistics are Wald's chi-square. Where estimates are large they lose power: compare() tests "
    "a term by the likelihood ratio."
)


def anova(
    fit: Fit, type: Any = 3, df_method: str | None = None, robust: Counted | None = None
) -> Table:
    """Test every term of the fixed part by F, all its coefficients at once.

    Type 3 asks whether the effect, averaged over the categories of what it interacts with, is
    zero, and does not depend on how categories are coded; a numeric predictor that interacts with
    another is tested where the other is zero, so centre it. Type 2 has more power where there is
    no interaction. Type 1 depends on the order of the terms. Where cells are empty type 3 tests
    what the remaining cells allow, as SAS and lmerTest; interpret it with care.

    Parameters
    ----------
    fit : a fitted model.
    type : 1, 2 or 3.
    df_method : how degrees of freedom are counted; None for the fit's way.
    robust : covariance of the coefficients and degrees of freedom in place of the model's.

    Returns
    -------
    Table with columns term, sum_sq (F times df_num times sigma^2, in response units squared: what
    a balanced analysis of variance would print), df_num, df_den, statistic (F), p_value. With
    df_method "normal" df_den is infinite: F is chi-square / df_num. The intercept is not tested.
    Of a generalized model columns term, statistic (Wald's chi-square), df, p_value: tests of the
    terms of the mean, of a multinomial model in all its equations together.

    Raises
    ------
    SpecError : the type is not 1, 2 or 3.

    Notes
    -----
    Cross-products only. With prior weights types 1 and 2 use X'WX; in generalized models, the
    information of the coefficients, as R's car::Anova.

    Source
    ------
    Theory (14). lmerTest 3.1.3 and pbkrtest 0.5.2: `anova_tables` and `anova_type3_satterthwaite`
    of 31 cases.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep")).fit
    >>> round(anova(fit).row(term="days")["statistic"], 2)
    45.85
    """
    kind = _read_type(type)
    inference = of_estimated(linear_inference(fit, df_method, robust=robust))
    terms = term_rows(fit, kind)
    tests = [inference.joint(rows) for _, rows in terms]
    if fit.spec.is_generalized:
        return _of_generalized([label for label, _ in terms], tests, kind)
    statistic = np.array([test.statistic for test in tests], dtype=float)
    df_num = np.array([test.df_num for test in tests], dtype=float)
    return Table(
        title="Analysis of variance",
        scales={"sum_sq": "response squared"},
        notes=(KINDS[kind], df_note(inference.df_method)),
        data={
            "term": np.array([label for label, _ in terms], dtype=object),
            "sum_sq": statistic * df_num * fit.estimates.sigma**2,
            "df_num": df_num,
            "df_den": np.array([test.df_den for test in tests], dtype=float),
            "statistic": statistic,
            "p_value": np.array([test.p_value for test in tests], dtype=float),
        },
    )


def _of_generalized(labels: list[str], tests: list[JointTest], kind: int) -> Table:
    """Set Wald tests by chi-square below each other: there are no sums of squares."""
    df = np.array([test.df_num for test in tests], dtype=float)
    return Table(
        title="Wald tests of the terms",
        notes=(KINDS[kind], WALD),
        data={
            "term": np.array(labels, dtype=object),
            "statistic": np.array([test.statistic for test in tests], dtype=float) * df,
            "df": df,
            "p_value": np.array([test.p_value for test in tests], dtype=float),
        },
    )


def _read_type(value: Any) -> int:
    roman = {"I": 1, "II": 2, "III": 3, "1": 1, "2": 2, "3": 3}
    if isinstance(value, str):
        value = roman.get(value.strip().upper(), value)
    if not isinstance(value, bool) and value in KINDS:
        return int(value)
    raise SpecError(
        f"There is no analysis of variance of type {value!r:.60}.",
        where="anova(), argument type",
        got=f"{value!r:.60}",
        need="1, 2 or 3",
        do="write fit.anova(type=3), or leave type out.",
        slug="anova-type",
    )

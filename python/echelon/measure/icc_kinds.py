"""Every intraclass correlation of a model, with standard errors and intervals.

Room: measure/. One question per file: how alike are two observations that share a group?
Takes: a `Fit`, and which ICC.
Gives: a Table, one row per random term, or per grouping factor.
Source: docs/theory.md (22); Nakagawa, Johnson & Schielzeth (2017); Stata's `estat icc`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.engine.kernel import INTERCEPT
from echelon.errors import NotEstimableError, SpecError
from echelon.fit import Fit
from echelon.measure.delta import ratio_slopes, share_limits, std_error
from echelon.measure.enclosing import enclosing
from echelon.measure.icc import RESIDUAL
from echelon.measure.icc_at import icc_at
from echelon.measure.icc_observed import icc_observed
from echelon.measure.icc_sources import Sources, sources_of
from echelon.measure.null_model import null_formula, null_model
from echelon.measure.variance_parts import PartSlopes, VarianceParts
from echelon.options import read_choice, read_conf_level
from echelon.table import Table

KINDS = ("adjusted", "unadjusted", "conditional", "unconditional", "levels")
SCALES = ("latent", "observed")
FIXED = "fixed"
PURPOSE = "icc()"
AVERAGED = (
    "With random slopes, the variance of a term is its average over the rows of the data; icc(at=)"
    " gives correlations at chosen values."
)


def icc_table(
    fit: Fit,
    kind: str = "adjusted",
    *,
    at: Mapping[str, Any] | None = None,
    scale: str = "latent",
    form: str | None = None,
    conf_level: float | None = None,
) -> Table:
    """Say how alike observations of the same group are, with standard errors and intervals.

    "adjusted" shares out what the fixed effects leave; "unadjusted" (or "conditional", its older
    name) shares out everything, the variance of X beta included; "unconditional" is the ICC of the
    null model, which has the intercept and a random intercept for each grouping factor; "levels"
    gives, for each grouping factor, the correlation of two observations that share its group
    (and then those of all factors in which it is nested), beside its own share. Theory (22).

    Of a generalized model the variances are on the scale of the link ("latent"), where the
    residual is that of the distribution behind the link, or of the family seen through it; or the
    correlation is that of the responses themselves ("observed"), which depends on their mean and
    is lower. Theory (30).

    Parameters
    ----------
    fit : a fitted model.
    kind : 'adjusted' (default), 'unadjusted' or 'conditional', 'unconditional', 'levels'.
    at : values by predictor, such as {"days": (0, 3, 6)}: the correlation of two observations of
        a group at each pair of these values. Predictors are named as in the data, or as the
        random effect is in `variance_components`. Only with kind='adjusted'.
    scale : of a generalized model, 'latent' (default) or 'observed'; one and the same otherwise.
    form : of a generalized model on the latent scale, the variance of a response: 'theoretical',
        'exact', 'trigamma', 'lognormal' or 'delta', as far as the family has it; None for the
        first of these that it has.
    conf_level : of the intervals, in (0, 1); None for that of the fit.

    Returns
    -------
    Table with columns grouping, term, variance (response unit^2), icc, std_error, conf_low,
    conf_high, the residual last; the shares sum to one. With kind='levels' grouping, shared (the
    factors whose groups two such observations share), share, icc and the same limits. With `at`
    grouping, two columns per predictor, icc and the same limits. On the observed scale grouping,
    shared, variance (of the mean of a response between such groups), icc and the same limits.

    Raises
    ------
    SpecError : no such kind, scale or form, or `at` cannot be read.
    NotEstimableError : the model has no random effects; rows are needed (weights, or a null model
        of one without an intercept) and the fit was saved without them; a variance does not exist:
        of categories on the observed scale, or behind the cauchit link.

    Notes
    -----
    Standard errors by the delta method from the observed information, as REML or ML was asked
    for; limits are symmetric on the logit scale (Fisher's for correlations at different values).
    At a boundary there are none. Costs 4 k evaluations of the criterion.

    Source
    ------
    performance 0.10.2 `icc()` (adjusted, unadjusted) in all lmm cases, and in all glmm cases where
    its variance of a response is that of its paper; nlme and Stata's definition of `estat icc`
    (levels). On the observed scale: sums over simulated groups, and exact forms of the log link.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (1 | subject)", ec.datasets.load("sleep")).fit
    >>> icc_table(fit).row(grouping="subject")["icc"].__round__(3)
    0.589
    """
    read = read_choice("kind", kind, KINDS)
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    require_groups(fit, PURPOSE)
    if read_choice("scale", scale, SCALES) == "observed" and fit.spec.is_generalized:
        if at is not None or form is not None:
            raise _observed_and_more("at" if at is not None else "form")
        return icc_observed(fit, read, level)
    if at is not None:
        if read != "adjusted":
            raise _kind_and_at(read)
        return icc_at(fit, at, level, form)
    model = fit
    if read == "unconditional":
        model = null_model(fit, "icc(kind='unconditional')")
    sources = sources_of(model, form, PURPOSE)
    if read == "levels":
        return _levels(model, sources, level)
    if read == "unconditional":
        return _shares(
            model, sources, level, False, "Unconditional ICC", f"Of {null_formula(fit)}."
        )
    is_whole = read != "adjusted"
    title = "Unadjusted (conditional) ICC" if is_whole else "Adjusted ICC"
    what = "the response" if is_whole else "what the fixed effects leave"
    return _shares(fit, sources, level, is_whole, title, f"Shares of the variance of {what}.")


def require_groups(fit: Fit, purpose: str) -> None:
    """Refuse a model without random effects.

    Raises
    ------
    NotEstimableError : there is no grouping factor.
    """
    if not fit.design.rows.blocks:
        raise NotEstimableError(
            "The model has no random effects.",
            where=purpose,
            got="a formula without a bar",
            need="at least one random term, e.g. (1 | school)",
            do="add a random term to the formula; describe(data, group) gives an ICC without one.",
            slug="no-random-effects",
        )


def _shares(
    fit: Fit,
    sources: tuple[Sources, ...],
    conf_level: float,
    is_whole: bool,
    title: str,
    definition: str,
) -> Table:
    """Share out the variance, residual last; with X beta first if it `is_whole`.

    One after the other for the contrasts of a multinomial model.
    """
    pieces = [_one_scale(source, conf_level, is_whole) for source in sources]
    names = pieces[0].columns
    return Table(
        {name: np.concatenate([piece.columns[name] for piece in pieces]) for name in names},
        scales={"variance": sources[0].unit},
        title=title,
        notes=(
            definition,
            *[note for piece in pieces for note in piece.notes],
            *sources[0].notes,
            *_averaged(fit),
        ),
    )


class _Piece(NamedTuple):
    """The columns of a table of shares, and what to say below."""

    columns: dict[str, NDArray[Any]]
    notes: tuple[str, ...]


def _one_scale(source: Sources, conf_level: float, is_whole: bool) -> _Piece:
    parts, slopes = source.parts, source.slopes
    fixed, by_fixed, uncertainty = source.fixed if is_whole else (0.0, 0.0, 0.0)
    values = np.array([fixed, *parts.random, parts.residual])
    first_column = np.broadcast_to(by_fixed, slopes.residual.shape)
    by_psi = np.column_stack([first_column, slopes.random, slopes.residual])
    rows = [
        _share(values, by_psi, np.arange(len(values)) == i, slopes.covariance, uncertainty)
        for i in range(len(values))
    ]
    together = np.r_[False, ~source.is_overdispersion, False]
    overall = _share(values, by_psi, together, slopes.covariance, uncertainty)
    first = 0 if is_whole else 1
    n_rows = len(values) - first
    columns: dict[str, NDArray[Any]] = {
        "grouping": np.array([FIXED, *parts.groupings, RESIDUAL][first:], dtype=object),
        "term": np.array(["", *parts.texts, ""][first:], dtype=object),
        "variance": values[first:],
        **_columns(rows[first:], conf_level),
    }
    if source.name:
        columns = {"category": np.array([source.name] * n_rows, dtype=object), **columns}
    return _Piece(columns, _overall(overall, conf_level, source))


def _share(
    values: FloatArray,
    by_psi: FloatArray,
    chosen: NDArray[np.bool_],
    covariance: FloatArray,
    uncertainty: float,
) -> tuple[float, float]:
    """Share of the chosen parts (1 + m + 1,), fixed first, and its standard error."""
    total, part = float(values.sum()), float(values[chosen].sum())
    if not total > 0:
        return np.nan, np.nan
    slopes = ratio_slopes(part, total, by_psi[:, chosen].sum(axis=1), by_psi.sum(axis=1))
    by_fixed = (float(chosen[0]) - part / total) / total
    return part / total, std_error(slopes, covariance, by_fixed**2 * uncertainty)


def _levels(fit: Fit, sources: tuple[Sources, ...], conf_level: float) -> Table:
    """Per grouping factor: its share, and the correlation within its groups."""
    groupings = [block.grouping for block in fit.design.rows.blocks]
    around = enclosing(fit)
    order = sorted(range(len(groupings)), key=lambda i: fit.design.rows.blocks[i].n_groups)
    shared = [", ".join(groupings[j] for j in order if j in around[i]) for i in order]
    columns: dict[str, Any] = {"category": [], "grouping": [], "shared": [], "share": []}
    rows = []
    for source in sources:
        parts = source.parts
        member = np.array(parts.positions)
        total = parts.total if parts.total > 0 else np.nan
        rows += [_of_parts(parts, source.slopes, np.isin(member, around[i])) for i in order]
        columns["category"] += [source.name] * len(order)
        columns["grouping"] += [groupings[i] for i in order]
        columns["shared"] += shared
        columns["share"] += [float(parts.random[member == i].sum()) / total for i in order]
    if len(sources) == 1:
        del columns["category"]
    return Table(
        {**columns, **_columns(rows, conf_level)},
        title="ICC by grouping factor",
        notes=(
            "icc is the correlation of two observations that share a group of every factor in"
            " 'shared' and of no other; share is the part of the variance that is this factor's.",
            *sources[0].notes,
            *_averaged(fit),
        ),
    )


def _of_parts(
    parts: VarianceParts, slopes: PartSlopes, chosen: NDArray[np.bool_]
) -> tuple[float, float]:
    values = np.array([0.0, *parts.random, parts.residual])
    by_psi = np.column_stack([np.zeros(len(slopes.residual)), slopes.random, slopes.residual])
    return _share(values, by_psi, np.r_[False, chosen, False], slopes.covariance, 0.0)


def _columns(rows: list[tuple[float, float]], conf_level: float) -> dict[str, FloatArray]:
    """Put values and standard errors into columns, with their limits."""
    full = [(*row, *share_limits(*row, conf_level)) for row in rows]
    columns = np.array(full, dtype=float).reshape(-1, 4).T
    return dict(zip(("icc", "std_error", "conf_low", "conf_high"), columns, strict=True))


def _overall(share: tuple[float, float], conf_level: float, source: Sources) -> tuple[str, ...]:
    if len(source.parts.random) < 2:
        return ()
    low, high = share_limits(*share, conf_level)
    limits = f" ({100 * conf_level:g}% limits {low:.3g} and {high:.3g})" if low == low else ""
    of = f" ({source.name})" if source.name else ""
    without = " but those of single rows" if source.is_overdispersion.any() else ""
    return (f"All random terms{without} together{of}: {share[0]:.3g}{limits}.",)


def _averaged(fit: Fit) -> tuple[str, ...]:
    names = [name for block in fit.design.rows.blocks for name in block.column_names]
    return () if all(name.endswith(INTERCEPT) for name in names) else (AVERAGED,)


def _kind_and_at(kind: str) -> SpecError:
    return SpecError(
        "The ICC at chosen values of a predictor has no kinds.",
        where="icc(), arguments kind and at",
        got=f"kind={kind!r} and at",
        need="one of them",
        do="leave kind out: correlations at chosen values are given the fixed effects.",
        slug="icc-kind-and-at",
    )


def _observed_and_more(option: str) -> SpecError:
    return SpecError(
        f"The ICC on the observed scale has no {option}.",
        where=f"icc(), arguments scale and {option}",
        got=f"scale='observed' and {option}",
        need="one of them",
        do=f"leave {option} out, or ask for the latent scale.",
        slug="icc-observed-options",
    )

"""Intraclass correlation of the responses themselves, not of what lies behind their link.

Room: measure/. One question per file: how alike are two responses of a group, as observed?
Takes: a `Fit` of a generalized model with its rows.
Gives: a Table, one row per grouping factor.
Source: Goldstein, Browne & Rasbash (2002), Understanding Statistics 1, 223-231, methods A and B;
    Browne, Subramanian, Jones & Goldstein (2005), JRSS A 168, 599-613; docs/theory.md (30).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echelon._types import FloatArray
from echelon.errors import NotEstimableError
from echelon.families import family_of
from echelon.fit import Fit, design_with_rows
from echelon.measure.delta import share_limits, std_error
from echelon.measure.enclosing import enclosing
from echelon.measure.null_model import null_formula, null_model
from echelon.measure.observed_moments import ObservedModel, observed_model
from echelon.table import Table

PURPOSE = "icc(scale='observed')"
STEP = 1e-3  # of a parameter, in standard errors
ON_SLOPES = 64  # rows over which derivatives are averaged


def icc_observed(fit: Fit, kind: str, conf_level: float) -> Table:
    """Correlate two responses that share a group, given the fixed effects.

    Two responses of a group of factor k (and hence of the factors around it) have the covariance
    var E(y | the effects they share), the other effects integrated over; each of them has
    var E(y | b) + E var(y | b). Both are averaged over the rows of the data. For the log link
    these are exact forms, elsewhere quadratures over the random effects. Theory (30).

    Parameters
    ----------
    fit : a fitted generalized model with its rows.
    kind : of `icc_kinds.KINDS`; "levels" is "adjusted" here, "unadjusted" adds the variance that
        the fixed effects give to the means.
    conf_level : of the limits.

    Returns
    -------
    Table with columns grouping, shared, variance (response squared), icc, std_error, conf_low,
    conf_high.

    Raises
    ------
    NotEstimableError : the response has categories; or the inverse link, under which a mean over
        normal random effects does not exist.
    """
    require_numbers(fit, PURPOSE)
    model = null_model(fit, PURPOSE) if kind == "unconditional" else fit
    design_with_rows(model, PURPOSE)
    is_whole = kind in ("unadjusted", "conditional")
    around = enclosing(model)
    blocks = model.design.rows.blocks
    order = sorted(range(len(blocks)), key=lambda i: blocks[i].n_groups)
    sets = [around[i] for i in order]
    rows = observed_shares(model, sets, is_whole)
    shares = [(value, error, *share_limits(value, error, conf_level)) for _, value, error in rows]
    names = ("icc", "std_error", "conf_low", "conf_high")
    return Table(
        {
            "grouping": np.array([blocks[i].grouping for i in order], dtype=object),
            "shared": np.array(
                [", ".join(blocks[j].grouping for j in order if j in s) for s in sets],
                dtype=object,
            ),
            "variance": np.array([variance for variance, _, _ in rows]),
            **dict(zip(names, np.array(shares, dtype=float).T, strict=True)),
        },
        scales={"variance": "response squared"},
        title="ICC on the observed scale",
        notes=_notes(model, kind, sets),
    )


def observed_shares(
    fit: Fit, sets: Sequence[Sequence[int]], is_whole: bool = False, with_errors: bool = True
) -> list[tuple[float, float, float]]:
    """Give variance between groups, ICC and its standard error for each set of shared factors."""
    full = observed_model(fit)
    values = full.values(full.coefficients, full.theta, sets)
    slopes = np.zeros((len(sets), len(full.errors)))
    if with_errors:
        slopes = _slopes(observed_model(fit, ON_SLOPES), sets, is_whole)
    generalized = fit.estimates.generalized
    assert generalized is not None
    covariance = np.where(np.isnan(generalized.joint_cov), 0.0, generalized.joint_cov)
    total = values.total + (values.between_rows if is_whole else 0.0)
    return [
        (shared, shared / total if total > 0 else np.nan, std_error(slope, covariance))
        for shared, slope in zip(values.shared, slopes, strict=True)
    ]


def _slopes(model: ObservedModel, sets: Sequence[Sequence[int]], is_whole: bool) -> FloatArray:
    """Differentiate the shares by (coefficients, theta), (sets, P), by central differences."""
    psi = np.concatenate([model.coefficients, model.theta])
    n = len(model.coefficients)

    def shares(at: FloatArray) -> FloatArray:
        values = model.values(at[:n], at[n:], sets)
        total = values.total + (values.between_rows if is_whole else 0.0)
        return np.array(values.shared) / total

    found = np.zeros((len(sets), len(psi)))
    for i, error in enumerate(model.errors.tolist()):
        if not error > 0:
            continue
        step = np.zeros(len(psi))
        step[i] = STEP * error
        found[:, i] = (shares(psi + step) - shares(psi - step)) / (2 * step[i])
    return found


def _notes(fit: Fit, kind: str, sets: Sequence[Sequence[int]]) -> tuple[str, ...]:
    centre = observed_model(fit, 0)
    values = centre.values(centre.coefficients, centre.theta, sets)
    at_centre = ", ".join(f"{shared / values.total:.3g}" for shared in values.shared)
    way = "exact for the log link" if centre.is_exact else "by quadrature"
    notes = [
        "Correlation of two responses that share a group of every factor in 'shared',"
        f" {way} and averaged over the rows.",
        f"At the mean linear predictor: {at_centre} (Goldstein, Browne & Rasbash).",
    ]
    if kind == "unconditional":
        notes.insert(0, f"Of {null_formula(fit)}.")
    if kind in ("unadjusted", "conditional"):
        notes.insert(0, "The total includes the variance of the means between rows.")
    if fit.design.trials is not None:
        notes.append("A response is one trial: a success or none.")
    if len(fit.design.channels) > 1 and any(any(b.channels) for b in fit.design.rows.blocks):
        notes.append("Random effects of the part for zeros are held at zero.")
    return tuple(notes)


def require_numbers(fit: Fit, purpose: str) -> None:
    """Refuse responses that have no variance as observed.

    Raises
    ------
    NotEstimableError : categories; or the inverse link, whose mean has no average.
    """
    spec = fit.spec
    where = f"{purpose}, a fit with family = '{spec.family}', link = '{spec.link}'"
    if family_of(spec.family).response in ("ordered", "nominal"):
        raise NotEstimableError(
            "Categories have no variance on the observed scale.",
            where=where,
            got=f"{len(fit.design.categories)} categories",
            need="a response that is a number",
            do="ask for the latent scale, icc(), or fit 0 and 1 of one category with\n"
            "family='binomial'.",
            slug="no-observed-variance",
        )
    if spec.link == "inverse":
        raise NotEstimableError(
            "With the inverse link a response has no variance over normal random effects.",
            where=where,
            got="a mean of 1 / eta, whose average over a normal eta does not exist",
            need="a link under which the mean is finite",
            do="ask for the latent scale, icc(), or fit the model with link='log'.",
            slug="no-observed-variance",
        )

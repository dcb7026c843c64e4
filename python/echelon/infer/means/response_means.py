"""Marginal means of a generalized model, on the link's scale or the response's.

Room: infer/. Chooses rows and quantity; tabulates nothing.
Takes: a generalized `Fit`, a `ReferenceGrid`, and what is asked.
Gives: `Asked`, and `MeanRows` that tables, contrasts and letters are made of.
Source: docs/theory.md (28); emmeans (regrid, mode); Zeger, Liang & Albert (1988).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from echelon._types import FloatArray
from echelon.errors import NotEstimableError, SpecError
from echelon.fit import Fit
from echelon.infer.coefficients.inference import Counted
from echelon.infer.coefficients.linear import LinearInference
from echelon.infer.means.channel_rows import ChannelRows, grid_rows
from echelon.infer.means.delta import Quantity, Sensitivity, as_inference, full_inference
from echelon.infer.means.mean_rows import MeanRows
from echelon.infer.means.outcomes import (
    Outcome,
    check_population,
    no_outcome,
    read_outcome,
    read_scale,
    read_target,
)
from echelon.infer.means.reference_grid import Axis, ReferenceGrid, shares, totals_of
from echelon.infer.sandwich.chosen import inference_of

SMALLEST_SLOPE = 1e-300
RATIO_CONDITIONAL = (
    "Conditional {name}s: they compare units of the same group, or of groups that are alike."
)
RATIO_POPULATION = "Population-averaged {name}s: they compare averages over all groups."
NEARER = " With the logit link they are nearer to 1 than conditional ones."


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a generalized model, read: scale, quantity, and over whom."""

    is_response: bool
    outcome: Outcome
    is_population: bool
    weights: str
    df_method: str | None
    robust: str | Counted | None

    @property
    def is_link(self) -> bool:
        """Whether it is a linear predictor or a function of a single one."""
        return self.outcome.channel is not None or self.outcome.name == "logit"


def read_asked(
    fit: Fit,
    scale: str,
    target: str,
    outcome: str | None,
    weights: str,
    df_method: str | None,
    robust: str | Counted | None,
) -> Asked | None:
    """Read scale, target and outcome; None for a Gaussian model, in which all are the same.

    Raises
    ------
    SpecError : no such scale, target or outcome.
    """
    is_response, is_population = read_scale(scale) == "response", read_target(target)
    if not fit.spec.is_generalized:
        if outcome not in (None, "mean"):
            raise no_outcome(fit, str(outcome), ("mean",))
        return None
    found = read_outcome(fit, scale, outcome)
    is_population &= bool(fit.design.rows.blocks)
    if is_population:
        check_population(fit)
    return Asked(is_response, found, is_population, weights, df_method, robust)


def generalized_rows(
    fit: Fit, grid: ReferenceGrid, by: tuple[str, ...], asked: Asked, conf_level: float
) -> MeanRows:
    """Lay out the means of a generalized model, on the scale on which they are tested.

    Parameters
    ----------
    fit : a generalized fit.
    grid : m combinations.
    by : names of variables to take contrasts by.
    asked : scale, quantity, and over whom.
    conf_level : of the intervals.

    Returns
    -------
    `MeanRows`; a quantity with several values has an axis more, for categories, and is by it.
    """
    full = full_inference(fit)
    rows = grid_rows(fit, grid, asked.weights)
    is_free = asked.outcome.channel is not None and asked.outcome.channel >= rows.n_active
    if asked.is_link and (is_free or not asked.is_population):
        L, offset, inference = linear_rows(fit, rows, asked, full)
    else:
        inference = _nonlinear(fit, grid, rows, asked, full)
        L, offset = np.eye(len(inference.beta)), np.zeros(len(inference.beta))
    link = asked.outcome.link
    shown = grid.shown
    if asked.outcome.axis:
        codes = np.arange(len(asked.outcome.axis), dtype=np.int32)
        axis = Axis(fit.design.response_name, codes, asked.outcome.axis, is_category=True)
        shown, by = (*shown, axis), (*by, axis.name)
    is_flat = link.link == "identity"
    return MeanRows(
        grid=replace(grid, shown=shown),
        L=L,
        offset=offset,
        is_known=np.asarray(np.isfinite(L).all(axis=1)),
        by=by,
        inference=inference,
        conf_level=conf_level,
        inverse=link if asked.is_response and not is_flat else None,
        response=f"the {scale_name(asked)}",
        link=link,
        compared="response" if asked.outcome.name == "probability" else "",
        on_ratios=_ratio_note(fit, asked),
    )


def _ratio_note(fit: Fit, asked: Asked) -> str:
    """Say what ratios compare; nothing of a model without random effects."""
    name, link = asked.outcome.link.ratio, asked.outcome.link.link
    if not name or not fit.design.rows.blocks:
        return ""
    if not asked.is_population:
        return RATIO_CONDITIONAL.format(name=name)
    return RATIO_POPULATION.format(name=name) + (NEARER if link == "logit" else "")


def scale_of(fit: Fit, means: MeanRows, asked: Asked) -> str:
    """Name the scale of the means in a table."""
    if means.inverse is None:
        return scale_name(asked)
    name = asked.outcome.name
    if name in ("probability", "cumulative", "zero", "zero_part") or means.inverse.link in (
        "logit", "probit", "cloglog", "loglog", "cauchit",
    ):  # fmt: skip
        return "probability" if fit.spec.family != "beta" else "response"
    return "response"


def scale_name(asked: Asked) -> str:
    """Name the scale of the linear predictor."""
    link, name = asked.outcome.link.link, asked.outcome.name
    if name in ("latent", "logit", "score", "location"):
        return {"latent": "latent scale", "logit": "logit scale", "score": "score"}.get(name, name)
    return f"{link} scale"


def linear_rows(
    fit: Fit, rows: ChannelRows, asked: Asked, full: LinearInference
) -> tuple[FloatArray, FloatArray, LinearInference]:
    """Take the rows of a linear predictor: tests as of fixed effects, robust ones included."""
    channel, p = asked.outcome.channel, len(fit.design.fixed_names)
    if channel is not None:
        L, offset = rows.L[channel], rows.offset[channel]
    else:
        L, offset = rows.L.reshape(-1, rows.L.shape[2]), rows.offset.ravel()
    if not L[:, p:].any() or channel in (0, None):
        return L[:, :p], offset, inference_of(fit, asked.df_method, asked.robust)
    refuse_robust(asked)
    return L, offset, full


def _nonlinear(
    fit: Fit, grid: ReferenceGrid, rows: ChannelRows, asked: Asked, full: LinearInference
) -> LinearInference:
    """Evaluate means that are no linear predictor, with their covariance by the delta method."""
    refuse_robust(asked)
    quantity = Quantity(fit, asked.outcome, asked.is_population)
    with np.errstate(all="ignore"):
        if asked.is_link:
            found = of_known(quantity, rows, full)
        else:
            found = _averaged(fit, grid, quantity, full, asked.weights)
        values, link = found.values.ravel(), asked.outcome.link
        gradient = found.gradient.reshape(len(values), -1)
        on_link = link.forward(values)
        slope = link.slope(on_link)[:, None]
        gradient = gradient / np.where(np.abs(slope) > SMALLEST_SLOPE, slope, np.nan)
        covariance = gradient @ quantity.parameters.covariance @ gradient.T
    names = [str(i) for i in range(len(values))]
    return as_inference(names, on_link, covariance)


def of_known(quantity: Quantity, rows: ChannelRows, full: LinearInference) -> Sensitivity:
    """Evaluate the rows that the data determine; others are NaN."""
    used = np.einsum("kni->ni", np.abs(rows.L))
    is_known = np.isfinite(used).all(axis=1)
    for L in rows.L:
        is_known &= full.is_estimable(np.where(is_known[:, None], L, 0.0))
    found = quantity.sensitivity(replace(rows, L=np.where(is_known[:, None], rows.L, 0.0)))
    values = np.where(is_known, found.values, np.nan)
    return Sensitivity(values, np.where(is_known[:, None], found.gradient, 0.0))


def _averaged(
    fit: Fit, grid: ReferenceGrid, quantity: Quantity, full: LinearInference, weights: str
) -> Sensitivity:
    """Average the quantity itself over the averaged variables, at all their combinations."""
    whole = ReferenceGrid((*grid.shown, *grid.averaged), (), grid.held)
    found = of_known(quantity, grid_rows(fit, whole), full)
    share = shares(grid, grid.averaged, totals_of(fit.design.recipe, grid, weights), weights)
    share = np.broadcast_to(share, (grid.n_cells, share.shape[1]))
    shape = len(found.values), share.shape[1], grid.n_cells
    values = np.einsum("mk,tkm->tm", share, found.values.reshape(shape))
    gradient = np.einsum("mk,tkmi->tmi", share, found.gradient.reshape(*shape, -1))
    return Sensitivity(values, gradient)


def regridded(means: MeanRows) -> MeanRows:
    """Take means to the scale of the response, with their covariance by the delta method."""
    link = means.link or means.inverse
    if link is None:
        return means
    own = means.inference
    known = own.is_estimable(np.where(means.is_known[:, None], means.L, 0.0)) & means.is_known
    L = np.where(known[:, None], means.L, 0.0)
    eta = L @ np.where(own.is_estimated, own.beta, 0.0) + means.offset
    slope = link.slope(eta)
    covariance = own.covariance(L) * np.outer(slope, slope)
    values = np.where(known, link.inverse(eta), np.nan)
    return replace(
        means,
        L=np.eye(len(L)),
        offset=np.zeros(len(L)),
        is_known=known,
        inference=as_inference([str(i) for i in range(len(L))], values, covariance),
        inverse=None,
        link=None,
    )


def refuse_robust(asked: Asked) -> None:
    """Refuse robust errors where they do not cover all that a quantity depends on."""
    if asked.robust is None:
        return
    raise NotEstimableError(
        "Robust errors are those of the coefficients of the mean alone.",
        where="option robust",
        got=f"robust errors of outcome '{asked.outcome.name}'"
        + (" averaged over the random effects" if asked.is_population else ""),
        need="a quantity of the linear predictor of the mean only",
        do="ask with target='conditional' for the linear predictor or its inverse link, or\n"
        "leave robust out.",
        slug="robust-of-quantity",
    )


def refuse_transform(fit: Fit) -> SpecError:
    """Word that a generalized model has a scale where a Gaussian one has a transformation."""
    return SpecError(
        "A generalized model has no transformed response to undo.",
        where="option transform",
        got=f"family = '{fit.spec.family}' with link = '{fit.spec.link}'",
        need="a Gaussian model of log(y), sqrt(y) and the like",
        do="write scale='response' for means on the scale of the response.",
        slug="transform-of-generalized",
    )

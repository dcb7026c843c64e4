"""Coefficients as ratios: of odds, rates, means, hazards or risks.

Room: infer/. Transforms; estimates nothing.
Takes: a `Fit`.
Gives: what e to a coefficient is called, and the table of these ratios.
Source: docs/theory.md (28); McCullagh & Nelder (1989), chapters 4 to 6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.errors import NotEstimableError
from echelon.families import family_of
from echelon.fit import Fit
from echelon.infer.coefficients.inference import estimated_inference
from echelon.options import read_conf_level
from echelon.spec import ModelSpec
from echelon.table import NO_UNIT, Table

COUNTS = ("poisson", "nbinom1", "nbinom2")


@dataclass(frozen=True, slots=True)
class Ratio:
    """What e to `sign` times a coefficient is: name of its column, its noun, and what it says."""

    column: str
    noun: str
    meaning: str
    sign: float = 1.0


def exponentiated(fit: Fit, conf_level: float | None = None) -> Table:
    """Write the fixed effects as ratios, for links where e to a coefficient means one.

    e to the estimate, with e to the bounds of its interval: one unit more of the predictor
    multiplies the odds, the rate or the mean by it, within one and the same group (the random
    effects are held). That of the intercept is the odds, rate or mean itself where all predictors
    are zero.

    Parameters
    ----------
    fit : a fitted model.
    conf_level : of the interval; None for that of the fit.

    Returns
    -------
    Table with columns term, then what it is: odds_ratio (logit link), rate_ratio (counts, log),
    mean_ratio (other means, log), median_ratio (lognormal), hazard_ratio (cloglog), or
    relative_risk_ratio (multinomial), then p_value, conf_low, conf_high. No unit.

    Raises
    ------
    NotEstimableError : e to a coefficient means nothing with this link.

    Notes
    -----
    Ordered families with the cloglog link: the hazard of stopping at a category is proportional
    to exp(threshold - x'beta), so that the hazard ratio is e to minus the estimate.

    Source
    ------
    Theory (28); McCullagh & Nelder (1989), sections 4.3 and 5.2.

    Examples
    --------
    >>> import echelon as ec
    >>> days = {"d": [0, 1, 2, 3] * 6, "g": [i // 4 for i in range(24)]}
    >>> n = [2, 3, 3, 5, 1, 2, 4, 4, 3, 4, 6, 9, 0, 1, 2, 2, 2, 4, 3, 7, 1, 1, 2, 5]
    >>> fit = ec.fit("n ~ d + (1 | g)", {**days, "n": n}, family="poisson")
    >>> round(fit.exponentiated().row(term="d")["rate_ratio"], 2)
    1.5
    """
    ratio = ratio_of(fit.spec)
    if ratio is None:
        raise _no_ratio(fit)
    inference = estimated_inference(fit)
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    rows = inference.rows(np.eye(len(inference.names)), level)
    ends = ("conf_low", "conf_high") if ratio.sign > 0 else ("conf_high", "conf_low")
    low, high = (_exp(ratio.sign * rows[end]) for end in ends)
    return Table(
        {
            "term": np.array(inference.names, dtype=object),
            ratio.column: _exp(ratio.sign * rows["estimate"]),
            "p_value": rows["p_value"],
            "conf_low": low,
            "conf_high": high,
        },
        scales=dict.fromkeys((ratio.column, "conf_low", "conf_high"), NO_UNIT),
        title=f"{ratio.noun[0].upper()}{ratio.noun[1:]}s",
        notes=(ratio.meaning,),
    )


def ratio_of(spec: ModelSpec) -> Ratio | None:
    """Say what e to a coefficient of a model is; None where it means nothing."""
    response = family_of(spec.family).response
    if response == "nominal":
        return Ratio("relative_risk_ratio", "relative risk ratio", _RISK)
    match spec.link:
        case "logit" if response == "ordered":
            meaning = _ORDERED[spec.family] + (_SCALED if spec.scale is not None else "")
            return Ratio("odds_ratio", "odds ratio", meaning)
        case "logit":
            what = "mean proportion" if spec.family == "beta" else "success"
            return Ratio("odds_ratio", "odds ratio", f"Ratios of the odds of a {what}.")
        case "cloglog" if response == "ordered":
            return Ratio("hazard_ratio", "hazard ratio (cloglog)", _ORDERED_HAZARD, -1.0)
        case "cloglog" if response == "binary":
            return Ratio("hazard_ratio", "hazard ratio (cloglog)", _HAZARD)
        case "log" if spec.family in COUNTS:
            has_offset = bool(spec.offset or spec.formula.offsets)
            return Ratio("rate_ratio", "rate ratio", _RATE[has_offset])
        case "log":
            return Ratio("mean_ratio", "mean ratio", "Ratios of means.")
        case "identity" if spec.family == "lognormal":
            return Ratio("median_ratio", "median ratio", "Ratios of medians (geometric means).")
    return None


_RISK = "Ratios of P(category) / P(first category)."
_RATE = {
    False: "Ratios of expected counts.",
    True: "Ratios of expected counts per unit of exposure, which is the offset.",
}
_HAZARD = "Ratios of hazards, for a success that happens within an interval of time."
_ORDERED_HAZARD = (
    "Ratios of the hazard of stopping at a category: e to minus the estimate, because a positive "
    "coefficient goes with higher categories."
)
_SCALED = " They hold where the scale is 1."
_ORDERED = {
    "cumulative": "Ratios of the odds of being above a category rather than in it or below.",
    "adjacent": "Ratios of the odds of a category rather than the one below.",
    "continuation": "Ratios of the odds of going beyond a category, once there.",
}


def _exp(values: FloatArray) -> FloatArray:
    """E to powers, infinite beyond what a number can hold."""
    with np.errstate(over="ignore"):
        result: FloatArray = np.exp(values)
    return result


def _no_ratio(fit: Fit) -> NotEstimableError:
    spec = fit.spec
    return NotEstimableError(
        f"With the {spec.link} link, e to a coefficient means nothing.",
        where=f"exponentiate, a fit with family = '{spec.family}', link = '{spec.link}'",
        got=f"the {spec.link} link",
        need="link logit (odds), log (rates, means) or cloglog of a probability (hazards)",
        do="read fixed_effects, or marginal_means() and slopes() on the scale of the response.",
        slug="no-ratio",
    )

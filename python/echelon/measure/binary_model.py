"""The latent ICC of a binary outcome by the model itself: an intercept that varies between groups.

Room: measure/. One question per file: what does a logistic model without predictors say?
Takes: rows and events of each group.
Gives: the ICC with its limits.
Source: docs/theory.md (26) and (30); the sufficient statistics of the model are the groups' totals.
"""

from __future__ import annotations

import numpy as np

from echelon import engine
from echelon._types import FloatArray
from echelon.design.covariance import structure
from echelon.design.parts import BlockTerm, Channel, Column, Design, Membership, RandomBlock, Rows
from echelon.design.recipe import Recipe
from echelon.engine.kernel import INTERCEPT
from echelon.errors import EngineError
from echelon.measure.delta import share_limits, std_error
from echelon.measure.latent_scale import LOGISTIC_VARIANCE
from echelon.spec import resolve_spec

POINTS = 9  # of the quadrature: Laplace halves the ICC of groups of two
MOST_GROUPS = 10_000  # a second; a description does not take longer
FORMULA = "events ~ 1 + (1 | group)"


def model_latent_icc(
    sizes: FloatArray, events: FloatArray, conf_level: float
) -> tuple[float, float, float]:
    """Fit a logistic model with a random intercept by quadrature, and give v / (v + pi^2 / 3).

    The rows of a group are summed first, which leaves the likelihood as it is: the cost is that
    of a fit to one binomial row per group, whatever the number of rows.

    Parameters
    ----------
    sizes : (J,), rows of each group, 1 or more.
    events : (J,), events among them.
    conf_level : of the limits, symmetric on the logit scale (delta method).

    Returns
    -------
    ICC, lower and upper limit. NaN where nothing tells groups and rows apart (one group, one row
    in every group), with more than 10,000 groups, or where the fit fails; limits are NaN at an ICC
    of zero.
    """
    unknown = (np.nan, np.nan, np.nan)
    if not 2 <= len(sizes) <= MOST_GROUPS or (sizes < 2).all():
        return unknown
    spec = resolve_spec(FORMULA, family="binomial", quadrature=POINTS)
    try:
        estimates = engine.estimate_family(_design(sizes, events), spec)
    except EngineError:  # a description goes on without
        return unknown
    generalized = estimates.generalized
    if generalized is None or not estimates.verdict.is_converged:
        return unknown
    sd = float(estimates.Lambdas[0][0, 0])
    total = sd**2 + LOGISTIC_VARIANCE
    icc = sd**2 / total
    slope = np.array([2 * sd * LOGISTIC_VARIANCE / total**2])
    error = std_error(slope, generalized.joint_cov[-1:, -1:])
    return (icc, *share_limits(icc, error, conf_level))


def _design(sizes: FloatArray, events: FloatArray) -> Design:
    """Encode one binomial row per group."""
    n_groups = len(sizes)
    ones = np.ones(n_groups)
    block = RandomBlock(
        grouping="group",
        memberships=(Membership(np.arange(n_groups, dtype=np.int32)),),
        labels=np.arange(n_groups).astype(object),
        columns=(ones,),
        column_names=(INTERCEPT,),
        terms=(BlockTerm(0, 1, structure("us", 1), "(1 | group)"),),
    )
    return Design(
        rows=Rows(n_groups, (ones,), (block,)),
        y=np.asarray(events, dtype=float),
        response_name="events",
        fixed_names=(INTERCEPT,),
        weights=None,
        recipe=Recipe((), (), (), (), {}),
        trials=np.asarray(sizes, dtype=float),
        channels=(Channel("mean", (Column(0, ones),)),),
    )

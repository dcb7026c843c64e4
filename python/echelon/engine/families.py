"""Which way a model that is not Gaussian is estimated.

Room: engine/. Chooses; computes nothing.
Takes: a `Design` and a `ModelSpec`.
Gives: `Estimates`, and the observation model of a specification.
Source: docs/theory.md (24) to (27).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from echelon.design.parts import Design
from echelon.engine.estimates import Estimates
from echelon.engine.generalized.centring import centred, uncentred
from echelon.engine.generalized.estimate import estimate_generalized
from echelon.engine.generalized.quadrature import by_quadrature
from echelon.engine.observation.model import Observation
from echelon.engine.observation.registry import observation_model
from echelon.engine.quasi.estimate import quasi_likelihood
from echelon.spec import ModelSpec


def observation_of(design: Design, spec: ModelSpec) -> Observation:
    """Give the observation model of a specification.

    Parameters
    ----------
    design : read for the categories of its response.
    spec : family, link and further linear predictors.

    Returns
    -------
    `Observation`.
    """
    zero: Literal["zero", "hurdle"] | None = "hurdle" if spec.hurdle is not None else None
    zero = "zero" if spec.zero is not None else zero
    return observation_model(
        spec.family,
        spec.link,
        zero=zero,
        n_categories=len(design.categories),
        has_scale=spec.scale is not None,
        labels=design.categories,
    )


def estimate_family(design: Design, spec: ModelSpec) -> Estimates:
    """Estimate a generalized model by the method it asks for.

    Parameters
    ----------
    design : n rows, encoded, with their channels.
    spec : 'ML' is Laplace or quadrature; 'PQL1' and the like are quasi-likelihoods.

    Returns
    -------
    `Estimates` with `generalized`.

    Raises
    ------
    EngineError : the estimation could not be carried out.
    """
    observation = observation_of(design, spec)
    if spec.method == "ML":
        inner, maps = centred(design)
        begin = spec if maps is None else replace(spec, start=None)
        is_laplace = spec.quadrature == 1 or not design.rows.blocks
        estimate = estimate_generalized if is_laplace else by_quadrature
        return uncentred(estimate(inner, begin, observation), design, maps)
    return quasi_likelihood(design, spec, observation)

"""From the name of a family and its options to its observation model.

Room: engine/observation. The one place that knows all of them.
Takes: family, link, zero part, number of categories.
Gives: `observation_model`.
Source: docs/theory.md (24, 29).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from echelon.engine.observation.binomial import Binomial
from echelon.engine.observation.cumulative import Cumulative
from echelon.engine.observation.model import CountModel, Observation
from echelon.engine.observation.negative_binomial import NegativeBinomial1, NegativeBinomial2
from echelon.engine.observation.poisson import Poisson

_COUNTS: dict[str, Callable[[str], CountModel]] = {
    "poisson": Poisson,
    "nbinom2": NegativeBinomial2,
    "nbinom1": NegativeBinomial1,
}
_OTHERS: dict[str, Callable[[str], Observation]] = {"binomial": Binomial}


def observation_model(
    family: str,
    link: str,
    zero: Literal["zero", "hurdle"] | None = None,
    n_categories: int = 0,
    has_scale: bool = False,
) -> Observation:
    """Give the observation model of a family.

    Parameters
    ----------
    family : name, one of `families.FAMILIES`.
    link : name of the link of the mean, one the family has.
    zero : 'zero' for structural zeros, 'hurdle' for a hurdle; counts only.
    n_categories : number of categories of an ordered or nominal response, 2 or more.
    has_scale : whether a cumulative family has a linear predictor of its log scale.

    Returns
    -------
    `Observation`.

    Raises
    ------
    KeyError : no such family.

    Source
    ------
    docs/theory.md (24, 29).

    Examples
    --------
    >>> observation_model("cumulative", "logit", n_categories=3).channels
    ('location', 'threshold 1', 'threshold 2')
    """
    if family == "cumulative":
        return Cumulative(n_categories, link, has_scale)
    if family in _COUNTS:
        return _COUNTS[family](link)
    return _OTHERS[family](link)

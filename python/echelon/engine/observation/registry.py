"""From the name of a family and its options to its observation model.

Room: engine/observation. The one place that knows all of them.
Takes: family, link, zero part, number of categories.
Gives: `observation_model`.
Source: docs/theory.md (24, 29).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from echelon.engine.observation.adjacent import Adjacent
from echelon.engine.observation.beta import Beta
from echelon.engine.observation.beta_binomial import BetaBinomial
from echelon.engine.observation.binomial import Binomial
from echelon.engine.observation.continuation import Continuation
from echelon.engine.observation.cumulative import Cumulative
from echelon.engine.observation.gamma import Gamma
from echelon.engine.observation.gaussian import Gaussian
from echelon.engine.observation.hurdle import Hurdle
from echelon.engine.observation.inverse_gaussian import InverseGaussian
from echelon.engine.observation.lognormal import Lognormal
from echelon.engine.observation.model import CountModel, Observation
from echelon.engine.observation.multinomial import Multinomial
from echelon.engine.observation.negative_binomial import NegativeBinomial1, NegativeBinomial2
from echelon.engine.observation.poisson import Poisson
from echelon.engine.observation.student import Student
from echelon.engine.observation.tweedie import Tweedie
from echelon.engine.observation.zero_inflated import ZeroInflated

_COUNTS: dict[str, Callable[[str], CountModel]] = {
    "poisson": Poisson,
    "nbinom2": NegativeBinomial2,
    "nbinom1": NegativeBinomial1,
}
_ZERO_PARTS: dict[str, Callable[[CountModel], Observation]] = {
    "zero": ZeroInflated,
    "hurdle": Hurdle,
}
_OTHERS: dict[str, Callable[[str], Observation]] = {
    "binomial": Binomial,
    "betabinomial": BetaBinomial,
    "gaussian": Gaussian,
    "gamma": Gamma,
    "inverse_gaussian": InverseGaussian,
    "beta": Beta,
    "tweedie": Tweedie,
    "student": Student,
    "lognormal": Lognormal,
}


def observation_model(
    family: str,
    link: str,
    zero: Literal["zero", "hurdle"] | None = None,
    n_categories: int = 0,
    has_scale: bool = False,
    labels: tuple[str, ...] = (),
) -> Observation:
    """Give the observation model of a family.

    Parameters
    ----------
    family : name, one of `families.FAMILIES`.
    link : name of the link of the mean, one the family has.
    zero : 'zero' for structural zeros, 'hurdle' for a hurdle; counts only.
    n_categories : number of categories of an ordered or nominal response, 2 or more.
    has_scale : whether a cumulative family has a linear predictor of its log scale.
    labels : names of the categories, for the channels of a multinomial.

    Returns
    -------
    `Observation`.

    Raises
    ------
    KeyError : no such family, or it has no zero part.

    Source
    ------
    docs/theory.md (24, 29).

    Examples
    --------
    >>> observation_model("cumulative", "logit", n_categories=3).channels
    ('location', 'threshold 1', 'threshold 2')
    >>> observation_model("nbinom2", "log", zero="hurdle").channels
    ('mean', 'hurdle', 'dispersion')
    """
    if zero is not None:
        return _ZERO_PARTS[zero](_COUNTS[family](link))
    match family:
        case "cumulative":
            return Cumulative(n_categories, link, has_scale)
        case "adjacent":
            return Adjacent(n_categories, link)
        case "continuation":
            return Continuation(n_categories, link)
        case "multinomial":
            return Multinomial(n_categories, link, labels)
        case _:
            return (_COUNTS | _OTHERS)[family](link)

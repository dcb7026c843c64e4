"""From the scale of a transformed response, or of a link, back to the response.

Room: infer/. Transforms estimates and intervals; tests nothing.
Takes: a `Fit` whose response is a function of a column, or the word of the user; or a link.
Gives: `Inverse`.
Source: docs/theory.md (23) and (28); the delta method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation import links
from echelon.errors import SpecError
from echelon.fit import Fit
from echelon.formula.expression import Call, deparse
from echelon.options import read_choice


@dataclass(frozen=True, slots=True, eq=False)
class Inverse:
    """The inverse of the response's function, and its slope; `base` of a logarithm, 0 of others.

    The inverse of a link has its name in `link`, and in `ratio` what the exponential of a
    difference is called (empty: it has no name); `forward` leads back to the link's scale.
    """

    text: str
    inverse: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]
    base: float = 0.0
    link: str = ""
    ratio: str = ""
    forward: Callable[[FloatArray], FloatArray] = np.asarray


def _power(text: str, base: float) -> Inverse:
    log = np.log(base)

    def inverse(x: FloatArray) -> FloatArray:
        value: FloatArray = np.exp(x * log)
        return value

    return Inverse(text, inverse, lambda x: log * inverse(x), base)


EXP = _power("exp", np.e)
INVERSES = {
    "log": EXP,
    "log2": _power("2^", 2.0),
    "log10": _power("10^", 10.0),
    "log1p": Inverse("exp - 1", np.expm1, np.exp),
    "sqrt": Inverse("square", np.square, lambda x: 2 * np.abs(x)),
}


COUNTS = ("poisson", "nbinom2", "nbinom1")
RATIOS = {"logit": "odds ratio", "log": "ratio of means", "cloglog": "hazard ratio"}


def inverse_of_link(link: str, family: str = "", ratio: str | None = None) -> Inverse:
    """Give the inverse of a link.

    Parameters
    ----------
    link : its name.
    family : of the response; the ratio of means of counts is called a rate ratio.
    ratio : what the exponential of a difference is called; None for what is usual.

    Returns
    -------
    `Inverse`.
    """
    if ratio is None:
        ratio = "rate ratio" if link == "log" and family in COUNTS else RATIOS.get(link, "")
    return Inverse(
        f"inverse {link}",
        partial(links.inverse, link),
        partial(links.slope, link),
        link=link,
        ratio=ratio,
        forward=partial(links.link_of, link),
    )


def read_transform(fit: Fit, transform: str | None) -> Inverse | None:
    """Read `transform`: None, 'response' (undo the response's function) or 'exp'.

    Raises
    ------
    SpecError : another word, or 'response' where the response has no function with an inverse.
    """
    if transform is None:
        return None
    if read_choice("transform", transform, ("response", "exp")) == "exp":
        return EXP
    response = fit.spec.formula.response
    node = None if response is None else response.expressions[0]
    if isinstance(node, Call) and node.function in INVERSES:
        return INVERSES[node.function]
    raise SpecError(
        f"The response '{fit.design.response_name}' is no function that can be undone.",
        where="option transform",
        got="'response'" if node is None else f"response {deparse(node)}",
        need="a response log(y), log2(y), log10(y), log1p(y) or sqrt(y)",
        do="leave transform out; write transform='exp' if the column already holds logarithms.",
        slug="no-back-transformation",
    )

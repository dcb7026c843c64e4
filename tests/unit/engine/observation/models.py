"""Every observation model with the points to try it at."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.engine.observation.registry import observation_model
from echelon.families import FAMILIES

ORDERED = ("cumulative", "adjacent", "continuation")
MODERATE = {  # linear predictors of a mean that every link allows
    "log": 0.7,
    "identity": 2.0,
    "inverse": 0.5,
    "sqrt": 1.4,
    "logit": -0.6,
    "probit": 0.4,
    "cloglog": -0.8,
    "loglog": 0.3,
    "cauchit": 0.5,
}
OTHERS = {"zero": -0.8, "hurdle": 0.4, "dispersion": 0.3, "power": -0.5, "df": 2.0, "scale": 0.4}
DISPERSIONS = {"gamma": -0.7, "inverse_gaussian": -0.9, "beta": 1.2}


def every_model() -> Iterator[Observation]:
    """All families with all their links, with zero parts and with 2 and 4 categories."""
    for family in FAMILIES.values():
        for link in family.links:
            if family.response in ("ordered", "nominal"):
                for n_categories in (2, 4):
                    yield observation_model(family.name, link, n_categories=n_categories)
                if "scale" in family.options:
                    yield observation_model(family.name, link, None, 4, True)
                continue
            yield observation_model(family.name, link)
            if "zero" in family.options:
                yield observation_model(family.name, link, "zero")
                yield observation_model(family.name, link, "hurdle")


MODELS = tuple(every_model())


def name(model: Observation) -> str:
    """A name for a test's parameters."""
    categories = getattr(model, "n_categories", "")
    return f"{model.core_name}-{model.link}{categories}"


def moderate(model: Observation) -> FloatArray:
    """Linear predictors (K,) of an unremarkable row."""
    if model.family in ORDERED:
        thresholds = np.linspace(-0.9, 1.1, getattr(model, "n_categories") - 1)  # noqa: B009
        return np.concatenate([[0.3], thresholds, [0.4] if "scale" in model.channels else []])
    if model.family == "multinomial":
        return np.linspace(-0.5, 0.8, len(model.channels))
    others = OTHERS | {"dispersion": DISPERSIONS.get(model.family, OTHERS["dispersion"])}
    return np.array([MODERATE[model.link], *(others[c] for c in model.channels[1:])])


def support(model: Observation) -> tuple[ResponseRows, FloatArray]:
    """Rows over the whole support (m,) and weights of a sum that is an integral (m,).

    A trapezoid on a line that bends both ends of the support to infinity: exact to rounding.
    """
    match FAMILIES[model.family].response:
        case "binary":
            y = np.arange(13.0)
            return ResponseRows(y, np.full(13, 12.0)), np.ones(13)
        case "count":
            y = np.arange(600.0)
        case "ordered" | "nominal":
            y = np.arange(float(getattr(model, "n_categories")))  # noqa: B009
        case kind:
            t = np.linspace(-33.0, 33.0, 2641)
            step = t[1] - t[0]
            if kind == "real":
                return ResponseRows(2 * np.sinh(t)), 2 * np.cosh(t) * step
            if kind == "unit":
                y = 1 / (1 + np.exp(-t))
                return ResponseRows(y), y * np.exp(-t) / (1 + np.exp(-t)) * step
            y, steps = np.exp(t), np.exp(t) * step
            if kind == "nonnegative":
                return ResponseRows(np.append(0.0, y)), np.append(1.0, steps)
            return ResponseRows(y), steps
    return ResponseRows(y), np.ones(y.size)


def at(eta: FloatArray, rows: ResponseRows) -> FloatArray:
    """The same linear predictors for all rows, (K, n)."""
    return np.repeat(eta[:, None], rows.y.size, axis=1)

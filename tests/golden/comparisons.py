"""Comparisons and a model built up, for the texts that are kept: real fits of the sleep study."""

from __future__ import annotations

from echelon.building.build_up import build_up
from echelon.building.compare import compare
from echelon.building.comparison import Comparison
from echelon.building.steps import BuildUp
from echelon.datasets import load
from tests.unit.building.fitted import pupils, sleep

MODELS = {
    "Null": "1 + (1 | subject)",
    "Days": "days + (1 | subject)",
    "Uncorrelated": "days + (days || subject)",
    "Slopes": "days + (days | subject)",
}


def four(layout: str = "columns", conf_level: float | None = None) -> Comparison:
    """The usual road, in either layout."""
    models = {name: sleep(right) for name, right in MODELS.items()}
    return compare(models, layout=layout, conf_level=conf_level)


def seven() -> Comparison:
    """More models than a page is wide."""
    models = [sleep(right, method) for right in MODELS.values() for method in ("REML", "ML")]
    names = [f"model {k}" for k in range(6)] + ["a model with a name that is far too long"]
    return compare(models[:7], names=names)


def built() -> BuildUp:
    """A model built up, with rows that no step has."""
    rows = {name: values.astype(object) for name, values in pupils().items()}
    rows["z"][:7] = None
    return build_up("y", rows, level1=["x", "z"], level2=["kind"], group="school")


def sleep_built() -> BuildUp:
    """The shortest road there is."""
    return build_up("reaction", load("sleep"), level1="days", group="subject", source="sleep")

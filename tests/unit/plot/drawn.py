"""Fits that the tests of charts share, and how they read a specification."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np

import echelon as ec
from echelon.errors import EchelonWarning

MODELS: dict[str, dict[str, Any]] = {
    "sleep": {"formula": "reaction ~ days + (days | subject)", "data": "sleep"},
    "sleep null": {"formula": "reaction ~ 1 + (1 | subject)", "data": "sleep"},
    "sleep line": {"formula": "reaction ~ days + (1 | subject)", "data": "sleep"},
    "hsb": {"formula": "mathach ~ ses * sector + (1 | school)", "data": "hsb"},
    "use": {
        "formula": "use ~ age + urban + livch + (1 | district)",
        "data": "contraception",
        "family": "binomial",
    },
    "wine": {
        "formula": "rating ~ temp + contact + (1 | judge)",
        "data": "wine",
        "family": "cumulative",
    },
    "owls": {
        "formula": "calls ~ food + arrival + (1 | nest)",
        "data": "owls",
        "family": "poisson",
    },
}


@cache
def fitted(name: str) -> ec.Result:
    """Fit one of `MODELS`, once."""
    return ec.fit(**MODELS[name])


def quiet(*args: Any, **options: Any) -> ec.Result:
    """Fit without announcing what is meant to be odd."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return ec.fit(*args, **options)


# Altair checks a specification as it writes it: once per chart is enough. By identity, with the
# chart, so that no other takes its place.
SPECS: dict[int, tuple[Any, dict[str, Any]]] = {}


def spec_of(chart: Any) -> dict[str, Any]:
    """Give the specification of a chart with its data where they belong."""
    if id(chart) not in SPECS:
        spec = chart.to_dict()
        SPECS[id(chart)] = chart, _inlined(spec, spec.pop("datasets", {}))
    return SPECS[id(chart)][1]


def _inlined(part: Any, datasets: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(each, datasets) for each in part]
    if not isinstance(part, dict):
        return part
    if set(part) == {"name"} and part["name"] in datasets:
        return {"values": datasets[part["name"]]}
    return {key: _inlined(value, datasets) for key, value in part.items()}


def rows(chart: Any, *fields: str) -> list[dict[str, Any]]:
    """Give the first data of a chart that have all these fields."""
    spec = chart if isinstance(chart, dict) else spec_of(chart)
    found = find(spec, set(fields))
    assert found is not None, f"no data with {fields}"
    return found


def find(spec: Any, fields: set[str]) -> list[dict[str, Any]] | None:
    """Search a specification for data with some fields."""
    if isinstance(spec, dict):
        values = spec.get("data", {}).get("values") if isinstance(spec.get("data"), dict) else None
        if values and fields <= set(values[0]):
            return list(values)
        spec = list(spec.values())
    if isinstance(spec, list):
        for part in spec:
            answer = find(part, fields)
            if answer is not None:
                return answer
    return None


def column(chart: Any, name: str, *fields: str) -> Any:
    """Give one field of the data of a chart as an array, null as NaN."""
    values = [row[name] for row in rows(chart, name, *fields)]
    if any(isinstance(value, str) for value in values):
        return np.array(values, dtype=object)
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def notes(chart: Any) -> str:
    """Give the lines below the title as one text."""
    return " ".join(chart.title.subtitle)


@cache
def many(n: int = 12_000, n_groups: int = 2_500) -> ec.Result:
    """Fit many rows in many groups, drawn from a normal model."""
    generator = np.random.default_rng(5)
    g, x = generator.integers(0, n_groups, n), generator.normal(size=n)
    y = 1 + 0.5 * x + generator.normal(size=n_groups)[g] + generator.normal(size=n)
    return ec.fit("y ~ x + (1 | g)", {"y": y, "x": x, "g": g})

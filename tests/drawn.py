"""What a chart holds: its inline rows by their fields, its layers, its pixels."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

from echelon.plot.chart import rendered
from tests import pace

RENDERED: set[str] = set()  # test files that have made a picture


def rows_with(chart: Any, *fields: str) -> list[dict[str, Any]]:
    """Find the inline rows of the first data set that has all these fields, exactly or more."""
    for data in inline(chart.to_dict()):
        if data and set(fields) <= set(data[0]):
            return data
    raise AssertionError(f"no data with {fields}")


def inline(spec: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """All inline data sets of a specification; Altair keeps them at its end, by name."""
    own = spec.get("data", {})
    return [*spec.get("datasets", {}).values(), *([own["values"]] if "values" in own else [])]


def data_of(spec: dict[str, Any], layer: dict[str, Any]) -> list[dict[str, Any]]:
    """Inline rows of one layer."""
    data = layer["data"]
    rows: list[dict[str, Any]] = (
        data["values"] if "values" in data else spec["datasets"][data["name"]]
    )
    return rows


def marks(spec: Any) -> list[str]:
    """Types of all marks of a specification, in order."""
    if isinstance(spec, dict):
        mark = spec.get("mark")
        own = [mark["type"] if isinstance(mark, dict) else mark] if mark else []
        return own + [name for value in spec.values() for name in marks(value)]
    return [name for value in spec for name in marks(value)] if isinstance(spec, list) else []


def notes(chart: Any) -> list[str]:
    """Lines below the title."""
    return list(chart.to_dict()["title"].get("subtitle", []))


def size_of_png(chart: Any) -> tuple[int, int]:
    """Render a chart and read width and height of the picture."""
    content = rendered(chart, Path("chart.png"), 1.0)
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(content) > 5_000
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def is_picture(chart: Any) -> bool:
    """Whether a chart renders as a PNG of some substance.

    A picture takes a tenth of a second: the quick suite makes the first one of each test file, and
    checks the others against the schema of Vega-Lite; `make test-all` makes all.
    """
    file = os.environ["PYTEST_CURRENT_TEST"].partition("::")[0]
    if pace.is_quick and file in RENDERED:
        return bool(chart.to_dict())
    RENDERED.add(file)
    content = rendered(chart, Path("chart.png"), 1.0)
    return content.startswith(b"\x89PNG") and len(content) > 3_000

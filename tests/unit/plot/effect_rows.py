"""What a chart draws: the rows of its layers, found by their fields; and whether it renders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from echelon.plot.chart import rendered

PNG = b"\x89PNG"


def all_rows(chart: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of every data set of a specification, in order."""
    yield from chart.to_dict(validate=False).get("datasets", {}).values()


def rows_with(chart: Any, *fields: str) -> list[dict[str, Any]]:
    """Give the first data set whose rows have these fields."""
    return next(rows for rows in all_rows(chart) if set(fields) <= rows[0].keys())


def column(rows: list[dict[str, Any]], name: str) -> list[Any]:
    """Give one field of rows."""
    return [row[name] for row in rows]


def is_drawn(chart: Any, folder: Any) -> bool:
    """Whether the chart renders as a PNG of some size."""
    content = rendered(chart, folder / "chart.png", 1.0)
    return content.startswith(PNG) and len(content) > 3_000


def notes(chart: Any) -> str:
    """Join the notes of a chart."""
    return " ".join(chart.title.to_dict().get("subtitle", []))

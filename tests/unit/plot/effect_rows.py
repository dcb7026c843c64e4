"""What a chart draws: the rows of its layers, found by their fields; and whether it renders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def all_rows(chart: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of every data set of a specification, in order."""
    yield from chart.to_dict(validate=False).get("datasets", {}).values()


def rows_with(chart: Any, *fields: str) -> list[dict[str, Any]]:
    """Give the first data set whose rows have these fields."""
    return next(rows for rows in all_rows(chart) if set(fields) <= rows[0].keys())


def column(rows: list[dict[str, Any]], name: str) -> list[Any]:
    """Give one field of rows."""
    return [row[name] for row in rows]


def notes(chart: Any) -> str:
    """Join the notes of a chart."""
    return " ".join(chart.title.to_dict().get("subtitle", []))

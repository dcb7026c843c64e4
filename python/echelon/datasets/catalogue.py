"""What each data set is: title, source, terms, and the meaning of every column.

Room: datasets/. Knows the sets that come with echelon.
Takes: catalogue.json, a table per data set (JSON, because reading TOML takes ten times longer).
Gives: `Description`, `names`, `describe`.
Source: datasets/README.md.
"""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from echelon.errors import FrameError, near_matches

WIDTH = 88


@dataclass(frozen=True, slots=True)
class ColumnDescription:
    """A column: `kind` is number, integer, category or label; `unit` is empty without one.

    A label names groups and its categories are sorted; a category has those given, in order.
    """

    name: str
    kind: str
    text: str
    unit: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Description:
    """A data set: where it comes from, on what terms, and what its columns mean.

    `obtain` says how to get a set that is not part of the package, and is empty otherwise.
    """

    name: str
    title: str
    n_rows: int
    levels: str
    source: str
    terms: str
    columns: tuple[ColumnDescription, ...]
    obtain: str = ""

    @property
    def is_bundled(self) -> bool:
        """Whether the set is part of the package."""
        return not self.obtain

    def __repr__(self) -> str:
        facts = [("rows", self.levels), ("source", self.source), ("terms", self.terms)]
        if self.obtain:
            facts.append(("obtain", self.obtain))
        lines = [f"{self.name}: {self.title}", ""]
        for label, text in facts:
            lines.extend(_hang(f"  {label:<8}", text))
        lines.append("")
        room = max(len(column.name) for column in self.columns) + 4
        for column in self.columns:
            lines.extend(_hang(f"  {column.name}".ljust(room), _meaning(column)))
        return "\n".join(lines)


def names() -> list[str]:
    """List the data sets that come with echelon.

    Returns
    -------
    list of names, for `load` and `describe`.

    Examples
    --------
    >>> from echelon import datasets
    >>> datasets.names()[:3]
    ['hsb', 'sleep', 'orthodont']
    """
    return [name for name, entry in _catalogue().items() if "obtain" not in entry]


def describe(name: str) -> Description:
    """Say what a data set is: source, terms, and the meaning of every column.

    Parameters
    ----------
    name : name of the set, as in `names()`, or 'insteval', which is described only.

    Returns
    -------
    Description, which prints as text.

    Raises
    ------
    FrameError : there is no such set.

    Examples
    --------
    >>> from echelon import datasets
    >>> datasets.describe("dyestuff").levels
    '6 batches, 5 preparations each'
    """
    entries = _catalogue()
    if name not in entries:
        raise _no_such_set(name)
    entry = entries[name]
    columns = tuple(
        ColumnDescription(
            column["name"],
            column["type"],
            column["text"],
            column.get("unit", ""),
            tuple(column.get("categories", ())),
        )
        for column in entry["columns"]
    )
    return Description(
        name=name,
        title=entry["title"],
        n_rows=entry["rows"],
        levels=entry["levels"],
        source=entry["source"],
        terms=entry["terms"],
        columns=columns,
        obtain=entry.get("obtain", ""),
    )


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, Any]:
    content = Path(__file__).with_name("catalogue.json").read_text("utf-8")
    entries: dict[str, Any] = json.loads(content)
    return entries


def _meaning(column: ColumnDescription) -> str:
    if column.categories:
        return f"{column.text} ({', '.join(column.categories)})"
    return f"{column.text} [{column.unit}]" if column.unit else column.text


def _hang(head: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=head + " ", subsequent_indent=" " * (len(head) + 1)
    )


def _no_such_set(name: str) -> FrameError:
    return FrameError(
        f"There is no data set '{name}'.",
        where="echelon.datasets",
        got=repr(name),
        need=textwrap.fill(f"one of {', '.join(_catalogue())}", WIDTH - 9),
        do=near_matches(name, list(_catalogue())),
        slug="no-such-dataset",
    )

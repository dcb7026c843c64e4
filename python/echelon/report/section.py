"""The nouns of a printed summary: strings in order, ready to be set as text or as a page.

Room: report/. Holds strings; decides nothing.
Takes: what the rooms of the report put in.
Gives: `Section`, `Summary`.
Source: docs/reference, summary.
"""

from __future__ import annotations

from dataclasses import dataclass

from echelon.typeset.layout import Column


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a summary: the first column's heading names it; notes stand below."""

    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """The content of a summary, as strings ready to be set."""

    title: str
    remarks: tuple[str, ...]
    formula: str
    equations: tuple[str, ...]
    sections: tuple[Section, ...]
    findings: tuple[str, ...]

"""The nouns of a document: what it says, in order, before it is set on a page of any kind.

Room: publish/. Holds strings, tables and charts; decides no layout.
Takes: what `assemble` puts in.
Gives: `Document` and its blocks; `numbered`, which counts tables and figures.
Source: docs/reference, reports; APA Publication Manual (7th ed.), chapter 7 for tables and figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from echelon.report.equation_omml import OfficeLine
from echelon.report.section import Section


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the title: level 2 for parts, 3 for what is in them."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; a `warning` is what a reader must know before trusting the numbers."""

    text: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Equations:
    """Equations: lines of text, LaTeX with its environment, MathML, and those of Word by block."""

    text: str
    latex: str = ""
    mathml: str = ""
    office: tuple[tuple[OfficeLine, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Tabular:
    """A table: the columns and notes of a section, under a number and a title."""

    title: str
    section: Section
    number: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart without its title, which is the caption; `alternative` says what it shows."""

    title: str
    chart: Any
    alternative: str
    notes: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding of a diagnosis in words; `basis` is its value, its thresholds and their source."""

    verdict: str
    title: str
    sentence: str
    meaning: str = ""
    advice: str = ""
    code: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings of one verdict, in order; those that are fine may be set smaller."""

    verdict: str
    items: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Entries of a list: questions not examined; works cited, without bullets."""

    items: tuple[str, ...]
    is_hanging: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of a program, or a formula: set as they are."""

    text: str


Block: TypeAlias = Heading | Paragraph | Equations | Tabular | Figure | Findings | Listing | Code


@dataclass(frozen=True, slots=True)
class Document:
    """A title, a line below it, and blocks in order; `style` names the style of its tables."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    style: str = "apa"


@dataclass(frozen=True, slots=True)
class Rendering:
    """A document as the bytes of a file, and files beside it by name in its folder of figures."""

    content: bytes
    files: Mapping[str, bytes] = field(default_factory=dict)


def numbered(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Count tables and figures, each from 1, in the order in which they stand."""
    n_tables = n_figures = 0
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Tabular):
            n_tables += 1
            block = replace(block, number=n_tables)
        elif isinstance(block, Figure):
            n_figures += 1
            block = replace(block, number=n_figures)
        found.append(block)
    return tuple(found)

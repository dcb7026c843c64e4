"""The README of a bundle: what is in it, how to rerun it, what was left out.

Room: publish/bundle/. Words; counts nothing.
Takes: the fit, its shared table, and the cells that few rows share.
Gives: the text of README.md.
Source: docs/how-to/share-a-study.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import fill

from echelon.fit import Fit
from echelon.publish.bundle.agreement import TOLERANCE
from echelon.publish.bundle.cells import SmallCells
from echelon.publish.bundle.recipe import formula_text
from echelon.publish.bundle.sharing import Shared

WIDTH = 88
FILES = {
    "README.md": "this page",
    "analysis.py": "the analysis as a script: each line with what it computes, and the equation",
    "data.csv": "the analysis data",
    "dictionary.json": "what each column is: its role, its type, its categories in order",
    "equations.txt": "the model as level equations",
    "expected.json": "every number of the study, at full precision",
    "MANIFEST": "SHA-256 checksums of all files, for `sha256sum -c MANIFEST`",
    "model.json": "formula and options as data, and the versions they were run with",
    "report.html": "the study written up: tables, charts, diagnostics",
    "requirements.txt": "the versions to install for the same numbers",
    "summary.txt": "the result on one page",
}


def readme_text(
    fit: Fit, shared: Shared, cells: Sequence[SmallCells], smallest: int, files: Sequence[str]
) -> str:
    """Write the README.

    Parameters
    ----------
    fit : the fit as it was, whose account of rows says what was left out.
    shared : the table.
    cells : groups and categories, counted.
    smallest : rows that a cell should have.
    files : names of the files beside the README.
    """
    lines = [
        "# A study, ready to be rerun",
        "",
        f"    {formula_text(fit.spec.formula)}",
        "",
        *_how(),
        "## What is here",
        "",
        *[f"- `{n}`: {FILES[n]}." for n in sorted({*files, "README.md", "MANIFEST"})],
        "",
        "## What was left out, and what was not",
        "",
        *map(_item, _privacy(fit, shared, cells, smallest)),
    ]
    return "\n".join(lines) + "\n"


def cells_in_words(cells: SmallCells) -> str:
    """Say of one grouping factor how many of its cells are small."""
    crossed = [*([cells.grouping] if cells.grouping else []), *cells.categories]
    word = "combinations" if cells.categories else "groups"
    return (
        f"{' x '.join(crossed)}: {cells.n_small:,} of {cells.n_cells:,} {word}, "
        f"{cells.n_rows:,} rows"
    )


def _item(sentence: str) -> str:
    return fill(f"- {sentence}", WIDTH, subsequent_indent="  ")


def _how() -> Iterator[str]:
    yield "## Rerun it"
    yield ""
    yield "    pip install -r requirements.txt"
    yield "    echelon rerun study.zip"
    yield ""
    yield "`study.zip` is the file that this page came in. The second command verifies the"
    yield "checksums, fits the model again and compares every number; it runs no code of the file."
    yield "`python analysis.py`, in the unpacked folder, does the same step by step and prints the"
    yield "tables. The checksums find damage; they do not prove who wrote the file."
    yield ""
    yield fill(TOLERANCE, WIDTH)
    yield ""


def _privacy(fit: Fit, shared: Shared, cells: Sequence[SmallCells], smallest: int) -> Iterator[str]:
    rows = fit.rows
    yield (
        f"The table has the {shared.n_rows:,} rows and the {len(shared.columns):,} columns that "
        f"the model uses; of the table that was read, all others were left out."
    )
    for reason, count in rows.dropped:
        yield f"{count:,} of {rows.n_read:,} rows are not in it: {reason}."
    groups = [name for name, role in shared.roles.items() if role.startswith("groups")]
    kept = [name for name in groups if name not in shared.coded]
    if shared.coded:
        yield (
            f"Groups are numbered in random order, and the rows are in that order: "
            f"{', '.join(shared.coded)}. The key is kept nowhere."
        )
    if kept:
        yield f"The labels of these groups are as in the data: {', '.join(kept)}."
    lags = [name for name in shared.columns if name.startswith("lag(")]
    if lags:
        yield f"Values of earlier rows are columns of their own: {', '.join(lags)}."
    found = [cell for cell in cells if cell.n_small]
    for cell in found:
        yield f"Fewer than {smallest} rows each, {cells_in_words(cell)}."
    if not found and cells:
        yield f"No group and category has fewer than {smallest} rows."
    yield "Numbers can identify a person, too: whoever knows the study has to look at them."

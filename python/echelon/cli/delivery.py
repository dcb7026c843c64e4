"""Where a result goes: the terminal or a file, in the format that was asked for.

Room: cli/. Chooses formats and writes files; makes no result.
Takes: the options --format and --output, and the text to deliver.
Gives: text on standard output, or a file.
Source: docs/reference, command line.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from echelon.cli.streams import say, show
from echelon.errors import FrameError, SpecError

WIDTH = 88
PRINTED = ("text", "json", "csv")  # what can go to the terminal too
DOCUMENTS = ("html", "docx", "tex", "md")
SUFFIXES: Mapping[str, str] = {
    ".txt": "text", ".html": "html", ".htm": "html", ".json": "json", ".csv": "csv",
    ".docx": "docx", ".tex": "tex", ".md": "md", ".zip": "zip",
}  # fmt: skip


def kind_of(output_format: str | None, output: Path | None, known: Sequence[str]) -> str:
    """Choose what to write: the format named, else the one that the file's ending names."""
    if output is not None:
        check_place(output)
    if output_format is not None:
        return output_format
    if output is None:
        return "text"
    kind = SUFFIXES.get(output.suffix.lower(), "")
    if kind in known:
        return kind
    endings = [ending for ending, named in SUFFIXES.items() if named in known]
    raise SpecError(
        f"The ending of '{output}' does not say what to write.",
        where="option --output",
        got=f"'{output.suffix}'" if output.suffix else "no ending",
        need=f"one of {', '.join(endings)}",
        do="change the ending, or say --format text, json or csv",
        slug="output-ending",
    )


def check_place(output: Path) -> None:
    """Refuse before the work what could not be written after it."""
    folder = output.parent
    if output.is_dir():
        raise _not_writable(output, "a folder of this name")
    if not folder.is_dir():
        raise _not_writable(output, "no such folder")
    if not os.access(output if output.exists() else folder, os.W_OK):
        raise _not_writable(output, "permission denied")


def width_for(output: Path | None) -> int:
    """Columns of the terminal, at most 88; 88 where the text goes elsewhere."""
    if output is not None or not sys.stdout.isatty():
        return WIDTH
    return min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDTH)


def deliver(text: str, output: Path | None) -> None:
    """Print a result, or write it to a file and say so."""
    if output is None:
        show(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise _not_writable(output, error.strerror or str(error)) from None
    say(f"Wrote {output}")


def _not_writable(output: Path, reason: str) -> FrameError:
    return FrameError(
        f"The file '{output}' cannot be written.",
        where="option --output",
        got=reason,
        need="a path in an existing folder that may be written to",
        do="create the folder, choose another path, or leave out --output",
        slug="output-not-writable",
    )

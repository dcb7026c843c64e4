"""The examples of the documentation: run, compared, and pasted anew by `make golden`.

A fence of Python with prompts, or of console commands that start with `$ echelon`, is run; what
it prints must stand below it. The examples of a page share their names and an empty folder.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from echelon.cli import main as echelon_command
from tests.contract.source import ROOT

DOCS = ROOT / "docs"
FENCE = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

NUMBER = re.compile(r"-?(?:\d[\d,]*\.\d+|\d{1,3}(?:,\d{3})+|\d+)(?:e[+-]\d+)?")


def pages() -> list[Path]:
    """Every page of the documentation, and the README."""
    found = [path for path in DOCS.rglob("*.md") if "_build" not in path.parts]
    return [*sorted(found), ROOT / "README.md"]


def with_outputs(text: str) -> str:
    """Run the examples of a page, and give the page with what they print."""
    names: dict[str, Any] = {"__name__": "page"}

    def rerun(match: re.Match[str]) -> str:
        language, body = match.groups()
        if language == "console":
            lines = _console(body)
        elif body.startswith(">>> "):
            lines = _session(body, names)
        else:
            return match.group()
        return f"```{language}\n" + "\n".join(lines) + "\n```"

    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.chdir(folder)
        try:
            return FENCE.sub(rerun, text)
        finally:
            os.chdir(home)


def is_same(before: str, after: str) -> bool:
    """Compare two pages: words to the letter, numbers to the last digit but one.

    An estimate is the end of an iteration, and processors differ in its last digits; spaces and
    rules of tables follow the length of the numbers.
    """
    return _words(before) == _words(after) and all(
        abs(a - b) <= 2e-4 * max(abs(a), abs(b), 1e-2)
        for a, b in zip(_numbers(before), _numbers(after), strict=True)
    )


def _words(text: str) -> list[str]:
    return re.sub(r"[─═]+", "─", NUMBER.sub("0", text)).split()


def _numbers(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in NUMBER.findall(text)]


def _session(body: str, names: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for source in _statements(body):
        lines += [
            (">>> " if i == 0 else "... ") + line if line or i == 0 else "..."
            for i, line in enumerate(source)
        ]
        lines += _printed(lambda source=source: _execute("\n".join(source), names))
    return lines


def _statements(body: str) -> list[list[str]]:
    """Statements of a session, as lists of lines without prompts; outputs are left out."""
    found: list[list[str]] = []
    for line in body.splitlines():
        if line.startswith(">>> "):
            found.append([line[4:]])
        elif line.startswith("...") and found and line[3:4] in {"", " "}:
            found[-1].append(line[4:])
    return found


def _execute(source: str, names: dict[str, Any]) -> None:
    """Run statements; show the value of the last one as the interpreter does."""
    tree = ast.parse(source)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    try:
        exec(compile(tree, "page", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "page", "eval"), names)
            if value is not None:
                print(repr(value))
    except Exception as error:
        kind = type(error)
        print("Traceback (most recent call last):\n    ...")
        print(f"{kind.__module__}.{kind.__qualname__}: {error}")


def _console(body: str) -> list[str]:
    lines: list[str] = []
    is_ours = False
    for line in body.splitlines():
        if line.startswith("$ "):
            lines.append(line)
            is_ours = line.startswith("$ echelon ")
            if is_ours:
                words = shlex.split(line, comments=True)[2:]
                lines += _printed(lambda words=words: echelon_command(words))
        elif not is_ours:
            lines.append(line)
    return lines


def _printed(task: Callable[[], object]) -> list[str]:
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        task()
    return (
        [line.rstrip() for line in stream.getvalue().rstrip("\n").split("\n")]
        if (stream.getvalue())
        else []
    )


def main() -> None:
    """Paste the outputs of today into every page."""
    for path in pages():
        before = path.read_text("utf-8")
        after = with_outputs(before)
        if not is_same(before, after):
            path.write_text(after, "utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()

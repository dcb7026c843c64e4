"""Size budgets, names of modules and docstrings.

`EXCEPTIONS` is explicit and may only shrink: an entry that is no longer needed fails the test.
"""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

import pytest

from tests.contract.source import PACKAGE, ROOT, Source, body_lines, functions, sources

FILE_LINES, FILE_LINES_HARD = 400, 500
BODY_LINES_MEDIAN, BODY_LINES_HARD = 15, 60
PUBLIC_METHODS = 12
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
ROOM_LABELS = ("Room:", "Takes:", "Gives:", "Source:")

# name of the file -> lines allowed (at most 500) and the reason
EXCEPTIONS: dict[str, tuple[int, str]] = {}


def all_files() -> list[Path]:
    """Every source file that the project wrote, Python and Rust."""
    python = [*PACKAGE.rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    rust = [path for path in (ROOT / "crates").rglob("*.rs") if "target" not in path.parts]
    return sorted(python + rust)


@pytest.mark.parametrize("path", all_files(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_file_length(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    allowed = FILE_LINES_HARD if path.suffix == ".rs" else FILE_LINES
    if name in EXCEPTIONS:
        allowed = EXCEPTIONS[name][0]
        assert FILE_LINES < allowed <= FILE_LINES_HARD
    length = len(path.read_text("utf-8").splitlines())
    assert length <= allowed


def test_exceptions_are_still_needed() -> None:
    over = {name for name in EXCEPTIONS if len((ROOT / name).read_text().splitlines()) > FILE_LINES}
    assert set(EXCEPTIONS) == over


def test_function_bodies() -> None:
    sizes = {
        f"{source.name}: {name}": body_lines(node)
        for source in sources()
        for name, node in functions(source)
    }
    assert not {name: size for name, size in sizes.items() if size > BODY_LINES_HARD}
    assert median(sizes.values()) <= BODY_LINES_MEDIAN


def test_public_methods() -> None:
    crowded = {
        f"{source.name}: {node.name}": count
        for source in sources()
        for node in source.walk(ast.ClassDef)
        if isinstance(node, ast.ClassDef) and node.name != "Result"
        if (count := sum(_is_public_method(child) for child in node.body)) > PUBLIC_METHODS
    }
    assert not crowded


def _is_public_method(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and not node.name.startswith("_")


def test_module_names() -> None:
    stems = {source.name: Path(source.name).stem.strip("_") for source in sources()}
    assert not {name for name, stem in stems.items() if stem in FORBIDDEN_NAMES}


@pytest.mark.parametrize("source", sources(), ids=lambda s: s.name)
def test_module_docstring(source: Source) -> None:
    """A file says in four lines what room it is, what it takes and gives, and from where."""
    text = ast.get_docstring(source.tree)
    assert text, "no module docstring"
    if source.name.endswith("__init__.py"):
        return
    lines = text.splitlines()
    assert lines[0].endswith("."), "the first line is a sentence"
    starts = [
        next((i for i, line in enumerate(lines) if line.startswith(s)), -1) for s in ROOM_LABELS
    ]
    assert -1 not in starts, f"missing one of {ROOM_LABELS}"
    assert starts == sorted(starts), f"order of {ROOM_LABELS}"


def test_unit_tests_mirror_the_package() -> None:
    """tests/unit/frame/test_read.py tests frame/read.py, and nothing else has such a place."""
    modules = {source.name for source in sources()}
    unit = ROOT / "tests" / "unit"
    strays = [
        path.relative_to(ROOT).as_posix()
        for path in unit.rglob("test_*.py")
        if (path.parent.relative_to(unit) / path.name.removeprefix("test_")).as_posix()
        not in modules
    ]
    assert not strays

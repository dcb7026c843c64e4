"""Size budgets, names of modules and docstrings.

`EXCEPTIONS` is explicit and may only shrink: an entry that is no longer needed fails the test.
"""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

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


def test_file_length() -> None:
    assert all(FILE_LINES < allowed <= FILE_LINES_HARD for allowed, _ in EXCEPTIONS.values())
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in all_files()}
    assert lengths
    assert not {path: n for path, n in lengths.items() if n > _lines_allowed(path)}


def _lines_allowed(path: Path) -> int:
    name = path.relative_to(ROOT).as_posix()
    usual = FILE_LINES_HARD if path.suffix == ".rs" else FILE_LINES
    return EXCEPTIONS[name][0] if name in EXCEPTIONS else usual


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


def test_module_docstrings() -> None:
    """A file says in four lines what room it is, what it takes and gives, and from where."""
    faults = {source.name: fault for source in sources() if (fault := _fault_of(source))}
    assert not faults


def _fault_of(source: Source) -> str:
    text = ast.get_docstring(source.tree)
    if not text:
        return "no module docstring"
    lines = text.splitlines()
    if source.name.endswith("__init__.py"):
        return ""
    if not lines[0].endswith("."):
        return "the first line is no sentence"
    starts = [
        next((i for i, line in enumerate(lines) if line.startswith(s)), -1) for s in ROOM_LABELS
    ]
    if -1 in starts:
        return f"missing one of {ROOM_LABELS}"
    return "" if starts == sorted(starts) else f"order of {ROOM_LABELS}"


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

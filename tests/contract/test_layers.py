"""One direction: layers, single doors, and what `import echelon` may load."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter import cli

from tests.contract.source import Source, imports, required, sources

LAYERS = Path(__file__).with_name("layers.toml")

# A library and the rooms that may touch it.
DOORS = {
    "echelon._core": {"engine/kernel.py"},
    "polars": {"frame", "table", "datasets"},
    "pandas": {"frame", "table", "datasets"},
    "pyarrow": {"frame", "table", "datasets"},
    "narwhals": {"frame", "table", "datasets"},
    "pyreadstat": {"frame"},
    "fastexcel": {"frame"},
    "duckdb": {"frame"},
    "altair": {"plot"},
    "click": {"cli"},
    "importlib.import_module": {"_optional"},
    "pickle": set(),
}


def test_layers(capfd: pytest.CaptureFixture[str]) -> None:
    status = cli.lint_imports(config_filename=str(LAYERS), no_cache=True, no_logo=True)
    assert status == cli.EXIT_STATUS_SUCCESS, capfd.readouterr().out


@pytest.mark.parametrize("library", DOORS)
def test_single_door(library: str) -> None:
    rooms = DOORS[library]
    intruders = [
        f"{source.name}:{line} imports {module}"
        for source in sources()
        for module, line in imports(source)
        if f"{module}.".startswith(f"{library}.")
        and source.room not in rooms
        and source.name not in rooms
    ]
    assert not intruders


def test_lazy_imports_stay_in_their_room() -> None:
    """`require` is for other libraries; of echelon, a room may defer parts of itself only."""
    strays = [
        f"{source.name}:{node.lineno}"
        for source in sources()
        for node in source.walk(ast.Call)
        if (module := required(node)) and module.partition(".")[0] == "echelon"
        if not f"{module}.".startswith(f"echelon.{source.room}.")
    ]
    assert not strays


def test_imports_stand_at_the_top_of_a_file() -> None:
    """A heavy or optional library comes through `_optional.require` instead."""
    inside = [
        f"{source.name}:{node.lineno}"
        for source in sources()
        if any(node.col_offset for node in source.walk(ast.Import, ast.ImportFrom))
        for function in source.walk(ast.FunctionDef, ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside


def test_imports_are_absolute() -> None:
    relative = [
        f"{source.name}:{node.lineno}"
        for source in sources()
        for node in source.walk(ast.ImportFrom)
        if node.level
    ]
    assert not relative


def test_numbers_are_set_in_their_rooms() -> None:
    """Decimals, percent and exponents are chosen in `typeset/` and `report/`.

    Labels and messages elsewhere may write a number with `g`, as the user wrote it.
    """
    rooms = {"typeset", "report"}
    offenders = [
        f"{source.name}:{node.lineno}"
        for source in sources()
        if source.room not in rooms
        for node in source.walk(ast.FormattedValue)
        if _sets_decimals(node)
    ]
    assert not offenders


def _sets_decimals(node: ast.FormattedValue) -> bool:
    parts = node.format_spec.values if isinstance(node.format_spec, ast.JoinedStr) else []
    texts = [part.value for part in parts if isinstance(part, ast.Constant)]
    return any(str(text)[-1:] in {"f", "F", "e", "E", "%"} for text in texts)


def test_library_does_not_print() -> None:
    printing = [
        f"{source.name}:{node.lineno}"
        for source in sources()
        if source.room != "cli"
        for node in source.walk(ast.Call)
        if _calls(node, {"print"})
    ]
    assert not printing


def test_no_text_becomes_code() -> None:
    dangerous = [
        f"{source.name}:{node.lineno}"
        for source in sources()
        for node in source.walk(ast.Call)
        if _calls(node, {"eval", "exec", "compile", "__import__"})
    ]
    assert not dangerous


def _calls(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def test_the_scanner_sees_what_it_must() -> None:
    text = "import os\nfrom a.b import c\ndef f():\n    return require('pandas', extra='x')\n"
    found = list(imports(Source("x.py", text, ast.parse(text))))
    assert found == [("os", 1), ("a.b.c", 2), ("pandas", 4)]
    for expression, expected in {"f'{x:.3f}'": True, "f'{x:.3g}'": False, "f'{x}'": False}.items():
        nodes = ast.walk(ast.parse(expression))
        assert (
            any(_sets_decimals(n) for n in nodes if isinstance(n, ast.FormattedValue)) is expected
        )


def _loaded(program: str, suspects: tuple[str, ...]) -> list[str]:
    """Run a program in a fresh interpreter; say which of the modules it has loaded."""
    program = f"import sys; {program}; print(*[m for m in {suspects!r} if m in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return answer.stdout.splitlines()[-1].split()


HEAVY = ("pandas", "scipy", "pyarrow", "matplotlib", "altair", "pyreadstat", "narwhals")


def test_import_loads_nothing() -> None:
    """`import echelon` costs next to nothing: what it offers is loaded at first use."""
    assert _loaded("import echelon", (*HEAVY, "polars", "numpy", "echelon.api")) == []


def test_a_fit_loads_only_what_it_needs() -> None:
    """A fit of a bundled set, and its summary, wait for no library but NumPy."""
    program = """import echelon; str(echelon.fit("yield ~ 1 + (1 | batch)", "dyestuff"))"""
    others = ("polars", "tomllib", "click", "numpy.random", "echelon.report.html", "zipfile")
    assert _loaded(program, (*HEAVY, *others)) == []


def test_commands_are_listed_without_numpy() -> None:
    program = "from echelon.cli import main; main(['--help'])"
    assert _loaded(program, (*HEAVY, "polars", "numpy", "echelon.api")) == []

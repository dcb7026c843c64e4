"""What the contract tests read: the source files of the package, parsed once."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "python" / "echelon"

Function = ast.FunctionDef | ast.AsyncFunctionDef
Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Source:
    """One Python file: its name below the package, its text and its tree."""

    name: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The layer it belongs to: 'frame' for frame/read.py, 'api' for api.py."""
        return self.name.partition("/")[0].removesuffix(".py")

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree, walked once for all tests."""
        return tuple(ast.walk(self.tree))

    def walk(self, *kinds: type[Node]) -> Iterator[Node]:
        """All nodes of some kinds."""
        return (node for node in self.nodes if isinstance(node, kinds))


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the package, in order of its name."""
    paths = sorted(PACKAGE.rglob("*.py"))
    texts = [(path.relative_to(PACKAGE).as_posix(), path.read_text("utf-8")) for path in paths]
    gc.disable()  # half a million nodes that stay: looking at them takes longer than making them
    try:
        return tuple(Source(name, text, ast.parse(text)) for name, text in texts)
    finally:
        gc.freeze()
        gc.enable()


def imports(source: Source) -> Iterator[tuple[str, int]]:
    """Modules that a file imports, by statement or through `require`, with the line."""
    for node in source.walk(ast.Import, ast.ImportFrom, ast.Call):
        match node:
            case ast.Import(names):
                yield from ((alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield from ((f"{module}.{alias.name}", node.lineno) for alias in names)
            case ast.Call(lineno=line) if module := required(node):
                yield module, line


def required(node: ast.AST) -> str | None:
    """The module that a call of `require` names."""
    match node:
        case ast.Call(func=ast.Name("require"), args=[ast.Constant(str(module)), *_]):
            return module
    return None


def functions(source: Source) -> Iterator[tuple[str, Function]]:
    """Functions and methods with their dotted names."""

    def below(node: ast.AST, path: str) -> Iterator[tuple[str, Function]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path}{child.name}", child
            inside = f"{path}{child.name}." if hasattr(child, "name") else path
            yield from below(child, inside)

    return below(source.tree, "")


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    has_docstring = ast.get_docstring(node) is not None
    statements = node.body[1:] if has_docstring else node.body
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1 if statements else 0

r"""Set mathematics as LaTeX.

Room: report/. Knows nodes, not models.
Takes: a `Page`.
Gives: `set_latex`: `aligned` blocks for math mode, with nothing beyond amsmath.
Source: amsmath's user guide.
"""

from __future__ import annotations

import re
import textwrap

from echelon.formula.equations import Symbol, Variable
from echelon.report.equation_nodes import (
    Applied,
    Difference,
    Matrix,
    Node,
    Number,
    Over,
    Page,
    Power,
    Row,
    Statement,
    Total,
    Vector,
    Words,
    in_lines,
    leading_number,
    without_sign,
)

_LETTERS = {"a": r"\alpha", "b": r"\beta", "g": r"\gamma", "p": r"\pi", "e": r"\varepsilon"}
_GREEK = ("tau", "sigma", "mu", "theta", "phi", "rho", "delta", "zeta", "nu", "kappa", "pi", "eta")
_LETTERS |= {name: rf"\{name}" for name in _GREEK}
_LETTERS |= {"prob": "p"}
_RELATIONS = {"~": r"\sim", "=": "=", "<=": r"\le"}
_ESCAPES = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_ESCAPES |= {character: "\\" + character for character in "#$%&_{}"}
_ESCAPES |= {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''"}
_KNOWN = {"log": r"\log", "exp": r"\exp"}
_LONGEST = 100  # letters of a line, from which a sum goes on in the next
_SHORTEST = 34  # letters of a sum, however long what stands before it
_LONG_HEAD = 24  # letters of a head from which it has a line of its own
_LONG_LEFT = 40  # letters of a left side from which it has a line of its own
_REMARK = 90  # letters of a line of a remark
_COMMAND = re.compile(r"\\(?:begin|end)\{\w+\}|\\[A-Za-z]+|\\[;,]|[{}_^&\\]")


def set_latex(page: Page) -> str:
    """Set a page for math mode, one `aligned` block; remarks follow as text.

    Parameters
    ----------
    page : what to set.

    Returns
    -------
    LaTeX that needs the package amsmath.
    """
    has_heads = any(statement.head for block in page.blocks for statement in block)
    blocks = ["\n".join(_block(block)) for block in page.blocks if block]
    if has_heads:  # each block aligned on its own: heads stand in one of them only
        blocks = [f"&\\begin{{aligned}}\n{block}\n\\end{{aligned}}" for block in blocks]
    lines = ["\n\\\\[1ex]\n".join(blocks)] if blocks else []
    for remark in page.remarks:
        for line in textwrap.wrap(remark, _REMARK):
            lines += [r"\\", rf"&\text{{{escaped(line)}}}"]
    return "\n".join([r"\begin{aligned}", *lines, r"\end{aligned}"])


def _block(block: tuple[Statement, ...]) -> list[str]:
    """Set the lines of a block; a head stands before the first line that it is of, or above."""
    widest = max(len(statement.head) for statement in block)
    is_above = widest > _LONG_HEAD
    rows: list[str] = []
    before = ""
    for statement in block:
        head = statement.head if statement.head != before else ""
        before = statement.head
        if is_above:
            rows += [rf"&\text{{{escaped(head)}}}"] * bool(head)
            rows += _statement(statement, 0)
            continue
        shown = rf"&\text{{{escaped(head)}}}\quad & " if head else "&& " * bool(widest)
        lines = _statement(statement, widest)
        rows += [shown + lines[0], *("&& " * bool(widest) + line for line in lines[1:])]
    return [f"{row} \\\\" for row in rows[:-1]] + rows[-1:]


def _statement(statement: Statement, n_before: int) -> list[str]:
    """Set a statement in lines; one with a long left side goes on below it."""
    left = _node(statement.left)
    start = rf"{left} &{_RELATIONS[statement.relation]} "
    n_before += _letters(left)
    lines: list[str] = []
    if _letters(left) > _LONG_LEFT:
        lines, start, n_before = [f"&{left}"], start.removeprefix(left + " "), 0
    if not isinstance(statement.right, Total):
        return [*lines, start + _node(statement.right)]
    longest = max(_LONGEST - n_before, _SHORTEST)
    first, *others = map(" ".join, in_lines(_pieces(statement.right), _letters, longest))
    return [*lines, start + first, *(rf"&\quad {row}" for row in others)]


def _letters(text: str) -> int:
    """Count letters without commands; those of a fraction or a vector stand above each other."""
    n = len(_COMMAND.sub("", text))
    return n // 2 if r"\frac" in text or r"\begin" in text else n


def _pieces(total: Total) -> list[str]:
    found: list[str] = []
    for part in total.parts:
        number = leading_number(part)
        if found and number is not None and number.is_negative:
            found.append(f"- {_node(without_sign(part))}")
        else:
            found.append(f"{'+ ' * bool(found)}{_node(part)}")
    return found or ["0"]


def _node(node: Node) -> str:
    match node:
        case Symbol():
            return _symbol(node)
        case Variable():
            return _variable(node)
        case Number(text):
            mantissa, _, exponent = text.partition("e")
            return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else text
        case Words(text):
            return rf"\text{{{escaped(text)}}}"
        case Row(parts):
            has_words = any(isinstance(part, Words) for part in parts)
            return (r" \; " if has_words else r" \, ").join(map(_node, parts))
        case Total():
            return " ".join(_pieces(node))
        case Difference(left, right):
            inner = _node(right)
            inner = rf"\left({inner}\right)" if isinstance(right, Total) else inner
            return f"{_node(left)} - {inner}"
    return _composed(node)


def _composed(node: Node) -> str:
    match node:
        case Applied(name, arguments):
            head = _KNOWN.get(name) or (name if len(name) < 2 else _operator(name))
            return rf"{head}\left({', '.join(map(_node, arguments))}\right)"
        case Power(base, exponent):
            text = _node(base)
            text = rf"\left({text}\right)" if isinstance(base, Row | Total) else f"{{{text}}}"
            return f"{text}^{{{exponent}}}"
        case Over(top, bottom):
            return rf"\frac{{{_node(top)}}}{{{_node(bottom)}}}"
        case Vector(parts):
            inner = r" \\ ".join(map(_node, parts))
            return rf"\begin{{pmatrix}} {inner} \end{{pmatrix}}"
        case Matrix(rows):
            inner = r" \\ ".join(" & ".join(map(_node, row)) for row in rows)
            return rf"\begin{{bmatrix}} {inner} \end{{bmatrix}}"
    raise AssertionError(node)


def _operator(name: str) -> str:
    return rf"\operatorname{{{re.sub(r'[^A-Za-z0-9]', '', name)}}}"


def _symbol(symbol: Symbol) -> str:
    letter = _LETTERS.get(symbol.letter, symbol.letter)
    letter = letter if len(symbol.letter) == 1 or letter.startswith("\\") else _operator(letter)
    group = rf",\text{{{escaped(symbol.group)}}}" if symbol.group else ""
    subscript = f"{symbol.index}{symbol.units}{group}".lstrip(",")
    return f"{letter}_{{{subscript}}}" if subscript else letter


def _variable(variable: Variable) -> str:
    units = f"_{{{variable.units}}}" if variable.units else ""
    text = rf"\text{{{escaped(variable.text)}}}{units}"
    return rf"{_operator(variable.function)}\left({text}\right)" if variable.function else text


def escaped(text: str) -> str:
    """Escape text for LaTeX; control characters become blanks."""
    text = "".join(character if character.isprintable() else " " for character in text)
    text = re.sub(r'[\\~^#$%&_{}<>|"]', lambda match: _ESCAPES[match[0]], text)
    return text.replace(r"\textless{}=", r"$\le$").replace(r"\textgreater{}=", r"$\ge$")

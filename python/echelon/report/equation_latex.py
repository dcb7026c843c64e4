r"""Set mathematics as LaTeX.

Room: report/. Knows nodes, not models.
Takes: a `Page`.
Gives: `set_latex`: `aligned` blocks for math mode, with nothing beyond amsmath.
Source: amsmath's user guide.
"""

from __future__ import annotations

import re

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
_MOST = 5  # parts of a sum in one line


def set_latex(page: Page) -> str:
    """Set a page for math mode, one `aligned` block; remarks follow as text.

    Parameters
    ----------
    page : what to set.

    Returns
    -------
    LaTeX that needs the package amsmath.
    """
    lines: list[str] = []
    for block in page.blocks:
        lines += ([r"\\[1ex]"] if lines and block else []) + _block(block)
    for remark in page.remarks:
        lines += [r"\\", rf"&\text{{{escaped(remark)}}}"]
    return "\n".join([r"\begin{aligned}", *lines, r"\end{aligned}"])


def _block(block: tuple[Statement, ...]) -> list[str]:
    rows = [_statement(statement) for statement in block]
    joined = " \\\\\n".join(rows)
    return joined.split("\n") if joined else []


def _statement(statement: Statement) -> str:
    start = rf"{_node(statement.left)} &{_RELATIONS[statement.relation]} "
    if not isinstance(statement.right, Total):
        return start + _node(statement.right)
    pieces = _pieces(statement.right)
    rows = [" ".join(pieces[k : k + _MOST]) for k in range(0, len(pieces), _MOST)]
    return start + " \\\\\n&\\quad ".join(rows)


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

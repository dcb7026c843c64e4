"""Set mathematics as MathML, for pages and notebooks: no script, no font to load.

Room: report/. Knows nodes, not models.
Takes: a `Page`.
Gives: `set_mathml`: one `math` element per block, in well-formed XML.
Source: MathML Core, W3C.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

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
from echelon.report.equation_words import GREEK

_RELATIONS = {"~": "∼", "=": "=", "<=": "≤"}
_OPEN = '<div style="margin:.6em 0"><math xmlns="http://www.w3.org/1998/Math/MathML">'
_TABLE = '<mtable columnalign="left right center left" style="text-align:left">'
_LEFT = '<mtd style="text-align:left;padding:.2em .6em .2em 0">'
_TIGHT = '<mtd style="text-align:left;padding:.2em 0">'
_FIRM = "\u00a0"  # a blank at which no line breaks
_THIN = '<mspace width="0.17em"/>'
_LONGEST = 72  # letters of a sum in one line


def set_mathml(page: Page) -> str:
    """Set a page as MathML.

    Parameters
    ----------
    page : what to set.

    Returns
    -------
    One `div` with a `math` element per block, and the remarks as paragraphs; well-formed XML.
    """
    blocks = [_block(block) for block in page.blocks if block]
    remarks = [f"<p>{_clean(remark)}</p>" for remark in page.remarks]
    style = "overflow-x:auto"
    return "\n".join(
        [f'<div class="echelon-equations" style="{style}">', *blocks, *remarks, "</div>"]
    )


def _block(block: tuple[Statement, ...]) -> str:
    rows: list[str] = []
    before = ""
    for statement in block:
        head = "" if statement.head == before else statement.head
        before = statement.head
        rows += _rows(statement, head)
    return f"{_OPEN}\n{_TABLE}\n" + "\n".join(rows) + "\n</mtable>\n</math></div>"


def _rows(statement: Statement, head: str) -> list[str]:
    relation = f"<mo>{_RELATIONS[statement.relation]}</mo>"
    right = statement.right
    parts = _pieces(right) if isinstance(right, Total) else [_node(right)]
    lines = _lines(parts)
    label = f"<mtext>{_clean(head.replace(' ', _FIRM))}</mtext>" if head else ""
    first = _cells(label, _node(statement.left), relation, lines[0])
    return [first, *(_cells("", "", "", line) for line in lines[1:])]


def _lines(parts: list[str]) -> list[str]:
    """Break a sum where its letters, without the tags, become too many for a line."""
    lines: list[str] = [""]
    length = 0
    for part in parts:
        own = len(re.sub(r"<[^>]*>", "", part)) + 2
        if lines[-1] and length + own > _LONGEST:
            lines.append("")
            length = 0
        lines[-1] += part
        length += own
    return lines


def _cells(label: str, left: str, relation: str, right: str) -> str:
    cells = f"{_LEFT}{label}</mtd>{_TIGHT}{left}</mtd><mtd>{relation}</mtd>{_LEFT}{right}</mtd>"
    return f"<mtr>{cells}</mtr>"


def _pieces(total: Total) -> list[str]:
    found: list[str] = []
    for part in total.parts:
        number = leading_number(part)
        if found and number is not None and number.is_negative:
            found.append(f"<mo>−</mo>{_node(without_sign(part))}")
        else:
            found.append(f"{'<mo>+</mo>' if found else ''}{_node(part)}")
    return found or ["<mn>0</mn>"]


def _node(node: Node) -> str:
    match node:
        case Symbol():
            return _symbol(node)
        case Variable():
            return _variable(node)
        case Number():
            return _number(node)
        case Words(text):
            text = text.replace("<=", "≤").replace(">=", "≥").replace(" ", _FIRM)
            return f"<mtext>{_clean(text)}</mtext>"
        case Row(parts):
            return _row(_between(parts).join(map(_node, parts)))
        case Total():
            return _row("".join(_pieces(node)))
        case Difference(left, right):
            inner = _bracketed(_node(right)) if isinstance(right, Total) else _node(right)
            return _row(f"{_node(left)}<mo>−</mo>{inner}")
    return _composed(node)


def _composed(node: Node) -> str:
    match node:
        case Applied(name, arguments):
            inner = "<mo>,</mo>".join(map(_node, arguments))
            if not name:
                return _bracketed(inner)
            variant = "" if len(name) == 1 else ' mathvariant="normal"'
            return _row(f"<mi{variant}>{_clean(name)}</mi>{_bracketed(inner)}")
        case Power(base, exponent):
            text = _bracketed(_node(base)) if isinstance(base, Row | Total) else _node(base)
            return f"<msup>{text}<mn>{_clean(exponent)}</mn></msup>"
        case Over(top, bottom):
            return f"<mfrac>{_node(top)}{_node(bottom)}</mfrac>"
        case Vector(parts):
            return _table([[_node(part)] for part in parts])
        case Matrix(rows):
            return _table([[_node(part) for part in row] for row in rows])
    raise AssertionError(node)


def _between(parts: tuple[Node, ...]) -> str:
    """Give the space between factors: a thin one, but a blank beside words."""
    has_words = any(isinstance(part, Words) for part in parts)
    return f"<mtext>{_FIRM}</mtext>" if has_words else _THIN


def _row(inner: str) -> str:
    return f"<mrow>{inner}</mrow>"


def _bracketed(inner: str) -> str:
    is_tall = "<mtable>" in inner or "<mfrac>" in inner
    fixed = "" if is_tall else ' stretchy="false"'
    return f"<mrow><mo{fixed}>(</mo>{inner}<mo{fixed}>)</mo></mrow>"


def _table(rows: list[list[str]]) -> str:
    cells = "".join(f"<mtr>{''.join(f'<mtd>{c}</mtd>' for c in row)}</mtr>" for row in rows)
    return f"<mrow><mo>(</mo><mtable>{cells}</mtable><mo>)</mo></mrow>"


def _number(number: Number) -> str:
    mantissa, _, exponent = number.text.partition("e")
    sign = "<mo>−</mo>" if number.is_negative else ""
    text = f"{sign}<mn>{mantissa.removeprefix('-')}</mn>"
    if exponent:
        power = str(int(exponent)).replace("-", "−")
        text += f"<mo>×</mo><msup><mn>10</mn><mn>{power}</mn></msup>"
    return _row(text) if sign or exponent else text


def _symbol(symbol: Symbol) -> str:
    letter = GREEK.get(symbol.letter, symbol.letter)
    base = f"<mi>{letter}</mi>"
    group = f"<mo>,</mo><mtext>{_clean(symbol.group)}</mtext>" if symbol.group else ""
    index = f"<mn>{symbol.index}</mn>" if symbol.index else ""
    units = "".join(f"<mi>{unit}</mi>" for unit in symbol.units)
    subscript = (index + units + group).removeprefix("<mo>,</mo>")
    return f"<msub>{base}{_row(subscript)}</msub>" if subscript else base


def _variable(variable: Variable) -> str:
    text = f"<mtext>{_clean(variable.text)}</mtext>"
    if variable.units:
        units = "".join(f"<mi>{unit}</mi>" for unit in variable.units)
        text = f"<msub>{text}{_row(units)}</msub>"
    if not variable.function:
        return text
    return _row(f'<mi mathvariant="normal">{_clean(variable.function)}</mi>{_bracketed(text)}')


def _clean(text: str) -> str:
    """Escape text for XML; characters that XML has no place for become blanks."""
    text = re.sub(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]", " ", text)
    return escape(text)

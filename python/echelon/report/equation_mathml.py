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
    in_lines,
    leading_number,
    without_sign,
)
from echelon.report.equation_words import GREEK

_RELATIONS = {"~": "∼", "=": "=", "<=": "≤"}
_OPEN = '<div style="margin:.6em 0"><math xmlns="http://www.w3.org/1998/Math/MathML">'
_TABLE = '<mtable displaystyle="true" style="text-align:left">'
_LEFT = '<mtd style="text-align:left;padding:.2em .6em .2em 0">'
_TIGHT = '<mtd style="text-align:left;padding:.2em 0">'
_WHOLE = '<mtd columnspan="{}" style="text-align:left;padding:.35em 0 .2em">'
_FIRM = "\u00a0"  # a blank at which no line breaks
_THIN = '<mspace width="0.17em"/>'
_LONGEST = 78  # letters of a line, from which a sum goes on in the next
_SHORTEST = 34  # letters of a sum, however long what stands before it
_LONG_HEAD = 24  # letters of a head from which it has a row of its own
_LONG_LEFT = 40  # letters of a left side from which it has a row of its own


def set_mathml(page: Page) -> str:
    """Set a page as MathML.

    Parameters
    ----------
    page : what to set.

    Returns
    -------
    One `div` with a `math` element per block, and the remarks as paragraphs; well-formed XML. What
    is wider than the page can be scrolled.
    """
    blocks = [_block(block) for block in page.blocks if block]
    remarks = [f"<p>{_clean(remark)}</p>" for remark in page.remarks]
    style = "overflow-x:auto"
    return "\n".join(
        [f'<div class="echelon-equations" style="{style}">', *blocks, *remarks, "</div>"]
    )


def _block(block: tuple[Statement, ...]) -> str:
    """Set statements as rows of a table; long heads stand above what they are of."""
    widest = max(len(statement.head) for statement in block)
    n_columns = 4 if 0 < widest <= _LONG_HEAD else 3
    rows: list[str] = []
    before = ""
    for statement in block:
        head = _words(statement.head) if statement.head not in ("", before) else ""
        before = statement.head
        if head and n_columns == 3:
            rows.append(f"<mtr>{_WHOLE.format(3)}{head}</mtd></mtr>")
            head = ""
        cells = [f"{_LEFT}{head}</mtd>"] if n_columns == 4 else []
        rows += _rows(statement, cells, widest if cells else 0)
    return f"{_OPEN}\n{_TABLE}\n" + "\n".join(rows) + "\n</mtable>\n</math></div>"


def _rows(statement: Statement, head: list[str], n_before: int) -> list[str]:
    """Set a statement in as many rows as its sum needs; a long left side has one of its own."""
    relation = f"<mo>{_RELATIONS[statement.relation]}</mo>"
    left, right = _node(statement.left), statement.right
    parts = _pieces(right) if isinstance(right, Total) else [_node(right)]
    rows: list[str] = []
    n_left = 0 if isinstance(statement.left, Vector) else _letters(left)
    if n_left > _LONG_LEFT:
        rows.append(f"<mtr>{''.join(head)}{_WHOLE.format(3)}{left}</mtd></mtr>")
        head = [f"{_LEFT}</mtd>" for _ in head]
        left, n_left = "", 0
    longest = max(_LONGEST - n_before - n_left, _SHORTEST)
    first, *others = map("".join, in_lines(parts, _letters, longest))
    empty = [f"{_LEFT}</mtd>" for _ in head]
    rows.append(_cells(head, left, relation, first))
    return [*rows, *(_cells(empty, "", "", line) for line in others)]


def _letters(text: str) -> int:
    """Count the letters of MathML without its tags."""
    return len(re.sub(r"<[^>]*>", "", text))


def _cells(head: list[str], left: str, relation: str, right: str) -> str:
    cells = f"{_TIGHT}{left}</mtd><mtd>{relation}</mtd>{_LEFT}{right}</mtd>"
    return f"<mtr>{''.join(head)}{cells}</mtr>"


def _pieces(total: Total) -> list[str]:
    found: list[str] = []
    for part in total.parts:
        number = leading_number(part)
        if found and number is not None and number.is_negative:
            found.append(f'<mo form="infix">−</mo>{_node(without_sign(part))}')
        else:
            plus = '<mo form="infix">+</mo>' if found else ""
            found.append(plus + _node(part))
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
            return _words(text.replace("<=", "≤").replace(">=", "≥"))
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
    group = f"<mo>,</mo>{_words(symbol.group)}" if symbol.group else ""
    index = f"<mn>{symbol.index}</mn>" if symbol.index else ""
    units = "".join(f"<mi>{unit}</mi>" for unit in symbol.units)
    subscript = (index + units + group).removeprefix("<mo>,</mo>")
    return f"<msub>{base}{_row(subscript)}</msub>" if subscript else base


def _variable(variable: Variable) -> str:
    text = _words(variable.text)
    if variable.units:
        units = "".join(f"<mi>{unit}</mi>" for unit in variable.units)
        text = f"<msub>{text}{_row(units)}</msub>"
    if not variable.function:
        return text
    return _row(f'<mi mathvariant="normal">{_clean(variable.function)}</mi>{_bracketed(text)}')


def _words(text: str) -> str:
    """Set upright text in one line: browsers would fold it within a row."""
    return f'<mtext style="white-space:nowrap">{_clean(text.replace(" ", _FIRM))}</mtext>'


def _clean(text: str) -> str:
    """Escape text for XML; characters that XML has no place for become blanks."""
    text = re.sub(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]", " ", text)
    return escape(text)

"""Set mathematics as Word does: Office Math, which can be edited there.

Room: report/. Knows nodes, not models.
Takes: a `Page`.
Gives: `set_omml`: lines of `OfficeLine`, block by block, in well-formed XML.
Source: ISO/IEC 29500-1, 22.1, Office Math Markup Language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
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
_SPACES = (
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
)
_FONT = '<w:rPr><w:rFonts w:ascii="Cambria Math" w:hAnsi="Cambria Math"/></w:rPr>'
_THIN = "\u2009"
_LONGEST = 78  # letters of a line, from which a sum goes on in the next
_SHORTEST = 34  # letters of a sum, however long what stands before it
_LONG = 40  # letters of a head or a left side from which it has a line of its own


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """A line: a head in words, the left side, and relation and right side, '' for none.

    `n_left` counts the letters of the left side, from which tabulators are placed.
    """

    head: str
    left: str
    right: str
    n_left: int = 0


def set_omml(page: Page) -> tuple[tuple[OfficeLine, ...], ...]:
    """Set the blocks of a page; remarks are left to the caller.

    Parameters
    ----------
    page : what to set.

    Returns
    -------
    Lines by block; each side is one `m:oMath` element that declares its name spaces.
    """
    return tuple(_block(block) for block in page.blocks if block)


def _block(block: tuple[Statement, ...]) -> tuple[OfficeLine, ...]:
    lines: list[OfficeLine] = []
    widest = max(len(statement.head) for statement in block)
    before = ""
    for statement in block:
        head = statement.head if statement.head != before else ""
        before = statement.head
        if head and widest > _LONG:
            lines.append(OfficeLine(head, "", ""))
            head = ""
        lines += _lines(statement, head, widest if widest <= _LONG else 0)
    return tuple(lines)


def _lines(statement: Statement, head: str, n_before: int) -> list[OfficeLine]:
    """Set a statement in as many lines as its sum needs."""
    left, right = _node(statement.left), statement.right
    n_left = 3 if isinstance(statement.left, Vector) else _letters(left)
    found: list[OfficeLine] = []
    if n_left > _LONG:
        found.append(OfficeLine(head, _math(left), ""))
        head, left, n_left = "", "", 0
    pieces = _pieces(right) if isinstance(right, Total) else [_node(right)]
    longest = max(_LONGEST - n_before - n_left, _SHORTEST)
    first, *others = in_lines(pieces, _letters, longest)
    # As words: LibreOffice marks an operator without a left side as a mistake.
    relation = _words(f"{_RELATIONS[statement.relation]} ")
    start = _math(left) if left else ""
    found.append(OfficeLine(head, start, _math(relation + "".join(first)), n_left))
    return [*found, *(OfficeLine("", "", _math("".join(line))) for line in others)]


def _math(inner: str) -> str:
    return f"<m:oMath {_SPACES}>{inner}</m:oMath>"


def _letters(text: str) -> int:
    """Count the letters of a side without its tags; a fraction counts once."""
    n = len(re.sub(r"<[^>]*>", "", text))
    return n // 2 if "<m:f>" in text else n


def _pieces(total: Total) -> list[str]:
    found: list[str] = []
    for part in total.parts:
        number = leading_number(part)
        if found and number is not None and number.is_negative:
            found.append(_upright("−") + _node(without_sign(part)))
        else:
            found.append(_upright("+") * bool(found) + _node(part))
    return found or [_upright("0")]


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
            between = _words(" ") if any(isinstance(p, Words) for p in parts) else _words(_THIN)
            return between.join(map(_node, parts))
        case Total():
            return "".join(_pieces(node))
        case Difference(left, right):
            inner = _bracketed(_node(right)) if isinstance(right, Total) else _node(right)
            return f"{_node(left)}{_upright('−')}{inner}"
    return _composed(node)


def _composed(node: Node) -> str:
    match node:
        case Applied(name, arguments):
            inner = _upright(", ").join(map(_node, arguments))
            head = (_italic(name) if len(name) == 1 else _words(name)) if name else ""
            return head + _bracketed(inner)
        case Power(base, exponent):
            text = _bracketed(_node(base)) if isinstance(base, Row | Total) else _node(base)
            return f"<m:sSup><m:e>{text}</m:e><m:sup>{_upright(exponent)}</m:sup></m:sSup>"
        case Over(top, bottom):
            return f"<m:f><m:num>{_node(top)}</m:num><m:den>{_node(bottom)}</m:den></m:f>"
        case Vector(parts):
            return _table([[_node(part)] for part in parts])
        case Matrix(rows):
            return _table([[_node(part) for part in row] for row in rows])
    raise AssertionError(node)


def _bracketed(inner: str) -> str:
    return f"<m:d><m:e>{inner}</m:e></m:d>"


def _table(rows: list[list[str]]) -> str:
    cells = "".join(f"<m:mr>{''.join(f'<m:e>{c}</m:e>' for c in row)}</m:mr>" for row in rows)
    return _bracketed(f"<m:m>{cells}</m:m>")


def _number(number: Number) -> str:
    mantissa, _, exponent = number.text.partition("e")
    text = _upright(mantissa.replace("-", "−"))
    if not exponent:
        return text
    power = _upright(str(int(exponent)).replace("-", "−"))
    ten = f"<m:sSup><m:e>{_upright('10')}</m:e><m:sup>{power}</m:sup></m:sSup>"
    return f"{text}{_upright('×')}{ten}"


def _symbol(symbol: Symbol) -> str:
    letter = "p" if symbol.letter == "prob" else GREEK.get(symbol.letter, symbol.letter)
    group = _words(symbol.group) if symbol.group else ""
    index = _upright(symbol.index) if symbol.index else ""
    units = _italic(symbol.units) if symbol.units else ""
    comma = _upright(",") if group and (index or units) else ""
    return _lowered(_italic(letter), f"{index}{units}{comma}{group}")


def _variable(variable: Variable) -> str:
    units = _italic(variable.units) if variable.units else ""
    text = _lowered(_words(variable.text), units)
    return _words(variable.function) + _bracketed(text) if variable.function else text


def _lowered(base: str, below: str) -> str:
    if not below:
        return base
    return f"<m:sSub><m:e>{base}</m:e><m:sub>{below}</m:sub></m:sSub>"


def _italic(text: str) -> str:
    return f"<m:r>{_FONT}<m:t>{_clean(text)}</m:t></m:r>"


def _upright(text: str) -> str:
    return f'<m:r><m:rPr><m:sty m:val="p"/></m:rPr>{_FONT}{_text(text)}</m:r>'


def _words(text: str) -> str:
    return f"<m:r><m:rPr><m:nor/></m:rPr>{_FONT}{_text(text)}</m:r>"


def _text(text: str) -> str:
    return f'<m:t xml:space="preserve">{_clean(text)}</m:t>'


def _clean(text: str) -> str:
    """Escape text for XML; characters that XML has no place for become blanks."""
    text = re.sub(r"[^\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]", " ", text)
    return escape(text)

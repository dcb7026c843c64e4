"""Set mathematics as text: in plain letters, or with Greek letters and subscripts.

Room: report/. Knows nodes, not models.
Takes: a `Page`.
Gives: `set_words`: lines of at most 88 columns.
Source: the layout of the level equations of a summary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from echelon.typeset.layout import printable

WIDTH = 88
GREEK = {"a": "α", "b": "β", "g": "γ", "p": "π", "e": "ε"}
GREEK |= {
    "tau": "τ",
    "sigma": "σ",
    "mu": "μ",
    "theta": "θ",
    "phi": "φ",
    "rho": "ρ",
    "delta": "δ",
    "zeta": "ζ",
    "nu": "ν",
    "kappa": "κ",
    "pi": "π",
    "eta": "η",
    "prob": "p",
}
_LOW = str.maketrans("0123456789ijkl", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗ")
_HIGH = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_RELATIONS = {"~": "∼", "<=": "≤"}


def set_words(page: Page, unicode: bool, width: int = WIDTH) -> str:
    """Set a page as lines of text.

    Parameters
    ----------
    page : what to set.
    unicode : Greek letters and subscripts; else letters and digits of ASCII, as far as names are.
    width : columns of a line.

    Returns
    -------
    Text; blocks are parted by an empty line.
    """
    writer = _Writer(unicode)
    blocks = ["\n".join(_block(block, writer, width)) for block in page.blocks if block]
    remarks = "\n".join(line for remark in page.remarks for line in _folded(remark, width))
    return "\n\n".join([*blocks, *([remarks] if remarks else [])])


def _block(block: Sequence[Statement], writer: _Writer, width: int) -> Iterator[str]:
    margin = min(max(len(s.head) + 2 if s.head else 0 for s in block), width // 2)
    before = ""
    for statement in block:
        head = "" if statement.head == before else printable(statement.head)
        before = statement.head
        if head and len(head) + 2 > margin:
            yield head
            head = ""
        start = f"{head:<{margin}}{writer.text(statement.left)} {writer.relation(statement)} "
        yield from _wrapped(start, writer.pieces(statement.right), width)


def _wrapped(start: str, pieces: Sequence[str], width: int) -> list[str]:
    """Break a sum before its signs, with what follows indented to where the sum started."""
    indent = " " * min(len(start), 2 * width // 3)
    lines = [start + pieces[0]]
    for piece in pieces[1:]:
        if len(lines[-1]) + len(piece) + 1 > width:
            lines.append(indent + piece)
        else:
            lines[-1] += f" {piece}"
    return lines


def _folded(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) + 1 > width:
            lines.append(f"  {word}")
        else:
            lines[-1] += f"{' ' * bool(lines[-1])}{word}"
    return lines


class _Writer:
    """Writes nodes, in one of the two alphabets."""

    def __init__(self, unicode: bool) -> None:
        self.unicode = unicode

    def relation(self, statement: Statement) -> str:
        """Write the sign between both sides."""
        sign = statement.relation
        return _RELATIONS.get(sign, sign) if self.unicode else sign

    def pieces(self, node: Node) -> list[str]:
        """Cut a sum into pieces that carry their signs, so that a line can be broken."""
        if isinstance(node, Applied) and isinstance(node.arguments[-1], Matrix):
            return self._by_rows(node, node.arguments[-1])
        if not isinstance(node, Total):
            return [self.text(node)]
        found: list[str] = []
        for part in node.parts:
            number = leading_number(part)
            if found and number is not None and number.is_negative:
                found.append(f"{self._minus()} {self.text(without_sign(part))}")
            else:
                found.append(f"{'+ ' * bool(found)}{self.text(part)}")
        return found or ["0"]

    def _by_rows(self, node: Applied, matrix: Matrix) -> list[str]:
        """Cut a distribution between the rows of its matrix."""
        start = f"{node.name}({', '.join(map(self.text, node.arguments[:-1]))}, ["
        rows = [f"[{', '.join(map(self.text, row))}]" for row in matrix.rows]
        return [f"{start}{rows[0]},", *(f"{row}," for row in rows[1:-1]), f"{rows[-1]}])"]

    def text(self, node: Node) -> str:
        """Write any node in one line."""
        match node:
            case Symbol():
                return self._symbol(node)
            case Variable():
                return self._variable(node)
            case Number():
                return self._number(node)
            case Words(text):
                text = printable(text)
                return text.replace("<=", "≤").replace(">=", "≥") if self.unicode else text
            case Row(parts):
                return " ".join(map(self.text, parts))
            case Total():
                return " ".join(self.pieces(node))
            case Difference(left, right):
                inner = self.text(right)
                inner = f"({inner})" if isinstance(right, Total) else inner
                return f"{self.text(left)} {self._minus()} {inner}"
        return self._composed(node)

    def _composed(self, node: Node) -> str:
        match node:
            case Applied(name, arguments):
                return f"{name}({', '.join(map(self.text, arguments))})"
            case Power(base, exponent):
                text = self.text(base)
                text = f"({text})" if isinstance(base, Row | Total) else text
                raised = exponent.translate(_HIGH) if self.unicode else f"^{exponent}"
                return text + raised
            case Over(top, bottom):
                above, below = self.text(top), self.text(bottom)
                above = f"({above})" if isinstance(top, Total | Difference) else above
                below = f"({below})" if isinstance(bottom, Total | Difference | Row) else below
                return f"{above} / {below}"
            case Vector(parts):
                mark = "′" if self.unicode else "'"
                return f"({', '.join(map(self.text, parts))}){mark}"
            case Matrix(rows):
                inner = (f"[{', '.join(map(self.text, row))}]" for row in rows)
                return f"[{', '.join(inner)}]"
        raise AssertionError(node)

    def _minus(self) -> str:
        return "−" if self.unicode else "-"

    def _number(self, number: Number) -> str:
        return number.text.replace("-", "−") if self.unicode else number.text

    def _symbol(self, symbol: Symbol) -> str:
        group = f"[{printable(symbol.group)}]" if symbol.group else ""
        if not self.unicode:
            units = f"_{symbol.units}" if symbol.units else ""
            letter = "p" if symbol.letter == "prob" else symbol.letter
            return f"{letter}{symbol.index}{units}{group}"
        letter = GREEK.get(symbol.letter, symbol.letter)
        return f"{letter}{(symbol.index + symbol.units).translate(_LOW)}{group}"

    def _variable(self, variable: Variable) -> str:
        text = printable(variable.text)
        if variable.units:
            text += variable.units.translate(_LOW) if self.unicode else f"_{variable.units}"
        return f"{variable.function}({text})" if variable.function else text

"""Write the equations of a model, in plain text and in LaTeX.

Room: formula/. Knows symbols, not data.
Takes: a Formula, and for each variable the grouping factor within which it is constant.
Gives: `level_equations`: lines of at most 88 columns; `latex_equations`: an aligned block.
Source: the layout of the HLM program's model output, in plain letters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from echelon.formula.equations import Line, Product, Symbol, Variable, equations_of
from echelon.formula.terms import Formula

_GREEK = {"a": "α", "b": "β", "g": "γ", "p": "π", "e": "ε"}
_LATEX = {"a": r"\alpha", "b": r"\beta", "g": r"\gamma", "p": r"\pi", "e": r"\varepsilon"}
_ESCAPES = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_ESCAPES |= {character: "\\" + character for character in "#$%&_{}"}


def level_equations(
    formula: Formula,
    term_levels: Mapping[str, str | None],
    *,
    order: Sequence[str] | None = None,
    link: str = "identity",
    mean: str = "",
    unicode: bool = False,
    width: int = 88,
) -> list[str]:
    r"""Write a model as textbook equations, one line each, wrapped to `width` columns.

    Nested models are written level by level, with predictors in the equation of the level at
    which they vary; crossed models as one equation with a letter for each grouping factor.

    Parameters
    ----------
    formula : a formula without a dot.
    term_levels : by variable, or by the text of a function of variables such as 'log(w)', the
        label of the outermost grouping factor within which it is constant; None, or absent: it
        varies at level 1.
    order : labels of the grouping factors from the innermost to the outermost, when the data
        show that they are nested; None: nesting is read from the formula (`a/b`).
    link : name of the link; other than 'identity' the left side is the linked mean.
    mean : what is linked, such as "P(use = 'Y')"; then there is no residual. Empty: E[response],
        or with the identity link the response and its residual.
    unicode : write Greek letters.
    width : columns of a line.

    Returns
    -------
    Lines of text, without line ends.

    Examples
    --------
    >>> from echelon.formula.parse import parse_formula
    >>> formula = parse_formula("y ~ x * w + (x | school)")
    >>> print("\n".join(level_equations(formula, {"w": "school"})))
    Level 1:           y_ij = b0_j + b1_j x_ij + e_ij
    Level 2 (school):  b0_j = g00 + g01 w_j + u0_j
                       b1_j = g10 + g11 w_j + u1_j
    """
    lines = equations_of(formula, term_levels, order=order, link=link, mean=mean)
    heads = [_head(line) for line in lines]
    margin = min(max(map(len, heads)), width // 2)
    written: list[str] = []
    for place, line in enumerate(lines):
        is_same = place > 0 and heads[place] == heads[place - 1]
        head = "" if is_same else heads[place]
        if len(head) > margin:
            written.append(head.rstrip())
            head = ""
        left = _plain_product((line.left,), unicode)
        pieces = [_plain_product(product, unicode) for product in line.right]
        written += _wrapped(f"{head:<{margin}}{left} = ", pieces, width)
    return written


def _head(line: Line) -> str:
    if line.level == 0:
        return ""
    return f"Level {line.level} ({line.unit}):  " if line.unit else f"Level {line.level}:  "


def _wrapped(start: str, pieces: Sequence[str], width: int) -> list[str]:
    """Break a sum before a '+', with what follows indented to where the sum started."""
    indent = " " * min(len(start), 2 * width // 3)
    lines = [start + (pieces[0] if pieces else "0")]
    for piece in pieces[1:]:
        if len(lines[-1]) + len(piece) + 3 > width:
            lines.append(f"{indent}+ {piece}")
        else:
            lines[-1] += f" + {piece}"
    return lines


def _plain_product(product: Product, unicode: bool) -> str:
    return " ".join(
        _plain_symbol(part, unicode) if isinstance(part, Symbol) else _plain_variable(part)
        for part in product
    )


def _plain_symbol(symbol: Symbol, unicode: bool) -> str:
    letter = _GREEK.get(symbol.letter, symbol.letter) if unicode else symbol.letter
    units = f"_{symbol.units}" if symbol.units else ""
    group = f"[{symbol.group}]" if symbol.group else ""
    return f"{letter}{symbol.index}{units}{group}"


def _plain_variable(variable: Variable) -> str:
    units = f"_{variable.units}" if variable.units else ""
    text = f"{variable.text}{units}"
    return f"{variable.function}({text})" if variable.function else text


def latex_equations(
    formula: Formula,
    term_levels: Mapping[str, str | None],
    *,
    order: Sequence[str] | None = None,
    link: str = "identity",
    mean: str = "",
) -> str:
    r"""Write a model as a LaTeX `aligned` block, one row per equation.

    Parameters
    ----------
    formula, term_levels, order, link, mean : as in `level_equations`.

    Returns
    -------
    LaTeX for math mode; names of variables stand in `\text{}`.

    Examples
    --------
    >>> from echelon.formula.parse import parse_formula
    >>> print(latex_equations(parse_formula("y ~ 1 + (1 | g)"), {}))
    \begin{aligned}
    \text{y}_{ij} &= \beta_{0j} + \varepsilon_{ij} \\
    \beta_{0j} &= \gamma_{00} + u_{0j}
    \end{aligned}
    """
    rows = []
    for line in equations_of(formula, term_levels, order=order, link=link, mean=mean):
        right = " + ".join(_latex_product(product) for product in line.right) or "0"
        rows.append(f"{_latex_product((line.left,))} &= {right}")
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(rows), r"\end{aligned}"])


def _latex_product(product: Product) -> str:
    return r" \, ".join(
        _latex_symbol(part) if isinstance(part, Symbol) else _latex_variable(part)
        for part in product
    )


def _latex_symbol(symbol: Symbol) -> str:
    letter = _LATEX.get(symbol.letter, symbol.letter)
    group = rf",\text{{{_escaped(symbol.group)}}}" if symbol.group else ""
    subscript = f"{symbol.index}{symbol.units}{group}".lstrip(",")
    return f"{letter}_{{{subscript}}}" if subscript else letter


def _latex_variable(variable: Variable) -> str:
    units = f"_{{{variable.units}}}" if variable.units else ""
    text = rf"\text{{{_escaped(variable.text)}}}{units}"
    if not variable.function:
        return text
    return rf"\operatorname{{{variable.function}}}\left({text}\right)"


def _escaped(text: str) -> str:
    """Escape for LaTeX; names lose the back-quotes they need in plain text only."""
    text = re.sub(r"`((?:[^`\\]|\\.)*)`", lambda m: re.sub(r"\\(.)", r"\1", m[1]), text)
    return re.sub(r"[\\~^#$%&_{}]", lambda match: _ESCAPES[match[0]], text)

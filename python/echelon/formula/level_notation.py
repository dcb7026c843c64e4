"""Turn the notation of textbooks into plain letters, character by character.

Room: formula/. Knows text, not data.
Takes: an equation in Greek, in LaTeX or with subscripts, and the letters of the units.
Gives: `plain` and `without_units`: text of the same length, so that places in it are places in
    what was written.
Source: Raudenbush & Bryk (2002); Snijders & Bosker (2012); Hox (2010); HLM 7 and MLwiN output.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from echelon.formula.functions import FUNCTIONS

UNIT_LETTERS = "ijklmt"
_LOW = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_LOW_LETTERS = "ᵢⱼₖₗₘₜ"
_SIGNS = {"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∼": "~", "[": "[", "ϵ": "ε"}
_QUOTED = r"`(?:[^`\\]|\\.)*`|\"[^\"]*\"|'[^']*'"
_LATEX_NAME = re.compile(
    r"\\(?:text|textit|mathrm|mathit|mathbf|operatorname)\{((?:[^{}\\]|\\.)*)\}"
)
_LATEX_SIGNS = {"cdot": "*", "times": "*", "sim": "~", "mid": "|"}
_LATEX_BLANKS = ("left", "right", "quad", "qquad", "big", "Big", "bigl", "bigr")
_LATEX_WORD = re.compile(r"\\([A-Za-z]+)")
_LATEX_MARK = re.compile(r"\\\\|\\[,;:! ]|&")
_SUBSCRIPT = re.compile(r"([^\s{}]*)_\{([\w.,]*)\}")
_NAME = re.compile(r"[^\W\d][\w.]*")
_COEFFICIENT = re.compile(
    r"(?:b|beta|β|g|gamma|γ|p|pi|π|d|delta|δ)(?:_?[0-9]+)+_?[ijk]*", re.IGNORECASE
)
_RESIDUAL = re.compile(r"[reuvwεζ]_?[0-9]+_?[ijklmt]+", re.IGNORECASE)
_ORDERS = "ijkl|ijk|ij|ji|kji|tijk|tij|ti|it|mijk|mij|mi"  # as textbooks have them
_RESPONSE_UNITS = re.compile(rf"_({_ORDERS})[\])]*$")
_FLAT_UNITS = re.compile(r"^[^\W\d_]\w*?(ijkl|ijk|tij|ij|ti|it)$")


@dataclass(frozen=True, slots=True)
class Units:
    """The letters of the units, as the response has them: 'ij'; `is_flat`: SESij, not SES_ij.

    `keeps_residuals`: u_0j stays u_0j, because its letters say the level.
    """

    letters: str = ""
    is_flat: bool = False
    keeps_residuals: bool = False


def is_coefficient(name: str) -> bool:
    """Tell a name that textbooks keep for coefficients: b0, gamma_01, π_1i."""
    return _COEFFICIENT.fullmatch(name) is not None


def plain(text: str) -> str:
    """Write signs, LaTeX and low digits in plain letters; low letters (units) become blanks."""
    if text.isascii() and "\\" not in text and "_{" not in text and "&" not in text:
        return text
    return _outside_quotes(text, _plain)


def _plain(text: str) -> str:
    text = "".join(_SIGNS.get(character, character) for character in text)
    text = re.sub(rf"([{''.join(_LOW)}]*)([{_LOW_LETTERS}]+)", _lowered, text)
    text = "".join(_LOW.get(character, character) for character in text)
    if "\\" in text or "_{" in text or "&" in text:
        text = text.replace(r"\textasciicircum{}", "^".rjust(18))
        text = _LATEX_NAME.sub(_latex_name, text)
        text = _outside_quotes(text, _without_latex)
    return text


def _without_latex(text: str) -> str:
    text = _LATEX_WORD.sub(_latex_word, text)
    text = _LATEX_MARK.sub(lambda m: " " * len(m[0]), text)
    return _SUBSCRIPT.sub(_braced, text)


def _lowered(match: re.Match[str]) -> str:
    return match[1] + " " * len(match[2])


def _latex_name(match: re.Match[str]) -> str:
    r"""Take the words out of `\text{...}`, moved to the right, where a subscript may follow."""
    inner = re.sub(r"\\(.)", r"\1", match[1]).strip()
    if not _NAME.fullmatch(inner) and not re.search(r"[()\[\]=]", inner) and inner:
        inner = "`" + inner.replace("`", "\\`") + "`"
    return inner.rjust(len(match[0]))


def _latex_word(match: re.Match[str]) -> str:
    word = match[1]
    if word in _LATEX_SIGNS:
        return _LATEX_SIGNS[word].ljust(len(match[0]))
    if word in _LATEX_BLANKS:
        return " " * len(match[0])
    return " " + (word.removeprefix("var") if word != "var" else word).rjust(len(word))


def _braced(match: re.Match[str]) -> str:
    """Take the braces off a subscript; the name moves to the right, so that it stays whole."""
    whole = f"{match[1]}_{match[2].replace(',', '')}"
    return whole.rjust(len(match[0])) if match[1] else whole.ljust(len(match[0]))


def units_of(left: str, right: str) -> Units:
    """Find the letters of the units on the response: y_ij, or yij where the residual is rij."""
    found = _RESPONSE_UNITS.search(left.strip())
    if found and len(set(found[1])) == len(found[1]):
        return Units(found[1])
    flat = _FLAT_UNITS.match(left.strip())
    if flat and re.search(rf"(?<!\w)[reuvwεη]{flat[1]}(?!\w)", right, re.IGNORECASE):
        return Units(flat[1], True)
    linear = re.search(rf"(?:β|b|π)_?0({UNIT_LETTERS[1]}k?)\b", right) if flat else None
    return Units(flat[1], True) if flat and linear else Units()


def without_units(text: str, units: Units) -> str:
    """Blank the subscripts of units out of every name but those of coefficients."""
    if not units.letters:
        return text
    after = re.compile(rf"(?<=[`)\]])_([{units.letters}]+)(?!\w)")
    text = after.sub(lambda match: " " * len(match[0]), text)
    return _outside_quotes(text, lambda piece: _NAME.sub(lambda m: _bare(m, units), piece))


def _bare(match: re.Match[str], units: Units) -> str:
    name = match[0]
    is_kept = units.keeps_residuals and _RESIDUAL.fullmatch(name)
    if is_kept or is_coefficient(name) or name in FUNCTIONS:
        return name
    letters = f"[{units.letters}]"
    found = re.fullmatch(rf"(.*?[^_])(_{letters}+|(?<=[0-9])_?{letters}+)", name)
    if found is None and units.is_flat:
        found = re.fullmatch(rf"(.*?[^_])({letters}+)", name)
    if found is None or len(set(found[2])) < len(found[2]):
        return name
    return found[1].ljust(len(name))


def _outside_quotes(text: str, change: Callable[[str], str]) -> str:
    """Change what does not stand in quotes."""
    pieces = re.split(f"({_QUOTED})", text)
    return "".join(piece if k % 2 else change(piece) for k, piece in enumerate(pieces))

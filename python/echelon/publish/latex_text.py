"""Text for LaTeX: every character escaped, declared or replaced, so that it compiles.

Room: publish/. Knows characters; words nothing.
Takes: plain text.
Gives: LaTeX source, and declarations for letters that pdflatex does not know.
Source: The LaTeX Companion (3rd ed.), special characters; utf8.def of LaTeX for what T1 covers.
"""

from __future__ import annotations

import re

ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}", "'": r"\textquotesingle{}",
    "²": r"\textsuperscript{2}", "³": r"\textsuperscript{3}", "±": r"$\pm$", "×": r"$\times$",
    "·": r"$\cdot$", "≤": r"$\leq$", "≥": r"$\geq$", "≈": r"$\approx$", "−": r"$-$", "→": r"$\to$",
    "∞": r"$\infty$", "√": r"$\surd$", "…": r"\ldots{}", "–": "--", "—": "---", "“": "``",
    "”": "''", "‘": "`", "’": "'", "\u00a0": "~", "\u2007": "~", "\u2008": "~", "\u2009": r"\,",
    "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "δ": r"$\delta$", "θ": r"$\theta$",
    "λ": r"$\lambda$", "μ": r"$\mu$", "π": r"$\pi$", "ρ": r"$\rho$", "σ": r"$\sigma$",
    "ε": r"$\varepsilon$", "ζ": r"$\zeta$", "η": r"$\eta$", "κ": r"$\kappa$", "ν": r"$\nu$",
    "ξ": r"$\xi$", "ψ": r"$\psi$", "Γ": r"$\Gamma$", "Δ": r"$\Delta$", "Θ": r"$\Theta$",
    "Λ": r"$\Lambda$", "Π": r"$\Pi$", "Φ": r"$\Phi$", "Ψ": r"$\Psi$", "Ω": r"$\Omega$",
    "τ": r"$\tau$", "φ": r"$\varphi$", "χ": r"$\chi$", "ω": r"$\omega$", "Σ": r"$\Sigma$",
}  # fmt: skip
# Apostrophes of prose stay; straight quotes around names are set straight.
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)|(?<=s)'(?=\s\w)")
_MINUS = re.compile(r"(?<![\w.)\]\-])-(?=\.?\d)")  # before a number that stands alone
_LAST_OF_T1 = 0x17F  # Latin Extended-A: what utf8 and T1 know between them


def escaped(text: str) -> str:
    """Escape text so that LaTeX prints it as it is."""
    marked = _MINUS.sub("−", _APOSTROPHE.sub("’", text))
    return "".join(ESCAPES.get(character, character) for character in marked)


def verbatim(text: str) -> str:
    """Set lines as they are, in letters of one width; they fold between words."""
    lines = [_line(line) for line in text.splitlines()]
    inside = "\\\\\n".join(lines)
    return f"\\begin{{flushleft}}\\small\\ttfamily\n{inside}\n\\end{{flushleft}}"


def declared(source: str) -> str:
    """Declare characters that pdflatex has no letter for: it prints their code points.

    xelatex and lualatex take them from their fonts.
    """
    unknown = sorted({c for c in source if ord(c) > _LAST_OF_T1 and c.isprintable()})
    if not unknown:
        return ""
    lines = [rf"  \DeclareUnicodeCharacter{{{ord(c):04X}}}{{{_printed(c)}}}" for c in unknown]
    return "\n".join([r"\ifPDFTeX", *lines, r"\fi", ""])


def _printed(character: str) -> str:
    """Give a letter as mathematics where there is one, else its code point."""
    return ESCAPES.get(character, rf"[U+{ord(character):04X}]\allowbreak{{}}")


def _line(line: str) -> str:
    """Keep the spaces at the start of a line and between its columns."""
    start = len(line) - len(line.lstrip(" "))
    body = "".join(ESCAPES.get(c, c) for c in line.lstrip(" "))
    body = re.sub(r" {2,}", lambda run: "~" * len(run[0]), body)
    return "\\mbox{}" + "~" * start + body

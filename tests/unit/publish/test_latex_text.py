"""Text for LaTeX."""

from __future__ import annotations

import pytest

from echelon.publish.latex_text import ESCAPES, declared, escaped, verbatim


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("50% of $x_1$ & {y}", r"50\% of \$x\_1\$ \& \{y\}"),
        ("a\\b ~ c^2 #1", r"a\textbackslash{}b \textasciitilde{} c\textasciicircum{}2 \#1"),
        ("p < .001 | g", r"p \textless{} .001 \textbar{} g"),
        ("Levene's test of 'ses'", r"Levene's test of \textquotesingle{}ses\textquotesingle{}"),
        ("R² ≤ 1 × σ – so", r"R\textsuperscript{2} $\leq$ 1 $\times$ $\sigma$ -- so"),
        ("Prüfung 学校", "Prüfung 学校"),
    ],
)
def test_escaped(text: str, said: str) -> None:
    assert escaped(text) == said


def test_every_replacement_is_ascii() -> None:
    assert all(text.isascii() for text in ESCAPES.values())


def test_lines_keep_their_spaces() -> None:
    assert verbatim("a:  b\n  c_1") == (
        "\\begin{flushleft}\\small\\ttfamily\n\\mbox{}a:~~b\\\\\n\\mbox{}~~c\\_1\n\\end{flushleft}"
    )


def test_minus_signs_of_numbers() -> None:
    assert escaped("z = -2.1, [-.5, 3], x-1, 5-10, 2e-7") == (
        "z = $-$2.1, [$-$.5, 3], x-1, 5-10, 2e-7"
    )
    assert declared("Δ").splitlines()[1] == r"  \DeclareUnicodeCharacter{0394}{$\Delta$}"


def test_unknown_letters_are_declared() -> None:
    assert declared("Łódź, é") == ""
    assert declared("学校学") == (
        "\\ifPDFTeX\n  \\DeclareUnicodeCharacter{5B66}{[U+5B66]\\allowbreak{}}\n"
        "  \\DeclareUnicodeCharacter{6821}{[U+6821]\\allowbreak{}}\n\\fi\n"
    )

"""The Markdown report: tables of GitHub, links to charts, nothing read as markup by chance."""

from __future__ import annotations

import pytest

from echelon.publish.document import Code, Document
from echelon.publish.markdown import escaped, markdown
from tests.unit.publish.pages import document


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1. a", r"1\. a"),
        ("- b", r"\- b"),
        ("-0.5", "-0.5"),
        ("# c # d", r"\# c # d"),
        ("<b> p < .001", r"\<b> p < .001"),
        ("R & S, &amp;", r"R & S, \&amp;"),
        ("[7.2, 13.7] [a](b)", r"[7.2, 13.7] [a\](b)"),
        ("x_1 | *g* ~ $y$", r"x\_1 \| \*g\* \~ \$y\$"),
    ],
)
def test_escaped(text: str, said: str) -> None:
    assert escaped(text) == said


def test_page() -> None:
    drawn = markdown(document(with_figures=1), "a b-figures")
    text = drawn.content.decode()
    assert text.startswith(r"# A model of \<b>50% & \$x\_1^2\$ {a}\\b #1 \~ \| \`c\`\*d\*")
    assert "**Table 1**  \n*Fixed effects of \\<y>*" in text
    assert "| Term | Estimate | df |\n| :-- | --: | --: |\n| (Intercept) | 251.41 | 17 |" in text
    assert "*Note.* df by \\<us>. Second note." in text
    assert '![Two points & a "line".](a%20b-figures/figure-1.svg)' in text
    assert drawn.files["figure-1.svg"].startswith(b"<svg")
    assert "```python\nprint(1)\n```" in text
    assert "- First & last.\n- Second\\_one." in text


def test_fences_are_longer_than_what_they_hold() -> None:
    text = markdown(Document("t", "", (Code("a ``` b"),)), "f").content.decode()
    assert "````text\na ``` b\n````" in text

from hypothesis import given
from hypothesis import strategies as st

from echelon.formula.equations import Symbol, Variable
from echelon.report.equation_latex import escaped, set_latex
from echelon.report.equation_nodes import (
    Applied,
    Difference,
    Matrix,
    Number,
    Over,
    Page,
    Power,
    Row,
    Statement,
    Total,
    Vector,
    Words,
)

SPECIAL = '\\{}$%&_#^~<>|" \n\té学a'
names = st.text(st.one_of(st.sampled_from(SPECIAL), st.characters()), max_size=12)


def without_escapes(text: str) -> str:
    """Take out what LaTeX reads as a character: what is left must balance."""
    for escape in ("\\\\", *("\\" + c for c in "#$%&_{}")):
        text = text.replace(escape, "")
    return text


def balanced(text: str) -> bool:
    depth = 0
    for character in without_escapes(text):
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0


@given(names)
def test_escaped_text_has_no_special_character_left(name: str) -> None:
    text = without_escapes(escaped(name)).replace("{}", "").replace("$\\le$", "")
    text = text.replace("$\\ge$", "")
    assert not set(text) & set('{}$%&_#^~<>|"\n')
    assert balanced(escaped(name))


@given(names, names)
def test_braces_balance_whatever_the_names(name: str, group: str) -> None:
    symbol, variable = Symbol("u", "0", "j", group), Variable(name, "ij", "logit")
    total = Total((symbol, Row((Number("-2.00"), variable)), Words(name)))
    law = Applied("N", (Number("0"), Matrix(((symbol, Number("3.2e-07")), (symbol, symbol)))))
    page = Page(
        (
            (Statement(variable, "=", total, name), Statement(Vector((symbol,)), "~", law)),
            (Statement(Power(total, "2"), "<=", Over(Difference(symbol, total), variable)),),
        ),
        (name,),
    )
    text = set_latex(page)
    assert balanced(text)
    for word in ("aligned", "pmatrix", "bmatrix"):
        assert text.count(rf"\begin{{{word}}}") == text.count(rf"\end{{{word}}}")
    assert text.count(r"\left(") == text.count(r"\right)")


def test_numbers_and_signs() -> None:
    total = Total((Number("1.50"), Row((Number("-0.20"), Variable("x", "i"))), Number("1.2e-07")))
    text = set_latex(Page(((Statement(Variable("y", "i"), "=", total),),)))
    assert text == (
        "\\begin{aligned}\n"
        r"\text{y}_{i} &= 1.50 - 0.20 \, \text{x}_{i} + 1.2 \times 10^{-7}"
        "\n\\end{aligned}"
    )


def test_heads_stand_before_their_lines() -> None:
    first = Statement(Variable("y", "ij"), "=", Symbol("b", "0", "j"), "Level 1:")
    second = Statement(Symbol("b", "0", "j"), "=", Symbol("g", "00"), "Level 2 (g):")
    last = Statement(Symbol("e", "", "ij"), "~", Applied("N", (Number("0"),)))
    text = set_latex(Page(((first, second, second), (last,)), ("word " * 40,)))
    assert text.splitlines()[:6] == [
        r"\begin{aligned}",
        r"&\begin{aligned}",
        r"&\text{Level 1:}\quad & \text{y}_{ij} &= \beta_{0j} \\",
        r"&\text{Level 2 (g):}\quad & \beta_{0j} &= \gamma_{00} \\",
        r"&& \beta_{0j} &= \gamma_{00}",
        r"\end{aligned}",
    ]
    assert text.count(r"&\text{word word") == 3  # lines of a remark


def test_long_names_go_on_below() -> None:
    statement = Statement(
        Variable("y" * 41, "i"), "=", Symbol("b", "0"), "Level 1 (of many words):"
    )
    text = set_latex(Page(((statement,),)))
    assert rf"&\text{{{'y' * 41}}}_{{i}} \\" in text
    assert r"&= \beta_{0}" in text
    parts = tuple(Row((Number("2"), Variable(f"predictor_{k}"))) for k in range(9))
    broken = set_latex(Page(((Statement(Variable("y"), "=", Total(parts)),),)))
    assert "\n&\\quad + 2" in broken

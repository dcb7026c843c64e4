from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from echelon.formula.equations import Symbol, Variable
from echelon.report.equation_mathml import set_mathml
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

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"


@given(st.text(max_size=12), st.text(max_size=5))
def test_well_formed_whatever_the_names(name: str, group: str) -> None:
    symbol, variable = Symbol("u", "0", "j", group), Variable(name, "ij", "logit")
    total = Total((symbol, Row((Number("-2.00"), variable)), Words(name), Number("-1.2e-07")))
    law = Applied("N", (Number("0"), Matrix(((symbol, total), (symbol, symbol)))))
    page = Page(
        (
            (Statement(variable, "=", total, name), Statement(Vector((symbol,)), "~", law)),
            (Statement(Power(total, "2"), "<=", Over(Difference(symbol, total), variable)),),
        ),
        (name,),
    )
    tree = ElementTree.fromstring(set_mathml(page))
    assert len(tree.findall(f".//{NAMESPACE}math")) == 2
    assert len(tree.findall("p")) == 1
    for fraction in tree.iter(f"{NAMESPACE}mfrac"):
        assert len(fraction) == 2
    for element in (*tree.iter(f"{NAMESPACE}msub"), *tree.iter(f"{NAMESPACE}msup")):
        assert len(element) == 2


def test_long_sums_go_on_in_the_next_row() -> None:
    parts = tuple(Row((Symbol("b", str(k)), Variable(f"predictor_{k}", "ij"))) for k in range(12))
    page = Page(((Statement(Variable("y", "ij"), "=", Total(parts)),),))
    tree = ElementTree.fromstring(set_mathml(page))
    table = tree.find(f".//{NAMESPACE}mtable")
    assert table is not None
    assert len(table) > 1
    assert "".join(tree.itertext()).count("predictor_") == 12


def rows_of(page: Page) -> list[str]:
    tree = ElementTree.fromstring(set_mathml(page))
    return ["".join(row.itertext()) for row in tree.iter(f"{NAMESPACE}mtr")]


def test_long_left_sides_and_heads_have_rows_of_their_own() -> None:
    statement = Statement(
        Variable("y" * 41, "i"), "=", Number("1"), "Level 1 (of many words, all):"
    )
    assert rows_of(Page(((statement,),))) == [
        "Level\u00a01\u00a0(of\u00a0many\u00a0words,\u00a0all):", "y" * 41 + "i", "=1"
    ]  # fmt: skip
    short = Statement(Variable("y", "i"), "=", Number("1"), "Level 1:")
    assert rows_of(Page(((short,),))) == ["Level\u00a01:yi=1"]


def test_names_stay_on_their_line() -> None:
    """Browsers fold text in mathematics, and cut what is folded."""
    text = set_mathml(Page(((Statement(Variable("学 校"), "=", Words("a b")),),)))
    assert text.count('<mtext style="white-space:nowrap">') == 2
    assert "学\u00a0校" in text


def test_a_sum_that_goes_on_keeps_the_space_of_its_signs() -> None:
    parts = tuple(Row((Number("-1"), Variable(f"predictor_{k}", "ij"))) for k in range(9))
    text = set_mathml(Page(((Statement(Variable("y"), "=", Total(parts)),),)))
    assert text.count('<mo form="infix">−</mo>') == 8

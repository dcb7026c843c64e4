from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from echelon.formula.equations import Symbol, Variable
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
from echelon.report.equation_omml import set_omml

SPACE = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"


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
    for block in set_omml(page):
        for line in block:
            for side in (line.left, line.right):
                tree = ElementTree.fromstring(side or "<none/>")
                for kind, parts in (("f", 2), ("sSub", 2), ("sSup", 2), ("d", 1)):
                    assert all(len(each) == parts for each in tree.iter(f"{SPACE}{kind}"))


def said(side: str) -> str:
    return "".join(ElementTree.fromstring(side).itertext())


def test_lines() -> None:
    """Signs are those of the numbers; a long sum goes on below, a long left side alone."""
    parts = tuple(Row((Number("-0.50"), Variable(f"predictor_{k}", "ij"))) for k in range(9))
    page = Page(((Statement(Variable("y", "ij"), "=", Total((Number("1"), *parts)), "Level 1:"),),))
    first, *others = set_omml(page)[0]
    assert (first.head, said(first.left), first.n_left) == ("Level 1:", "yij", 3)
    assert said(first.right).startswith("= 1−0.50\u2009predictor_0ij−0.50")
    assert others
    assert all(line.left == "" and said(line.right).startswith("−0.50") for line in others)
    long = Page(((Statement(Variable("y" * 41, "i"), "=", Number("3.2e-07")),),))
    above, below = set_omml(long)[0]
    assert (said(above.left), above.right) == ("y" * 41 + "i", "")
    assert (below.left, said(below.right)) == ("", "= 3.2×10−7")


def test_long_heads_stand_above() -> None:
    head = f"Level 2 ({'g' * 50}):"
    statement = Statement(Symbol("b", "0", "j"), "=", Symbol("g", "00"), head)
    lines = set_omml(Page(((statement, statement),)))[0]
    assert [line.head for line in lines] == [head, "", ""]
    assert lines[0].left == lines[0].right == ""

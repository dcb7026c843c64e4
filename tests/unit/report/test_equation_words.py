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
)
from echelon.report.equation_words import set_words

X, U, TAU = Variable("x", "ij"), Symbol("u", "0", "j"), Symbol("tau", "00", group="g")
TOTAL = Total((Number("-1.00"), Row((Number("-0.50"), X)), U))
NODES: list[tuple[Node, str, str]] = [
    (TOTAL, "-1.00 - 0.50 x_ij + u0_j", "−1.00 − 0.50 xᵢⱼ + u₀ⱼ"),
    (Total(()), "0", "0"),
    (TAU, "tau00[g]", "τ₀₀[g]"),
    (Symbol("prob", "", "ij"), "p_ij", "pᵢⱼ"),
    (Power(Symbol("sigma", ""), "2"), "sigma^2", "σ²"),
    (Power(Row((X, U)), "2"), "(x_ij u0_j)^2", "(xᵢⱼ u₀ⱼ)²"),
    (Over(Difference(X, TOTAL), X), "(x_ij - (TOTAL)) / x_ij", "(xᵢⱼ − (TOTAL)) / xᵢⱼ"),
    (Over(U, Row((X, X))), "u0_j / (x_ij x_ij)", "u₀ⱼ / (xᵢⱼ xᵢⱼ)"),
    (Applied("", (U,)), "(u0_j)", "(u₀ⱼ)"),
    (Vector((U, U)), "(u0_j, u0_j)'", "(u₀ⱼ, u₀ⱼ)′"),
    (Words("<= c"), "<= c", "≤ c"),
    (Variable("x", "i", "log"), "log(x_i)", "log(xᵢ)"),
    (Variable("a\nb", ""), "a b", "a b"),
]


def test_every_node() -> None:
    for node, plain, greek in NODES:
        for unicode, expected in ((False, plain), (True, greek)):
            page = Page(((Statement(X, "=", Row((node,))),),))
            inner = TOTAL_TEXTS[unicode]
            text = set_words(page, unicode).partition(" = ")[2]
            assert text.replace("\\n", " ") == expected.replace("TOTAL", inner)


TOTAL_TEXTS = {False: NODES[0][1], True: NODES[0][2]}


def test_heads_share_a_margin_and_blocks_a_blank_line() -> None:
    one = Statement(X, "=", U, "Level 1:")
    two = Statement(U, "~", Applied("N", (Number("0"), TAU)), "Level 2 (g):")
    text = set_words(Page(((one, two, two), (Statement(U, "=", X),)), ("Said.",)), False)
    assert text == (
        "Level 1:      x_ij = u0_j\n"
        "Level 2 (g):  u0_j ~ N(0, tau00[g])\n"
        "              u0_j ~ N(0, tau00[g])\n"
        "\n"
        "u0_j = x_ij\n"
        "\n"
        "Said."
    )


def test_matrices_are_broken_between_rows() -> None:
    row = (Variable("a_rather_long_entry", ""),) * 2
    law = Applied("N", (Number("0"), Matrix((row, row))))
    text = set_words(Page(((Statement(U, "~", law),),)), False, width=60)
    assert [len(line) <= 60 for line in text.split("\n")] == [True, True]

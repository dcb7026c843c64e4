import pytest

from echelon.formula.parse import parse_formula
from echelon.formula.render import latex_equations, level_equations

WRITTEN = {
    "y ~ x": "Level 1:  y_i = b0 + b1 x_i + e_i",
    "y ~ 0": "Level 1:  y_i = e_i",
    "~ x": "Level 1:  y_i = b0 + b1 x_i + e_i",
    "mathach ~ ses * w + (ses | g)": """\
Level 1:      mathach_ij = b0_j + b1_j ses_ij + e_ij
Level 2 (g):  b0_j = g00 + g01 w_j + u0_j
              b1_j = g10 + g11 w_j + u1_j""",
    "y ~ 0 + x + `a b` + (0 + x | g)": """\
Level 1:      y_ij = b1_j x_ij + b2 `a b`_ij + e_ij
Level 2 (g):  b1_j = g10 + u1_j""",
    "y ~ (x | g)": """\
Level 1:      y_ij = b0_j + b1_j x_ij + e_ij
Level 2 (g):  b0_j = g00 + u0_j
              b1_j = u1_j""",
    "y ~ x + w + (w || g)": """\
Level 1:      y_ij = b0_j + b1 x_ij + e_ij
Level 2 (g):  b0_j = g00 + g01 w_j + u0_j + u0.1_j w_j""",
    "y ~ x*v*w + offset(t) + (x | g/h)": """\
Level 1:        y_ijk = p0_jk + p1_jk x_ijk + t_ijk + e_ijk
Level 2 (g:h):  p0_jk = b00_k + b01_k v_jk + r0_jk
                p1_jk = b10_k + b11_k v_jk + r1_jk
Level 3 (g):    b00_k = g000 + g001 w_k + u00_k
                b01_k = g010 + g011 w_k
                b10_k = g100 + g101 w_k + u10_k
                b11_k = g110 + g111 w_k""",
    "y ~ x + x:w + (1 | a) + (x | b) + (0 + x | a)": (
        "y = b0 + b1 x + b2 x w + u0[a] + u1[a] x + v0[b] + v1[b] x + e"
    ),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_plain_text(text: str) -> None:
    lines = level_equations(parse_formula(text), {"w": "g", "v": "g:h", "x": None})
    assert "\n".join(lines) == WRITTEN[text]


def test_other_links_have_no_residual() -> None:
    formula = parse_formula("s / n ~ x + (1 | g)")
    assert level_equations(formula, {}, link="logit") == [
        "Level 1:      logit(E[s / n]_ij) = b0_j + b1 x_ij",
        "Level 2 (g):  b0_j = g00 + u0_j",
    ]


def test_greek_letters() -> None:
    lines = level_equations(parse_formula("y ~ (1 | g)"), {}, unicode=True)
    assert lines == ["Level 1:      y_ij = β0_j + ε_ij", "Level 2 (g):  β0_j = γ00 + u0_j"]


def test_numbers_above_nine_are_kept_apart() -> None:
    names = " + ".join(f"x{i}" for i in range(1, 12))
    lines = level_equations(parse_formula(f"y ~ {names} + (0 + x11 | g)"), {})
    assert lines[-1] == "Level 2 (g):  b11_j = g11,0 + u11_j"


def test_long_equations_are_wrapped() -> None:
    names = " + ".join(f"predictor_{i}" for i in range(12))
    lines = level_equations(parse_formula(f"y ~ {names} + (1 | g)"), {})
    assert max(map(len, lines)) <= 88
    assert lines[1].startswith(" " * len("Level 1:      y_ij = ") + "+ b")


def test_a_long_head_stands_on_its_own_line() -> None:
    name = "a_very_long_name_of_a_grouping_factor_indeed"
    lines = level_equations(parse_formula(f"y ~ (1 | {name})"), {})
    assert lines[1] == f"Level 2 ({name}):"
    assert lines[2].strip() == "b0_j = g00 + u0_j"


def test_latex() -> None:
    text = latex_equations(parse_formula("y_1 ~ x*w + (x | g)"), {"w": "g"})
    assert (
        text
        == r"""\begin{aligned}
\text{y\_1}_{ij} &= \beta_{0j} + \beta_{1j} \, \text{x}_{ij} + \varepsilon_{ij} \\
\beta_{0j} &= \gamma_{00} + \gamma_{01} \, \text{w}_{j} + u_{0j} \\
\beta_{1j} &= \gamma_{10} + \gamma_{11} \, \text{w}_{j} + u_{1j}
\end{aligned}"""
    )


def test_latex_of_a_crossed_model() -> None:
    text = latex_equations(parse_formula("y ~ x + (x | a_1) + (1 | b)"), {}, link="logit")
    left, right = text.split("\n")[1].split(" &= ")
    assert left == r"\operatorname{logit}\left(\text{E[y]}\right)"
    assert right.split(" + ") == [
        r"\beta_{0}",
        r"\beta_{1} \, \text{x}",
        r"u_{0,\text{a\_1}}",
        r"u_{1,\text{a\_1}} \, \text{x}",
        r"v_{0,\text{b}}",
    ]


def test_special_characters_are_escaped_for_latex() -> None:
    text = latex_equations(parse_formula(r"y ~ `50%_{a}\\^~`"), {})
    assert r"\text{50\%\_\{a\}\textbackslash{}\textasciicircum{}\textasciitilde{}}" in text


def test_a_grouping_factor_is_the_same_in_another_order() -> None:
    lines = level_equations(parse_formula("y ~ x + (0 + x | g:h) + (1 | h/g)"), {"x": None})
    assert [line.split(":  ")[0].strip() for line in lines if ":  " in line][1] == "Level 2 (g:h)"

from echelon.formula.equations import Line, Symbol, Variable, equations_of
from echelon.formula.parse import parse_formula


def test_a_predictor_stands_at_the_level_at_which_it_varies() -> None:
    one, two = equations_of(parse_formula("y ~ x + w + (1 | g)"), {"x": None, "w": "g"})
    assert one == Line(
        1,
        "",
        Variable("y", "ij"),
        (
            (Symbol("b", "0", "j"),),
            (Symbol("b", "1", ""), Variable("x", "ij")),
            (Symbol("e", "", "ij"),),
        ),
    )
    assert two == Line(
        2,
        "g",
        Symbol("b", "0", "j"),
        (
            (Symbol("g", "00", ""),),
            (Symbol("g", "01", ""), Variable("w", "j")),
            (Symbol("u", "0", "j"),),
        ),
    )


def test_centred_predictors_vary_as_their_variable_and_means_as_their_group() -> None:
    formula = parse_formula("y ~ cwc(x, g) + gm(x, g) + log(w) + (1 | g)")
    one, two = equations_of(formula, {"w": "g"})
    assert one.right[1][1] == Variable("cwc(x, g)", "ij")
    assert [product[1] for product in two.right[1:3]] == [
        Variable("gm(x, g)", "j"),
        Variable("log(w)", "j"),
    ]


def test_crossed_models_have_one_equation() -> None:
    (line,) = equations_of(parse_formula("y ~ 1 + (1 | a) + (1 | b)"), {})
    assert line.level == 0
    assert [product[0] for product in line.right[1:3]] == [
        Symbol("u", "0", group="a"),
        Symbol("v", "0", group="b"),
    ]


def test_the_data_may_know_of_nesting_that_the_formula_does_not() -> None:
    formula = parse_formula("y ~ 1 + (1 | a) + (1 | b)")
    assert [line.unit for line in equations_of(formula, {}, order=["b", "a"])] == ["", "b", "a"]


def test_many_levels_and_multiple_membership_have_one_equation() -> None:
    assert len(equations_of(parse_formula("y ~ (1 | a/b/c/d)"), {})) == 1
    assert len(equations_of(parse_formula("y ~ (1 | mm(a, b))"), {})) == 1


def test_a_level_may_be_given_for_a_function_of_variables() -> None:
    formula = parse_formula("y ~ log(w) + I(x^2) + (1 | g)")
    one, two = equations_of(formula, {"log(w)": "g", "I(x^2)": None, "x": "g"})
    assert one.right[1][1] == Variable("I(x^2)", "ij")
    assert two.right[1][1] == Variable("log(w)", "j")

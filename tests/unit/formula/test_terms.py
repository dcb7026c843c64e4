from echelon.formula.expression import Name
from echelon.formula.parse import parse_formula
from echelon.formula.terms import Grouping, Term


def test_term_label() -> None:
    assert Term((Name("a"), Name("b c"))).label == "a:b c"


def test_grouping_label_and_variables() -> None:
    grouping = Grouping((Name("a"), Name("b")))
    assert grouping.label == "a:b"
    assert grouping.variables == ("a", "b")


def test_multiple_membership_label_and_variables() -> None:
    grouping = Grouping((), (Name("t1"), Name("t2")), (Name("w1"), Name("w2")))
    assert grouping.label == "mm(t1, t2)"
    assert grouping.variables == ("t1", "t2")


def test_formulas_that_mean_the_same_are_equal() -> None:
    assert parse_formula("y~a*b+(x|g)") == parse_formula("y ~ a + b + a:b + (1 + x | g)")


def test_formulas_with_different_dots_are_not_equal() -> None:
    assert parse_formula("y ~ .") != parse_formula("y ~ . - x")
    assert parse_formula("y ~ .  -x") == parse_formula("y~. - x")

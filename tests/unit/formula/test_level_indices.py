import pytest

from echelon.errors import FormulaError
from echelon.formula.level_syntax import read_equations
from echelon.formula.levels import levels

GOLDSTEIN = """
y_ijk = β_0ijk cons + β_1j x_ijk
β_0ijk = β_0 + v_0k + u_0jk + e_0ijk
β_1j = β_1 + v_1k
"""


def test_one_equation_per_level() -> None:
    found = read_equations(GOLDSTEIN, ("class", "school"))
    assert [(e.level, e.unit) for e in found] == [
        (1, None),
        (2, "class"),
        (3, "school"),
        (3, "school"),
    ]


@pytest.mark.parametrize(
    ("text", "groupings", "formula"),
    [
        (GOLDSTEIN, ("class", "school"), "y ~ x + (1 + x | school) + (1 | school:class)"),
        ("y_ij = b0_j + b1 x_ij + e_ij\nb0_j = g00 + u0_j", "g", "y ~ x + (1 | g)"),
        ("y_ij = b_0ij x_0 + b_1 x_1ij\nb_0ij = b_0 + u_0j + e_0ij", ("g",), "y ~ x_1 + (1 | g)"),
    ],
)
def test_subscripts_say_the_level(text: str, groupings: tuple[str, ...], formula: str) -> None:
    assert levels(text, groupings=groupings).text == formula


def test_without_groupings_a_heading_is_needed() -> None:
    with pytest.raises(FormulaError, match="do not start with a level"):
        levels(GOLDSTEIN)

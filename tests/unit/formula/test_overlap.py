import pytest

from echelon.errors import FormulaError
from echelon.formula.parse import parse_formula


@pytest.mark.parametrize(
    "text",
    [
        "(1 | g) + (0 + x | g)",
        "(1 | g) + (1 | h)",
        "(1 | a/b)",
        "(x || g) + (0 + z | g)",
        "(1 | a) + (1 | a:b)",
        "(1 | g) + (1 | factor(g))",
        "(1 | mm(a, b)) + (1 | a)",
    ],
)
def test_allowed(text: str) -> None:
    assert len(parse_formula(f"y ~ {text}").random) in (1, 2)


@pytest.mark.parametrize(
    "text",
    [
        "(1 | g) + (1 | g)",
        "(1 | g) + (x | g)",
        "(x | g) + (0 + x | g)",
        "(1 | a:b) + (1 | b:a)",
        "(1 | a/b) + (1 | a)",
        "(0 + a:b | g) + (0 + b:a | g)",
        "(1 | mm(a, b)) + (1 | mm(b, a))",
        "(1 | g) + id(1 | g)",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(f"y ~ {text}")

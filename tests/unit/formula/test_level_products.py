import pytest

from echelon.formula.level_products import join_products
from echelon.formula.tokens import tokenize

JOINED = {
    "y = b0 + b1 x": "y = b0 + b1 * x",
    "y = b0 + b1 x z + r": "y = b0 + b1 * x * z + r",
    "y = b1(x)(z) w": "y = b1 * ( x ) * ( z ) * w",
    "y = slope x": "y = slope * x",
    "y = g1 log(x)": "y = g1 * log ( x )",
    "y = b0 b1": "y = b0 b1",
    "y = ses sector": "y = ses sector",
    "y = b1*(x - 1)": "y = b1 * ( x - 1 )",
    "y z = b1": "y z = b1",
}


@pytest.mark.parametrize("text", JOINED)
def test_join(text: str) -> None:
    tokens = join_products(tokenize(text), {"slope"})
    assert " ".join(token.value for token in tokens).strip() == JOINED[text]

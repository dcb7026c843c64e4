import pytest

from echelon.errors import FormulaError
from echelon.formula.level_centring import centred_differences
from echelon.formula.level_notation import Units, plain, without_units

CENTRED = {
    "b1 (X_ij − X̄_.j) + r": "b1 cwc(X)",
    "b1*(SES_ij - SES-bar.j)": "b1*cwc(SES)",
    "b1*(W_j - W-bar..)": "b1*cgm(W)",
    "b1*(x_ij - mean(x)_j)": "b1*cwc(x)",
    "g01*SES-bar.j": "g01*gm(SES)",
    "b1*(x_ij - 5)": "b1*(x    - 5)",
    r"b1 (x_{ij} - \bar{x}_{.j})": "b1",
}


@pytest.mark.parametrize("text", list(CENTRED)[:-1])
def test_means_that_are_subtracted(text: str) -> None:
    units = Units("ij")
    found = centred_differences(text, without_units(plain(text), units), units)
    assert len(found) == len(text)
    assert found.startswith(CENTRED[text])


def test_a_mean_without_a_subscript_is_refused() -> None:
    with pytest.raises(FormulaError, match="not clear which mean"):
        centred_differences("b1 (x - xbar)", "b1 (x - xbar)", Units())

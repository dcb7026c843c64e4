import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.formula.level_notation import Units, is_coefficient, plain, units_of, without_units

PLAIN = {
    "b1*x": "b1*x",
    "β₁ⱼ sesᵢⱼ": "β1  ses  ",
    "γ₀₁·W − x": "γ01*W - x",
    r"\beta_{0j}": "   beta_0j",
    r"\gamma_{00} + u_{0j}": "   gamma_00 +   u_0j",
    r"\text{ses}_{ij}": "         ses_ij",
    r"\text{a\_1}_{ij}": "          a_1_ij",
    r"\text{my x}_{j}": "     `my x`_j  ",
    r"\varepsilon_{ij} \\": "      epsilon_ij   ",
    "`β₁` + β₁": "`β₁` + β1",
}


@pytest.mark.parametrize("text", PLAIN)
def test_plain(text: str) -> None:
    assert plain(text) == PLAIN[text]


@given(st.text())
def test_places_stay_where_they_are(text: str) -> None:
    assert len(plain(text)) == len(text)
    assert len(without_units(plain(text), Units("ij", True))) == len(text)


def test_units_of_the_response() -> None:
    assert units_of("y_ij", "") == Units("ij")
    assert units_of("Yij", " = β0j + rij") == Units("ij", True)
    assert units_of("REPij", " = β0j") == Units("ij", True)
    assert units_of("Yij", " = b0 + b1*x") == Units()
    assert units_of("score_i", " = b0 + r_i") == Units()
    assert units_of("`y_ij`", "") == Units()


def test_units_are_taken_off_names_but_not_off_coefficients() -> None:
    units = Units("ij")
    assert without_units("y_ij = b0_j + b1_j x_1ij + log(z_j)_ij", units) == (
        "y    = b0_j + b1_j x_1   + log(z  )   "
    )
    assert without_units("`x_ij`_ij + x_k + SESij", units) == "`x_ij`    + x_k + SESij"
    assert without_units("SESij + SECTORj", Units("ij", True)) == "SES   + SECTOR "


def test_coefficients() -> None:
    assert all(map(is_coefficient, ("b0", "B1_j", "gamma_01", "γ00", "π_1i")))
    assert not any(map(is_coefficient, ("x1", "beta", "ses", "u0")))

import pytest

from echelon.formula.level_text import read_pieces

HEADS = {
    "level 2 (g): b0 = u0": (2, "g"),
    "Level-2 Model (`my g`)\n b0 = u0": (2, "my g"),
    "LEVEL 2 EQUATIONS (g):\n b0 = u0": (2, "g"),
    "Level 2, g: b0 = u0": (2, "g"),
    "Level 2 - g:\nb0 = u0": (2, "g"),
    "g level: b0 = u0": (1, "g"),
    "a-level model: y = b\nLevel g: b0 = u0": (2, "g"),
}


@pytest.mark.parametrize("text", HEADS)
def test_heads(text: str) -> None:
    last = read_pieces(text).equations[-1]
    assert (last.level, last.unit) == HEADS[text]
    assert last.text == "b0 = u0"


def test_units_may_be_given_beside_the_text() -> None:
    text = "Level-1 Model\n y = b0\nLevel-2 Model\n b0 = c0 + r0\nLevel-3 Model\n c0 = u0"
    found = read_pieces(text, ("child", "school")).equations
    assert [piece.unit for piece in found] == [None, "child", "school"]
    assert [p.level for p in read_pieces("y_ij = b0_j\nb0_j = g0", ("g",)).equations] == [0, 0]


def test_what_is_said_beside_the_equations() -> None:
    found = read_pieces(
        """
        -------------------------
        Level 1: use ~ Bernoulli(p)
          s / n ~ Binomial(n, q)
          mu = E(count)
          y = b0
        (u0, u1)' ~ N(0, T)
        SES and X have been centered around the group mean.
        W has been centred at the grand mean
        Mixed Model
          anything
        """
    )
    assert [piece.text for piece in found.equations] == ["y = b0"]
    assert found.means == {"p": "use", "q": "s / n", "mu": "count"}
    assert found.centred == {"SES": "cwc", "X": "cwc", "W": "cgm"}

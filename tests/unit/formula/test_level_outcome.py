import pytest

from echelon.errors import FormulaError
from echelon.formula.level_notation import Units
from echelon.formula.level_outcome import left_side, read_outcome
from echelon.formula.level_text import Piece

OUTCOMES = {
    "y = b0": None,
    "log(y) = b0": None,
    "log(y_ij) = b0": None,
    "logit(use) = b0": "use",
    "logit(P(use = 'Y')_ij) = b0": "use",
    "probit(Pr(use_ij = 1)) = b0": "use",
    "log(E[count]) = b0": "count",
    "log(E(count | u)) = b0": "count",
    "log[q/(1 - q)] = b0": "known",
    "E(y_ij) = b0": "y",
    "cloglog(q) = b0": "known",
}


@pytest.mark.parametrize("text", OUTCOMES)
def test_response(text: str) -> None:
    pieces = [Piece(1, None, text), Piece(2, "g", "b0 = g00")]
    kept, response, at = read_outcome(pieces, {"q_ij": "known_ij"}, Units("ij"))
    assert kept == pieces
    assert response == OUTCOMES[text]
    assert text[at] == "="


def test_definitions_are_followed() -> None:
    texts = ["Prob(rep=1|b) = phi", "log[phi/(1 - phi)] = eta", "eta = b0"]
    pieces = [Piece(1, None, text) for text in texts]
    kept, response, _ = read_outcome(pieces, {}, Units())
    assert kept == pieces[2:]
    assert response == "rep"


@pytest.mark.parametrize("left", ["logit(p)", "log(mu)", "log(λ)", "log(p/(1-p))", "probit(π)"])
def test_a_mean_without_a_response_is_refused(left: str) -> None:
    with pytest.raises(FormulaError, match="is the mean of a response"):
        read_outcome([Piece(1, None, f"{left} = b0")], {}, Units())


def test_the_left_side_ends_at_the_first_sign_outside_brackets() -> None:
    assert left_side("P(y = 1) = b0") == ("P(y = 1) ", 9)
    assert left_side("nothing") == ("nothing", 7)

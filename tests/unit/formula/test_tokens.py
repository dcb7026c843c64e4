import pytest

from echelon.errors import FormulaError
from echelon.formula.tokens import match_bars, tokenize

KINDS = {
    "": "end",
    "y ~ x": "name ~ name end",
    "IQ.verb": "name end",
    ".x": "name end",
    "_x1": "name end",
    "größe:Öl_2": "name : name end",
    "学校 ~ 成绩": "name ~ name end",
    ".": "dot end",
    ". + .5": "dot + number end",
    "1 1. 1.5 .5 1e3 1.5E-3": "number number number number number number end",
    "a%in%b": "name %in% name end",
    "a %in% b": "name %in% name end",
    "x||g": "name || name end",
    "x|g": "name | name end",
    "x**2": "name ^ number end",
    "a<=b != c == d < e > f >= g": "name <= name != name == name < name > name >= name end",
    "`my var`": "name end",
    "'a' \"b\"": "string string end",
    "f(x, df=3)": "name ( name , name = number ) end",
    "y\n\t~\u00a0x": "name ~ name end",
}


@pytest.mark.parametrize("text", KINDS, ids=repr)
def test_kinds(text: str) -> None:
    assert " ".join(token.kind for token in tokenize(text)) == KINDS[text]


VALUES = {
    "`my var`": "my var",
    r"`back\`quote`": "back`quote",
    r"`back\\slash`": "back\\slash",
    r"`a\b`": "a\\b",
    r'"say \"hi\""': 'say "hi"',
    r"'it\'s'": "it's",
    "'a \"b\"'": 'a "b"',
    "u\u0308ber": "u\u0308ber",
    "हिन्दी": "हिन्दी",
}


@pytest.mark.parametrize("text", VALUES)
def test_values(text: str) -> None:
    token, end = tokenize(text)
    assert token.value == VALUES[text]
    assert (token.start, token.end) == (0, len(text))
    assert end.kind == "end"


def test_places() -> None:
    assert [(t.start, t.end) for t in tokenize("y ~ `a b`")] == [(0, 1), (2, 3), (4, 9), (9, 9)]


def test_bars_are_matched_to_their_brackets() -> None:
    text = "y ~ ((1 | g)) + cs(x || h) + log(x)"
    tokens = tokenize(text)
    bars = match_bars(text, tokens)
    assert {tokens[place].start: tokens[bar].value for place, bar in bars.items()} == {
        5: "|",
        18: "||",
    }


def test_a_bar_outside_brackets_has_key_minus_one() -> None:
    text = "y ~ x | g"
    assert match_bars(text, tokenize(text)) == {-1: 3}


@pytest.mark.parametrize(
    "text", ["y $ x", "`a", "'a", "2x", "1.5.2", "a % b", "\u0308a", "``", "x¤"]
)
def test_unreadable_text(text: str) -> None:
    with pytest.raises(FormulaError):
        tokenize(text)

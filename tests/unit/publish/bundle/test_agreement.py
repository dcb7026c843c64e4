"""Two sets of numbers: which agree, and what is said."""

from __future__ import annotations

import json
import math

import pytest

from echelon.publish.bundle.agreement import agreement
from echelon.publish.bundle.numbers import Quantity

NAN = math.nan


def agrees(expected: float, found: float, scale: float = 1.0, decrement: float = 0.0) -> bool:
    return agreement({"a": expected}, [Quantity("a", found, scale)], decrement).agrees


@pytest.mark.parametrize(
    ("expected", "found", "scale", "is_same"),
    [
        (1.0, 1.0, 0.0, True),
        (2.0, 3.0, 0.0, False),  # a count
        (1.0, 1.0 + 0.9e-5, 1.0, True),
        (1.0, 1.0 + 1.1e-5, 1.0, False),
        (1e9, 1e9 + 9.0, 1e-9, True),
        (1e9, 1e9 + 11.0, 1e-9, False),
        (NAN, NAN, 1.0, True),
        (NAN, 1.0, 1.0, False),
        (NAN, 1.0, math.inf, True),
        (-1.0, 1.0, math.inf, True),  # a correlation with a variance of zero
        (math.inf, math.inf, 1.0, True),
        (math.inf, -math.inf, 1.0, False),
        (1.0, 1.0 + 1e-9, NAN, True),
        (1.0, 1.0 + 1e-7, NAN, False),
    ],
)
def test_which_numbers_agree(expected: float, found: float, scale: float, is_same: bool) -> None:
    assert agrees(expected, found, scale) is is_same


def test_a_search_that_ended_early_certifies_less() -> None:
    assert agrees(1.0, 1.0 + 5e-5, 1.0, decrement=1e-8)
    assert not agrees(1.0, 1.0 + 2e-4, 1.0, decrement=1e-8)
    assert not agrees(1.0, 1.0 + 2e-3, 1.0, decrement=1.0)
    assert not agrees(1.0, 1.0 + 2e-6, 1.0, decrement=NAN)


def test_a_number_on_one_side_only_does_not_agree() -> None:
    outcome = agreement({"a": 1.0}, [Quantity("b", 1.0, 1.0)], 0.0)
    assert outcome.disagreeing == ("a", "b")


def test_words_of_agreement() -> None:
    found = [Quantity("a", 1.0, 1.0), Quantity("b", 2.0 + 1e-9, 1.0)]
    outcome = agreement({"a": 1.0, "b": 2.0}, found, 0.0, ["numpy 2.0 (the study: 1.26)"])
    assert str(outcome) == (
        "The study is reproduced: all 2 numbers agree, 1 to the last bit and 2 to 8 digits.\n"
        "\n"
        "Two numbers agree if they differ by less than 1e-8 of their size, or by less than 1e-5\n"
        "of their uncertainty (of a coefficient, its standard error), which is as far as the\n"
        "minimiser certifies its end; counts must be equal.\n"
        "\n"
        "Changed since: numpy 2.0 (the study: 1.26)."
    )
    assert repr(outcome) == str(outcome)
    assert outcome.table.columns == ("quantity", "expected", "found", "difference", "agrees")


def test_words_of_disagreement() -> None:
    found = [Quantity("a", 1.5, 1.0), Quantity("b", 2.0, 1.0)]
    outcome = agreement({"a": 1.0, "b": 2.0}, found, 0.0)
    assert outcome.verdict == (
        "The study is not reproduced: 1 of 2 numbers disagree (a). Versions and processor are "
        "those of the study, so that the data, the options or the expected numbers must have been "
        "changed after the fit: ask for the bundle again."
    )
    assert str(outcome).endswith(
        "Numbers that do not agree\n"
        "quantity  expected  found  difference\n"
        "a                1  1.500       0.500"
    )


def test_json_has_no_word_that_json_does_not_know() -> None:
    found = [Quantity("df", math.inf, 1.0), Quantity("se", NAN, 1.0)]
    outcome = agreement({"df": math.inf, "se": NAN}, found, 0.0, ["numpy"])
    record = json.loads(outcome.to_json(), parse_constant=lambda word: 1 / 0)
    assert record["schema"] == "echelon.rerun/1"
    assert record["agrees"]
    assert record["changed"] == ["numpy"]
    assert record["numbers"][0] == {
        "quantity": "df", "expected": None, "found": None, "difference": None, "agrees": True,
    }  # fmt: skip


def test_words_of_likely_causes() -> None:
    found = [Quantity(str(i), 2.0, 1.0) for i in range(12)]
    expected = {number.name: 1.0 for number in found}
    other = agreement(expected, found, 0.0, ["echelon 1 (the study: 2)"])
    assert other.verdict == (
        "The study is not reproduced: 12 of 12 numbers disagree (0; 1; 2; 3; 4; 5; 6; 7; 8; 9; and "
        "2 more). The likely cause is a change since then, listed below: install the versions of "
        "requirements.txt and rerun."
    )
    lost = agreement(expected, found, 0.0, is_certified=False)
    assert lost.verdict.endswith(
        "The minimiser did not certify its end, so that another start or processor ends "
        "elsewhere: simplify the model before the numbers are used."
    )

"""The exact text of every message about families and their responses.

The calls and what they say stand in `family_option_messages.txt` and `response_messages.txt`.
"""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest

from echelon.errors import DesignError, EchelonError, SpecError
from echelon.spec import resolve_spec
from tests.designs import design_of
from tests.errors.test_formula_messages import cases

OPTIONS = cases("family_option_messages.txt")
RESPONSES = cases("response_messages.txt")
DATA: dict[str, object] = {
    "y": np.array([0, 1] * 6),
    "x": np.arange(12.0),
    "g": np.arange(12) % 3,
    "f": list("aabbccaabbcc"),
    "two": list("yn" * 6),
    "one": ["k"] * 12,
    "zeros": np.zeros(12),
    "codes": np.array([1, 2] * 6),
    "many": np.arange(12) % 5,
    "neg": np.array([-1, 0, 2] * 4),
    "dec": np.array([0.5, 1, 2.25] * 4),
    "pos": np.arange(1.0, 13),
    "pos0": np.arange(12.0),
    "share": np.linspace(0.1, 0.9, 12),
    "edge": np.linspace(0, 1, 12),
    "pct": np.linspace(0, 100, 12),
    "s": np.array([0, 2, 3] * 4),
    "t": np.array([4, 4, 2] * 4),
    "t0": np.array([4, 0] * 6),
    "s0": np.array([1, 0] * 6),
    "tt": np.full(12, 6),
    "z12": np.zeros(12),
    "w": np.full(12, 7.0),
    "wz": np.array([0.0, *[1] * 11]),
    "solo": np.arange(12),
    "B.x": np.arange(12.0) ** 2,
    "zero.x": np.arange(12.0) ** 2,
    "cat3": list("ABC" * 4),
    "expo": np.array([0.0, -1] + [1] * 10),
    "texts": list("abcdefghijkl"),
    "half": np.array([0.5] * 12),
}


def given(call: str) -> tuple[str, dict[str, Any]]:
    """Read formula and options of a call such as `fit("y ~ x", family="beta")`."""
    parsed = ast.parse(call, mode="eval").body
    assert isinstance(parsed, ast.Call)
    (formula,) = parsed.args
    options = {str(k.arg): ast.literal_eval(k.value) for k in parsed.keywords}
    return ast.literal_eval(formula), options


@pytest.mark.parametrize("call", OPTIONS)
def test_messages_of_options(call: str) -> None:
    formula, options = given(call)
    with pytest.raises(SpecError) as caught:
        resolve_spec(formula, **options)
    assert str(caught.value) == OPTIONS[call]


@pytest.mark.parametrize("call", RESPONSES)
def test_messages_of_responses(call: str) -> None:
    formula, options = given(call)
    many = {"hundreds": np.arange(202) % 101}
    with pytest.raises(EchelonError) as caught:
        design_of(formula, many if "hundreds" in formula else DATA, **options)
    assert str(caught.value) == RESPONSES[call]
    assert isinstance(caught.value, DesignError | SpecError)

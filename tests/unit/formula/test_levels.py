from typing import Any

import pytest

from echelon.errors import FormulaError
from echelon.formula.levels import levels
from echelon.formula.parse import parse_formula

TWO = "level 2 (g): "
THREE = "level 3 (s): "

MIXED = {
    "level 1: y = b0 + r\nlevel 2 (g): b0 = g00 + u0": "y ~ 1 + (1 | g)",
    "level 1: y = b0 + b1*x + r\nlevel 2 (g): b0 = g00 + u0": "y ~ x + (1 | g)",
    "level 1: y = b0 + b1*x + r\nlevel 2 (g): b0 = g00 + u0\n b1 = g10": "y ~ x + (1 | g)",
    "level 1: y = b0 + b1*x + r\nlevel 2 (g): b0 = g00 + u0\n b1 = g10 + u1": (
        "y ~ x + (1 + x | g)"
    ),
    "level 1: y = b0 + b1*x + r\nlevel 2 (g): b0 = g00\n b1 = g10 + u1": "y ~ x + (0 + x | g)",
    "level 1: y = b0 + b1*x + r\nlevel 2 (g): b0 = g00 + u0\n b1 = u1": "y ~ 1 + (1 + x | g)",
    "level 1: y = b1*x + r\nlevel 2 (g): b1 = g10 + u1": "y ~ 0 + x + (0 + x | g)",
    "level 1: y = b0 + b1*x + r\nlevel 2 (g): b0 = g00 + g01*w + u0\n b1 = g10 + g11*w": (
        "y ~ x + w + x:w + (1 | g)"
    ),
    "level 1: y = b0 + b1*x*z + e\nlevel 2 (g): b0 = g00 + u0": "y ~ x:z + (1 | g)",
    "level 1: y = b0 + x*b1 + e\nlevel 2 (g): b0 = g00 + u0": "y ~ x + (1 | g)",
    "level 1: y = b0 + b1*x1 + e\nlevel 2 (g): b0 = g00 + u0": "y ~ x1 + (1 | g)",
    "level 1: y = intercept + slope*x + e\n"
    "level 2 (g): intercept = g00 + u0\n slope = g10 + u1": "y ~ x + (1 + x | g)",
    "level 1: y = β0 + β1*x + ε\nlevel 2 (g): β0 = γ00 + u_0": "y ~ x + (1 | g)",
    "level 1: y = b_0j + b_1*x + e_ij\nlevel 2 (g): b_0j = gamma_00 + u_0j": "y ~ x + (1 | g)",
    "level 1: log(y) = b0 + r\nlevel 2 (g): b0 = g00 + u0": "log(y) ~ 1 + (1 | g)",
    "level 1: s / n = b0\nlevel 2 (g): b0 = g00 + u0": "s / n ~ 1 + (1 | g)",
    "level 1: y = b0 + offset(log(t))\nlevel 2 (g): b0 = g00 + u0": (
        "y ~ 1 + offset(log(t)) + (1 | g)"
    ),
    "level 1: y = b0 + b1*time^2 + r\nlevel 2 (g): b0 = g00 + u0": "y ~ I(time^2) + (1 | g)",
    "level 1: y = b0 + b1*(t - 5) + r\nlevel 2 (g): b0 = g00 + u0": "y ~ I(t - 5) + (1 | g)",
    "level 1: y = b0 + b1*cwc(x) + b2*gm(x) + r\nlevel 2 (g): b0 = g00 + u0": (
        "y ~ cwc(x, g) + gm(x, g) + (1 | g)"
    ),
    "level 1: y = b0 + b1*cwc(x, h) + r\nlevel 2 (g): b0 = g00 + g01*gm(x) + u0": (
        "y ~ cwc(x, h) + gm(x, g) + (1 | g)"
    ),
    "level 1: y = b0 + r\nlevel 2 (`my g`): b0 = g00 + g01*gm(x) + u0": (
        "y ~ gm(x, `my g`) + (1 | `my g`)"
    ),
    "level 1: y = b0 + b1*t + e\nlevel 2 (g): b0 = c0 + r0\n b1 = c1 + r1\n"
    "level 3 (s): c0 = g0 + u0\n c1 = g1 + u1": "y ~ t + (1 + t | s/g)",
    "level 1: y = b0 + b1*t + e\nlevel 2 (g): b0 = c0 + r0\n b1 = c1\n"
    "level 3 (s): c0 = g0 + u0\n c1 = g1 + u1": "y ~ t + (1 + t | s) + (1 | s:g)",
    "level 1: y = b0 + b1*cwc(t) + e\nlevel 2 (g): b0 = c0 + c01*cwc(w) + r0\n"
    "level 3 (s): c0 = g0 + g1*gm(t) + u0": ("y ~ cwc(t, s, g) + cwc(w, s) + gm(t, s) + (1 | s/g)"),
    "level 1: y = b0 + b1*t + e\nlevel 2 (g): b0 = c0 + r0\nlevel 3 (s): c0 = g0 + u0\n"
    " b1 = g10 + u1": "y ~ t + (1 + t | s) + (1 | s:g)",
    "level 3 (s): c0 = g0 + u0\nlevel 2 (g): b0 = c0 + r0\nlevel 1: y = b0 + e": (
        "y ~ 1 + (1 | s/g)"
    ),
    "level 1: y = b0 + b1*x + r\nlevel 2 (g): b0 = g00 + g01*w + u0\n b1 = g10 + g11*w*v": (
        "y ~ x + w + x:w:v + (1 | g)"
    ),
}


@pytest.mark.parametrize("text", MIXED)
def test_mixed(text: str) -> None:
    formula = levels(text)
    assert formula.text == MIXED[text]
    assert formula == parse_formula(MIXED[text])


def test_the_same_text_is_combined_once() -> None:
    text = "level 1: y = b0 + r\nlevel 2 (g): b0 = g00 + u0"
    assert levels(text) is levels(text)


REFUSED = [
    "level 2 (g): b0 = g00 + u0",
    "level 1: y = b0 + r\n z = b0",
    "level 1: y = b0 + r\nlevel 2 (g): b0 = g00 + u0\n b0 = g01",
    "level 1: y = b0 + r\nlevel 2 (g): b0 = g00 + u0\nlevel 2 (h): b1 = g10",
    "level 1: y = b0 + r\nlevel 3 (g): b0 = g00 + u0",
    "level 1: y = b0 + r\nlevel 2 (g): b0 = g00",
    "level 1: y = b0 + r\nlevel 2 (g): b1 = g00 + u0",
    "level 1: y = b0 + b1 + r",
    "level 1: y = b0 + r + e",
    "level 1: y = b0 + ses + r",
    "level 1: y = b0 + ses*sector + r",
    "level 1: y = b0 + log(x) + r",
    "level 1: y = b0 + u1*x",
    "level 1: y = b0 + b1*x + b2*x + r",
    "level 1: y = b0 + b1*x + b1*z + r",
    "level 1: y = b0 + b1*cwc(x) + r",
    "level 1: y = b0 + r\nlevel 2 (g): b0 = g00 + g01*cwc(x) + u0",
    "level 1: y = b0 + b1*x\nlevel 2 (g): b0 = g00 + g01*b1 + u0\n b1 = g10",
    "level 1: y = b0 + r\nlevel 2 (g): b0 = g00 + offset(x) + u0",
    "level 1: y = b0 + b1*x\nlevel 2 (g): b0 = g00 + u0\n b1 = g00 + u1",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        levels(text)


def test_only_text_is_read() -> None:
    nothing: Any = None
    with pytest.raises(FormulaError, match="not text"):
        levels(nothing)

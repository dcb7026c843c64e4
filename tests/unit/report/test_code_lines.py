"""Python that fits a page: the same program, in lines of at most a width."""

from __future__ import annotations

import ast

import pytest

from echelon.report.code_lines import WIDTH, wrapped_code

LONG = [
    "split = fit.refit(data=data, formula='mathach ~ cwc(ses, school) + sector + gm(ses, school) + "
    "cwc(ses, school):sector + (1 + cwc(ses, school) | school)')\nprint(split.fixed_effects)",
    "print(fit.compare(fit.refit(data=data, formula='reaction ~ days + x1 + x2 + (1 + days | a) + "
    "(1 | b)')))",
    "print(fit.robust(cluster=['a very long name of a factor', 'another one', \"it's a third, (or "
    'so)"]))',
    "kept = [row not in {11111111, 22222222, 33333333, 44444444} for row in range(1000000000)]",
    'print(fit.refit(data=data, dispersion="~ `a name, that is so long (really) that it needs two '
    'lines` + b"))',
]


@pytest.mark.parametrize("code", LONG)
def test_the_program_is_the_same(code: str) -> None:
    wrapped = wrapped_code(code)
    assert ast.dump(ast.parse(wrapped)) == ast.dump(ast.parse(code))
    assert max(map(len, wrapped.splitlines())) <= max(WIDTH, 88)
    assert max(map(len, wrapped.splitlines())) < max(map(len, code.splitlines()))


def test_a_call_is_broken_between_its_arguments() -> None:
    assert wrapped_code("split = fit.refit(data=data, formula='y ~ x + z')", 30) == (
        "split = fit.refit(\n    data=data,\n    formula='y ~ x + z',\n)"
    )


def test_what_fits_stays() -> None:
    assert wrapped_code("x = 1\nprint(x)") == "x = 1\nprint(x)"


def test_a_name_is_never_broken() -> None:
    name = "a" * 100
    assert wrapped_code(name) == name

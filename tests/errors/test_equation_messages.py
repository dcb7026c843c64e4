"""The exact text of the messages of `fit.equations()`; those of levels() are in
test_formula_messages.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from echelon.errors import EchelonError
from echelon.report.equations import equations
from tests.golden import fits


def message(**options: Any) -> str:
    with pytest.raises(EchelonError) as caught:
        equations(fits.sleep(), **options)
    return str(caught.value)


def test_form() -> None:
    assert message(form="level") == (
        "The form of equations is not known.\n"
        "  where: option form\n"
        "  got:   'level'\n"
        "  need:  one of 'levels', 'mixed', 'both'\n"
        "  do:    did you mean 'levels'?\n"
        "  see:   errors#equations-option"
    )


def test_notation() -> None:
    assert message(notation="tex") == (
        "The notation of equations is not known.\n"
        "  where: option notation\n"
        "  got:   'tex'\n"
        "  need:  one of 'unicode', 'text', 'latex', 'mathml'\n"
        "  do:    did you mean 'text' or 'latex'?\n"
        "  see:   errors#equations-option"
    )


@pytest.mark.parametrize("digits", [-1, 2.5, "2", True, 11])
def test_digits(digits: object) -> None:
    assert message(digits=digits) == (
        "The digits of equations are not a small whole number.\n"
        "  where: option digits\n"
        f"  got:   {digits!r}\n"
        "  need:  a whole number from 0 to 10\n"
        "  do:    write digits=2, or another number.\n"
        "  see:   errors#equations-option"
    )


def test_a_fit_without_rows() -> None:
    fit = fits.sleep()
    bare = replace(fit, design=replace(fit.design, y=fit.design.y[:0]))
    with pytest.raises(EchelonError) as caught:
        equations(bare)
    assert str(caught.value) == (
        "This fit was saved without its rows.\n"
        "  where: equations()\n"
        "  got:   a loaded fit that keeps 0 of its 180 rows\n"
        "  need:  the rows that the model was fitted to\n"
        "  do:    save with rows=True, or fit the model again; predict(new_data) needs no rows.\n"
        "  see:   errors#fit-without-rows"
    )

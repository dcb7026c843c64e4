"""The exact text of every message of test, anova and conf_int."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import echelon as ec
from echelon.errors import EchelonError

HSB = ec.fit("mathach ~ ses * sector + (1 | school)", ec.datasets.load("hsb"))
EQUATION = "  need:  an equation of coefficients and numbers, such as ses = 0\n"
NAMED = "  need:  a fixed-effect coefficient, named as in the summary\n"
LINEAR = (
    "  got:   an equation that is not linear in the coefficients\n"
    "  need:  coefficients times numbers, added up\n"
    "  do:    test it by the bootstrap: fit.bootstrap() takes any function of a fit.\n"
    "  see:   errors#hypothesis-not-linear"
)
SYNTAX = "  see:   errors#hypothesis-syntax"
PLAIN = "  do:    use + - * / and brackets; separate hypotheses by commas.\n"

TEXTS: dict[str, str] = {
    "sess = 0": (
        "There is no coefficient 'sess'.\n"
        "  where: sess = 0\n"
        "         ^\n"
        "  got:   'sess'\n" + NAMED + "  do:    did you mean 'ses'?\n"
        "  see:   errors#unknown-coefficient"
    ),
    "ses = `motivation`": (
        "There is no coefficient 'motivation'.\n"
        "  where: ses = `motivation`\n"
        "               ^\n"
        "  got:   'motivation'\n" + NAMED + "  do:    write one of '(Intercept)', 'ses', "
        "'sector[Catholic]', 'ses:sector[Catholic]'.\n"
        "  see:   errors#unknown-coefficient"
    ),
    "ses": (
        "A hypothesis has no '='.\n"
        "  where: ses\n"
        "            ^\n"
        "  got:   'ses'\n" + EQUATION + "  do:    write ses = 0.\n" + SYNTAX
    ),
    "ses * sector[Catholic] = 0": (
        "Two coefficients are multiplied.\n"
        "  where: ses * sector[Catholic] = 0\n"
        "             ^\n" + LINEAR
    ),
    "1 / ses = 0": (
        "A coefficient stands below the line.\n  where: 1 / ses = 0\n           ^\n" + LINEAR
    ),
    "ses / 0 = 1": (
        "A hypothesis divides by zero.\n"
        "  where: ses / 0 = 1\n"
        "             ^\n"
        "  got:   a divisor of 0\n" + EQUATION + "  do:    correct the divisor.\n" + SYNTAX
    ),
    "ses = ": (
        "A hypothesis ends too early.\n"
        "  where: ses = \n"
        "               ^\n"
        "  got:   nothing after the last operator\n"
        + EQUATION + "  do:    complete the equation.\n"
        + SYNTAX
    ),
    "ses = 0)": (
        "')' cannot stand here.\n"
        "  where: ses = 0)\n"
        "                ^\n"
        "  got:   ')'\n" + EQUATION + PLAIN + SYNTAX
    ),
    "ses ses = 0": (
        "'ses' cannot stand here.\n"
        "  where: ses ses = 0\n"
        "             ^\n"
        "  got:   'ses'\n" + EQUATION + PLAIN + SYNTAX
    ),
    "2 * (ses": (
        "This '(' is not closed.\n"
        "  where: 2 * (ses\n"
        "             ^\n"
        "  got:   no ')' after it\n" + EQUATION + "  do:    add a ')'.\n" + SYNTAX
    ),
    "ses > 0": (
        "'>' cannot stand here.\n"
        "  where: ses > 0\n"
        "             ^\n"
        "  got:   '>'\n" + EQUATION
        + "  do:    test an equation, and read the side from the sign of the estimate.\n" + SYNTAX
    ),
    " ": (
        "There is no hypothesis to test.\n"
        "  where: (no text)\n"
        "  got:   no text\n" + EQUATION + "  do:    write fit.test('ses = 0').\n" + SYNTAX
    ),
    "ses = ses": (
        "A hypothesis says nothing about any coefficient.\n"
        "  where: ses = ses\n"
        "                 ^\n"
        "  got:   'ses = ses', in which no coefficient is left\n" + EQUATION
        + "  do:    name a coefficient on one side.\n" + SYNTAX
    ),
    "ses = 1e999": (
        "A hypothesis holds a number that is too large or too small.\n"
        "  where: ses = 1e999\n"
        "                   ^\n"
        "  got:   'ses = 1e999'\n" + EQUATION
        + "  do:    write the hypothesis with numbers nearer to one.\n" + SYNTAX
    ),
    "(" * 51 + "ses": (
        "Brackets are nested more than 50 deep.\n"
        f"  where: {'(' * 51}ses\n"
        f"         {' ' * 50}^\n"
        "  got:   bracket number 51 inside others\n" + EQUATION
        + "  do:    take out brackets that do not change the meaning.\n" + SYNTAX
    ),
    "ses = 0, 2 * ses = 1": (
        "The hypotheses contradict each other.\n"
        "  where: test(), argument hypothesis\n"
        "  got:   ses = 0; 2 * ses = 1\n"
        "  need:  hypotheses that can be true together\n"
        "  do:    test them one at a time.\n"
        "  see:   errors#hypotheses-contradict"
    ),
}  # fmt: skip

CALLS: dict[str, tuple[Callable[[], Any], str]] = {
    "a matrix of another width": (
        lambda: HSB.test([1, 2]),
        "A hypothesis is neither text nor weights of the coefficients.\n"
        "  where: test(), argument hypothesis\n"
        "  got:   [1, 2]\n"
        "  need:  text, or finite numbers (m, 4)\n"
        "  do:    write fit.test('ses = 0'), with your names.\n"
        "  see:   errors#hypothesis-not-readable",
    ),
    "a row of zeros": (
        lambda: HSB.test([[1, 0, 0, 0], [0, 0, 0, 0]]),
        "A hypothesis gives no weight to any coefficient.\n"
        "  where: test(), argument hypothesis\n"
        "  got:   a row of zeros\n"
        "  need:  weights of 4 coefficients that are not all zero\n"
        "  do:    leave the row out, or write the hypothesis as text: fit.test('ses = 0').\n"
        "  see:   errors#hypothesis-not-readable",
    ),
    "a weight that is no number": (
        lambda: HSB.test({"ses": "one"}),
        "A hypothesis is neither text nor weights of the coefficients.\n"
        "  where: test(), argument hypothesis\n"
        "  got:   'one'\n"
        "  need:  text, or for each coefficient a finite number\n"
        "  do:    write fit.test('ses = 0'), with your names.\n"
        "  see:   errors#hypothesis-not-readable",
    ),
    "weights of an unknown coefficient": (
        lambda: HSB.test({"se": 1}),
        "There is no coefficient 'se'.\n"
        "  where: test(), argument hypothesis\n"
        "  got:   'se'\n"
        "  need:  fixed-effect coefficients, named as in the summary\n"
        "  do:    did you mean 'ses'?\n"
        "  see:   errors#unknown-coefficient",
    ),
    "a type that does not exist": (
        lambda: HSB.anova(4),
        "There is no analysis of variance of type 4.\n"
        "  where: anova(), argument type\n"
        "  got:   4\n"
        "  need:  1, 2 or 3\n"
        "  do:    write fit.anova(type=3), or leave type out.\n"
        "  see:   errors#anova-type",
    ),
    "a parameter that does not exist": (
        lambda: HSB.conf_int(parameters="sd_(Intercept)|scool"),
        "The model has no parameter 'sd_(Intercept)|scool'.\n"
        "  where: argument parameters\n"
        "  got:   'sd_(Intercept)|scool'\n"
        "  need:  one of '(Intercept)', 'ses', 'sector[Catholic]', 'ses:sector[Catholic]', "
        "'sd_(Intercept)|school' and 1 more\n"
        "  do:    did you mean 'sd_(Intercept)|school' or '(Intercept)'?\n"
        "  see:   errors#unknown-parameter",
    ),
}


@pytest.mark.parametrize("hypothesis", TEXTS)
def test_messages_about_a_text(hypothesis: str) -> None:
    with pytest.raises(EchelonError) as caught:
        HSB.test(hypothesis)
    assert str(caught.value) == TEXTS[hypothesis]


@pytest.mark.parametrize("case", CALLS)
def test_messages(case: str) -> None:
    call, text = CALLS[case]
    with pytest.raises(EchelonError) as caught:
        call()
    assert str(caught.value) == text

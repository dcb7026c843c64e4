"""Messages about options of the wrong kind, and numbers that are too large to mean anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.errors import EchelonError

SLEEP = ec.datasets.load("sleep")
FIT = ec.fit("reaction ~ days + (days | subject)", SLEEP)
HSB = ec.datasets.load("hsb")
SECTORS = ec.fit("mathach ~ ses * sector + (1 | school)", HSB)
WRONG: tuple[Any, ...] = (3, None)

MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "a factor for its coefficient": (
        lambda: SECTORS.test("sector = 0"),
        "There is no coefficient 'sector'.\n"
        "  where: sector = 0\n"
        "         ^\n"
        "  got:   'sector'\n"
        "  need:  a fixed-effect coefficient, named as in the summary\n"
        "  do:    did you mean 'sector[Catholic]'?\n"
        "  see:   errors#unknown-coefficient",
    ),
    "a matrix of the wrong shape": (
        lambda: FIT.test(np.eye(3)),
        "A hypothesis is neither text nor weights of the coefficients.\n"
        "  where: test(), argument hypothesis\n"
        "  got:   an array of shape (3, 3)\n"
        "  need:  text, or finite numbers (m, 2)\n"
        "  do:    write fit.test('ses = 0'), with your names.\n"
        "  see:   errors#hypothesis-not-readable",
    ),
    "more replicates than memory": (
        lambda: FIT.bootstrap(10**12),
        "The number of replicates cannot be 1000000000000.\n"
        "  where: bootstrap(), argument n\n"
        "  got:   1000000000000\n"
        "  need:  a whole number from 1 to 10,000,000\n"
        "  do:    write bootstrap(100, seed=1), for example.\n"
        "  see:   errors#replicates",
    ),
    "more draws than memory": (
        lambda: FIT.variance_test(n=10**13),
        "The number of draws cannot be 10000000000000.\n"
        "  where: variance_test(), argument n\n"
        "  got:   10000000000000\n"
        "  need:  a whole number from 1 to 10,000,000\n"
        "  do:    write n=10_000, for example, or leave n out.\n"
        "  see:   errors#replicates",
    ),
    "fewer than no workers": (
        lambda: FIT.bootstrap(9, workers=-1),
        "The option workers cannot be -1.\n"
        "  where: option workers\n"
        "  got:   -1\n"
        "  need:  None or a whole number from 1 to 1,024\n"
        "  do:    leave workers out to use all threads.\n"
        "  see:   errors#workers",
    ),
    "values without names": (
        lambda: SECTORS.marginal_means("sector", at=WRONG[0]),
        "The values of variables are not given by name.\n"
        "  where: option at\n"
        "  got:   3\n"
        "  need:  a mapping of names to values\n"
        "  do:    write at={'ses': [0, 1]}, with your names.\n"
        "  see:   errors#at-number",
    ),
    "means of nothing": (
        lambda: SECTORS.marginal_means(WRONG[1]),
        "The variables of the means cannot be read.\n"
        "  where: option specs\n"
        "  got:   None\n"
        "  need:  names joined by '*', and after '|' the names to take them by\n"
        "  do:    write 'a', 'a * b' or 'a * b | g', or give a list of names.\n"
        "  see:   errors#specs-text",
    ),
    "a text for the names of models": (
        lambda: ec.compare(FIT, FIT, names="ab"),
        "The names do not fit the models.\n"
        "  where: compare(), option names\n"
        "  got:   models: 2, names: 1 ('ab')\n"
        "  need:  one text per model, each another\n"
        "  do:    leave names out for 'Model 1', ..., or pass {'null': m0, 'slopes': m1}.\n"
        "  see:   errors#compare-names",
    ),
    "a number for the names of models": (
        lambda: ec.compare(FIT, FIT, names=WRONG[0]),
        "The names do not fit the models.\n"
        "  where: compare(), option names\n"
        "  got:   models: 2, names: 1 (3)\n"
        "  need:  one text per model, each another\n"
        "  do:    leave names out for 'Model 1', ..., or pass {'null': m0, 'slopes': m1}.\n"
        "  see:   errors#compare-names",
    ),
    "offset of nothing": (
        lambda: SECTORS.trade_off(HSB, "ses", {}),
        "What is to change is not given by name.\n"
        "  where: trade_off(), arguments offset and against\n"
        "  got:   {}\n"
        "  need:  a mapping of at least one predictor to its change\n"
        '  do:    write against={"staffing": "* 1.10"}.\n'
        "  see:   errors#change-not-mapping",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_message(name: str) -> None:
    call, expected = MESSAGES[name]
    with pytest.raises(EchelonError) as caught:
        call()
    assert str(caught.value) == expected

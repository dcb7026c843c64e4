"""The exact text of the messages of Kenward-Roger and of the intervals of variances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import echelon
from echelon import datasets
from echelon.errors import EchelonError
from echelon.infer.coefficients.kenward_roger import kenward_roger
from echelon.infer.components.variance_inference import variance_intervals

FORMULA = "reaction ~ days + (1 | subject)"
BY_ML = echelon.fit(FORMULA, datasets.load("sleep"), method="ML").fit

MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "Kenward-Roger of a fit by ML": (
        lambda: kenward_roger(BY_ML),
        "Kenward-Roger needs a fit by REML.\n"
        "  where: option df_method\n"
        "  got:   df_method = 'kenward_roger' with method = 'ML'\n"
        "  need:  method = 'REML': the adjustment is that of the restricted likelihood\n"
        "  do:    refit(method='REML'), or use df_method = 'satterthwaite'.\n"
        "  see:   errors#kenward-roger-needs-reml",
    ),
    "an information that does not exist": (
        lambda: variance_intervals(BY_ML, information="expectd"),
        "The option information cannot be 'expectd'.\n"
        "  where: option information\n"
        "  got:   'expectd'\n"
        "  need:  one of 'observed', 'expected'\n"
        "  do:    did you mean 'expected'?\n"
        "  see:   errors#unknown-option-value",
    ),
    "a confidence level in percent": (
        lambda: variance_intervals(BY_ML, 95),
        "The confidence level cannot be 95.\n"
        "  where: option conf_level\n"
        "  got:   95\n"
        "  need:  a number between 0 and 1\n"
        "  do:    write conf_level=0.95.\n"
        "  see:   errors#conf-level",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_message(name: str) -> None:
    call, expected = MESSAGES[name]
    with pytest.raises(EchelonError) as caught:
        call()
    assert str(caught.value) == expected

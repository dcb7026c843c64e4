"""Messages of means, slopes and changes on the response's scale, in full."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from echelon.errors import NotEstimableError, SpecError
from tests.unit.infer.generalized import DATA, fitted

MESSAGES: list[tuple[type[Exception], Callable[[], Any], str]] = [
    (
        SpecError,
        lambda: fitted("ordered").marginal_means("f", outcome="zero"),
        "This model has no outcome 'zero'.\n"
        "  where: option outcome\n"
        "  got:   'zero', with family = 'cumulative'\n"
        "  need:  one of 'latent', 'probability', 'cumulative', 'score'\n"
        "  do:    leave outcome out for what is usual for the scale.\n"
        "  see:   errors#no-such-outcome",
    ),
    (
        SpecError,
        lambda: fitted("probit").contrasts("f", scale="ratio"),
        "Exponentials of these differences are no ratios of anything.\n"
        "  where: contrasts(), option scale\n"
        "  got:   'ratio', of means on the probit scale\n"
        "  need:  a model with link logit, log or cloglog\n"
        "  do:    compare with scale='response', or with scale='link'.\n"
        "  see:   errors#no-ratio",
    ),
    (
        NotEstimableError,
        lambda: fitted("inverse").marginal_means("f", scale="response", target="population"),
        "The mean of the population does not exist with the inverse link.\n"
        "  where: target or random = 'population', family = 'gamma'\n"
        "  got:   1 / eta with normal random effects in eta, whose integral diverges at eta = 0\n"
        "  need:  a link whose mean is finite everywhere\n"
        "  do:    ask for conditional means, or fit the model with link='log'.\n"
        "  see:   errors#no-population-mean",
    ),
    (
        SpecError,
        lambda: fitted("logit").marginal_means("f", transform="exp"),
        "A generalized model has no transformed response to undo.\n"
        "  where: option transform\n"
        "  got:   family = 'binomial' with link = 'logit'\n"
        "  need:  a Gaussian model of log(y), sqrt(y) and the like\n"
        "  do:    write scale='response' for means on the scale of the response.\n"
        "  see:   errors#transform-of-generalized",
    ),
    (
        NotEstimableError,
        lambda: fitted("counts").marginal_means(
            "f", scale="response", target="population", robust="CR0"
        ),
        "Robust errors are those of the coefficients of the mean alone.\n"
        "  where: option robust\n"
        "  got:   robust errors of outcome 'mean' averaged over the random effects\n"
        "  need:  a quantity of the linear predictor of the mean only\n"
        "  do:    ask with target='conditional' for the linear predictor or its inverse link, or\n"
        "         leave robust out.\n"
        "  see:   errors#robust-of-quantity",
    ),
    (
        SpecError,
        lambda: fitted("ordered").slopes("x", outcome="score"),
        "On the scale of the link slopes are those of a linear predictor.\n"
        "  where: slopes(), options scale, target and outcome\n"
        "  got:   scale = 'link' for 'score', which is no linear predictor\n"
        "  need:  scale = 'response', or target = 'conditional' and a linear predictor\n"
        "  do:    write scale='response'.\n"
        "  see:   errors#slope-of-no-line",
    ),
    (
        NotEstimableError,
        lambda: fitted("nominal 2").johnson_neyman("x", "t"),
        "'x' has a slope for each category but 'A', not one.\n"
        "  where: slope of 'x', family = 'multinomial'\n"
        "  got:   3 categories: 'A', 'B', 'C'\n"
        "  need:  a model with one linear predictor of the response\n"
        "  do:    slopes('x') tabulates the slopes of all categories.\n"
        "  see:   errors#slope-of-categories-of-response",
    ),
    (
        NotEstimableError,
        lambda: fitted("nominal").trade_off(DATA, "x", {"f": "u"}),
        "A change that leaves every category as probable as before does not exist.\n"
        "  where: trade_off(), option outcome\n"
        "  got:   'probability': 3 values, 'A', 'B', 'C'\n"
        "  need:  an outcome that is one number\n"
        "  do:    compare probabilities with what_if().\n"
        "  see:   errors#trade-off-of-categories-of-response",
    ),
    (
        SpecError,
        lambda: fitted("logit").what_if(DATA, {"x": "+ 1"}, random="some"),
        "The option random cannot be 'some'.\n"
        "  where: what_if(), option random\n"
        "  got:   'some'\n"
        "  need:  'all' or 'none', or 'population'\n"
        "  do:    check the spelling.\n"
        "  see:   errors#unknown-random",
    ),
]


@pytest.mark.parametrize(("kind", "call", "text"), MESSAGES)
def test_message(kind: type[Exception], call: Callable[[], Any], text: str) -> None:
    with pytest.raises(kind) as raised:
        call()
    assert str(raised.value) == text

"""Messages about ratios and thresholds: the whole text of each."""

from __future__ import annotations

import pytest

from echelon.errors import NotEstimableError
from echelon.infer.coefficients.exponentiated import exponentiated
from echelon.infer.components.component_effects import thresholds
from echelon.report.summary import summary_text
from tests.golden import fits, generalized_fits

NO_RATIO = (
    "With the {link} link, e to a coefficient means nothing.\n"
    "  where: exponentiate, a fit with family = '{family}', link = '{link}'\n"
    "  got:   the {link} link\n"
    "  need:  link logit (odds), log (rates, means) or cloglog of a probability (hazards)\n"
    "  do:    read fixed_effects, or marginal_means() and slopes() on the scale of the response.\n"
    "  see:   errors#no-ratio"
)


def test_no_ratio() -> None:
    with pytest.raises(NotEstimableError) as caught:
        exponentiated(generalized_fits.equidistant())
    assert str(caught.value) == NO_RATIO.format(link="probit", family="cumulative")
    with pytest.raises(NotEstimableError) as caught:
        summary_text(fits.sleep(), exponentiate=True)
    assert str(caught.value) == NO_RATIO.format(link="identity", family="gaussian")


def test_no_thresholds() -> None:
    with pytest.raises(NotEstimableError) as caught:
        thresholds(generalized_fits.binomial())
    assert str(caught.value) == (
        "The family 'binomial' has no thresholds.\n"
        "  where: thresholds\n"
        "  got:   a response of family 'binomial'\n"
        "  need:  ordered categories: family = 'cumulative', 'adjacent' or 'continuation'\n"
        "  do:    read fixed_effects, and component_effects for what this family has besides.\n"
        "  see:   errors#no-thresholds"
    )

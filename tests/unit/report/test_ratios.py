"""Ratios beside the coefficients or below them."""

from __future__ import annotations

from echelon.report.content import summarise
from echelon.report.ratios import ratios_of
from tests.golden import fits, generalized_fits


def heads(width: int, exponentiate: bool | None = None) -> list[str]:
    found = summarise(generalized_fits.binomial(), width, exponentiate)
    return [column.heading for section in found.sections for column in section.columns]


def test_beside_the_coefficients_where_there_is_room() -> None:
    assert heads(86).count("odds ratio") == 1
    assert "Odds ratios" not in heads(86)


def test_below_them_with_intervals_where_there_is_not() -> None:
    assert "odds ratio" not in heads(70)
    assert heads(70).count("Odds ratios") == 1
    assert heads(70).count("95% low") == 2


def test_left_out_on_request() -> None:
    assert not [head for head in heads(86, exponentiate=False) if "odds" in head.lower()]


def test_none_where_the_link_has_none() -> None:
    assert ratios_of(fits.sleep(), None, 10) is None
    assert ratios_of(generalized_fits.equidistant(), None, 10) is None


def test_only_odds_hazards_and_risks_shrink_when_averaged() -> None:
    odds = ratios_of(generalized_fits.binomial(), None, 10)
    rates = ratios_of(generalized_fits.zeros(), None, 10)
    assert odds is not None
    assert rates is not None
    assert odds.notes == (
        "Ratios of the odds of a success.",
        "They compare rows of the same district; averaged over groups they are closer to 1.",
    )
    assert len(rates.notes) == 1


def test_no_more_rows_than_asked_for() -> None:
    odds = ratios_of(generalized_fits.binomial(), None, 2)
    assert odds is not None
    assert len(odds.column.cells) == 2

"""The lines of a comparison."""

from __future__ import annotations

import math

import pytest

from echelon.building.compare import compare
from echelon.report.comparison_lines import Block, Line, blocks_of, p_value
from tests.golden import generalized_fits
from tests.golden.comparisons import four
from tests.unit.building.fitted import fit, hsb, sleep


def block(blocks: tuple[Block, ...], heading: str) -> dict[str, Line]:
    (found,) = [each for each in blocks if each.heading == heading]
    return {line.label: line for line in found.lines}


def test_blocks_in_order() -> None:
    assert [each.heading for each in blocks_of(four())] == [
        "Fixed effects",
        "Variances",
        "Fit (by ML)",
        "Test against the model before",
        "Variance explained",
        "Less variance than in Null",
    ]


def test_one_model_has_no_tests_and_no_changes() -> None:
    headings = [each.heading for each in blocks_of(compare(sleep("days + (1 | subject)")))]
    assert headings == ["Fixed effects", "Variances", "Fit (by REML)", "Variance explained"]


def test_fixed_effects() -> None:
    lines = block(blocks_of(four()), "Fixed effects")
    assert lines["days"].cells == ("", "10.47", "10.47", "10.47")
    assert lines["days"].errors == ("", "(0.80)", "(1.56)", "(1.55)")
    bounded = block(blocks_of(four(conf_level=0.9)), "Fixed effects")
    assert bounded["days"].errors[1] == "[9.14, 11.80]"


def test_a_coefficient_not_estimated_has_no_error() -> None:
    rows = {"y": [1.0, 2, 4, 3, 5], "x": [1.0, 2, 3, 5, 4], "twice": [2.0, 4, 6, 10, 8]}
    lines = block(blocks_of(compare(fit("y ~ x + twice", rows))), "Fixed effects")
    assert (lines["twice"].cells, lines["twice"].errors) == (("-",), ("",))


def test_terms_have_their_own_decimals() -> None:
    rows = {"y": [1.0, 2, 4, 3, 5], "x": [1e4, 2e4, 3e4, 5e4, 4e4]}
    lines = block(blocks_of(compare(fit("y ~ x", rows))), "Fixed effects")
    assert (lines["(Intercept)"].cells, lines["(Intercept)"].errors) == (("0.90",), ("(1.37)",))
    assert (lines["x"].cells, lines["x"].errors) == (("7.000e-05",), ("(4.123e-05)",))


def test_variances_with_correlations_and_the_residual_last() -> None:
    lines = block(blocks_of(four()), "Variances")
    assert list(lines) == [
        "subject: (Intercept)", "subject: days", "subject: corr. (Intercept), days", "residual",
    ]  # fmt: skip
    assert lines["subject: corr. (Intercept), days"].cells == ("", "", "", "0.07")


def test_variances_have_intervals_where_they_are_asked_for() -> None:
    assert set(block(blocks_of(four()), "Variances")["residual"].errors) == {""}
    lines = block(blocks_of(four(conf_level=0.9)), "Variances")
    assert lines["residual"].errors[0] == "[1631.7, 2351.7]"
    assert lines["subject: corr. (Intercept), days"].errors == ("", "", "", "[-0.44, 0.54]")


def test_a_correlation_with_nothing_is_missing() -> None:
    """A variance of zero: its correlation does not exist."""
    rows = {"y": [float(k % 4) for k in range(40)], "x": [math.sin(k) for k in range(40)]}
    found = compare(fit("y ~ x + (x | g)", rows | {"g": [k // 4 for k in range(40)]}))
    lines = block(blocks_of(found), "Variances")
    assert lines["g: corr. (Intercept), x"].cells[0] in ("-", "-1.00", "1.00")


def test_criteria() -> None:
    lines = block(blocks_of(four()), "Fit (by ML)")
    assert lines["parameters"].cells == ("3", "4", "5", "6")
    assert lines["AIC"].cells[3] == "1763.9"
    assert lines["-2 log likelihood, REML"].cells[3] == "1743.6"
    unrefitted = block(blocks_of(compare(sleep("days"))), "Fit (by REML)")
    assert "-2 log likelihood, REML" not in unrefitted
    assert "BIC, n = groups" not in unrefitted


def test_tests_name_their_method_where_it_differs() -> None:
    lines = block(blocks_of(four()), "Test against the model before")
    assert lines["p"].cells == ("", "<0.001", "<0.001", "0.839")
    assert lines["by"].cells == ("", "ML", "REML", "REML")
    same = compare(sleep("days + (1 | subject)"), sleep("days + (days | subject)"))
    assert "by" not in block(blocks_of(same), "Test against the model before")


def test_no_test_at_all_is_no_block() -> None:
    found = compare(hsb("ses + (1 | school)"), hsb("minority + (1 | school)"))
    assert "Test against the model before" not in [each.heading for each in blocks_of(found)]


def test_changes_of_variance() -> None:
    lines = block(blocks_of(four()), "Less variance than in Null")
    assert lines["residual"].cells == ("", "51.0%", "66.6%", "66.6%")
    assert lines["subject: (Intercept)"].cells[1] == "-7.8%"


@pytest.mark.parametrize(
    ("value", "text"), [(0.0004, "<0.001"), (0.0005, "0.001"), (0.5, "0.500"), (math.nan, "-")]
)
def test_p_values(value: float, text: str) -> None:
    assert p_value(value) == text


def test_thresholds_and_the_like_stand_apart() -> None:
    ordered, other = generalized_fits.ordered(), generalized_fits.equidistant()
    blocks = {block.heading: block for block in blocks_of(compare(ordered, other, refit="never"))}
    assert [line.label for line in blocks["Fixed effects"].lines] == ["age"]
    assert [line.label for line in blocks["Other components"].lines][:4] == [
        "1|2", "2|3", "3|4", "4|5"
    ]  # fmt: skip

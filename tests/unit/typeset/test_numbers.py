"""Numbers to text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.typeset import numbers

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1.005, 2, "1.00"),  # the float is below 1.005
        (2.675, 2, "2.67"),
        (0.125, 2, "0.12"),  # half to even
        (-0.004, 2, "0.00"),
        (-0.0, 2, "0.00"),
        (-0.005001, 2, "-0.01"),
        (-0.4, 0, "0"),
        (12345.678, 1, "12345.7"),
        (NAN, 2, "-"),
        (INF, 2, "inf"),
        (-INF, 2, "-inf"),
    ],
)
def test_fixed(value: float, decimals: int, text: str) -> None:
    assert numbers.fixed(value, decimals) == text


@given(st.floats(), st.integers(0, 8))
def test_there_is_no_negative_zero(value: float, decimals: int) -> None:
    text = numbers.fixed(value, decimals)
    assert not (text.startswith("-") and text != "-" and float(text) == 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.2346e-7, "1.235e-07"), (-2345678.0, "-2.346e+06"), (0.0, "0"), (NAN, "-"), (INF, "inf")],
)
def test_scientific(value: float, text: str) -> None:
    assert numbers.scientific(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.115, "11.5%"),
        (0.0, "0.0%"),
        (0.0004, "<0.1%"),
        (0.0006, "0.1%"),
        (1.0, "100.0%"),
        (NAN, "-"),
    ],
)
def test_percent(share: float, text: str) -> None:
    assert numbers.percent(share) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.00321, 3, "0.00321"),
        (0.31, 3, "0.310"),
        (2.1e-9, 3, "2.10e-09"),
        (1e-10, 1, "1e-10"),
        (9.9999, 3, "10.0"),
        (123456.0, 3, "123456"),
        (1.5e9, 3, "1.50e+09"),
        (0.0, 3, "0"),
        (NAN, 3, "-"),
    ],
)
def test_significant(value: float, digits: int, text: str) -> None:
    assert numbers.significant(value, digits) == text


@pytest.mark.parametrize(
    ("precisions", "decimals"),
    [
        ([6.8246, 1.5458], 2),
        ([0.22], 2),
        ([0.0123, 5.0], 3),
        ([0.0994], 3),
        ([0.0996], 2),  # rounds to 0.10
        ([35.0], 1),
        ([120.0], 0),
        ([12345.0], 0),
        ([0.0, NAN, 0.5], 2),
        ([1e-12], 5),
        ([], 2),
    ],
)
def test_decimals_for(precisions: list[float], decimals: int) -> None:
    assert numbers.decimals_for(precisions) == decimals


@given(st.floats(1e-4, 1e3), st.floats(1, 1e3))
def test_the_smallest_precision_shows_two_digits(smallest: float, factor: float) -> None:
    """Two significant digits at least, and with one decimal fewer it would not."""
    decimals = numbers.decimals_for([smallest * factor, smallest])
    shown = f"{smallest:.{decimals}f}".replace(".", "").lstrip("0")
    assert len(shown) >= 2 or decimals == numbers.MAX_DECIMALS
    if smallest < 0.95 and decimals > 1:  # 0.95 and more are shown as 1.0
        assert len(f"{smallest:.{decimals - 1}f}".replace(".", "").lstrip("0")) < 2


def test_rows_share_their_decimals() -> None:
    rows = [(251.405, 6.8246), (10.467, 1.5458)]
    assert numbers.number_rows(rows, [6.8246, 1.5458]) == [["251.41", "6.82"], ["10.47", "1.55"]]


def test_a_tiny_or_huge_row_is_written_with_exponents_and_leaves_the_others_alone() -> None:
    rows = [(1.5, 0.5), (3.2e-8, 1.4e-9), (2345678.0, 123456.0), (NAN, NAN)]
    assert numbers.number_rows(rows, [row[1] for row in rows]) == [
        ["1.50", "0.50"],
        ["3.200e-08", "1.400e-09"],
        ["2.346e+06", "1.235e+05"],
        ["-", "-"],
    ]


def test_precision_of_zero_decides_nothing() -> None:
    assert numbers.number_rows([(1.0, 0.0), (2.0, 0.25)], [0.0, 0.25]) == [
        ["1.00", "0.00"],
        ["2.00", "0.25"],
    ]


def test_statistics() -> None:
    values = [36.8381, -0.004, 123456.7, NAN, INF]
    assert numbers.statistics(values) == ["36.84", "0.00", "1.235e+05", "-", "inf"]


@pytest.mark.parametrize(
    ("level", "text"), [(0.95, "95%"), (0.9, "90%"), (0.999, "99.9%"), (0.57, "57%")]
)
def test_percent_label(level: float, text: str) -> None:
    assert numbers.percent_label(level) == text


def test_counts() -> None:
    assert numbers.count(1234567) == "1,234,567"
    assert [numbers.half(47.0), numbers.half(1234.5)] == ["47", "1,234.5"]
    assert [numbers.rounded_count(1211.7), numbers.rounded_count(NAN)] == ["1,212", "-"]


def test_p_values_and_degrees_of_freedom() -> None:
    values = [0.0, 0.00099, 0.001, 0.0234, 1.0, float("nan")]
    assert list(map(numbers.p_value, values)) == [
        "<0.001", "<0.001", "0.001", "0.023", "1.000", "-",
    ]  # fmt: skip
    df = [17.0, 999.94, 999.96, 6838.4, float("inf"), float("nan")]
    assert list(map(numbers.degrees, df)) == ["17.0", "999.9", "1000", "6838", "inf", "-"]

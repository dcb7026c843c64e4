"""Any text in a CSV ends in a fit or in one of our errors, never in a traceback of another kind.

Slow: runs in `make test-all`, for a bounded number of files.
"""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import echelon
from echelon.errors import EchelonError, EchelonWarning

FORMULAS = [
    "y ~ x + (1 | g)",
    "y ~ x + (x | g)",
    "y ~ f * x + (1 | g/f)",
    "log(y) ~ poly(x, 2) + (1 | g)",
    "y ~ cwc(x, g) + gm(x, g) + (1 | g)",
    "y ~ . + (1 | g)",
    "y ~ 0 + f + (0 + f || g)",
    "y ~ factor(x) + (1 | g) + (1 | f)",
    "y ~ bs(x, df = 4) + (1 | g)",
    "y ~ x",
]
NUMBERS = ["0", "1", "-1.5", "2.25", "3e2", "1e308", "-1e-308", "1e400", "007", "1,5", "-0.0"]
NOISE = [
    "",
    "NA",
    "NaN",
    "inf",
    "-inf",
    "none",
    "TRUE",
    "2020-01-31",
    "é",
    "a b",
    '"q"',
    "$",
    "\x00",
]
TEXTS = ["a", "b", "c", "A", "1", "10", " a", "(Intercept)", "a:b"]
ENDS = ["\n", "\r\n"]

COLUMNS = ["y", "x", "g", "f"]
SENSIBLE = [
    st.integers(-99, 99).map(lambda k: f"{k / 8}"),
    st.integers(-5, 5).map(str),
    st.sampled_from(TEXTS[:4]),
    st.sampled_from(TEXTS[:2]),
]
STRANGE = st.sampled_from(NUMBERS + NOISE + TEXTS)


@st.composite
def csv_text(draw: st.DrawFn) -> bytes:
    """A header and some rows; at most three cells are strange, and now and then a whole column."""
    columns = list(SENSIBLE)
    if draw(st.integers(0, 4)) == 0:
        columns[draw(st.integers(0, 3))] = STRANGE
    n_rows = draw(st.integers(0, 25))
    rows = [[draw(column) for column in columns] for _ in range(n_rows)]
    for _ in range(draw(st.integers(0, 3)) if rows else 0):
        draw(st.sampled_from(rows))[draw(st.integers(0, 3))] = draw(STRANGE)
    rows.insert(0, COLUMNS)
    if draw(st.integers(0, 19)) == 0:  # a ragged row
        rows[-1] = rows[-1][: draw(st.integers(0, 4))]
    separator = draw(st.sampled_from([",", ",", ",", ";", "\t"]))
    end = draw(st.sampled_from(ENDS))
    text = end.join(separator.join(row) for row in rows) + draw(st.sampled_from(["", end]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "latin-1"]))
    return text.encode(encoding)


@pytest.mark.slow
@settings(
    derandomize=True,
    deadline=None,
    max_examples=1_500,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(content=csv_text(), formula=st.sampled_from(FORMULAS))
def test_csv_to_fit(tmp_path: Path, content: bytes, formula: str) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", EchelonWarning)
        try:
            fit = echelon.fit(formula, echelon.read(path))
        except EchelonError as error:
            assert_five_lines(str(error))
            return
    assert math.isfinite(fit.objective)
    assert math.isfinite(fit.sigma)
    assert str(fit)


def assert_five_lines(text: str) -> None:
    """Every message has what, where, got, need, do and see, in this order."""
    labels = ["  where: ", "  got:   ", "  need:  ", "  do:    ", "  see:   errors#"]
    places = [text.find("\n" + label) for label in labels]
    assert -1 not in places
    assert places == sorted(places)

"""What `describe` says when an outcome is neither numbers nor two categories."""

from __future__ import annotations

import pytest

from echelon.errors import FrameError
from echelon.measure.describe import describe


def test_more_than_two_categories() -> None:
    with pytest.raises(FrameError) as error:
        describe({"y": ["yes", "no", "maybe"], "g": [1, 1, 2]}, "g", "y")
    assert str(error.value) == (
        "Outcome 'y' holds more than two categories.\n"
        "  where: column 'y', 3 rows\n"
        "  got:   3 categories: 'maybe', 'no', 'yes'\n"
        "  need:  a numeric column, or one of two categories\n"
        "  do:    name another outcome, or recode this one as numbers or as two categories\n"
        "  see:   errors#outcome-not-numeric"
    )


def test_one_category() -> None:
    with pytest.raises(FrameError) as error:
        describe({"y": ["yes", "yes", None], "g": [1, 1, 2]}, "g", "y")
    assert str(error.value) == (
        "Outcome 'y' holds one category.\n"
        "  where: column 'y', 2 rows\n"
        "  got:   1 category: 'yes'\n"
        "  need:  a numeric column, or one of two categories\n"
        "  do:    check the filter applied to the data, or name another outcome\n"
        "  see:   errors#outcome-not-numeric"
    )

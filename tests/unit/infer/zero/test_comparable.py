"""Whether two fits have the same rows and the same response, with and without their rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from echelon import api
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.infer.zero.comparable import check_same_rows, common_grams, is_same_gram
from echelon.storage import archive
from tests.unit.infer.varied import TABLE, fitted


def saved(fit: Fit, folder: Path) -> Fit:
    archive.save(fit, folder / "fit.ech", rows=False)
    return archive.load(folder / "fit.ech")


@pytest.mark.parametrize("formula", ["y ~ x + (1 | g)", "y ~ 0 + x + (1 | g)"])
def test_the_same_without_rows(formula: str, tmp_path: Path) -> None:
    """By sums: with the intercept in both models, in one, or in none."""
    for other in ("y ~ x + f + (x | g)", "y ~ 0 + x + (1 | h)"):
        check_same_rows(saved(fitted(formula), tmp_path), saved(fitted(other), tmp_path), "here")


@pytest.mark.parametrize("size", [1e-3, 1e3])
def test_another_response_without_rows(size: float, tmp_path: Path) -> None:
    """A response far from zero that differs by a thousandth of its spread."""
    far = TABLE | {"y": 1e6 + size * TABLE["y"]}
    near = far | {"y": far["y"] + 1e-3 * size * np.cos(np.arange(len(far["y"])))}
    fits = [saved(api.fit("y ~ x + (1 | g)", table).fit, tmp_path) for table in (far, near)]
    with pytest.raises(NotEstimableError, match="do not have the same response"):
        check_same_rows(*fits, "here")


def test_an_offset_is_part_of_the_response() -> None:
    with pytest.raises(NotEstimableError, match="do not have the same response"):
        check_same_rows(fitted("y ~ x + (1 | g)"), fitted("y ~ offset(z) + (1 | g)"), "here")


def test_the_order_of_columns_does_not_matter() -> None:
    one, other = fitted("y ~ x + z + (1 | g)"), fitted("y ~ z + x + (1 | g)")
    assert is_same_gram(*common_grams(one, other, ["(Intercept)", "x", "z"]))
    assert is_same_gram(*common_grams(one, fitted("y ~ 0 + x + z + (1 | g)"), ["x", "z"]))

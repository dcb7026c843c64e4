from __future__ import annotations

import numpy as np
import pytest

from echelon.errors import NestingWarning
from tests.designs import design_and_findings as design_of

N_SCHOOLS, N_CLASSES, SIZE = 20, 5, 10
FORMULA = "y ~ 1 + (1 | school) + (1 | klass)"


def simulate(by_cell: float, by_label: float, first: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    school = np.repeat(np.arange(N_SCHOOLS), N_CLASSES * SIZE)
    klass = np.tile(np.repeat(np.arange(N_CLASSES), SIZE), N_SCHOOLS)
    y = rng.normal(size=N_SCHOOLS)[school] + rng.normal(size=len(school))
    y += by_cell * rng.normal(size=(N_SCHOOLS, N_CLASSES))[school, klass]
    y += by_label * np.linspace(-1, 1, N_CLASSES)[klass]
    return {"y": y, "school": school, "klass": klass + first}


def test_running_numbers_with_effects_of_their_own_are_nested() -> None:
    with pytest.warns(NestingWarning, match="labels of 'klass' seem to start again"):
        design_of(FORMULA, simulate(0.8, 0.0))


def test_running_numbers_of_unequal_length_are_nested() -> None:
    data = simulate(0.8, 0.0)
    keep = data["klass"] <= 2 + data["school"] % 4
    with pytest.warns(NestingWarning):
        design_of(FORMULA, {name: values[keep] for name, values in data.items()})


def test_letters_are_running_numbers_too() -> None:
    data = simulate(0.8, 0.0)
    letters = np.array(list("?abcde"))[data["klass"]]
    with pytest.warns(NestingWarning):
        design_of(FORMULA, {**data, "klass": letters.tolist()})


@pytest.mark.parametrize(
    ("formula", "data"),
    [
        (FORMULA, simulate(0.0, 1.0)),  # crossed, with an effect of the label
        (FORMULA, simulate(0.5, 1.0)),  # crossed, with an interaction as well
        (FORMULA, simulate(0.0, 0.0)),  # nothing to go by
        (FORMULA, simulate(0.8, 0.0, first=2001)),  # years
        ("y ~ 1 + (1 | school/klass)", simulate(0.8, 0.0)),  # written as nested
        ("y ~ 1 + (1 | school) + (1 | school:klass)", simulate(0.8, 0.0)),
        ("y ~ 1 + (1 | school) + (1 | klass) + (1 | school:klass)", simulate(0.8, 0.0)),
    ],
)
def test_silent_without_good_evidence(formula: str, data: dict[str, np.ndarray]) -> None:
    assert design_of(formula, data).rows.blocks  # warnings are errors here


@pytest.mark.parametrize("by_label", [0.0, 1.0])
def test_many_rows_are_judged_by_a_sample(by_label: float) -> None:
    data = {name: np.tile(values, 150) for name, values in simulate(0.8, by_label).items()}
    data["y"] = data["y"] + np.random.default_rng(1).normal(size=150_000)
    if by_label:
        design_of(FORMULA, data)
    else:
        with pytest.warns(NestingWarning):
            design_of(FORMULA, data)


def test_silent_with_one_row_per_cell() -> None:
    data = simulate(0.8, 0.0)
    design_of(FORMULA, {name: values[::SIZE] for name, values in data.items()})


def test_silent_when_labels_have_gaps() -> None:
    data = simulate(0.8, 0.0)
    keep = (data["klass"] + data["school"]) % 3 > 0
    design_of(FORMULA, {name: values[keep] for name, values in data.items()})


def test_silent_when_labels_differ_between_groups() -> None:
    data = simulate(0.8, 0.0)
    design_of(FORMULA, {**data, "klass": data["klass"] + 10 * data["school"]})

"""The exact text of the design room's messages about new rows, lags and nested labels."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.design.build import columns_needed_for_new_rows, encode_rows
from echelon.design.combinations import learn_combinations
from echelon.design.lags import resolve_lags
from echelon.errors import DesignError, NestingWarning
from echelon.frame.build import build_frame
from echelon.frame.columns import Categorical
from echelon.spec import columns_needed, resolve_spec
from tests.designs import design_and_findings as design_of
from tests.errors.test_design_messages import DATA


def new_rows(formula: str, data: dict[str, object]) -> None:
    design = design_of(formula, DATA)
    encode_rows(design.recipe, build_frame(data, columns_needed_for_new_rows(design.recipe)))


def test_unseen_category() -> None:
    with pytest.raises(DesignError) as caught:
        new_rows("y ~ f", {"f": ["a", "z", "b", "zz", "z"]})
    assert str(caught.value) == (
        "The column 'f' has categories that the model has not seen.\n"
        "  where: f, new rows 2, 4, 5\n"
        "  got:   'z', 'zz'\n"
        "  need:  one of the categories of the fit: 'a', 'b', 'c'\n"
        "  do:    correct the labels, leave these rows out, or fit with rows that have them.\n"
        "  see:   errors#unseen-category"
    )


def test_column_that_became_categories() -> None:
    with pytest.raises(DesignError) as caught:
        new_rows("y ~ x", {"x": ["1", "2", "three"]})
    assert str(caught.value) == (
        "The column 'x' held numbers in the data of the fit and holds categories now.\n"
        "  where: new rows, column 'x'\n"
        "  got:   categories: '1', '2', 'three'\n"
        "  need:  numbers, as in the data of the fit\n"
        "  do:    convert 'x' to numbers in the new rows.\n"
        "  see:   errors#column-changed-type"
    )


def test_too_many_combinations() -> None:
    many = np.broadcast_to(np.array([0]), 2**21)
    column = Categorical("id", np.zeros(3, np.int32), many)
    with pytest.raises(DesignError) as caught:
        learn_combinations([column] * 3, "id:id:id")
    assert str(caught.value) == (
        "The factor 'id:id:id' has too many possible combinations.\n"
        "  where: grouping factor id:id:id\n"
        "  got:   9.22e+18 combinations\n"
        "  need:  at most 4.61e+18\n"
        "  do:    join the labels to one column in the data and name that column.\n"
        "  see:   errors#too-many-combinations"
    )


def lag_error(formula: str) -> str:
    spec = resolve_spec(formula)
    frame = build_frame(DATA, columns_needed(spec))
    with pytest.raises(DesignError) as caught:
        resolve_lags(spec.formula, frame)
    return str(caught.value)


def test_lag_with_crossed_factors() -> None:
    assert lag_error("y ~ lag(x) + (1 | g) + (1 | two)") == (
        "The row before is not defined: the grouping factors are crossed.\n"
        "  where: lag() in the formula\n"
        "  got:   crossed grouping factors g, two\n"
        "  need:  one grouping factor that is nested in all others\n"
        "  do:    compute the lagged column in the data and use it by its name.\n"
        "  see:   errors#lag-crossed"
    )


def test_lag_without_earlier_rows() -> None:
    assert lag_error("y ~ lag(x) + (1 | solo)") == (
        "No row has an earlier row in its group.\n"
        "  where: lag(x)\n"
        "  got:   12 rows, none of them after another of its group\n"
        "  need:  groups of two or more rows, in the order of time\n"
        "  do:    check the grouping factor, or the order of the rows.\n"
        "  see:   errors#lag-no-rows"
    )


def test_rows_are_numbered_as_in_the_table() -> None:
    data = {"y": np.arange(6.0), "x": [1.0, None, 3, 4, -5, 6]}
    with pytest.raises(DesignError) as caught:
        design_of("y ~ log(x)", data)
    assert caught.value.where == "log(x), row 5"


def test_nesting_warning() -> None:
    rng = np.random.default_rng(7)
    school, klass = np.repeat(np.arange(20), 50), np.tile(np.repeat(np.arange(5), 10), 20)
    y = rng.normal(size=(20, 5))[school, klass] + rng.normal(size=1000)
    data = {"y": y, "school": school, "class": klass + 1}
    with pytest.warns(NestingWarning) as caught:
        design_of("y ~ 1 + (1 | school) + (1 | class)", data)
    assert str(caught[0].message) == (
        "The labels of 'class' seem to start again in every group of 'school'.\n"
        "  where: random terms over school and class\n"
        "  got:   5 labels of 'class' in 20 groups of 'school',\n"
        "         whose effects have nothing in common across 'school'\n"
        "  need:  labels that mean the same class wherever they occur, as the formula has it\n"
        "  do:    write (1 | school/class), if '1' is another class in every school.\n"
        "  see:   errors#nested-labels"
    )

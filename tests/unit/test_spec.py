from __future__ import annotations

import pickle

import numpy as np
import pytest

from echelon.formula.parse import parse_formula
from echelon.spec import Control, Needed, columns_needed, resolve_spec


def test_defaults() -> None:
    spec = resolve_spec("y ~ x + (x | g)")
    assert (spec.family, spec.link, spec.method, spec.quadrature) == (
        "gaussian",
        "identity",
        "REML",
        1,
    )
    assert (spec.missing, spec.conf_level, spec.df_method) == ("drop", 0.95, "satterthwaite")
    assert spec.control == Control()
    assert spec.weights is spec.offset is spec.start is None


@pytest.mark.parametrize(("given", "read"), [("reml", "REML"), ("ML", "ML"), ("ml", "ML")])
def test_method_in_any_case(given: str, read: str) -> None:
    assert resolve_spec("y ~ x", method=given).method == read


def test_a_parsed_formula_is_taken_as_it_is() -> None:
    formula = parse_formula("y ~ x")
    assert resolve_spec(formula).formula is formula


def test_control_as_a_dict() -> None:
    control = resolve_spec("y ~ x", control={"threads": 2, "path": "dense"}).control
    assert control == Control(threads=2, path="dense")
    assert resolve_spec("y ~ x", control=control).control is control


def test_start_is_copied_and_read_only() -> None:
    given = np.array([1.0, 0, 1])
    spec = resolve_spec("y ~ x + (x | g)", start=given)
    given[0] = 9
    assert spec.start is not None
    assert spec.start.tolist() == [1, 0, 1]
    assert not spec.start.flags.writeable


def test_columns_in_order_of_first_appearance() -> None:
    spec = resolve_spec(
        "log(y) ~ x * f + poly(z, 2, raw = TRUE) + gm(u, school:grade) + offset(log(t))"
        " + (v | school/room) + (1 | mm(m1, m2, weights = (w1, w2)))",
        weights="1 / w",
        offset="o",
    )
    assert columns_needed(spec) == Needed(
        ("y", "x", "f", "z", "u", "v", "t", "o", "w", "w1", "w2"),
        ("school", "room", "m1", "m2", "grade"),
    )


def test_a_column_may_be_a_value_and_a_grouping() -> None:
    spec = resolve_spec("y ~ factor(g) + (1 | g)")
    assert columns_needed(spec) == Needed(("y", "g"), ("g",))


def test_a_spec_survives_pickling() -> None:
    spec = resolve_spec("y ~ f + (1 | g)", weights="w", contrasts={"f": "sum"})
    assert pickle.loads(pickle.dumps(spec)) == spec

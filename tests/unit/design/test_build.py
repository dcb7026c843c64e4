from __future__ import annotations

import pickle

import numpy as np
import pytest

from echelon.design.build import build_design, columns_needed_for_new_rows, encode_rows
from echelon.frame.build import build_frame
from echelon.frame.columns import Numeric
from echelon.spec import Needed, columns_needed, resolve_spec
from tests.designs import design_of

N = 90
RNG = np.random.default_rng(9)
DATA = {
    "y": RNG.normal(size=N),
    "x": RNG.normal(size=N),
    "w": RNG.uniform(1, 2, size=N),
    "f": np.array(["u", "v", "w"])[np.arange(N) % 3].tolist(),
    "g": np.arange(N) % 9,
}
FORMULA = "y ~ poly(x, 2) * f + cwc(x, g) + offset(x) + (x | g)"


def test_chunks_are_encoded_as_the_whole() -> None:
    design = design_of(FORMULA, DATA)
    needed = columns_needed_for_new_rows(design.recipe)
    assert needed == Needed(("x", "f"), ("g",))
    for rows in (slice(0, 40), slice(40, 90)):
        chunk = {name: values[rows] for name, values in DATA.items()}
        encoded = encode_rows(design.recipe, build_frame(chunk, needed))
        np.testing.assert_allclose(np.column_stack(encoded.fixed_columns), design.X[rows])
        assert encoded.offset is not None
        assert encoded.offset.tolist() == DATA["x"][rows].tolist()


def test_a_design_survives_pickling() -> None:
    design = design_of(FORMULA, DATA)
    again = pickle.loads(pickle.dumps(design))
    assert np.array_equal(again.X, design.X)
    frame = build_frame(DATA, columns_needed_for_new_rows(design.recipe))
    rows = encode_rows(again.recipe, frame)
    assert np.array_equal(np.column_stack(rows.fixed_columns), design.X)


def test_arrays_are_read_only() -> None:
    design = design_of(FORMULA, DATA)
    arrays = [*design.rows.fixed_columns, *design.rows.blocks[0].columns]
    assert not any(array.flags.writeable for array in arrays)


def test_sizes_of_terms_add_up_to_the_columns() -> None:
    design = design_of(FORMULA, DATA)
    assert design.recipe.fixed_sizes == (1, 2, 2, 1, 4)
    assert sum(design.recipe.fixed_sizes) == len(design.fixed_names)


def test_order_of_rows_carries_over() -> None:
    order = RNG.permutation(N)
    design = design_of(FORMULA, DATA)
    moved = design_of(FORMULA, {name: [v[i] for i in order] for name, v in DATA.items()})
    np.testing.assert_allclose(moved.X, design.X[order], atol=1e-12)
    codes = design.rows.blocks[0].memberships[0].codes
    assert np.array_equal(moved.rows.blocks[0].memberships[0].codes, codes[order])


def test_the_frame_is_not_copied() -> None:
    spec = resolve_spec("y ~ x + (x | g)", weights="w")
    frame = build_frame(DATA, columns_needed(spec))
    design = build_design(spec, frame)
    x, w = frame.columns["x"], frame.columns["w"]
    assert isinstance(x, Numeric)
    assert isinstance(w, Numeric)
    assert design.rows.fixed_columns[1] is x.values
    assert design.weights is w.values
    assert design.rows.blocks[0].memberships[0].codes is frame.groupings["g"].codes


def test_a_column_called_intercept_works_without_an_intercept() -> None:
    data = {**DATA, "(Intercept)": np.ones(N)}
    design = design_of("y ~ 0 + `(Intercept)` + x", data)
    assert design.fixed_names == ("(Intercept)", "x")


@pytest.mark.parametrize("formula", ["y ~ 0 + (1 | g)", "y ~ 1", "y ~ x"])
def test_small_models(formula: str) -> None:
    design = design_of(formula, DATA)
    assert design.X.shape == (N, len(design.fixed_names))

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from echelon.design.build import (
    build_design,
    columns_needed_for_new_rows,
    encode_channels,
    encode_rows,
    new_scope,
)
from echelon.design.new_rows import read_new_rows
from echelon.design.parts import Channel, Design
from echelon.design.profile import encode_grid_channels
from echelon.families import FAMILIES
from echelon.frame.build import build_frame
from echelon.spec import columns_needed, resolve_spec
from echelon.storage.nouns import Pool, decode, encode, restock
from tests.designs import design_of

N = 48
RNG = np.random.default_rng(7)
DATA: dict[str, Any] = {
    "x": RNG.normal(size=N),
    "z": RNG.normal(size=N),
    "e": RNG.random(N) + 0.5,
    "f": list("abc") * (N // 3),
    "g": np.arange(N) % 6,
    "h": np.arange(N) // 12,
    "binary": RNG.integers(0, 2, N),
    "s": RNG.integers(0, 5, N),
    "count": RNG.poisson(2.0, N),
    "real": RNG.normal(size=N),
    "positive": RNG.random(N) + 0.1,
    "unit": RNG.random(N) * 0.9 + 0.05,
    "rating": RNG.integers(1, 6, N),
    "party": RNG.choice(["left", "mid", "right"], N).tolist(),
}
RESPONSES = {
    "real": "real",
    "binary": "s / 4",
    "count": "count",
    "positive": "positive",
    "nonnegative": "positive",
    "unit": "unit",
    "ordered": "rating",
    "nominal": "party",
}


def predictors(design: Design, coefficients: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Linear predictors (K, n) from all coefficients."""
    return np.stack([predictor(channel, coefficients, N) for channel in design.channels])


def predictor(channel: Channel, coefficients: np.ndarray[Any, Any], n: int) -> Any:
    eta = np.zeros(n) if channel.offset is None else channel.offset.copy()
    for column in channel.columns:
        eta += column.factor * column.values * coefficients[column.coefficient]
    return eta


def names_of(design: Design) -> list[str]:
    return [*design.fixed_names, *design.extra_names]


@pytest.mark.parametrize("name", FAMILIES)
def test_every_coefficient_enters_a_linear_predictor(name: str) -> None:
    family = FAMILIES[name]
    design = design_of(f"{RESPONSES[family.response]} ~ x + f + (1 | g)", DATA, family=name)
    if name == "gaussian":
        assert design.channels == ()
        assert design.extra_names == ()
        return
    used = {c.coefficient for channel in design.channels for c in channel.columns}
    assert used == set(range(len(names_of(design))))
    assert len(design.rows.fixed_columns) == len(design.fixed_names)
    if family.response not in ("ordered", "nominal"):
        assert [channel.name for channel in design.channels] == ["mean", *family.parameters]


def test_a_gaussian_model_with_a_link_has_its_dispersion() -> None:
    design = design_of("positive ~ x", DATA, link="log")
    assert [channel.name for channel in design.channels] == ["mean", "dispersion"]
    assert design.extra_names == ("dispersion.(Intercept)",)


def test_constant_parameters_are_on_the_scale_of_their_channel() -> None:
    assert design_of("positive ~ x", DATA, family="tweedie").extra_names == (
        "dispersion.(Intercept)",
        "power",
    )
    assert design_of("real ~ x", DATA, family="student", dispersion="~ x").extra_names == (
        "dispersion.(Intercept)",
        "dispersion.x",
        "df",
    )


def test_the_column_of_ones_is_one_object() -> None:
    design = design_of("count ~ x + (x | g)", DATA, family="nbinom2", zero="~ x + (1 | g)")
    ones = {
        id(column.values)
        for channel in design.channels
        for column in channel.columns
        if (column.values == 1.0).all()
    }
    ones |= {id(column) for column in design.rows.blocks[0].columns if (column == 1.0).all()}
    assert ones == {id(design.rows.fixed_columns[0])}
    assert design.channels[0].columns[1].values is design.channels[1].columns[1].values


def test_main_columns_are_those_of_the_mean() -> None:
    design = design_of("count ~ x * f + offset(z)", DATA, family="poisson", offset="log(e)")
    mean = design.channels[0]
    assert [c.coefficient for c in mean.columns] == list(range(len(design.fixed_names)))
    for column, values in zip(mean.columns, design.rows.fixed_columns, strict=True):
        assert column.values is values
    assert mean.offset is design.rows.offset
    assert mean.offset is not None
    assert np.allclose(mean.offset, DATA["z"] + np.log(DATA["e"]))


def test_zero_has_its_own_terms_offset_and_random_effects() -> None:
    design = design_of(
        "count ~ x + (x | g) + offset(z)",
        DATA,
        family="nbinom2",
        zero="~ f + offset(log(e)) + (1 | g) + (0 + z | h)",
    )
    assert [channel.name for channel in design.channels] == ["mean", "zero", "dispersion"]
    assert design.extra_names == (
        "zero.(Intercept)",
        "zero.f[b]",
        "zero.f[c]",
        "dispersion.(Intercept)",
    )
    zero = design.channels[1].offset
    assert zero is not None
    assert np.allclose(zero, np.log(DATA["e"]))
    assert design.channels[2].offset is None
    own, new = design.rows.blocks
    assert own.column_names == ("(Intercept)", "x", "zero.(Intercept)")
    assert own.channels == (0, 0, 1)
    assert [(t.start, t.stop, t.structure.name) for t in own.terms] == [(0, 2, "us"), (2, 3, "us")]
    assert (new.grouping, new.column_names, new.channels) == ("h", ("zero.z",), (1,))


def test_a_hurdle_without_random_effects_leaves_the_blocks_alone() -> None:
    design = design_of("count ~ x + (1 | g)", DATA, family="poisson", hurdle="~ 0 + f")
    assert design.extra_names == ("hurdle.f[a]", "hurdle.f[b]", "hurdle.f[c]")
    assert design.rows.blocks[0].channels == ()


def test_ordered_categories_have_thresholds_for_an_intercept() -> None:
    for formula in ("rating ~ f + x + (1 | g)", "rating ~ 0 + f + x + (1 | g)"):
        design = design_of(formula, DATA, family="cumulative", scale="~ x")
        assert design.fixed_names == ("f[b]", "f[c]", "x")
        assert design.extra_names == ("1|2", "2|3", "3|4", "4|5", "scale.x")
        assert [channel.name for channel in design.channels] == [
            "location",
            *[f"threshold {j}" for j in range(1, 5)],
            "scale",
        ]
        assert design.categories == ("1", "2", "3", "4", "5")


def test_nominal_effects_are_added_to_their_threshold() -> None:
    design = design_of("rating ~ z + f", DATA, family="cumulative", nominal="~ x + f")
    assert design.fixed_names == ("z",)  # those of f are sums of the nominal ones
    assert design.extra_names[4:8] == ("1|2.x", "2|3.x", "3|4.x", "4|5.x")
    assert design.extra_names[8] == "1|2.f[b]"
    value = {name: i + 1.0 for i, name in enumerate(names_of(design))}
    eta = predictors(design, np.array(list(value.values())))
    is_b, is_c = (np.array(DATA["f"]) == label for label in "bc")
    expected = (
        value["2|3"]
        + value["2|3.x"] * DATA["x"]
        + value["2|3.f[b]"] * is_b
        + value["2|3.f[c]"] * is_c
    )
    assert np.allclose(eta[2], expected)


def test_structured_thresholds_carry_nominal_effects_of_their_parameters() -> None:
    """As in ordinal: every parameter of the thresholds has the effects of its own."""
    design = design_of(
        "rating ~ 1", DATA, family="adjacent", nominal="~ x", thresholds="equidistant"
    )
    assert design.fixed_names == ()
    assert design.extra_names == ("threshold 1", "spacing", "threshold 1.x", "spacing.x")
    eta = predictors(design, np.array([1.0, 2.0, 3.0, 4.0]))
    for j in range(4):
        assert np.allclose(eta[1 + j], 1.0 + 2.0 * j + (3.0 + 4.0 * j) * DATA["x"])
    assert all(type(c.factor) is float for ch in design.channels for c in ch.columns)


def test_contrasts_of_a_multinomial_share_columns() -> None:
    design = design_of("party ~ x + (1 + x | g) + (1 || h)", DATA, family="multinomial", offset="z")
    assert design.fixed_names == ("mid.(Intercept)", "mid.x", "right.(Intercept)", "right.x")
    assert design.rows.fixed_columns[0] is design.rows.fixed_columns[2]
    assert [channel.name for channel in design.channels] == ["mid", "right"]
    assert design.channels[0].offset is design.channels[1].offset is design.rows.offset
    own, other = design.rows.blocks
    assert own.column_names == ("mid.(Intercept)", "mid.x", "right.(Intercept)", "right.x")
    assert own.channels == (0, 0, 1, 1)
    assert [(t.size, t.structure.name) for t in own.terms] == [(4, "us")]
    assert [(t.size, t.structure.name) for t in other.terms] == [(2, "diag")]
    assert sum(design.recipe.fixed_sizes) == len(design.fixed_names)
    assert len(design.recipe.fixed) == len(design.recipe.fixed_sizes)


MODELS = [
    ("s / 4 ~ poly(x, 2) + f + (x | g)", {"family": "betabinomial", "dispersion": "~ scale(z)"}),
    (
        "count ~ ns(x, df = 3) + offset(log(e)) + (1 | g)",
        {"family": "nbinom1", "zero": "~ gm(z, h) + f + offset(x) + (z | h)"},
    ),
    (
        "rating ~ f + (f | g)",
        {"family": "cumulative", "nominal": "~ scale(x)", "scale": "~ z", "offset": "e"},
    ),
    ("party ~ f * x + (1 | g)", {"family": "multinomial", "offset": "z"}),
]


@pytest.mark.parametrize(("formula", "options"), MODELS)
def test_new_rows_are_encoded_as_those_of_the_fit(formula: str, options: dict[str, Any]) -> None:
    design = design_of(formula, DATA, **options)
    chosen = slice(5, 9)
    some = {name: values[chosen] for name, values in DATA.items()}
    frame = build_frame(some, columns_needed_for_new_rows(design.recipe))
    scope = new_scope(design.recipe, frame)
    rows = encode_rows(design.recipe, frame, scope)
    channels = encode_channels(design.recipe, frame, scope)
    coefficients = np.linspace(-1, 1, len(names_of(design)))
    for new, old in zip(channels, design.channels, strict=True):
        assert new.name == old.name
        assert np.allclose(
            predictor(new, coefficients, 4), predictor(old, coefficients, N)[chosen], atol=1e-12
        )
    for block, known in zip(rows.blocks, design.rows.blocks, strict=True):
        assert block.channels == known.channels
        assert block.column_names == known.column_names
    read = read_new_rows(design.recipe, some, (), ())
    assert [channel.name for channel in read.channels] == [c.name for c in channels]


def test_a_grid_has_every_linear_predictor() -> None:
    design = design_of("count ~ x", DATA, family="poisson", zero="~ z + offset(e)")
    assert [profile.name for profile in design.recipe.profiles] == ["x", "z", "e"]
    values = {"x": np.array([0.0, 1.0]), "z": np.array([2.0, 3.0]), "e": np.array([1.0, 1.0])}
    mean, zero = encode_grid_channels(design.recipe, values)
    assert mean.columns[1].values.tolist() == [0, 1]
    assert zero.columns[1].values.tolist() == [2, 3]
    assert zero.offset is not None
    assert zero.offset.tolist() == [1, 1]


@pytest.mark.parametrize(("formula", "options"), MODELS)
def test_a_generalized_design_is_kept_in_storage(formula: str, options: dict[str, Any]) -> None:
    spec = resolve_spec(formula, **options)
    design = build_design(spec, build_frame(DATA, columns_needed(spec)))
    pool = Pool()
    state = encode((spec, design), pool)
    spec_again, again = decode(state, restock(pool.arrays, pool.objects))
    assert spec_again == spec
    coefficients = np.linspace(-1, 1, len(names_of(design)))
    assert np.array_equal(predictors(again, coefficients), predictors(design, coefficients))
    assert again.recipe.channels == design.recipe.channels
    assert pickle.loads(pickle.dumps(design)).channels[0].name == design.channels[0].name


def test_as_many_effects_as_rows_for_counts_only() -> None:
    data = {**DATA, "row": np.arange(N)}
    for formula, family in (
        ("count ~ x + (1 | row)", "poisson"),
        ("s / 4 ~ (1 | row)", "binomial"),
    ):
        assert design_of(formula, data, family=family).rows.blocks[0].n_groups == N

"""Every number of a fit by name, and back through JSON."""

from __future__ import annotations

import math

import numpy as np
import pytest

import echelon
from echelon.publish.bundle.numbers import (
    Quantity,
    in_labels_of,
    numbers_of,
    numbers_read,
    numbers_text,
)
from tests.families import MODELS, fitted
from tests.unit.publish.bundle.studies import GAUSSIAN, TABLE, study


@pytest.mark.slow
@pytest.mark.parametrize("name", [*GAUSSIAN, *(f"generalized {name}" for name in MODELS)])
def test_no_two_numbers_share_a_name(name: str) -> None:
    result = study(name) if name in GAUSSIAN else fitted(name.removeprefix("generalized "))
    names = [number.name for number in numbers_of(result.fit)]
    assert len(set(names)) == len(names)


def test_tables_are_listed_whole() -> None:
    result = study("slopes")
    values = {number.name: number.value for number in numbers_of(result.fit)}
    for row in result.variance_components.rows():
        terms = " and ".join(filter(None, (row["term_1"], row["term_2"])))
        name = f"{terms} | {row['grouping']}" if terms else row["grouping"]
        for column in ("variance", "std_dev", "correlation"):
            if row[column] is not None:
                assert values[f"{name}, {column}"] == row[column]
    for row in result.r_squared().rows():
        assert values[f"R-squared {row['measure']} {row['part']}"] == row["value"]
    assert values["rows"] == len(TABLE["y"])
    assert values["groups of school"] == 16
    assert (values["aic"], values["bic"]) == (result.aic, result.bic)


def test_scales_are_those_of_the_uncertainty() -> None:
    result = study("slopes")
    scales = {number.name: number.scale for number in numbers_of(result.fit)}
    row = result.fixed_effects.row(term="x")
    assert scales["fixed effect x, estimate"] == row["std_error"]
    assert scales["fixed effect x, df"] == row["df"]
    assert scales["rows"] == 0.0
    assert scales["n_parameters"] == 0.0
    singular = {n.name: n.scale for n in numbers_of(study("singular").fit)}
    assert max(singular.values()) > 100  # a correlation with hardly any variance


def test_modes_of_many_groups_are_summed_up() -> None:
    n = 6_000
    generator = np.random.default_rng(1)
    groups = np.arange(n) // 2
    y = generator.normal(size=n // 2)[groups] + generator.normal(size=n)
    fit = echelon.fit("y ~ 1 + (1 | g)", {"y": y, "g": groups}).fit
    modes = {q.name: q.value for q in numbers_of(fit) if q.name.startswith("mode ")}
    values = fit.estimates.modes[0][:, 0]
    assert modes == {
        "mode (Intercept) | g, smallest": values.min(),
        "mode (Intercept) | g, largest": values.max(),
        "mode (Intercept) | g, root mean square": math.sqrt((values**2).mean()),
        "mode (Intercept) | g, mean weighted by place": (
            values * np.linspace(-1, 1, len(values))
        ).mean(),
    }


def test_modes_in_other_labels_are_those_of_the_same_rows() -> None:
    fit = study("weights").fit
    generator = np.random.default_rng(4)
    order = generator.permutation(len(TABLE["y"])).astype(np.int64)
    names = dict(zip(sorted(set(TABLE["school"])), generator.permutation(16).tolist(), strict=True))
    table = {name: np.asarray(TABLE[name])[order] for name in ("y", "x", "z", "w")}
    table["school"] = np.array([names[TABLE["school"][i]] for i in order])
    again = echelon.fit(GAUSSIAN["weights"][0], table, **GAUSSIAN["weights"][1]).fit
    for found, expected in zip(in_labels_of(fit, again, order), again.estimates.modes, strict=True):
        assert np.allclose(found, expected, atol=1e-8)


def test_numbers_come_back_from_json() -> None:
    values = [1 / 3, 5e-324, math.nan, math.inf, -math.inf, -0.0]
    numbers = [Quantity(str(i), value, 1.0) for i, value in enumerate(values)]
    again = numbers_read(numbers_text(numbers).encode())
    assert np.array(list(again.values())).tobytes() == np.array(values).tobytes()

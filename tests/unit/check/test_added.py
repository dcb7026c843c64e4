"""What a term adds, against least squares and a fit by hand."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.check.added import FEWER, MANY, added, adjusted, coefficient, column, most
from echelon.errors import NotEstimableError
from tests.families import fitted as fitted_family
from tests.unit.check.model_cases import clean, crossed, fitted, quiet


def test_size_is_the_standardized_coefficient_of_a_product() -> None:
    result = fitted(crossed)
    made = added(result.fit, "x:w")
    assert made is not None
    assert made.names == ("x:w",)
    data = crossed()[1]
    again = ec.fit("y ~ x + z + w + x:w + (x | g)", data)
    estimate = again.beta["x:w"]
    assert coefficient(made.larger, "x:w") == pytest.approx(estimate, rel=1e-10)
    X = np.column_stack([np.ones(960), data["x"], data["z"], data["w"]])
    values = data["x"] * data["w"]
    rest = values - X @ np.linalg.lstsq(X, values, rcond=None)[0]
    assert made.size == pytest.approx(abs(estimate) * rest.std() / data["y"].std(), rel=1e-8)
    assert made.p_value == pytest.approx(again.fixed_effects.row(term="x:w")["p_value"], rel=1e-8)
    assert np.allclose(column(made.larger, "x:w"), values)


def test_what_the_model_has_adds_nothing() -> None:
    assert added(fitted(clean).fit, "I(2 * x)") is None
    assert np.isnan(coefficient(fitted(clean).fit, "v"))


def test_several_coefficients_are_tested_together() -> None:
    result = fitted(clean)
    made = added(result.fit, "ns(x, df = 3)")
    assert made is not None
    assert len(made.names) == 2  # the line is there already
    curve = ec.fit("y ~ ns(x, df = 3) + z + w + (1 | g)", clean()[1], method="ML")
    line = result.refit(method="ML")
    lrt = line.objective - curve.objective
    assert made.p_value == pytest.approx(np.exp(-lrt / 2), abs=0.02)  # chi-square on 2


def test_holm() -> None:
    assert adjusted([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert adjusted([0.2, float("nan")]) == pytest.approx((0.4, 1.0))
    assert adjusted([]) == ()


def test_large_tables_are_refitted_fewer_times(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = fitted(clean).fit
    assert most(fit) == MANY
    monkeypatch.setattr("echelon.check.added.OF_ROWS", 959)
    assert most(fit) == FEWER


def test_a_costly_density_counts_as_more_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = fitted_family("robust").fit
    monkeypatch.setattr("echelon.check.added.OF_ROWS", 8 * 240)
    assert most(fit) == MANY
    monkeypatch.setattr("echelon.check.added.OF_ROWS", 8 * 240 - 1)
    assert most(fit) == FEWER
    monkeypatch.setattr("echelon.check.added.LARGEST", 8 * 240 - 1)
    with pytest.raises(NotEstimableError) as caught:
        added(fit, "w")
    assert caught.value.slug == "check-takes-long"


def test_an_equation_for_each_category() -> None:
    data = clean()[1]
    data["m"] = np.array(["a", "b", "c"])[np.arange(960) % 3]
    result = quiet("m ~ x + (1 | g)", data, family="multinomial")
    with pytest.raises(NotEstimableError) as caught:
        added(result.fit, "z")
    assert caught.value.slug == "check-many-equations"

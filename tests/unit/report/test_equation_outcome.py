import pytest

import echelon as ec
from echelon.formula.equations import Symbol
from echelon.report.equation_nodes import Number
from echelon.report.equation_outcome import (
    linked_left,
    mean_symbol,
    outcome_remarks,
    outcome_statements,
    part_statements,
)
from tests.families import DATA, MODELS, N, fitted
from tests.golden import fits


def write(value: float) -> Number:
    return Number(f"{value:.3f}")


def test_a_linear_model_has_a_residual_and_no_parts() -> None:
    fit = fits.sleep()
    (residual,) = outcome_statements(fit, "ij", None)
    assert residual.left == Symbol("e", "", "ij")
    assert list(part_statements(fit, "ij", None, {})) == []
    assert list(outcome_remarks(fit)) == []


def test_the_mean_is_p_or_mu() -> None:
    assert mean_symbol(fitted("binary").fit, "ij") == Symbol("prob", "", "ij")
    assert mean_symbol(fitted("counts").fit, "ij") == Symbol("mu", "", "ij")
    assert linked_left(fitted("logs").fit, "i") == Symbol("mu", "", "i")


@pytest.mark.parametrize("name", MODELS)
def test_numbers_stand_in_the_place_of_constants(name: str) -> None:
    fit = fitted(name).fit
    symbolic = list(outcome_statements(fit, "ij", None))
    filled = list(outcome_statements(fit, "ij", write))
    assert [s.left for s in symbolic] == [s.left for s in filled]
    assert "nan" not in str(filled)


def test_random_effects_of_the_zero_part_get_symbols() -> None:
    effects = {("g", "(Intercept)"): Symbol("u", "0", "j")}
    list(part_statements(fitted("zero effects").fit, "ij", None, effects))
    assert effects["g", "zero.(Intercept)"] == Symbol("v", "0", "j")


@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_a_nominal_effect_that_the_data_do_not_determine_has_no_number() -> None:
    fit = ec.fit("grade ~ x", DATA | {"z": [3.0] * N}, family="cumulative", nominal="~ z")
    lines = fit.equations(estimates=True).text.splitlines()
    assert sum(line.startswith("θ₀[") for line in lines) == 3
    assert not any(line.startswith("θ₁[") for line in lines)

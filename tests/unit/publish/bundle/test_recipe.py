"""Options as data, and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from echelon.errors import SpecError
from echelon.formula.parse import parse_formula
from echelon.formula.render import render
from echelon.publish.bundle.recipe import formula_text, options_of, shared_spec, spec_of
from echelon.sameness import is_same
from tests.families import MODELS, fitted
from tests.unit.publish.bundle.studies import GAUSSIAN, study


@pytest.mark.parametrize("name", [*GAUSSIAN, *(f"generalized {name}" for name in MODELS)])
def test_options_come_back_through_a_file(name: str) -> None:
    result = study(name) if name in GAUSSIAN else fitted(name.removeprefix("generalized "))
    spec = shared_spec(result.fit.spec)
    assert is_same(spec_of(json.loads(json.dumps(options_of(spec)))), spec)


def test_options_at_rest_are_left_out() -> None:
    assert options_of(study("slopes").fit.spec).keys() == {
        "formula", "family", "link", "method", "control", "conf_level", "df_method",
    }  # fmt: skip


def test_a_lag_becomes_a_column_of_its_name() -> None:
    spec = shared_spec(study("lagged").fit.spec)
    text = "y ~ `lag(y, 1)` + `lag(log(z), 2)` + x + (1 + 1 | person)"
    assert render(spec.formula) == text.replace("1 + 1", "1")
    assert spec_of(options_of(spec)).formula == spec.formula


def test_lags_inside_functions_and_random_terms() -> None:
    spec = study("lagged").fit.spec
    text = "y ~ poly(lag(x, 1), 2):z + offset(lag(z, 1) / 2) + (1 + exp(lag(x, 1)) | person)"
    named = shared_spec(replace(spec, formula=parse_formula(text))).formula
    assert render(named) == text.replace("lag(x, 1)", "`lag(x, 1)`").replace(
        "lag(z, 1)", "`lag(z, 1)`"
    )


def test_the_subset_is_over() -> None:
    spec = shared_spec(study("missing").fit.spec)
    assert (spec.subset, spec.missing) == (None, "error")


def test_a_formula_stays_as_it_was_written() -> None:
    assert formula_text(parse_formula("y ~ (x | g) + x")) == "y ~ (x | g) + x"
    changed = replace(parse_formula("y ~ x"), text="y ~ .")
    assert formula_text(changed) == "y ~ x"
    assert formula_text(replace(changed, text="level 1")) == "y ~ x"


def test_options_are_checked_anew() -> None:
    with pytest.raises(SpecError, match="no family 'gausian'"):
        spec_of({"formula": "y ~ x", "family": "gausian"})
    with pytest.raises(TypeError):
        spec_of({"formula": "y ~ x", "code": "print()"})

from __future__ import annotations

import pickle

import pytest

from echelon.families import FAMILIES
from echelon.formula.parse import parse_formula
from echelon.spec import (
    ModelSpec,
    Needed,
    columns_needed,
    columns_of_options,
    family_choices,
    resolve_spec,
)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_has_its_first_link_by_default(name: str) -> None:
    spec = resolve_spec("y ~ x + (1 | g)", family=name)
    assert (spec.family, spec.link) == (name, FAMILIES[name].links[0])
    assert spec.is_generalized == (name != "gaussian")


@pytest.mark.parametrize(
    ("family", "link"), [(f.name, link) for f in FAMILIES.values() for link in f.links]
)
def test_every_link_of_a_family_is_taken_in_any_case(family: str, link: str) -> None:
    assert resolve_spec("y ~ x", family=family, link=f" {link.upper()}").link == link


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("Gaussian", "gaussian"),
        ("inverse gaussian", "inverse_gaussian"),
        ("Inverse-Gaussian", "inverse_gaussian"),
        ("beta_binomial", "betabinomial"),
        ("log-normal", "lognormal"),
        (" NBINOM2 ", "nbinom2"),
    ],
)
def test_names_of_families_are_read_tolerantly(given: str, read: str) -> None:
    assert resolve_spec("y ~ x", family=given).family == read


@pytest.mark.parametrize(
    ("given", "read"),
    [("REML", "ML"), ("ml", "ML"), ("pql", "PQL1"), ("PQL2", "PQL2"), ("MQL", "MQL1")],
)
def test_methods_of_a_generalized_model(given: str, read: str) -> None:
    assert resolve_spec("y ~ x", family="binomial", method=given).method == read


@pytest.mark.parametrize(("given", "read"), [(1, 1), (25, 25), ("auto", "auto"), ("AUTO", "auto")])
def test_points_of_quadrature(given: int | str, read: int | str) -> None:
    assert resolve_spec("y ~ x", family="poisson", quadrature=given).quadrature == read


@pytest.mark.parametrize("df_method", ["satterthwaite", "normal", "asymptotic"])
def test_generalized_models_have_wald_tests(df_method: str) -> None:
    assert resolve_spec("y ~ x", family="gamma", df_method=df_method).df_method == "normal"


def test_a_gaussian_model_with_link_or_dispersion_is_generalized() -> None:
    assert not resolve_spec("y ~ x").is_generalized
    assert resolve_spec("y ~ x", link="log").is_generalized
    spec = resolve_spec("y ~ x", dispersion="~ x")
    assert spec.is_generalized
    assert (spec.method, spec.df_method) == ("ML", "normal")


def test_formulas_of_parts() -> None:
    spec = resolve_spec("y ~ x", family="poisson", zero="~ x + (1 | g)")
    assert spec.parts == {"zero": parse_formula("~ x + (1 | g)")}
    assert resolve_spec("y ~ x", family="poisson", hurdle=" x").hurdle == parse_formula("~ x")
    assert resolve_spec("y ~ x", family="poisson", zero=spec.zero).zero is spec.zero
    ordinal = resolve_spec(
        "y ~ x", family="cumulative", nominal="~ a", scale="~ b", thresholds="Symmetric"
    )
    assert list(ordinal.parts) == ["nominal", "scale"]
    assert ordinal.thresholds == "symmetric"


def test_columns_of_parts_are_needed() -> None:
    spec = resolve_spec(
        "y ~ x + (1 | g)",
        family="nbinom2",
        zero="~ a + gm(b, h) + offset(log(e)) + (c | k)",
        dispersion="~ d",
    )
    assert columns_needed(spec) == Needed(("y", "x", "a", "b", "c", "e", "d"), ("g", "k", "h"))


def test_dot_does_not_mean_offsets_and_groups_of_parts() -> None:
    names = columns_of_options("w", "log(t)", "~ x + offset(o) + (1 | g)", None, "~ z")
    assert names == {"w", "t", "o", "g"}


def test_a_response_of_counts_may_have_arithmetic() -> None:
    response = parse_formula("cbind(s, n - s) ~ x").response
    assert response is not None
    assert (response.kind, response.text) == ("pair", "cbind(s, n - s)")
    response = parse_formula("s / (s + f) ~ x").response
    assert response is not None
    assert response.kind == "proportion"


def test_choices_that_a_changed_model_keeps() -> None:
    spec = resolve_spec("y ~ x", family="poisson", link="sqrt", zero="~ x")
    kept = family_choices(spec, {"link"})
    assert kept == {"family": "poisson", "thresholds": "flexible", "zero": spec.zero}
    assert family_choices(spec, {"family"}) == {}
    assert resolve_spec("y ~ x", **family_choices(spec)) == spec


def test_a_generalized_spec_survives_pickling() -> None:
    spec = resolve_spec("y ~ x", family="cumulative", nominal="~ f", quadrature="auto")
    again: ModelSpec = pickle.loads(pickle.dumps(spec))
    assert again == spec

"""Variance inflation, against least squares and by hand."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.check.collinearity import inflation
from echelon.errors import NotEstimableError
from tests.unit.check.model_cases import clean, finding, fitted, names, product, quiet, twins, world


def test_vif_of_least_squares() -> None:
    data = world()
    data["v"] = data["x"] + data["z"] + data["w"]
    data["v"] = data["v"] + np.random.default_rng(1).standard_normal(960)
    found = inflation(ec.fit("y ~ x + z + v", data).fit)
    X = np.column_stack([data["x"], data["z"], data["v"]])
    expected = np.diag(np.linalg.inv(np.corrcoef(X.T)))
    assert list(found.values()) == pytest.approx(expected.tolist(), rel=1e-8)


def test_gvif_of_several_coefficients() -> None:
    data = world()
    data["c"] = np.array(["a", "b", "c"])[np.digitize(data["x"], [-0.5, 0.5])]
    fit = ec.fit("y ~ x + c + (1 | g)", data).fit
    covariance = fit.estimates.vcov[1:, 1:]
    root = np.sqrt(np.diag(covariance))
    R = covariance / np.outer(root, root)
    gvif = np.linalg.det(R[1:, 1:]) / np.linalg.det(R)
    assert inflation(fit)["c"] == pytest.approx(gvif**0.5, rel=1e-8)
    assert inflation(fit)["x"] == pytest.approx(gvif, rel=1e-8)


def test_twins() -> None:
    found = finding(twins, "collinearity")
    assert found.verdict == "act"
    assert found.value == pytest.approx(100, rel=0.2)
    assert {found.about, found.facts["with"]} == {"x", "x2"}
    assert found.facts["centre"] == ()


def test_centring_is_the_remedy_of_a_product() -> None:
    found = finding(product, "collinearity")
    assert found.verdict == "act"
    assert found.about == "p:q"
    assert found.facts["centre"] == ("p", "q")
    assert found.facts["after"] < 1.1
    assert found.facts["formula"] == "y ~ cgm(p) + cgm(q) + cgm(p):cgm(q) + (1 | g)"


def test_nothing_shared() -> None:
    assert finding(clean, "collinearity").verdict == "fine"
    assert "collinearity" not in names(lambda: ("y ~ x + (1 | g)", world(), {}))
    assert fitted(clean).n_obs == 960


def test_an_equation_for_each_category() -> None:
    data = world(20, 10)
    data["m"] = np.array(["a", "b", "c"])[np.arange(200) % 3]
    with pytest.raises(NotEstimableError, match="an equation for each category"):
        inflation(quiet("m ~ x + z + (1 | g)", data, family="multinomial").fit)

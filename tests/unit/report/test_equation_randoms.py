import warnings
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.errors import EchelonWarning
from echelon.report.equation_randoms import random_statements, structure_remarks
from tests.golden import fits

RNG = np.random.default_rng(5)
G = np.repeat(np.arange(20), 9)
F = RNG.integers(0, 3, 180)
EFFECTS = RNG.normal(size=(20, 1)) + RNG.normal(size=(20, 3))
DATA: dict[str, Any] = {"y": EFFECTS[G, F] + RNG.normal(size=180), "f": np.array(list("abc"))[F]}
DATA["g"] = G
MATRICES = {
    "us": "[[tau11, tau12, tau13], [tau12, tau22, tau23], [tau13, tau23, tau33]]",
    "diag": "[[tau11, 0, 0], [0, tau22, 0], [0, 0, tau33]]",
    "id": "[[tau, 0, 0], [0, tau, 0], [0, 0, tau]]",
    "cs": "[[tau, tau rho, tau rho], [tau rho, tau, tau rho], [tau rho, tau rho, tau]]",
    "ar1": "[[tau, tau rho, tau rho^2], [tau rho, tau, tau rho], [tau rho^2, tau rho, tau]]",
}


@pytest.mark.parametrize("structure", MATRICES)
def test_structures(structure: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        fit = ec.fit(f"y ~ 1 + {structure}(0 + f | g)", DATA)
    text = " ".join(fit.equations("mixed", "text").text.split())
    assert f"(u1_j, u2_j, u3_j)' ~ N(0, {MATRICES[structure]})" in text
    assert ("Random effects of g: one" in text) == (structure in ("id", "cs", "ar1"))


def test_large_matrices_are_named() -> None:
    fit = fits.many_effects()
    assert list(structure_remarks(fit, True)) == [
        "T[a] is 7 by 7: unrestricted; variance_components has it."
    ]
    assert len(list(random_statements(fit, {}, None))) == 2

import numpy as np

import echelon as ec
from echelon.formula.equations import Symbol
from echelon.report.equation_model import combined, predictor_of, split_name
from tests.families import fitted

RNG = np.random.default_rng(4)
G = np.repeat(np.arange(12), 8)
DATA = {
    "y": RNG.normal(size=96) + RNG.normal(size=12)[G],
    "x": RNG.normal(size=96),
    "w": RNG.normal(size=12)[G],
    "f": np.array(["a", "b", "c:d"])[RNG.integers(0, 3, 96)],
    "g": G,
}


def test_names_are_cut_outside_brackets() -> None:
    assert split_name("x:f[c:d]") == ["x", "f[c:d]"]
    assert split_name("gm(x, a:b):`p:q`") == ["gm(x, a:b)", "`p:q`"]


def test_every_coefficient_has_a_symbol_and_its_estimate() -> None:
    fit = ec.fit("y ~ x * w + f + x:f + (1 | g)", DATA)
    predictor = predictor_of(fit.fit)
    assert sorted(predictor.values.values()) == sorted(fit.beta.values())
    assert predictor.values[Symbol("g", "11")] == fit.beta["x:w"]
    assert predictor.effects == {("g", "(Intercept)"): Symbol("u", "0", "j")}
    assert combined(predictor.lines) == predictor.mixed


def test_contrasts_of_a_multinomial_have_their_own_estimates() -> None:
    fit = fitted("nominal")
    for category, label in enumerate(("b", "c")):
        values = predictor_of(fit.fit, category).values.values()
        assert set(values) == {v for k, v in fit.beta.items() if k.startswith(f"{label}.")}

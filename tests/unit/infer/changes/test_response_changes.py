"""What-if and trade-off on the response's scale: against predictions and brute force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from echelon.engine import observation_of
from echelon.engine.generalized.workspace import GeneralizedWorkspace
from tests.unit.infer.generalized import DATA, F, G, N, fitted


def test_what_if_at_the_modes_by_hand() -> None:
    result = fitted("logit")
    beta = dict(zip(result.fit.design.fixed_names, result.fit.estimates.beta, strict=True))
    b = result.fit.estimates.modes[0][G]

    def mean(x: Any) -> float:
        slope = beta["x"] + np.select(
            [F == "v", F == "w"], [beta["x:f[v]"], beta["x:f[w]"]], default=0.0
        )
        level = beta["(Intercept)"] + np.select(
            [F == "v", F == "w"], [beta["f[v]"], beta["f[w]"]], default=0.0
        )
        return float((1 / (1 + np.exp(-level - b[:, 0] - (slope + b[:, 1]) * x))).mean())

    table = result.what_if(DATA, {"x": "+ 1"}).table
    assert table["baseline"][0] == pytest.approx(mean(DATA["x"]), rel=1e-10)
    assert table["changed"][0] == pytest.approx(mean(DATA["x"] + 1), rel=1e-10)
    difference = table["changed"][0] - table["baseline"][0]
    assert table["estimate"][0] == pytest.approx(difference, rel=1e-12)


def test_standard_error_by_moving_coefficients_and_modes() -> None:
    """Var = (g + S'h)' C (g + S'h) + h' M h, with g and h from differences."""
    result = fitted("counts")
    fit, design = result.fit, result.fit.design
    estimates = fit.estimates
    assert estimates.generalized is not None
    X = np.column_stack(design.rows.fixed_columns)
    offset = np.log(DATA["t"])
    moved = X.copy()
    moved[:, design.fixed_names.index("x")] += 0.5
    mu0, mu1 = (np.exp(Z @ estimates.beta + offset + estimates.modes[0][G, 0]) for Z in (X, moved))
    g = (mu1 @ moved - mu0 @ X) / N
    h = np.bincount(G, mu1 - mu0) / N
    workspace = GeneralizedWorkspace(design, observation_of(design, fit.spec).core_name, "log")
    workspace.objective(estimates.beta, list(estimates.Lambdas))
    given, slopes = workspace.conditional(estimates.beta, list(estimates.Lambdas))[0]
    total = g + h @ slopes[:, 0, :]
    C = estimates.generalized.joint_cov[: len(g), : len(g)]
    expected = np.sqrt(total @ C @ total + h**2 @ given[:, 0, 0])
    table = result.what_if(DATA, {"x": "+ 0.5"}).table
    assert table["std_error"][0] == pytest.approx(expected, rel=1e-8)


def test_crossed_factors_agree_with_their_draws() -> None:
    answer = fitted("crossed").what_if(DATA, {"x": "+ 1"}, by="f", draws=20_000, seed=1)
    assert answer.draws is not None
    assert answer.draws.std(axis=0) == pytest.approx(answer.table["std_error"], rel=0.03)


def test_population_and_conditional_differ_as_the_model_says() -> None:
    result = fitted("logit")
    found = {
        random: result.what_if(DATA, {"x": "+ 1"}, random=random).table["estimate"][0]
        for random in ("all", "none", "population")
    }
    assert 0 < found["population"] < found["none"]
    assert found["all"] == pytest.approx(found["population"], rel=0.1)


def test_outcomes_of_categories_and_zeros() -> None:
    table = fitted("ordered").what_if(DATA, {"x": "+ 1"}, by="f").table
    assert len(table) == 12
    assert table["estimate"].reshape(4, 3).sum(axis=0) == pytest.approx(0.0, abs=1e-12)
    zero = fitted("zeros").what_if(DATA, {"x": "+ 1"}, outcome="zero")
    assert zero.table.notes[0] == "Probability of a zero."
    assert (zero.means["conf_low"] > 0).all()


def test_trade_off_brings_the_mean_back() -> None:
    result = fitted("crossed")
    answer = result.trade_off(DATA, "x", {"f": "v"}, where="f == 'u'")
    amount = float(answer["estimate"][0])
    changed: dict[str, Any] = {"f": "v", "x": f"+ {amount!r}" if amount > 0 else f"- {-amount!r}"}
    back = result.what_if(DATA, changed, where="f == 'u'").table
    assert back["estimate"][0] == pytest.approx(0.0, abs=1e-9)
    assert answer["conf_low"][0] < amount < answer["conf_high"][0]
    scored = fitted("ordered").trade_off(DATA, "x", {"f": "v"}, where="f == 'u'")
    assert np.isfinite(scored["estimate"]).all()

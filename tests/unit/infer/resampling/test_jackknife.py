"""Values without each group against fits to the table without its rows."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import echelon as ec
from echelon.errors import EchelonWarning
from echelon.fit import Fit
from echelon.infer.resampling.jackknife import jackknife
from echelon.infer.resampling.parameter_values import named_parameters, statistic_values
from tests.unit.engine.random_designs import MODELS, data, fitted


def everything(fit: Fit) -> dict[str, float]:
    """Parts of a fit that an answer from the estimates alone would get wrong."""
    result = ec.Result(fit)
    return {
        "rows": result.n_obs,
        "sigma": result.sigma,
        "largest mode": float(np.abs(fit.estimates.modes[0]).max()),
        "aic": result.aic,
        "spread of fitted values": float(result.fitted.std()),
    }


def refitted(name: str, is_out: np.ndarray) -> Fit:
    formula, options = MODELS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return ec.fit(formula, {k: v[~is_out] for k, v in data().items()}, **options).fit


@pytest.mark.parametrize("name", ["slopes", "crossed", "multiple membership alone", "by ML"])
def test_parameters_and_statistics(name: str) -> None:
    fit = fitted(name)
    block = min(fit.design.rows.blocks, key=lambda b: b.n_groups)
    names = named_parameters(fit)[0]
    kept = tuple(everything(fit))
    found, asked = jackknife(fit, None, names), jackknife(fit, everything, kept)
    for group in (0, block.n_groups - 1):
        is_out = np.zeros(180, dtype=bool)
        for member in block.memberships:
            is_out |= member.codes == group
        wanted = refitted(name, is_out)
        np.testing.assert_allclose(found[group], named_parameters(wanted)[1], rtol=2e-5, atol=2e-5)
        statistics = statistic_values(wanted, everything)[1]
        np.testing.assert_allclose(asked[group], statistics, rtol=2e-5)


def test_rows_where_there_are_no_groups() -> None:
    """The jackknife of a least-squares slope, by its leverage."""
    fit = fitted("no random effects")
    found = jackknife(fit, None, named_parameters(fit)[0])
    X, y = fit.design.X, fit.design.y
    inverse = np.linalg.inv(X.T @ X)
    leverage = np.einsum("ij,jk,ik->i", X, inverse, X)
    e = y - X @ fit.estimates.beta
    moved = fit.estimates.beta - (X @ inverse) * (e / (1 - leverage))[:, None]
    np.testing.assert_allclose(found[:, :3], moved, rtol=1e-8)


def test_no_model_without_one_of_two_groups() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat([0, 1], 15)
    fit = ec.fit("y ~ 1 + (1 | g)", {"y": rng.normal(size=30) + 3 * group, "g": group}).fit
    assert np.isnan(jackknife(fit, None, named_parameters(fit)[0])).all()

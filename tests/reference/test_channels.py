"""Linear predictors of ordinal models against R's ordinal: coefficients and log likelihoods.

The numbers are of clm() of ordinal 2022.11-16 with the wine data of tests/reference/data, printed
with 15 digits; the likelihood is written out here, so that no engine is in between.
"""

from __future__ import annotations

from math import erf, sqrt
from typing import Any

import numpy as np
import pytest

from echelon.design.parts import Channel
from echelon.frame.read import read
from tests.contract.source import ROOT
from tests.designs import design_of

WINE = ROOT / "tests" / "reference" / "data" / "wine.csv"
CASES: list[tuple[str, dict[str, Any], dict[str, float], float]] = [
    (
        "rating ~ temp",
        {"nominal": "~ contact"},
        {
            "1|2": -1.32304335702685,
            "2|3": 1.2464435454013,
            "3|4": 3.55004360983896,
            "4|5": 4.66024706747029,
            "1|2.contact[yes]": -1.61505921197687,
            "2|3.contact[yes]": -1.51156733085296,
            "3|4.contact[yes]": -1.67475569699166,
            "4|5.contact[yes]": -1.05062292776455,
            "temp[warm]": 2.51904477351139,
        },
        -86.208553231458,
    ),
    (
        "rating ~ contact + temp",
        {"nominal": "~ temp", "thresholds": "symmetric", "link": "probit"},
        {
            "central.1": 0.665393952583261,
            "central.2": 2.18861260463897,
            "spacing.1": 1.42354919706824,
            "central.1.temp[warm]": -1.39127199778202,
            "central.2.temp[warm]": -1.74737053780331,
            "spacing.1.temp[warm]": -0.392891225382156,
            "contact[yes]": 0.865071147178377,
        },
        -86.075711686469,
    ),
    (
        "rating ~ contact + temp",
        {"scale": "~ temp", "thresholds": "equidistant"},
        {
            "threshold 1": -1.2196242029692,
            "spacing": 2.47834767772811,
            "contact[yes]": 1.67140053705932,
            "temp[warm]": 2.88649359484892,
            "scale.temp[warm]": 0.288157019623137,
        },
        -87.110786687702,
    ),
]


@pytest.mark.parametrize(("formula", "options", "coefficients", "log_likelihood"), CASES)
def test_log_likelihood_of_ordinal(
    formula: str, options: dict[str, Any], coefficients: dict[str, float], log_likelihood: float
) -> None:
    design = design_of(formula, read(WINE), family="cumulative", **options)
    names = [*design.fixed_names, *design.extra_names]
    assert set(names) == set(coefficients)
    values = np.array([coefficients[name] for name in names])
    eta = {channel.name: _predictor(channel, values, design.n_obs) for channel in design.channels}
    thresholds = np.stack([eta[f"threshold {j}"] for j in range(1, 5)])
    scale = np.exp(eta.get("scale", np.zeros(design.n_obs)))
    below = _distribution((thresholds - eta["location"]) / scale, options.get("link", "logit"))
    full = np.vstack([np.zeros(design.n_obs), below, np.ones(design.n_obs)])
    rows = np.arange(design.n_obs)
    category = design.y.astype(int)
    total = np.log(full[category + 1, rows] - full[category, rows]).sum()
    assert total == pytest.approx(log_likelihood, abs=1e-9)


def _predictor(channel: Channel, coefficients: np.ndarray[Any, Any], n: int) -> Any:
    eta = np.zeros(n)
    for column in channel.columns:
        eta += column.factor * column.values * coefficients[column.coefficient]
    return eta


def _distribution(x: np.ndarray[Any, Any], link: str) -> np.ndarray[Any, Any]:
    if link == "logit":
        logistic: np.ndarray[Any, Any] = 1.0 / (1.0 + np.exp(-x))
        return logistic
    normal = [[0.5 * (1.0 + erf(value / sqrt(2.0))) for value in row] for row in x.tolist()]
    return np.array(normal)

"""PQL against R's glmmPQL (scale estimated) and the published numbers of Breslow & Clayton."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from echelon.engine.estimates import Estimates
from echelon.engine.observation.registry import observation_model
from echelon.engine.quasi.estimate import quasi_likelihood
from echelon.spec import resolve_spec
from tests.designs import design_of

HERE = Path(__file__).parent
NUMBERS: dict[str, dict[str, Any]] = json.loads((HERE / "quasi.json").read_text("utf-8"))

# name: data, formula, options of the fit
MODELS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "bacteria": ("bacteria", "y01 ~ drug + drugp + late + (1 | ID)", {"family": "binomial"}),
    "epil": ("epil", "y ~ lbase * prog + lage + V4 + (1 | subject)", {"family": "poisson"}),
    "sleep gamma": ("sleepstudy", "reaction ~ days + (1 | subject)", {"family": "gamma"}),
    **{
        f"cbpp {link}": (
            "cbpp",
            "incidence / size ~ factor(period) + (1 | herd)",
            {"family": "binomial", "link": link},
        )
        for link in ("logit", "probit", "cloglog")
    },
}


def estimated(formula: str, data: Any, is_restricted: bool = False, **options: Any) -> Estimates:
    """Fit by PQL1, the scale estimated unless the linear models are by REML."""
    spec = resolve_spec(formula, method="PQL1", **options)
    design = design_of(formula, data, method="PQL1", **options)
    observation = observation_model(spec.family, spec.link)
    return quasi_likelihood(design, spec, observation, not is_restricted, is_restricted)


@pytest.mark.parametrize("name", NUMBERS)
def test_glmmPQL(name: str) -> None:
    """nlme's optimum is good to about 1e-6; R's numbers are those of the same fixed point."""
    data, formula, options = MODELS[name]
    frame = pl.read_csv(HERE / "data" / f"{data}.csv")
    frame = frame.rename(
        {column: column.lower() for column in frame.columns if data == "sleepstudy"}
    )
    found, need = estimated(formula, frame, **options), NUMBERS[name]
    assert found.generalized is not None
    extra = found.generalized.extra
    sigma = float(np.exp(extra[0])) if len(extra) else found.sigma
    np.testing.assert_allclose(found.beta, need["beta"], rtol=1e-5)
    np.testing.assert_allclose(np.sqrt(np.diag(found.vcov)), need["std_error"], rtol=1e-5)
    Sigma = found.Lambdas[0] @ found.Lambdas[0].T
    needed = np.reshape(need["Sigma"], Sigma.shape)
    np.testing.assert_allclose(Sigma, needed, rtol=1e-5, atol=1e-5 * needed.max())
    assert sigma == pytest.approx(need["sigma"], rel=1e-5)


def test_seeds_of_breslow_and_clayton() -> None:
    """Their PQL (linear models by REML), as in the table of the BUGS examples, volume 1.

    Each plate is two rows, one seed and the rest: groups of one row are refused elsewhere.
    """
    r = np.array([10, 23, 23, 26, 17, 5, 53, 55, 32, 46, 10, 8, 10, 8, 23, 0, 3, 22, 15, 32, 3.0])
    n = np.array(
        [39, 62, 81, 51, 39, 6, 74, 72, 51, 79, 13, 16, 30, 28, 45, 4, 12, 41, 30, 51, 7.0]
    )
    one = np.minimum(r, 1.0)
    data = {
        "r": np.column_stack([one, r - one]).ravel(),
        "n": np.column_stack([np.ones(21), n - 1.0]).ravel(),
        "bean": np.repeat(np.repeat([0.0, 1.0], [11, 10]), 2),
        "cucumber": np.repeat(np.repeat([0.0, 1.0, 0.0, 1.0], [5, 6, 5, 5]), 2),
        "plate": np.repeat(np.arange(21), 2),
    }
    formula = "r / n ~ bean * cucumber + (1 | plate)"
    found = estimated(formula, data, is_restricted=True, family="binomial")
    assert found.generalized is not None
    np.testing.assert_allclose(found.beta, [-0.542, 0.077, 1.339, -0.825], atol=6e-4)
    errors = np.sqrt(np.diag(found.generalized.joint_cov))
    np.testing.assert_allclose(errors, [0.190, 0.308, 0.270, 0.430, 0.121], atol=6e-4)
    assert found.theta[0] == pytest.approx(0.313, abs=6e-4)

"""The exact text of the messages about PQL and MQL."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from echelon.engine.estimates import Estimates
from echelon.engine.observation.registry import observation_model
from echelon.engine.quasi.estimate import quasi_likelihood
from echelon.engine.quasi.words import announce_quasi
from echelon.errors import ConvergenceWarning, QuasiLikelihoodWarning, SpecError
from echelon.spec import resolve_spec
from tests.designs import design_of


def data() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    n = 60
    g = np.arange(n) % 10
    x = rng.normal(size=n)
    p = 1 / (1 + np.exp(-x - rng.normal(size=10)[g]))
    return {
        "y": (rng.uniform(size=n) < p).astype(float), "split": (x > 0).astype(float),
        "k": rng.poisson(3, n).astype(float), "x": x, "g": g,
    }  # fmt: skip


def announced(formula: str, method: str) -> tuple[Estimates, list[str]]:
    spec = resolve_spec(formula, family="binomial", method=method)
    design = design_of(formula, data(), family="binomial", method=method)
    found = quasi_likelihood(design, spec, observation_model("binomial", "logit"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        announce_quasi(design, found, "binomial", 2)
    assert {w.category for w in caught} <= {QuasiLikelihoodWarning, ConvergenceWarning}
    return found, [str(w.message) for w in caught]


def test_bias() -> None:
    found, messages = announced("y ~ x + (1 | g)", "PQL1")
    assert found.verdict.is_converged
    assert messages == [
        "PQL1 underestimates variances, and pulls the coefficients towards zero with them.\n"
        "  where: option method = 'PQL1', family 'binomial'\n"
        "  got:   a median of 6 rows per group of 'g'\n"
        "  need:  many in every group: the bias is largest for binary responses in small groups\n"
        "  do:    leave method out (Laplace), or ask for quadrature; keep this fit for comparison "
        "only\n"
        "  see:   errors#quasi-likelihood"
    ]


def test_not_settled() -> None:
    """A predictor that separates the outcomes: every series ends, and says why."""
    for method in ("PQL1", "PQL2", "MQL1", "MQL2"):
        found, messages = announced("split ~ x + (1 | g)", method)
        assert not found.verdict.is_converged
        assert found.verdict.reason in ("iterations", "evaluations", "diverged", "saturated")
        assert len(messages) == 2
    found, messages = announced("split ~ x + (1 | g)", "PQL1")
    assert found.verdict.reason == "saturated"
    assert messages[1] == (
        "The linear models of PQL1 did not settle.\n"
        "  where: the series of linear models\n"
        "  got:   fitted means reached the end of their range, such as a probability of 0 or 1\n"
        f"         ({found.verdict.n_evaluations:,} evaluations)\n"
        "  need:  coefficients and variances that no longer move from one linear model to the "
        "next\n"
        "  do:    leave method out: Laplace and quadrature have a criterion with a minimum\n"
        "  see:   errors#quasi-not-settled"
    )


def test_family() -> None:
    spec = resolve_spec("k ~ x + (1 | g)", family="poisson", method="PQL1")
    design = design_of("k ~ x + (1 | g)", data(), family="poisson", method="PQL1")
    with pytest.raises(SpecError) as caught:
        quasi_likelihood(design, spec, observation_model("nbinom2", "log"))
    assert str(caught.value) == (
        "Quasi-likelihood needs a variance that follows from the mean; 'nbinom2' has none.\n"
        "  where: options family and method\n"
        "  got:   family = 'nbinom2'\n"
        "  need:  family = 'binomial', 'gaussian', 'poisson', 'gamma', 'inverse_gaussian'\n"
        "  do:    leave method out: Laplace or quadrature fit every family.\n"
        "  see:   errors#quasi-family"
    )
    with pytest.raises(SpecError) as caught:
        quasi_likelihood(design, spec, observation_model("poisson", "log", "zero"))
    assert str(caught.value) == (
        "Quasi-likelihood knows one linear predictor, the mean's.\n"
        "  where: options zero, hurdle and dispersion\n"
        "  got:   linear predictors 'mean', 'zero'\n"
        "  need:  a mean, and a scale that is the same for all rows\n"
        "  do:    leave method out: Laplace or quadrature fit all of them.\n"
        "  see:   errors#quasi-one-predictor"
    )

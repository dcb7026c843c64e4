"""The dense twin of generalized models, at the estimates of other programs, gives their likelihood.

No optimiser and no compiled code is involved: this is the proof of the definition of the criterion
(observed curvature, all constants), of the observation models and of the names. A criterion at its
minimum is flat, so the digits printed suffice.
"""

from __future__ import annotations

import numpy as np
import pytest

from echelon._types import FloatArray
from echelon.design.parts import Design
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.engine.reference.generalized import conditional_modes, laplace_objective
from echelon.engine.reference.quadrature import quadrature_objective
from tests.generalized import model_of
from tests.reference import names
from tests.reference.case import GENERALIZED, Case, load

LARGE = 450  # rows; beyond, only in `make test-all`
SMALL = [name for name in GENERALIZED if load(name)["nobs"] <= LARGE]
Parameters = tuple[FloatArray, FloatArray, tuple[FloatArray, ...]]

# What a program's own number lacks, where it is not the criterion at its estimates: lme4 takes the
# log determinant at the last but one step of its inner iteration, which stops when the penalised
# deviance changes by less than 1e-7 of itself; ordinal's inner iteration stops early too.
INNER = {
    "glmm_cbpp_olre_laplace": 8.1e-6,
    "glmm_contraception_logit_laplace": 6.2e-5,
    "glmm_grouseticks_poisson_laplace": 2.4e-5,
    "glmm_guimmun_3level_laplace": 1.1e-4,
    "glmm_owls_poisson_offset_laplace": 1.5e-6,
    "glmm_verbagg_crossed_laplace": 1.1e-3,
    "ord_socatt_logit_laplace": 2.1e-5,
    "ord_socatt_probit_3level_laplace": 1.3e-6,
}
# Modes that are not those of the printed estimates: they were taken after profile(), which leaves
# lme4's object at another theta. The fitted values printed beside them belong to our modes, and the
# same model without a profile (glmm_cbpp_weights_laplace, glmm_cbpp_logit_agq7) has our modes.
PROFILED = ("glmm_cbpp_logit_laplace", "glmm_cbpp_logit_agq25")
# lme4's conditional variances are those of expected weights; they differ for this link.
EXPECTED = ("glmm_cbpp_cloglog_agq25",)
# The estimates, too, are then not those of the maximum: the criterion at them is lower by this.
OUTER = {"glmm_verbagg_crossed_laplace": 2e-5}


def their_model(name: str) -> tuple[Case, Design, Observation, Parameters]:
    """A case's design and observation model, and its estimates in our order."""
    case = load(name)
    design, observation = model_of(case.text, case.frame(), **case.generalized_options)
    assert [names.coefficient(n) for n in design.fixed_names] == list(case["fixed"])
    beta = np.array([row["est"] for row in case["fixed"].values()])
    other = case.other_coefficients
    assert [names.coefficient(n) for n in design.extra_names] == list(other)
    extra = np.array([estimate for estimate, _ in other.values()])
    return case, design, observation, (beta, extra, their_templates(case, design))


def their_templates(case: Case, design: Design) -> tuple[FloatArray, ...]:
    """Cholesky factors of the printed covariance matrices, in our order of columns."""
    made = []
    for block in design.rows.blocks:
        ours = [names.coefficient(name) for name in block.column_names]
        covariance = np.zeros((len(ours), len(ours)))
        for term in case["random"]:
            if names.grouping(term["group"]) == names.grouping(block.grouping):
                at = [ours.index(name) for name in term["names"]]
                covariance[np.ix_(at, at)] = term["cov_matrix"]
        made.append(np.linalg.cholesky(covariance))
    return tuple(made)


def twin_log_likelihood(name: str) -> float:
    """The twin's log likelihood by the case's approximation at the case's estimates."""
    case, design, observation, at = their_model(name)
    if case.n_points > 1:
        return -quadrature_objective(design, observation, *at, case.n_points) / 2
    return -laplace_objective(design, observation, *at) / 2


def check_log_likelihood(name: str) -> None:
    """Equal to 1e-6; where the program stopped early, to the more careful number."""
    case, ours = load(name), twin_log_likelihood(name)
    assert ours == pytest.approx(case.checked["loglik"], abs=OUTER.get(name, 1e-6), rel=0)
    assert ours == pytest.approx(case["loglik"], abs=INNER.get(name, 1e-6), rel=0)


@pytest.mark.parametrize("name", SMALL)
def test_log_likelihood_at_their_estimates(name: str) -> None:
    check_log_likelihood(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(GENERALIZED) - set(SMALL)))
def test_log_likelihood_at_their_estimates_large(name: str) -> None:
    check_log_likelihood(name)


@pytest.mark.parametrize("name", [name for name in SMALL if name not in PROFILED])
def test_modes_at_their_estimates(name: str) -> None:
    check_modes(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(GENERALIZED) - set(SMALL)))
def test_modes_at_their_estimates_large(name: str) -> None:
    check_modes(name)


def check_modes(name: str) -> None:
    """Conditional modes; their spread where the program gives it at fixed parameters."""
    case, design, observation, at = their_model(name)
    found = conditional_modes(design, observation, *at)
    std_devs, start = np.sqrt(np.diag(found.conditional_cov)), 0
    for block in design.rows.blocks:
        shape = (block.n_groups, block.n_columns)
        own = slice(start, start + block.n_groups * block.n_columns)
        start = own.stop
        for head in case["ranef_head"]:
            if names.grouping(head["group"]) != names.grouping(block.grouping):
                continue
            ours = [names.coefficient(name) for name in block.column_names]
            labels = [str(label) for label in block.labels]
            rows = [labels.index(group) for group in head["levels"]]
            here = np.ix_(rows, [ours.index(name) for name in head["names"]])
            spread = found.b[own].std() + 1e-12
            modes = found.b[own].reshape(shape)[here]
            limit = 1e-3 if name in INNER else 1e-5
            np.testing.assert_allclose(modes, head["values"], rtol=0, atol=limit * spread)
            if not case["software"].startswith("glmmTMB") and name not in EXPECTED:
                ours_sd = std_devs[own].reshape(shape)[here]
                np.testing.assert_allclose(ours_sd, head["cond_sd"], rtol=10 * limit, atol=1e-9)


@pytest.mark.parametrize("name", ["glmm_cbpp_cloglog_agq25", "glmm_mmmec_poisson_agq25"])
def test_many_points_do_not_move(name: str) -> None:
    """25 and 51 nodes agree: where they do, they are the likelihood itself."""
    _, design, observation, at = their_model(name)
    few, many = (quadrature_objective(design, observation, *at, k) for k in (25, 51))
    assert few == pytest.approx(many, rel=0, abs=2e-6)


def test_one_point_is_laplace() -> None:
    _, design, observation, at = their_model("glmm_cbpp_logit_laplace")
    one = quadrature_objective(design, observation, *at, 1)
    assert one == pytest.approx(laplace_objective(design, observation, *at), rel=1e-13)


@pytest.mark.parametrize("name", PROFILED)
def test_modes_belong_to_the_printed_fitted_values(name: str) -> None:
    """What is left to compare where the printed modes are of another theta: rows of herd 1."""
    case, design, observation, at = their_model(name)
    rows = ResponseRows(design.y, design.trials)
    fitted = observation.mean(rows, conditional_modes(design, observation, *at).eta)
    np.testing.assert_allclose(fitted[:5], case.extra["fitted_head"], rtol=1e-7)

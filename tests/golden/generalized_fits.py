"""Generalized fits whose estimates are set by hand: printed text depends on no optimiser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from echelon.design.build import build_design
from echelon.engine.estimates import Approximation, Estimates, Generalized, Plan, Verdict
from echelon.fit import Fit
from echelon.frame.build import build_frame
from echelon.spec import columns_needed, resolve_spec
from tests.golden.fits import CONVERGED, NAN

LAPLACE = Approximation("Laplace")


def hand_set(
    formula: str,
    data: dict[str, Any],
    beta: Sequence[float],
    extra: Sequence[float],
    std_errors: Sequence[float],
    factors: Sequence[Any],
    *,
    objective: float = 1552.8283,
    approximation: Approximation = LAPLACE,
    verdict: Verdict = CONVERGED,
    source: str = "",
    **options: Any,
) -> Fit:
    """Put a design and numbers together; `std_errors` are of beta, then of the further ones."""
    spec = resolve_spec(formula, **options)
    frame = build_frame(data, columns_needed(spec), subset=spec.subset, source=source)
    design = build_design(spec, frame)
    coefficients, others = np.array(beta, dtype=float), np.array(extra, dtype=float)
    assert len(coefficients) == len(design.fixed_names)
    assert len(others) == len(design.extra_names)
    p, blocks = len(coefficients), design.rows.blocks
    n_theta = sum(term.structure.n_theta for block in blocks for term in block.terms)
    variances = np.array([*std_errors, *np.full(n_theta, 0.1)], dtype=float) ** 2
    joint_cov = np.diag(variances)
    estimates = Estimates(
        beta=coefficients,
        is_estimated=~np.isnan(coefficients),
        vcov=joint_cov[:p, :p],
        theta=np.linspace(0.5, 1.0, n_theta),
        Lambdas=tuple(np.array(factor, dtype=float) for factor in factors),
        sigma=1.0,
        objective=objective,
        log_likelihood=-objective / 2,
        pwrss=NAN,
        logdet_random=NAN,
        logdet_fixed=NAN,
        n_obs=design.n_obs,
        n_estimated=int((~np.isnan(coefficients)).sum()),
        n_theta=n_theta,
        modes=tuple(np.zeros((block.n_groups, block.n_columns)) for block in blocks),
        verdict=verdict,
        plan=Plan("groups", tuple(range(len(blocks))), 0, ()),
        generalized=Generalized(
            others, joint_cov, np.zeros((len(design.channels), design.n_obs)), approximation
        ),
    )
    return Fit(spec, design, None, estimates, frame.rows, frame.source)


def _women() -> dict[str, Any]:
    rows = np.arange(240)
    return {
        "use": np.where(rows % 3 == 0, "Y", "N"),
        "age": rows % 35 - 17.0,
        "urban": np.where(rows // 4 % 2, "Y", "N"),
        "district": rows // 8,
        "children": rows % 4 * (rows % 5 > 1),
        "exposure": 1.0 + rows % 7,
        "share": 0.05 + rows % 9 / 10,
        "rating": rows % 5 + 1,
        "choice": np.array(["bus", "car", "train"])[rows % 3],
    }


def binomial(**options: Any) -> Fit:
    """Contraception as in the handbooks: a random slope, odds ratios."""
    return hand_set(
        "use ~ age + urban + (1 + urban | district)",
        _women(),
        beta=[-1.4107, 0.0083, 0.7851],
        extra=[],
        std_errors=[0.1497, 0.0031, 0.1613],
        factors=[[[0.6177, 0], [-0.5133, 0.4641]]],
        source="contraception.csv",
        **{"family": "binomial", **options},
    )


def hazard() -> Fit:
    """A complementary log-log link by quadrature, in steps."""
    steps = ((1, 1554.1, 0.213), (5, 1552.9, 0.21), (9, 1552.83, 0.0007))
    return hand_set(
        "use ~ age + (1 | district)",
        _women(),
        beta=[-0.305, 0.399],
        extra=[],
        std_errors=[0.092, 0.067],
        factors=[[[0.436]]],
        approximation=Approximation("quadrature", 9, 9, steps),
        family="binomial",
        link="cloglog",
        quadrature="auto",
    )


def ordered() -> Fit:
    """Ordered categories with nominal effects and a scale."""
    return hand_set(
        "rating ~ age + (1 | district)",
        _women(),
        beta=[0.568],
        extra=[-1.26, 0.33, 1.75, 2.81, 0.05, -0.03, -0.06, 0.31, 0.017],
        std_errors=[0.085, 0.19, 0.18, 0.21, 0.25, 0.2, 0.18, 0.23, 0.3, 0.058],
        factors=[[[0.77]]],
        family="cumulative",
        nominal="~ urban",
        scale="~ age",
    )


def equidistant() -> Fit:
    """Ordered categories with equidistant thresholds and a probit link."""
    return hand_set(
        "rating ~ age + (1 | district)",
        _women(),
        beta=[0.341],
        extra=[-0.75, 0.62],
        std_errors=[0.05, 0.11, 0.034],
        factors=[[[0.46]]],
        family="cumulative",
        link="probit",
        thresholds="equidistant",
    )


def multinomial() -> Fit:
    """Three unordered categories, a random effect for each contrast."""
    return hand_set(
        "choice ~ age + (1 | district)",
        _women(),
        beta=[-0.1, 0.24, -0.28, 0.77],
        extra=[],
        std_errors=[0.13, 0.11, 0.17, 0.13],
        factors=[[[0.511, 0], [0.4, 0.7]]],
        family="multinomial",
    )


def zeros() -> Fit:
    """Counts with structural zeros that have random effects of their own, and an exposure."""
    return hand_set(
        "children ~ age + urban + (1 | district)",
        _women(),
        beta=[0.186, 0.0476, -0.768],
        extra=[-1.22, 0.09, -0.1233],
        std_errors=[0.145, 0.0046, 0.162, 0.24, 0.3, 0.0805],
        factors=[[[0.831, 0], [0, 0.42]]],
        family="nbinom2",
        zero="~ urban + (1 | district)",
        offset="log(exposure)",
    )


def shares() -> Fit:
    """A beta model with a dispersion formula."""
    return hand_set(
        "share ~ age + (1 | district)",
        _women(),
        beta=[-0.505, -0.064],
        extra=[1.6, 0.4],
        std_errors=[0.034, 0.036, 0.053, 0.11],
        factors=[[[0.25]]],
        family="beta",
        dispersion="~ urban",
    )


def quasi() -> Fit:
    """A penalized quasi-likelihood: no criteria; a coefficient not estimated."""
    data = _women()
    return hand_set(
        "use ~ age + twice + (1 | district)",
        data | {"twice": 2 * data["age"]},
        beta=[-0.7, 0.02, NAN],
        extra=[],
        std_errors=[0.2, 0.01, NAN],
        factors=[[[0.35]]],
        objective=NAN,
        approximation=Approximation("PQL1"),
        family="binomial",
        method="PQL1",
    )

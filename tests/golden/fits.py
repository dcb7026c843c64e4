"""Fits whose estimates are set by hand, so that printed text never depends on an optimiser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from echelon.design.build import build_design
from echelon.engine.estimates import Estimates, Plan, Verdict
from echelon.engine.kernel import accumulate
from echelon.fit import Fit
from echelon.frame.build import build_frame
from echelon.spec import columns_needed, resolve_spec

CONVERGED = Verdict(
    is_converged=True,
    is_singular=False,
    n_evaluations=12,
    newton_decrement=1e-13,
    gradient_norm=1e-7,
    smallest_eigenvalue=0.31,
    distance_to_boundary=0.2,
    reason="",
)
NAN = float("nan")


def hand_set(
    formula: str,
    data: dict[str, Any],
    beta: Sequence[float],
    std_errors: Sequence[float],
    factors: Sequence[Any],
    sigma: float,
    *,
    objective: float = 1743.6283,
    verdict: Verdict = CONVERGED,
    source: str = "",
    **options: Any,
) -> Fit:
    """Put a design and numbers together as if they had been estimated."""
    spec = resolve_spec(formula, **{"df_method": "residual", **options})
    frame = build_frame(data, columns_needed(spec), subset=spec.subset, source=source)
    design = build_design(spec, frame)
    coefficients = np.array(beta, dtype=float)
    is_estimated = ~np.isnan(coefficients)
    blocks = design.rows.blocks
    n_theta = sum(term.structure.n_theta for block in blocks for term in block.terms)
    estimates = Estimates(
        beta=coefficients,
        is_estimated=is_estimated,
        vcov=np.diag(np.array(std_errors, dtype=float) ** 2),
        theta=np.linspace(0.5, 1.0, n_theta),
        Lambdas=tuple(np.array(factor, dtype=float) for factor in factors),
        sigma=sigma,
        objective=objective,
        log_likelihood=-objective / 2,
        pwrss=1000.0,
        logdet_random=3.5,
        logdet_fixed=7.25,
        n_obs=design.n_obs,
        n_estimated=int(is_estimated.sum()),
        n_theta=n_theta,
        modes=tuple(
            np.arange(block.n_groups * block.n_columns, dtype=float).reshape(
                block.n_groups, block.n_columns
            )
            for block in blocks
        ),
        verdict=verdict,
        plan=Plan("chain", tuple(range(len(blocks))), 0, (("chain", 1234.0, 5.6e6),)),
    )
    return Fit(spec, design, accumulate(design), estimates, frame.rows, frame.source)


def sleep() -> Fit:
    """The random-slope model of the sleep study, at the published estimates."""
    rng = np.random.default_rng(1)
    data = {
        "reaction": rng.normal(300, 50, 180),
        "days": np.tile(np.arange(10.0), 18),
        "subject": np.repeat(np.arange(308, 326), 10),
    }
    return hand_set(
        "reaction ~ days + (days | subject)",
        data,
        beta=[251.405, 10.467],
        std_errors=[6.8246, 1.5458],
        factors=[[[0.9667, 0], [0.0152, 0.2309]]],
        sigma=25.5918,
        source="sleep",
    )


def school(**options: Any) -> Fit:
    """Students in classes in schools: nested factors, a cross-level interaction, lost rows."""
    rng = np.random.default_rng(2)
    n = 2400
    data = {
        "mathach": rng.normal(12, 6, n),
        "ses": rng.normal(size=n),
        "sector": np.array(["Public", "Catholic"])[np.arange(n) // 40 % 2],
        "school": np.arange(n) // 40,
        "class": np.arange(n) // 20 % 2,
        "w": np.full(n, 2.0),
        "t": np.full(n, 3.0),
    }
    data["ses"][:9] = np.nan
    data["mathach"][5:12] = np.nan
    return hand_set(
        "mathach ~ ses * sector + (ses | school) + (1 | school:class)",
        data,
        beta=[12.1282, 2.1235, 0.4, -0.0012],
        std_errors=[0.1993, 0.1215, 0.0871, 0.0412],
        factors=[[[0.3, 0], [0.05, 0.1]], [[0.2]]],
        sigma=6.0696,
        objective=46714.236,
        source="hsb.csv",
        **options,
    )


def long_names() -> Fit:
    """Names that do not fit, in several scripts, and numbers of very different size."""
    rng = np.random.default_rng(3)
    n = 600
    data = {
        "prüfung <%>": rng.normal(size=n),
        "socio economic status of the family\nat age 11": rng.normal(size=n),
        "school_type": np.array(["Public", "Private-and-selective"])[np.arange(n) % 2],
        "gender_of_the_head_teacher_in_2024": np.array(["Female", "Male"])[np.arange(n) // 2 % 2],
        "income": rng.normal(size=n),
        "学校": np.arange(n) // 30,
    }
    ses, head = list(data)[1], list(data)[3]
    return hand_set(
        f"`prüfung <%>` ~ `{ses}` * school_type + school_type:{head} + income + (1 | 学校)",
        data,
        beta=[1234.5, 0.1, -0.003, 3.2e-8, 0.5, 2.0, -0.001],
        std_errors=[12.1, 0.04, 0.002, 1.4e-9, 0.1, 0.2, 0.0005],
        factors=[[[0.4]]],
        sigma=1.2,
        source="eine sehr lange Quelle/Prüfung 学校 2024.parquet",
    )


def troubled() -> Fit:
    """Everything that a verdict can say, at once."""
    rng = np.random.default_rng(4)
    n = 120
    x = rng.normal(size=n)
    data = {"y": rng.normal(size=n), "x": x, "twice_x": 2 * x, "g": np.arange(n) // 10}
    verdict = replace(
        CONVERGED,
        is_converged=False,
        is_singular=True,
        n_evaluations=500,
        newton_decrement=0.00321,
        smallest_eigenvalue=2.1e-9,
        reason="the limit of evaluations was reached",
        boundary=("variance of x | g", "correlation of (Intercept) and x | g"),
    )
    return hand_set(
        "y ~ x + twice_x + (x | g)",
        data,
        beta=[0.5, -1.25, NAN],
        std_errors=[0.25, 0.5, NAN],
        factors=[[[0.8, 0], [0, 0]]],
        sigma=2.0,
        verdict=verdict,
        method="ML",
    )


def no_groups() -> Fit:
    """A model without random effects, with weights, offsets and another confidence level."""
    rng = np.random.default_rng(5)
    n = 50
    data = {"y": rng.normal(size=n), "x": rng.normal(size=n), "w": np.ones(n), "t": np.ones(n)}
    return hand_set(
        "y ~ x + offset(t)",
        data,
        beta=[15.0, 2345678.0],
        std_errors=[2.5, 123456.0],
        factors=[],
        sigma=12345.0,
        weights="w",
        offset="log(t)",
        conf_level=0.9,
    )


def many_effects() -> Fit:
    """Seven correlated effects, a second term without correlation, crossed factors."""
    rng = np.random.default_rng(6)
    n = 4000
    names = [f"x{k}" for k in range(1, 7)]
    data: dict[str, Any] = {name: rng.normal(size=n) for name in names}
    data |= {"y": rng.normal(size=n), "a": np.arange(n) % 100, "b": np.arange(n) // 100}
    lower = np.tril(np.full((7, 7), 0.25)) + np.eye(7)
    return hand_set(
        f"y ~ 1 + ({' + '.join(names)} | a) + (x1 || b)",
        data,
        beta=[0.0],
        std_errors=[0.0125],
        factors=[lower, [[0.5, 0], [0, 0.001]]],
        sigma=0.75,
    )

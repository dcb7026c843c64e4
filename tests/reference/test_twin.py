"""The dense twin, at the theta of another program, gives that program's numbers.

No optimiser is involved: this is the proof of the criterion, of the design and of the names.
Equality holds to the digits printed (15); estimates inherit the rounding of theta.
"""

from __future__ import annotations

import numpy as np
import pytest

from echelon._types import Method
from echelon.design.parts import Design
from echelon.engine.reference.gaussian import evaluate, marginal_objective, places
from tests.designs import design_of
from tests.reference import names
from tests.reference.case import NAMES, Case, load

DENSE_LIMIT = 400  # random effects; larger cases are for the compiled core alone
SMALL = [
    name
    for name in NAMES
    if sum(t["n_levels"] * len(t["names"]) for t in load(name).numbers.get("random", ()))
    <= DENSE_LIMIT
]


def their_theta(case: Case, design: Design) -> np.ndarray:
    """The case's theta in our order."""
    if "theta" not in case.numbers:
        return np.empty(0)
    theirs = zip(case["theta_names"], case["theta"], strict=True)
    keyed = {names.theta_key(name): value for name, value in theirs}
    ours = list(names.theta(design))
    assert set(ours) == set(keyed)
    return np.array([keyed[key] for key in ours])


@pytest.mark.parametrize("name", SMALL)
def test_twin_at_their_theta(name: str) -> None:
    case = load(name)
    design = design_of(case["formula"], case.frame(), **case.options)
    theta = their_theta(case, design)
    assert [names.coefficient(n) for n in design.fixed_names] == list(case["fixed"])

    twin = evaluate(design, theta, case.method)
    fixed = np.array([[row["est"], row["se"]] for row in case["fixed"].values()])
    scale = np.maximum(abs(fixed[:, 0]), fixed[:, 1])
    np.testing.assert_allclose(twin.beta / scale, fixed[:, 0] / scale, atol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.diag(twin.vcov)), fixed[:, 1], rtol=1e-8)
    np.testing.assert_allclose(twin.sigma, case["sigma"], rtol=1e-10)
    criterion = evaluate(design, theta, "ML") if case["method"] == "OLS" else twin
    np.testing.assert_allclose(criterion.objective, -2 * case["loglik"], rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in SMALL if "ranef_head" in load(name).numbers])
def test_twin_modes_at_their_theta(name: str) -> None:
    case = load(name)
    design = design_of(case["formula"], case.frame(), **case.options)
    twin = evaluate(design, their_theta(case, design), case.method)
    std_devs = np.sqrt(np.diag(twin.conditional_cov))
    blocks = {names.grouping(block.grouping): (block, at) for block, at in places(design)}
    for head in case["ranef_head"]:
        block, at = blocks[names.grouping(head["group"])]
        ours = [names.coefficient(name) for name in block.column_names]
        columns = [ours.index(name) for name in head["names"]]
        labels = [names.label(g, head["group"], block.grouping) for g in head["levels"]]
        rows = [[str(label) for label in block.labels].index(label) for label in labels]
        shape = (block.n_groups, block.n_columns)
        at_head = np.ix_(rows, columns)
        size = max(np.abs(head["values"]).max(), 1e-12)
        ours_head = twin.b[at].reshape(shape)[at_head]
        np.testing.assert_allclose(ours_head / size, np.array(head["values"]) / size, atol=1e-7)
        np.testing.assert_allclose(
            std_devs[at].reshape(shape)[at_head], head["cond_sd"], rtol=1e-7, atol=1e-9
        )


@pytest.mark.parametrize("name", [name for name in SMALL if load(name)["nobs"] <= 300])
def test_two_roads_to_the_criterion(name: str) -> None:
    case = load(name)
    design = design_of(case["formula"], case.frame(), **case.options)
    theta = their_theta(case, design)
    methods: tuple[Method, ...] = ("ML", "REML")
    for method in methods:
        expected = evaluate(design, theta, method).objective
        other = marginal_objective(design, theta, method)
        np.testing.assert_allclose(other, expected, rtol=1e-10)

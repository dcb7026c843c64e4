"""The model without some of its rows, group by group: estimates from what is left of the sums.

Room: engine/. Reads each row once; every refit starts from the estimates of all rows.
Takes: a fitted model with its rows, and a group code per row.
Gives: `Deleted` for every group, in order.
Source: docs/theory.md (21).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from echelon._types import CodeArray, FloatArray, IndexArray
from echelon.design.parts import Design, Membership, Rows
from echelon.engine.coordinates import Interior
from echelon.engine.kernel import CrossProducts, Workspace, accumulate, thread_count
from echelon.engine.theta import ThetaMap, theta_map
from echelon.engine.workspace import Fitted
from echelon.errors import EngineError

AT_ONCE = 64  # refits handed to the threads together


@dataclass(frozen=True, slots=True)
class Deleted:
    """Estimates without one group of rows; NaN where the rest does not determine the model.

    Names and units as in `Estimates`; `n_rows` were left out.
    """

    n_rows: int
    beta: FloatArray
    vcov: FloatArray
    theta: FloatArray
    sigma: float
    objective: float
    is_failed: bool


def deletions(fit: Fitted, codes: CodeArray, n_groups: int) -> Iterator[Deleted]:
    """Leave out the rows of each group in turn, and estimate again.

    Parameters
    ----------
    fit : a fitted Gaussian model with its rows.
    codes : (n,) group of each row, 0 ... n_groups - 1.
    n_groups : number of groups.

    Yields
    ------
    Deleted, group after group.

    Notes
    -----
    One pass over the rows in all; a refit costs a few evaluations, each linear in the groups.
    """
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(n_groups + 1))
    ordered = _taken(fit.design, order)
    mapping = theta_map(fit.design.rows.blocks)

    def one(group: int) -> Deleted:
        rows = slice(int(ends[group]), int(ends[group + 1]))
        return _without(fit, mapping, _taken(ordered, rows), rows.stop - rows.start)

    with ThreadPoolExecutor(thread_count(fit.spec.control.threads)) as pool:
        for start in range(0, n_groups, AT_ONCE):  # so that Ctrl-C is heard
            yield from pool.map(one, range(start, min(start + AT_ONCE, n_groups)))


def _without(fit: Fitted, mapping: ThetaMap, part: Design, n_rows: int) -> Deleted:
    if n_rows == 0:
        e = fit.estimates
        return Deleted(0, e.beta, e.vcov, e.theta, e.sigma, e.objective, False)
    try:
        taken = accumulate(part, fit.crossprod.centre, fit.spec.control.threads)
        return _estimated(fit, mapping, fit.crossprod.minus(taken), n_rows)
    except EngineError:  # what is left does not make a model: that is a finding, not a failure
        p, k = len(fit.estimates.beta), mapping.n_theta
        nan = np.nan
        return Deleted(
            n_rows, np.full(p, nan), np.full((p, p), nan), np.full(k, nan), nan, nan, True
        )


def _estimated(fit: Fitted, mapping: ThetaMap, left: CrossProducts, n_rows: int) -> Deleted:
    control = fit.spec.control
    workspace = Workspace(left, fit.spec.method, control.path, control.threads, fit.design)
    theta = _minimised(fit, mapping, workspace, left)
    numbers = workspace.solution()
    p = len(numbers["beta"])
    return Deleted(
        n_rows=n_rows,
        beta=numbers["beta"],
        vcov=numbers["vcov"].reshape(p, p),
        theta=theta,
        sigma=float(np.sqrt(numbers["pwrss"] / numbers["residual_n"])),
        objective=numbers["objective"],
        is_failed=False,
    )


def _minimised(
    fit: Fitted, mapping: ThetaMap, workspace: Workspace, left: CrossProducts
) -> FloatArray:
    if mapping.n_theta == 0:
        workspace.objective([])
        return np.empty(0)
    control = fit.spec.control
    rms = [
        np.sqrt(np.diagonal(np.reshape(gram, (r, r))) / left.n_obs).tolist()
        for gram, r in zip(left.random_grams(), mapping.sizes, strict=True)
    ]
    start = fit.estimates.theta
    if fit.estimates.verdict.is_singular:  # at a variance of zero the criterion is flat
        start = mapping.start(left.start_std_devs())
    budget = (control.max_evaluations, control.gradient_tolerance)
    index, scale = mapping.index(), mapping.scale(start, rms)
    if index is not None:
        outcome = workspace.minimise(start, mapping.bounds(), scale, *budget, index, None)
        return np.asarray(outcome["theta"])
    interior = Interior(*mapping.bounds())
    outcome = workspace.minimise(
        interior.phi(start), interior.bounds(), scale, *budget, None,
        lambda phi: mapping.computed(interior, phi),
    )  # fmt: skip
    return interior.theta(np.asarray(outcome["theta"]))


def _taken(design: Design, rows: slice | IndexArray) -> Design:
    """Take some rows; a column that X and Z share stays one array."""
    taken: dict[int, FloatArray] = {}

    def column(values: FloatArray) -> FloatArray:
        found = taken.get(id(values))
        if found is None:
            found = taken[id(values)] = values[rows]
        return found

    blocks = tuple(
        replace(
            block,
            memberships=tuple(
                Membership(m.codes[rows], None if m.weights is None else m.weights[rows])
                for m in block.memberships
            ),
            columns=tuple(column(values) for values in block.columns),
        )
        for block in design.rows.blocks
    )
    y = design.y[rows]
    offset = None if design.rows.offset is None else design.rows.offset[rows]
    fixed = tuple(column(values) for values in design.rows.fixed_columns)
    return replace(
        design,
        rows=Rows(len(y), fixed, blocks, offset),
        y=y,
        weights=None if design.weights is None else design.weights[rows],
    )

"""The model without some of its rows, group by group: estimates from what is left of the sums.

Room: engine/. Reads each row once; every refit starts from the estimates of all rows.
Takes: a fitted model with its rows, and the groups that each row is in.
Gives: `Deleted` for every group, in order.
Source: docs/theory.md (21).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.design.parts import Design, Membership, RandomBlock, Rows
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


def deletions(fit: Fitted, memberships: Sequence[Membership], n_groups: int) -> Iterator[Deleted]:
    """Leave out the rows of each group in turn, and estimate again.

    Parameters
    ----------
    fit : a fitted Gaussian model with its rows.
    memberships : codes (n,) of the groups of each row, 0 ... n_groups - 1; more than one where
        rows are in several groups, and then a row goes with each of those in which it has weight.
    n_groups : number of groups.

    Yields
    ------
    Deleted, group after group.

    Notes
    -----
    One pass over the rows in all; a refit costs a few evaluations, each linear in the groups.
    """
    order, ends = _by_group(memberships, n_groups)
    ordered = taken(fit.design, order)
    mapping = theta_map(fit.design.rows.blocks)

    def one(group: int) -> Deleted:
        rows = slice(int(ends[group]), int(ends[group + 1]))
        return _without(fit, mapping, taken(ordered, rows), rows.stop - rows.start)

    with ThreadPoolExecutor(thread_count(fit.spec.control.threads)) as pool:
        for start in range(0, n_groups, AT_ONCE):  # so that Ctrl-C is heard
            yield from pool.map(one, range(start, min(start + AT_ONCE, n_groups)))


def _by_group(memberships: Sequence[Membership], n_groups: int) -> tuple[IndexArray, IndexArray]:
    """List the rows of group after group, and where each group's list ends (n_groups + 1,)."""
    codes, rows = [], []
    for member in memberships:
        is_in = np.ones(len(member.codes), dtype=bool)
        if member.weights is not None:
            is_in = member.weights != 0
        rows.append(np.flatnonzero(is_in))
        codes.append(member.codes[is_in].astype(np.int64))
    n = len(memberships[0].codes)
    if len(memberships) == 1:
        order = np.argsort(codes[0], kind="stable")
        ends = np.searchsorted(codes[0][order], np.arange(n_groups + 1))
        return rows[0][order], ends
    places = np.unique(np.concatenate(codes) * n + np.concatenate(rows))
    return places % n, np.searchsorted(places, np.arange(n_groups + 1) * n)


def _without(fit: Fitted, mapping: ThetaMap, part: Design, n_rows: int) -> Deleted:
    if n_rows == 0:
        e = fit.estimates
        return Deleted(0, e.beta, e.vcov, e.theta, e.sigma, e.objective, False)
    if _leaves_one_group(fit, part):
        return _failed(fit, mapping, n_rows)
    try:
        gone = accumulate(part, fit.crossprod.centre, fit.spec.control.threads)
        return _estimated(fit, mapping, fit.crossprod.minus(gone), n_rows)
    except EngineError:  # what is left does not make a model: that is a finding, not a failure
        return _failed(fit, mapping, n_rows)


def _failed(fit: Fitted, mapping: ThetaMap, n_rows: int) -> Deleted:
    p, k, nan = len(fit.estimates.beta), mapping.n_theta, np.nan
    return Deleted(n_rows, np.full(p, nan), np.full((p, p), nan), np.full(k, nan), nan, nan, True)


def _leaves_one_group(fit: Fitted, part: Design) -> bool:
    """Whether a factor has fewer than two groups left: a fit refuses it, too."""
    for block, left_out in zip(fit.design.rows.blocks, part.rows.blocks, strict=True):
        touched = np.unique(np.concatenate([m.codes for m in left_out.memberships]))
        if len(touched) < block.n_groups - 1:
            continue
        before, now = (_rows_of_groups(b, block.n_groups) for b in (block, left_out))
        if np.count_nonzero(before > now) < 2:
            return True
    return False


def _rows_of_groups(block: RandomBlock, n_groups: int) -> IndexArray:
    counts = [np.bincount(m.codes, minlength=n_groups) for m in block.memberships]
    total: IndexArray = np.sum(counts, axis=0)
    return total


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


def taken(design: Design, rows: slice | IndexArray) -> Design:
    """Take some rows; a column that X and Z share stays one array, and groups keep their codes.

    Those of the other linear predictors, and trials, are taken with them.
    """
    columns: dict[int, FloatArray] = {}

    def column(values: FloatArray) -> FloatArray:
        found = columns.get(id(values))
        if found is None:
            found = columns[id(values)] = values[rows]
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
    channels = tuple(
        replace(
            channel,
            columns=tuple(replace(own, values=column(own.values)) for own in channel.columns),
            offset=None if channel.offset is None else channel.offset[rows],
        )
        for channel in design.channels
    )
    return replace(
        design,
        rows=Rows(len(y), fixed, blocks, offset),
        y=y,
        weights=None if design.weights is None else design.weights[rows],
        trials=None if design.trials is None else design.trials[rows],
        channels=channels,
    )

"""The plan of a fit, in words: which way was taken and what each would have cost.

Room: report/. Words what the core counted.
Takes: a `Fit`.
Gives: a few lines of text.
Source: docs/theory.md (6).
"""

from __future__ import annotations

from echelon.fit import Fit
from echelon.report.modelled import approximation_text

WAYS = {
    "chain": "nested factors, eliminated from the innermost out without fill",
    "dense": "largest factor eliminated level by level, the rest as one dense matrix",
    "sparse": "largest factor eliminated level by level, the rest as one sparse matrix",
}

GENERALIZED_WAYS = {
    "groups": "one factor: the modes of each group by Newton steps of its own",
    "dense": "modes of all factors together by Newton steps; largest factor eliminated, the rest "
    "dense",
    "sparse": "modes of all factors together by Newton steps; largest factor eliminated, the rest "
    "sparse",
}


def plan_text(fit: Fit) -> str:
    """Word the plan, one line for the order and one for each way with its cost."""
    plan, blocks = fit.estimates.plan, fit.design.rows.blocks
    if fit.spec.is_generalized:
        return _generalized(fit)
    if not blocks:
        return "Plan: no random effects; least squares from the cross-products."
    sizes = [f"{b.grouping} ({b.n_groups:,} x {b.n_columns})" for b in blocks]
    lines = [
        f"Plan: {WAYS[plan.way]}",
        f"  order: {', then '.join(sizes[number] for number in plan.order)}",
    ]
    if 0 < plan.n_visited < blocks[plan.order[0]].n_groups:
        lines.append(
            f"  groups that share Z'Z are summed: {plan.n_visited:,} visits per evaluation"
        )
    if plan.root_size:
        lines.append(f"  root matrix: {plan.root_size:,} x {plan.root_size:,}")
    for way, flops, n_bytes in plan.costs:
        mark = "taken" if way == plan.way else "not taken"
        lines.append(
            f"  {way:<6} {flops:9.2e} flops per evaluation, {n_bytes / 1e6:10,.1f} MB ({mark})"
        )
    return "\n".join(lines)


def _generalized(fit: Fit) -> str:
    """Word the plan of a generalized model, whose criterion reads every row."""
    plan, blocks = fit.estimates.plan, fit.design.rows.blocks
    n, evaluations = fit.design.n_obs, fit.estimates.verdict.n_evaluations
    lines = [f"Plan: {approximation_text(fit)}; an evaluation of the criterion reads {n:,} rows"]
    if not blocks:
        return f"{lines[0]}\n  no random effects: nothing to integrate out"
    sizes = [f"{b.grouping} ({b.n_groups:,} x {b.n_columns})" for b in blocks]
    lines.append(f"  {GENERALIZED_WAYS.get(plan.way) or WAYS[plan.way]}")
    lines.append(f"  order: {', then '.join(sizes[number] for number in plan.order)}")
    if plan.root_size:
        lines.append(f"  root matrix: {plan.root_size:,} x {plan.root_size:,}")
    generalized = fit.estimates.generalized
    if generalized is not None and generalized.approximation.n_nodes > 1:
        lines.append(f"  quadrature: {generalized.approximation.n_nodes:,} nodes per group")
    lines.append(f"  evaluations: {evaluations:,}")
    return "\n".join(lines)

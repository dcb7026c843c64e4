"""The plan of a fit, in words: which way was taken and what each would have cost.

Room: report/. Words what the core counted.
Takes: a `Fit`.
Gives: a few lines of text.
Source: docs/theory.md (6).
"""

from __future__ import annotations

from echelon.fit import Fit

WAYS = {
    "chain": "nested factors, eliminated from the innermost out without fill",
    "dense": "largest factor eliminated level by level, the rest as one dense matrix",
    "sparse": "largest factor eliminated level by level, the rest as one sparse matrix",
}


def plan_text(fit: Fit) -> str:
    """Word the plan, one line for the order and one for each way with its cost."""
    plan, blocks = fit.estimates.plan, fit.design.rows.blocks
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

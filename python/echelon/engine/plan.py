"""The plan of a fit, in words: which way was taken and what each would have cost.

Room: engine/. Words what the core counted.
Takes: the core's plan and the blocks of the design.
Gives: a few lines of text.
Source: docs/theory.md (6).
"""

from __future__ import annotations

from echelon.design.parts import RandomBlock

CorePlan = tuple[str, list[int], int, list[tuple[str, float, float]]]

WAYS = {
    "chain": "nested factors, eliminated from the innermost out without fill",
    "dense": "largest factor eliminated level by level, the rest as one dense matrix",
    "sparse": "largest factor eliminated level by level, the rest as one sparse matrix",
}


def plan_text(plan: CorePlan, blocks: tuple[RandomBlock, ...]) -> str:
    """Word the plan, one line for the order and one for each way with its cost."""
    way, order, root_size, costs = plan
    if not blocks:
        return "Plan: no random effects; least squares from the cross-products."
    names = [f"{blocks[k].grouping} ({blocks[k].n_groups:,} x {blocks[k].n_columns})" for k in order]
    lines = [f"Plan: {WAYS[way]}", f"  order: {', then '.join(names)}"]
    if root_size:
        lines.append(f"  root matrix: {root_size:,} x {root_size:,}")
    for name, flops, n_bytes in costs:
        mark = "taken" if name == way else "not taken"
        lines.append(
            f"  {name:<6} {flops:9.2e} flops per evaluation, {n_bytes / 1e6:10,.1f} MB ({mark})"
        )
    return "\n".join(lines)

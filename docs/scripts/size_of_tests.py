"""How often a true hypothesis is rejected at 5 %, by way of counting degrees of freedom.

Two small designs, simulated with an effect of zero: a treatment of whole groups, and a predictor
within groups whose slope varies at random. Prints the table of docs/explanation,
degrees-of-freedom. Run: python docs/scripts/size_of_tests.py [replicates]
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence

import numpy as np

import echelon as ec
from echelon.infer.coefficients.inference import linear_inference

METHODS = (
    "normal", "residual", "containment", "between_within", "level", "satterthwaite",
    "kenward_roger",
)  # fmt: skip
DESIGNS = {
    "treatment of 6 groups, 4 to 16 rows each": ("y ~ treated + (1 | group)", 6, 1),
    "treatment of 12 groups, 4 to 16 rows each": ("y ~ treated + (1 | group)", 12, 1),
    "slope that varies, 8 groups": ("y ~ x + (x | group)", 8, 1),
    "slope that varies, 20 groups": ("y ~ x + (x | group)", 20, 1),
}


def design(n_groups: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Make groups of unequal size, half of them treated."""
    sizes = np.resize([4, 16, 8, 5, 12, 6], n_groups)
    group = np.repeat(np.arange(n_groups), sizes)
    return {"group": group, "treated": (group % 2).astype(float), "x": rng.normal(size=len(group))}


def rejections(
    formula: str, n_groups: int, place: int, replicates: int, seed: int = 1
) -> dict[str, float]:
    """Count the share of replicates in which each way rejects at 5 %."""
    rng = np.random.default_rng(seed)
    data = design(n_groups, rng)
    group, n = data["group"], len(data["group"])
    has_slope = "x |" in formula
    row = np.zeros((1, 2))
    row[0, place] = 1.0
    count = dict.fromkeys(METHODS, 0)
    fit = None
    for _ in range(replicates):
        y = rng.normal(size=n) + rng.normal(scale=0.7, size=n_groups)[group]
        if has_slope:
            y += data["x"] * rng.normal(scale=0.5, size=n_groups)[group]
        fit = ec.fit(formula, {**data, "y": y}).fit if fit is None else ec.Result(fit).refit(y).fit
        for method in METHODS:
            p_value = linear_inference(fit, method).rows(row, 0.95)["p_value"][0]
            count[method] += bool(p_value < 0.05)
    return {method: n_rejected / replicates for method, n_rejected in count.items()}


def table(replicates: int, designs: Sequence[str] = tuple(DESIGNS)) -> str:
    """Set the shares as a table, in percent."""
    lines = ["| design | " + " | ".join(f"`{m}`" for m in METHODS) + " |"]
    lines.append("|---|" + "---|" * len(METHODS))
    for name in designs:
        shares = rejections(*DESIGNS[name], replicates)
        lines.append(f"| {name} | " + " | ".join(f"{100 * s:.1f}" for s in shares.values()) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(table(int(sys.argv[1]) if len(sys.argv) > 1 else 4000))

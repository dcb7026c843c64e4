"""Small random data and the kinds of model that the laws are about."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from echelon._types import FloatArray
from echelon.design.parts import Design
from tests.designs import design_of

MODELS = {
    "no random effect": "y ~ x",
    "intercept": "y ~ x + (1 | g)",
    "slope": "y ~ x + (x | g)",
    "independent": "y ~ x + (x || g)",
    "three effects": "y ~ x + z + (x + z | g)",
    "two terms of one factor": "y ~ x + (1 | g) + (0 + x + z | g)",
    "cell means": "y ~ f + (0 + f | g)",
    "compound symmetry": "y ~ f + cs(0 + f | g)",
    "one variance": "y ~ f + id(0 + f | g)",
    "nested": "y ~ x + (1 | g/h)",
    "nested slope": "y ~ x + (x | g) + (1 | g:h)",
    "three levels": "y ~ x + (x | g) + (1 | g:h) + (1 | g:h:k)",
    "crossed": "y ~ x + (1 | g) + (1 | k)",
    "crossed slopes": "y ~ x + z + (x | g) + (z | k)",
    "nested and crossed": "y ~ x + (x | g/h) + (1 | k)",
    "three crossed": "y ~ x + (1 | g) + (1 | k) + (1 | f)",
    "membership": "y ~ x + (1 | mm(g, k, weights=(w, v)))",
    "membership and slope": "y ~ x + (1 + z | mm(g, k, weights=(w, v))) + (1 | f)",
}


def table(seed: int, n: int = 90) -> dict[str, np.ndarray]:
    """Rows with predictors, factors of several kinds, weights, and a response with effects."""
    rng = np.random.default_rng(seed)
    g, k = rng.integers(0, 7, n), rng.integers(0, 5, n)
    h, f = rng.integers(0, 3, n), rng.integers(0, 3, n)
    x, z = rng.standard_normal(n), rng.standard_normal(n)
    effects = 1.5 * rng.standard_normal((3, 7)), rng.standard_normal((7, 3))
    y = 2 + x - 0.5 * f + effects[0][0, g] + effects[0][1, g] * x + effects[0][2, g] * z
    y = y + effects[1][g, h] + 1.2 * rng.standard_normal(5)[k] + rng.standard_normal(n)
    text = {"g": g, "k": k, "h": h, "f": f}
    share = rng.uniform(0.1, 0.9, n)
    return {
        "y": y, "x": x, "z": z, "w": share, "v": 1 - share,
        "prior": rng.uniform(0.5, 3.0, n), "exposure": rng.standard_normal(n),
        **{name: np.array([f"{name}{code}" for code in codes]) for name, codes in text.items()},
    }  # fmt: skip


def n_theta(design: Design) -> int:
    """Number of covariance parameters."""
    return sum(term.structure.n_theta for block in design.rows.blocks for term in block.terms)


def theta_inside(design: Design, seed: int) -> FloatArray:
    """Draw theta strictly inside its bounds, away from zero."""
    rng, pieces = np.random.default_rng(seed), [np.empty(0)]
    for block in design.rows.blocks:
        for term in block.terms:
            lower, upper = (np.clip(bound, -1.5, 1.5) for bound in term.structure.bounds)
            pieces.append(lower + (upper - lower) * rng.uniform(0.05, 0.95, len(lower)))
    theta = np.concatenate(pieces)
    return np.where(np.abs(theta) < 0.05, 0.05, theta)


seeds = st.integers(0, 10_000)
models = st.sampled_from(sorted(MODELS))
mixed_models = st.sampled_from(sorted(set(MODELS) - {"no random effect"}))
methods = st.sampled_from(["ML", "REML"])
options = st.sampled_from([{}, {"weights": "prior"}, {"offset": "exposure"}])


def design(model: str, data: dict[str, np.ndarray], **chosen: str) -> Design:
    """Encode one of the models."""
    return design_of(MODELS[model], data, **chosen)

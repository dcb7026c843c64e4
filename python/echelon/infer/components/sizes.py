"""How large the columns of random effects are: what makes their variances comparable.

Room: infer/. Measures; judges nothing.
Takes: a `Fit`; a Gaussian one without its rows, from its cross-products.
Gives: root mean squares.
Source: docs/theory.md (4).
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.engine.generalized.estimate import column_sizes as sizes_of_rows
from echelon.fit import Fit


def column_sizes(fit: Fit) -> list[FloatArray]:
    """Give the root mean square of the random columns, (r,) per block."""
    if fit.spec.is_generalized:
        return [np.array(sizes) for sizes in sizes_of_rows(fit.design)]
    return [
        np.sqrt(np.diagonal(np.reshape(gram, (block.n_columns, -1))) / fit.estimates.n_obs)
        for block, gram in zip(fit.design.rows.blocks, fit.crossprod.random_grams(), strict=True)
    ]

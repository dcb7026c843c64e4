"""Which rows a rank-deficient fit can say something about.

Room: engine/. Reads the cross-products; no row of the data.
Takes: a fitted model and new rows.
Gives: whether each row's x'beta is determined by the data.
Source: Searle (1971), section 5.4: x'beta is estimable when x lies in the row space of X.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.parts import Rows
from echelon.engine.workspace import Fitted

TOLERANCE = 1e-6  # of a column's spread


def is_estimable(fit: Fitted, rows: Rows) -> NDArray[np.bool_]:
    """Say of each row (n,) whether its aliased columns are what they are in the data.

    A column that is not estimated is a combination of the others in the rows of the fit. Where a
    new row breaks the relation, x'beta depends on how the alias was resolved: nothing can be said.

    Parameters
    ----------
    fit : a fitted model.
    rows : p columns (n,).
    """
    kept = fit.estimates.is_estimated
    centre, gram = _centred_gram(fit)
    relation = np.linalg.lstsq(gram[np.ix_(kept, kept)], gram[np.ix_(kept, ~kept)], rcond=None)[0]
    Xc = np.column_stack(rows.fixed_columns) - centre
    off = np.abs(Xc[:, ~kept] - Xc[:, kept] @ relation)
    size = np.abs(Xc[:, ~kept]) + np.abs(Xc[:, kept]) @ np.abs(relation)
    spread = np.sqrt(np.diagonal(gram)[~kept] / max(fit.crossprod.n_obs, 1))
    is_known: NDArray[np.bool_] = (off <= TOLERANCE * (size + spread)).all(axis=1)
    return is_known


def _centred_gram(fit: Fitted) -> tuple[FloatArray, FloatArray]:
    """Give what the columns were centred by (p,), and their weighted cross-products (p, p)."""
    state = fit.crossprod.to_state()
    p = len(fit.estimates.beta)
    gram: FloatArray = np.asarray(state["xx"]).reshape(p + 1, p + 1)[:p, :p]
    return np.asarray(state["centre"])[:p], gram

"""How many dimensions the random effects of a factor really vary in.

Room: building/. Reads the estimates; fits nothing.
Takes: a `Fit`.
Gives: a table of principal components by grouping factor.
Source: docs/theory.md (4); lme4's rePCA(); Bates, Kliegl, Vasishth & Baayen (2015).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.infer.components.sizes import column_sizes
from echelon.table import Table

NOTE = (
    "std_dev is relative to the residual standard deviation, as in lme4's rePCA, and depends on "
    "the units of the predictors; scaled_std_dev does not: it is what a component adds to a row. "
    "A component with no share is a direction in which the groups do not vary."
)
NOTE_OF_LINK = (
    "std_dev is on the scale of the link, and depends on the units of the predictors; "
    "scaled_std_dev does not: it is what a component adds to a row. A component with no share is a "
    "direction in which the groups do not vary."
)


def random_pca(fit: Fit) -> Table:
    """Take the covariance of the random effects apart into principal components.

    The components of Lambda Lambda' (sigma^2 = 1; in generalized models on the scale of the link)
    of each grouping factor, all its terms together; and again with every effect multiplied by the
    root mean square of its column, which does not depend on the units of the predictors. A model
    with a component of zero is singular.

    Parameters
    ----------
    fit : a fitted model with random effects.

    Returns
    -------
    Table with columns grouping, component (1 the largest), std_dev, share, cumulative,
    scaled_std_dev, scaled_share, scaled_cumulative; shares of the variance are in [0, 1], NaN
    where nothing varies.

    Raises
    ------
    NotEstimableError : the model has no random effects.

    Source
    ------
    lme4 1.1-31, rePCA(): std_dev, share and cumulative are its numbers.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
    >>> [round(value, 4) for value in fit.random_pca()["std_dev"].tolist()]
    [0.9669, 0.2309]
    """
    blocks = fit.design.rows.blocks
    if not blocks:
        raise _without_random()
    Lambdas, sizes = fit.estimates.Lambdas, column_sizes(fit)
    raw = [components(Lambda) for Lambda in Lambdas]
    scaled = [components(L * rms[:, None]) for L, rms in zip(Lambdas, sizes, strict=True)]
    widths = [block.n_columns for block in blocks]
    columns: dict[str, NDArray[Any]] = {
        "grouping": np.repeat(np.array([b.grouping for b in blocks], dtype=object), widths),
        "component": np.concatenate([np.arange(width) + 1 for width in widths]),
    }
    for prefix, parts in (("", raw), ("scaled_", scaled)):
        shares = [_shares(part) for part in parts]
        columns[prefix + "std_dev"] = np.concatenate(parts)
        columns[prefix + "share"] = np.concatenate(shares)
        columns[prefix + "cumulative"] = np.concatenate([np.cumsum(share) for share in shares])
    note = NOTE_OF_LINK if fit.spec.is_generalized else NOTE
    return Table(columns, title="Principal components of the random effects", notes=(note,))


def components(factor: FloatArray) -> FloatArray:
    """Give standard deviations (r,) of the components of factor factor', largest first."""
    return np.asarray(np.linalg.svd(factor, compute_uv=False), dtype=np.float64)


def _shares(std_devs: FloatArray) -> FloatArray:
    total = float((std_devs**2).sum())
    return std_devs**2 / total if total > 0 else np.full(len(std_devs), np.nan)


def _without_random() -> NotEstimableError:
    return NotEstimableError(
        "The model has no random effects to take apart.",
        where="random_pca()",
        got="a formula without a bar",
        need="at least one random term, e.g. (1 | school)",
        do="add a random term to the formula.",
        slug="no-random-effects",
    )

"""Design effect: by how much grouping inflates the variance of a mean, and the effective n.

Room: measure/. One question per file: how many independent rows is this sample worth?
Takes: a `Fit`.
Gives: a Table, one row per grouping factor, then all together.
Source: Kish (1965), Survey Sampling, section 5.4; docs/theory.md (22).
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.fit import Fit
from echelon.measure.icc_kinds import require_groups
from echelon.measure.moments import group_sizes, squared_memberships
from echelon.measure.null_model import null_formula, null_model
from echelon.measure.variance_parts import variance_parts
from echelon.options import read_choice
from echelon.table import Table

KINDS = ("adjusted", "unconditional")
TOGETHER = "all"


def design_effect(fit: Fit, kind: str = "adjusted") -> Table:
    """Say by how much each grouping factor inflates the variance of an overall mean.

    Kish's 1 + (m - 1) ICC: var(mean) against what as many independent rows would give. With
    groups of unequal size m is the size of the group of a typical row, sum(n_j^2) / n, which makes
    the formula exact for random intercepts; the mean size is given beside it. The excesses over 1
    of several factors add up, nested or crossed. It is about means and about predictors that do
    not vary within groups; for each coefficient's own ratio see `compare_ols()`. Theory (22).

    Parameters
    ----------
    fit : a fitted Gaussian model with random effects.
    kind : 'adjusted' (default) takes the ICC of this model, given its fixed effects;
        'unconditional' that of its null model, as for the mean of the response itself.

    Returns
    -------
    Table with columns grouping ('all': together, where there are several), n_groups, mean_size,
    typical_size, icc (the factor's own share), design_effect_mean_size, design_effect (with the
    typical size) and effective_n (rows, n / design_effect).

    Raises
    ------
    SpecError : no such kind.
    NotEstimableError : no random effects; or weights, or no intercept, in a fit without rows.

    Notes
    -----
    Prior weights do not count in the sizes. With random slopes the ICC is an average over rows,
    and the formula is no longer exact. Memberships of several groups count by their weights.

    Source
    ------
    Kish (1965), p. 162; Kish (1987) for unequal sizes. Checked against 1'V1 formed in full.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ 1 + (1 | school)", ec.datasets.load("hsb")).fit
    >>> round(design_effect(fit).row(grouping="school")["design_effect"], 2)
    9.48
    """
    read = read_choice("kind", kind, KINDS)
    require_groups(fit, "design_effect()")
    purpose = f"design_effect(kind={read!r})"
    model = fit if read == "adjusted" else null_model(fit, purpose)
    parts = variance_parts(model, purpose)
    n, blocks = fit.design.n_obs, fit.design.rows.blocks
    member = np.array(parts.positions)
    total = parts.total if parts.total > 0 else np.nan
    icc = np.array([parts.random[member == k].sum() / total for k in range(len(blocks))])
    n_groups = np.array([block.n_groups for block in blocks])
    mean_size = n / n_groups
    typical = np.array([_typical_size(fit, k, purpose) for k in range(len(blocks))])
    by_mean, by_typical = (1 + (size - 1) * icc for size in (mean_size, typical))
    columns = {
        "n_groups": n_groups,
        "mean_size": mean_size,
        "typical_size": typical,
        "icc": icc,
        "design_effect_mean_size": by_mean,
        "design_effect": by_typical,
    }
    names = [block.grouping for block in blocks]
    if len(blocks) > 1:
        names.append(TOGETHER)
        columns = {name: np.append(v, _together(name, v)) for name, v in columns.items()}
    source = "this model, given its fixed effects" if read == "adjusted" else null_formula(fit)
    return Table(
        {
            "grouping": np.array(names, dtype=object),
            **columns,
            "effective_n": n / columns["design_effect"],
        },
        scales={"mean_size": "rows", "typical_size": "rows", "effective_n": "rows"},
        title=f"Design effects ({n:,} rows)",
        notes=(f"ICC of {source}. typical_size is sum(n_j^2) / n.",),
    )


def _together(name: str, values: FloatArray) -> float:
    """Put all factors together: shares add up, and so do excesses of design effects over 1."""
    if name == "icc":
        return float(values.sum())
    return float(1 + (values - 1).sum()) if name.startswith("design_effect") else np.nan


def _typical_size(fit: Fit, position: int, purpose: str) -> float:
    """Size of the group of a typical row, sum(n_j^2) / n.

    In a multiple membership sums of weights take the place of n_j, and their squares that of n:
    what one row adds to the variance of the sum.
    """
    sizes = group_sizes(fit, position, purpose)
    return float(sizes @ sizes) / squared_memberships(fit, position, purpose)

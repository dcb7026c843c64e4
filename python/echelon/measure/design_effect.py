"""Design effect: by how much grouping inflates the variance of a mean, and the effective n.

Room: measure/. One question per file: how many independent rows is this sample worth?
Takes: a `Fit`.
Gives: a Table, one row per grouping factor, then all together.
Source: Kish (1965), Survey Sampling, section 5.4; docs/theory.md (22).
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.fit import Fit, design_with_rows
from echelon.measure.enclosing import enclosing
from echelon.measure.icc_kinds import require_groups
from echelon.measure.icc_observed import observed_shares, require_numbers
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
    fit : a fitted model with random effects; of a generalized one, with a response that is a
        number: the ICC is on the observed scale, and the mean may be a prevalence.
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
    NotEstimableError : no random effects; or weights, or no intercept, in a fit without rows; a
        response of categories.

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
    blocks = fit.design.rows.blocks
    n = _n_responses(fit)
    icc = _observed_shares(model, purpose) if fit.spec.is_generalized else _shares(model, purpose)
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
    scale = ", on the observed scale" if fit.spec.is_generalized else ""
    unit = "rows" if fit.design.trials is None else "trials"
    return Table(
        {
            "grouping": np.array(names, dtype=object),
            **columns,
            "effective_n": n / columns["design_effect"],
        },
        scales=dict.fromkeys(("mean_size", "typical_size", "effective_n"), unit),
        title=f"Design effects ({int(n):,} {unit})",
        notes=(f"ICC of {source}{scale}. typical_size is sum(n_j^2) / n.",),
    )


def _n_responses(fit: Fit) -> float:
    """Count the responses: rows, or the trials in them."""
    return fit.design.n_obs if fit.design.trials is None else float(fit.design.trials.sum())


def _shares(model: Fit, purpose: str) -> FloatArray:
    """Share of each factor in what the fixed effects leave."""
    parts = variance_parts(model, purpose)
    member = np.array(parts.positions)
    total = parts.total if parts.total > 0 else np.nan
    n_blocks = len(model.design.rows.blocks)
    return np.array([parts.random[member == k].sum() / total for k in range(n_blocks)])


def _observed_shares(model: Fit, purpose: str) -> FloatArray:
    """Give what each factor adds to the correlation of two responses, as observed.

    That is the correlation within its groups less that within the groups around them.
    """
    require_numbers(model, purpose)
    around = enclosing(model)
    outer = [tuple(k for k in own if k != i) for i, own in enumerate(around)]
    found = np.array(
        [icc for _, icc, _ in observed_shares(model, [*around, *outer], with_errors=False)]
    )
    own: FloatArray = found[: len(around)] - found[len(around) :]
    return own


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
    if fit.design.trials is not None:
        block = design_with_rows(fit, purpose).rows.blocks[position]
        codes = block.memberships[0].codes
        counts = np.bincount(codes, weights=fit.design.trials, minlength=block.n_groups)
        return float(counts @ counts) / float(counts.sum())
    sizes = group_sizes(fit, position, purpose)
    return float(sizes @ sizes) / squared_memberships(fit, position, purpose)

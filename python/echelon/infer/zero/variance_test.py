"""Is it zero? One question about a variance, and the ways to answer it.

Room: infer/. Tests, from the cross-products alone.
Takes: a `Fit`, and which random term or slope.
Gives: a table with a row per term tested.
Source: docs/theory.md (18); Self & Liang (1987), Crainiceanu & Ruppert (2004), Davison & Hinkley
    (1997), section 4.2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from echelon.errors import NotEstimableError, SpecError, near_matches, offenders
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import check_gaussian, check_likelihood
from echelon.infer.zero.generalized_bootstrap import generalized_statistics
from echelon.infer.zero.likelihood_ratio import by_reml
from echelon.infer.zero.ranova import relation_of, removal
from echelon.infer.zero.removal import Change, removals
from echelon.infer.zero.restricted_lrt import exact_p_value, simulate_statistic, spectrum
from echelon.infer.zero.variance_bootstrap import bootstrap_statistics
from echelon.options import read_choice
from echelon.simulate import COUNTS, MOST_REPLICATES, Seed, read_seed
from echelon.table import Table

METHODS = ("auto", "exact", "mixture", "bootstrap")
OF_RESTRICTED = "The exact test is of a restricted likelihood: of Gaussian models only."
OTHER_METHODS = "use method='mixture', or method='bootstrap', which makes no approximation of it."
DRAWS = {"exact": 10_000, "bootstrap": 1_000}


class _Answer(NamedTuple):
    """One row of the table, and a sentence where something is to be said about it."""

    term: str
    method: str
    statistic: float
    reference: str
    p_value: float
    note: str = ""


def variance_test(
    fit: Fit,
    term: str | None = None,
    method: str = "auto",
    n: int | None = None,
    seed: Seed = None,
) -> Table:
    """Test whether the variance of a random term or slope is zero.

    The statistic is the likelihood ratio of the model with and without it. "exact" simulates the
    restricted likelihood ratio of one variance from its own finite-sample distribution; with other
    variances in the model it takes them as if known (Greven et al. 2008). "mixture" uses the
    mixture of chi-squares that holds with many groups, and is the only one without simulation for
    a slope with its correlations. "bootstrap" refits both models to responses drawn from the
    smaller. Theory (18).

    Parameters
    ----------
    fit : a fitted model with random effects.
    term : what to test, as `ranova` names it ("days | subject", "(1 | subject)"), or the effect
        alone ("days"); None for everything that can be taken out.
    method : "auto" (exact for one variance, mixture otherwise), "exact", "mixture", "bootstrap".
    n : draws; None for 10,000 exact ones or 1,000 of the bootstrap.
    seed : whole number, SeedSequence or Generator; None for a fresh one.

    Returns
    -------
    Table with columns term, method, statistic, reference, p_value. A simulated p value is the share
    of draws as large as the statistic (for the bootstrap both counts plus one); where there is
    none, 1 / n, which is an upper limit, and a note says so. It is 1 for a statistic of zero.

    Raises
    ------
    NotEstimableError : the model has no random effects; the exact test is asked for more than
        one variance, or of a generalized model; a quasi-likelihood.
    SpecError : no such term, no such method, or n or the seed cannot be used.

    Notes
    -----
    The exact test is about REML; a fit by ML is refitted. It costs O(J) plus n draws, whatever the
    number of rows. Raudenbush and Bryk's chi-square of the level-1 coefficients, a fourth answer,
    is `homogeneity`.

    Source
    ------
    Crainiceanu & Ruppert (2004); RLRsim 3.1.8, cases lmm_dyestuff_reml and lmm_sleep_slope_reml.
    RLRsim counts draws above the statistic, so that its p value of a zero statistic is the
    probability of a positive one; ours is 1.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("yield ~ 1 + (1 | batch)", ec.datasets.load("dyestuff"))
    >>> row = fit.variance_test(seed=1).row(term="(1 | batch)")
    >>> round(row["statistic"], 3), 0.003 < row["p_value"] < 0.006
    (6.369, True)
    """
    asked = read_choice("method", method, METHODS)
    count, generator = _draws(n), read_seed(seed)
    check_likelihood(fit, "variance_test()")
    changes = _chosen(fit, term)
    if asked == "exact":
        check_gaussian(fit, OF_RESTRICTED, "variance_test(method='exact')", OTHER_METHODS)
    if asked == "exact" and not any(is_one_variance(fit, change) for change in changes):
        raise _several_parameters(changes[0])
    answers = []
    for change in changes:
        is_single = is_one_variance(fit, change)
        if asked == "bootstrap":
            answers.append(_bootstrap(fit, change, count or DRAWS["bootstrap"], generator))
        elif is_single and asked != "mixture" and not fit.spec.is_generalized:
            answers.append(_exact(fit, change, count or DRAWS["exact"], generator))
        elif asked != "exact":
            answers.append(_mixture(fit, change))
    columns = {"term": object, "method": object, "statistic": float, "reference": object}
    return Table(
        {
            name: np.array([getattr(answer, name) for answer in answers], dtype=kind)
            for name, kind in (columns | {"p_value": float}).items()
        },
        scales={"statistic": "-2 log likelihood"},
        title="Is the variance zero?",
        notes=tuple(answer.note for answer in answers if answer.note),
    )


def is_one_variance(fit: Fit, change: Change) -> bool:
    """Whether a change takes out one variance, and no covariance with it."""
    term = fit.design.rows.blocks[change.block].terms[change.term]
    if change.left is None:
        return term.structure.n_theta == 1
    return term.structure.name == "diag" and change.basis.shape[1] == term.size - 1


def _exact(fit: Fit, change: Change, n: int, generator: np.random.Generator) -> _Answer:
    restricted = by_reml(fit)
    statistic = removal(restricted, change).test.statistic
    term = fit.design.rows.blocks[change.block].terms[change.term]
    start, stop = term.start, term.stop
    if change.left is not None:
        start += int(np.flatnonzero(~change.basis.any(axis=1))[0])
        stop = start + 1
    draws = simulate_statistic(spectrum(fit, change.block, start, stop), n, generator)
    others = sum(t.structure.n_theta for b in fit.design.rows.blocks for t in b.terms) - 1
    note = f"{change.label}: the other variances are taken as known." if others else ""
    p_value = exact_p_value(draws, statistic)
    if p_value == 0:
        p_value, note = 1 / n, _none_as_large(change, n, statistic) + (" " + note if note else "")
    return _Answer(change.label, "exact", statistic, f"{n:,} draws", p_value, note)


def _mixture(fit: Fit, change: Change) -> _Answer:
    test = removal(fit, change).test
    note = f"{change.label}: {test.reason}." if test.reason else ""
    return _Answer(change.label, "mixture", test.statistic, str(test.mixture), test.p_value, note)


def _bootstrap(fit: Fit, change: Change, n: int, generator: np.random.Generator) -> _Answer:
    found = removal(fit, change)
    how = relation_of(change, found.fit, fit)
    if fit.spec.is_generalized:
        draws, n_failed = generalized_statistics(found.fit, fit, n, generator)
    else:
        draws, n_failed = bootstrap_statistics(found.fit, fit, n, generator, how=how)
    statistic = found.test.statistic
    n_large = int((draws >= statistic).sum()) if statistic > 0 else len(draws)
    note = f"{change.label}: {n_failed:,} of {n:,} refits failed." if n_failed else ""
    return _Answer(
        change.label,
        "bootstrap",
        statistic,
        f"{len(draws):,} refits",
        (n_large + 1) / (len(draws) + 1),
        note,
    )


def _none_as_large(change: Change, n: int, statistic: float) -> str:
    return (
        f"{change.label}: none of the {n:,} draws is as large as {statistic:.4g}, "
        f"so p < {1 / n:.2g}."
    )


def _chosen(fit: Fit, term: str | None) -> list[Change]:
    changes = list(removals(fit))
    if term is None:
        return changes
    wanted = _words(term)
    for labels in ([c.label for c in changes], [c.label.rpartition("|")[0] for c in changes]):
        found = [c for c, own in zip(changes, labels, strict=True) if wanted == _words(own)]
        if found:
            return found
    raise _unknown_term(term, [change.label for change in changes])


def _words(text: str) -> str:
    """Read a term without regard to blanks."""
    return "".join(text.split()).replace("(1+", "(")


def _draws(n: int | None) -> int:
    """Read the number of draws; 0 stands for the usual one."""
    if n is None:
        return 0
    if isinstance(n, int | np.integer) and not isinstance(n, bool) and 1 <= n <= MOST_REPLICATES:
        return int(n)
    raise SpecError(
        f"The number of draws cannot be {n!r:.40}.",
        where="variance_test(), argument n",
        got=f"{n!r:.80}",
        need=COUNTS,
        do="write n=10_000, for example, or leave n out.",
        slug="replicates",
    )


def _several_parameters(change: Change) -> NotEstimableError:
    return NotEstimableError(
        "The exact test is about one variance, and here more goes with it.",
        where=f"variance_test(method='exact'), {change.label}",
        got="several variances, or a variance with its covariances",
        need="a term such as (1 | school), or a slope of (ses || school)",
        do="use method='mixture' or method='bootstrap', or fit the slope without correlations: ||.",
        slug="exact-one-variance",
    )


def _unknown_term(term: str, labels: list[str]) -> SpecError:
    return SpecError(
        f"There is no random term '{term}' to test.",
        where="variance_test(), argument term",
        got=repr(term),
        need=f"one of {offenders(labels)}",
        do=near_matches(term, labels),
        slug="unknown-random-term",
    )

"""What each random term of a model is worth: the model without it, and the test of that.

Room: infer/. Tests; every smaller model is fitted from the cross-products.
Takes: a `Fit`.
Gives: the table of removals.
Source: docs/theory.md (18); lmerTest's ranova() (Kuznetsova, Brockhoff & Christensen 2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.fit import Fit
from echelon.formula.render import chains, random_text
from echelon.formula.terms import Formula
from echelon.infer.components.generalized_fits import check_likelihood, n_parameters
from echelon.infer.zero.likelihood_ratio import LikelihoodRatio, ratio_of
from echelon.infer.zero.nested import Relation, Step
from echelon.infer.zero.reduced import changed
from echelon.infer.zero.removal import Change, removals
from echelon.table import Table

NOTE = (
    "Each row leaves one thing out. p_value is from the mixture of chi-squares that the statistic "
    "follows where a variance is zero, p_value_chi2 from the plain one, as other programs print."
)


@dataclass(frozen=True, slots=True, eq=False)
class Removal:
    """A change of the random part, the fit without what it takes out, and the test of it."""

    change: Change
    fit: Fit
    test: LikelihoodRatio


def ranova(fit: Fit) -> Table:
    """Test each random term and slope by taking it out of the model.

    A correlated term loses one slope at a time, with its correlations; a term with an intercept
    only goes altogether. The likelihood is that of the fit, REML or ML (the fixed effects stay),
    and the reference distribution has a variance of zero in it: theory (18).

    Parameters
    ----------
    fit : a fitted model with random effects.

    Returns
    -------
    Table with columns term (what is taken out), model (the random part that is left),
    n_parameters, log_likelihood, aic, statistic, df, p_value, p_value_chi2. The first row is the
    model itself; the notes name the mixture of each row.

    Raises
    ------
    NotEstimableError : the model has no random effects, or was fitted by a quasi-likelihood.

    Notes
    -----
    No row is read, except in generalized models, where several variances at once are referred to a
    mixture that takes their estimates as uncorrelated, or to an upper bound. As many fits as
    removals, each started from the estimates. Uncorrelated terms
    (`||`) lose each effect in turn, the intercept too, where lmerTest reduces to `(1 | g)`; a term
    with a structure (cs, ar1, ...) goes as a whole.

    Source
    ------
    lmerTest's ranova(): statistics and p_value_chi2 are its numbers, cases lmm_sleep_slope_reml,
    lmm_machines_slope_reml and nine others.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
    >>> row = fit.ranova().row(term="days | subject")
    >>> round(row["statistic"], 3), row["df"]
    (42.837, 2)
    """
    check_likelihood(fit, "ranova()")
    found = [removal(fit, change) for change in removals(fit)]
    fits = [fit, *(one.fit for one in found)]
    tests = [one.test for one in found]
    counts = np.array([n_parameters(one) for one in fits])
    log_likelihood = np.array([one.estimates.log_likelihood for one in fits])
    return Table(
        {
            "term": np.array(["(none)", *(one.change.label for one in found)], dtype=object),
            "model": np.array([random_part_text(one) for one in fits], dtype=object),
            "n_parameters": counts,
            "log_likelihood": log_likelihood,
            "aic": -2 * log_likelihood + 2 * counts,
            "statistic": np.array([np.nan, *(test.statistic for test in tests)]),
            "df": np.array([None, *(test.df for test in tests)], dtype=object),
            "p_value": np.array([np.nan, *(test.p_value for test in tests)]),
            "p_value_chi2": np.array([np.nan, *(test.p_value_chi2 for test in tests)]),
        },
        scales={"log_likelihood": "log likelihood", "aic": "-2 log likelihood"},
        title=f"Random terms taken out one at a time ({fit.spec.method})",
        notes=(NOTE, *_mixtures(found), *cautions(found)),
    )


def removal(fit: Fit, change: Change) -> Removal:
    """Fit the model that a change leaves, and test it against the fit."""
    smaller = changed(fit, change)
    how = relation_of(change, smaller, fit)
    return Removal(change, smaller, ratio_of(smaller, fit, how))


def relation_of(change: Change, smaller: Fit, larger: Fit) -> Relation:
    """Say how the model that a change leaves lies in the model that was changed."""
    left = _covariances(smaller)
    steps = []
    for b, block in enumerate(larger.design.rows.blocks):
        for t, term in enumerate(block.terms):
            is_changed = (b, t) == (change.block, change.term)
            if is_changed and change.left is None:
                nothing = np.zeros((term.size, term.size))
                n_lost = term.structure.n_theta
                steps.append(Step(b, t, nothing, change.basis, n_lost))
                continue
            source, covariance, n_theta = next(left)
            basis = change.basis if is_changed else np.eye(term.size)
            own = basis @ covariance @ basis.T
            n_lost = term.structure.n_theta - n_theta
            steps.append(Step(b, t, own, basis, n_lost, (source,)))
    return Relation("", 0, True, tuple(steps))


def random_part_text(fit: Fit) -> str:
    """Write the random part of a model, '(days | subject)'; 'no random effects' without one."""
    texts = _random_texts(fit.spec.formula)
    for name, formula in fit.spec.parts.items():
        texts += [f"{name}: {text}" for text in _random_texts(formula)]
    return " + ".join(texts) or "no random effects"


def _random_texts(formula: Formula) -> list[str]:
    return [random_text(chain).replace("(1 + ", "(", 1) for chain in chains(formula.random)]


def cautions(found: list[Removal]) -> list[str]:
    """Collect what is to be said about single removals."""
    return [f"{one.change.label}: {one.test.reason}." for one in found if one.test.reason]


def _mixtures(found: list[Removal]) -> list[str]:
    """Name each mixture once, with what follows it."""
    named: dict[str, list[str]] = {}
    for one in found:
        mixture = one.test.mixture
        if mixture is not None:
            text = f"{mixture}, {mixture.definition}"
            named.setdefault(text, []).append(one.change.label)
    return [f"{', '.join(labels)}: {text}." for text, labels in named.items()]


def _covariances(fit: Fit) -> Iterator[tuple[tuple[int, int], FloatArray, int]]:
    """Each term in turn: (block, term), its relative covariance (r, r), its parameters."""
    for b, block in enumerate(fit.design.rows.blocks):
        for t, term in enumerate(block.terms):
            inside = slice(term.start, term.stop)
            own = fit.estimates.Lambdas[b][inside, inside]
            yield (b, t), own @ own.T, term.structure.n_theta

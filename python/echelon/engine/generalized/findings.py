"""What to distrust in a generalized fit, in words.

Room: engine/generalized/. Words; the judging is in separation, identification and one_sided.
Takes: a `Design` with channels, its `ModelSpec` and `Estimates`.
Gives: warnings as (class, text), for `announce`.
Source: docs/errors.md.
"""

from __future__ import annotations

import numpy as np

from echelon.design.parts import Design
from echelon.engine.estimates import Estimates
from echelon.engine.generalized.identification import Flatness, Limit, flat_direction, limit_reached
from echelon.engine.generalized.one_sided import OneSided, one_sided_groups
from echelon.engine.generalized.separation import Separation, separation
from echelon.errors import (
    ApproximationWarning,
    EchelonWarning,
    SeparationWarning,
    WeakIdentificationWarning,
    compose,
    offenders,
)
from echelon.spec import ModelSpec

Finding = tuple[type[EchelonWarning], str]
ALMOST = 0.98
PARTS = {
    "mean": "fixed effects",
    "location": "fixed effects",
    "zero": "the formula of zero=",
    "hurdle": "the formula of hurdle=",
}


def generalized_findings(
    design: Design, spec: ModelSpec, estimates: Estimates
) -> tuple[Finding, ...]:
    """List what a reader of a generalized fit must know besides convergence and boundary.

    Separation explains everything else, and is then alone.

    Parameters
    ----------
    design : n rows with channels.
    spec : the model.
    estimates : what came out.

    Returns
    -------
    Warnings, the most important first.
    """
    separated = separation(design, spec, estimates)
    if separated is not None:
        return ((SeparationWarning, _separation(separated, design, spec)),)
    groups = one_sided_groups(design, spec, estimates)
    if groups is not None and groups.is_all:
        return ((WeakIdentificationWarning, _no_mixed_group(groups, design, spec)),)
    found: list[Finding] = []
    if groups is not None:
        found.append((ApproximationWarning, _one_sided(groups)))
    limit = limit_reached(design, spec, estimates)
    if limit is not None:
        found.append((WeakIdentificationWarning, _at_limit(limit, spec)))
    elif spec.method == "ML":
        flat = flat_direction(design, spec, estimates)
        if flat is not None:
            found.append((WeakIdentificationWarning, _flat(flat)))
    return tuple(found)


def _separation(found: Separation, design: Design, spec: ModelSpec) -> str:
    quoted = " and ".join(f"'{name}'" for name in found.names[:3])
    many = len(found.names) > 3
    who = f"{len(found.names):,} coefficients have" if many else f"{quoted} {_has(found.names)}"
    how = "completely" if found.share == 1.0 else "for some of the rows"
    if ALMOST <= found.share < 1.0:
        how = "almost completely"
    return compose(
        f"{who} no finite estimate: the outcomes are separated {how}.",
        where=f"{PARTS.get(found.channel, 'fixed effects')}, family '{spec.family}'",
        got=f"{offenders(found.names)}: estimates only where the search stopped, with standard\n"
        "errors that say nothing",
        need=_needed(design, spec, found.channel),
        do="merge rare categories, or leave the column out; test it with compare() (likelihood\n"
        "ratio), not by its standard error. Penalised and Bayesian fits are not in this version",
        slug="separation",
    )


def _has(names: tuple[str, ...]) -> str:
    return "has" if len(names) == 1 else "have"


def _needed(design: Design, spec: ModelSpec, channel: str) -> str:
    if channel in ("zero", "hurdle"):
        return "zeros and other counts that no combination of the predictors tells apart"
    if design.categories or spec.family in ("binomial", "betabinomial"):
        return "outcomes that no combination of the predictors tells apart"
    return "a count above zero in every category, and wherever a predictor leads"


def _no_mixed_group(found: OneSided, design: Design, spec: ModelSpec) -> str:
    outcomes, got = "both outcomes", f"{found.n_low:,} groups with zeros only and {found.n_high:,} "
    got += f"with ones only, of {found.n_groups:,}"
    if design.categories:
        outcomes, got = (
            "more than one category",
            f"{found.n_groups:,} groups with one category each",
        )
    return compose(
        f"No group of '{found.grouping}' has {outcomes}: their variance has no finite estimate.",
        where=f"random effects of '{found.grouping}', family '{spec.family}'",
        got=got,
        need="groups in which the outcome varies",
        do=f"reduce the data to one row per group of '{found.grouping}', and leave out\n"
        "its random term",
        slug="no-mixed-group",
    )


def _one_sided(found: OneSided) -> str:
    high = f" and {found.n_high:,} with ones only" if found.n_high else ""
    return compose(
        f"Laplace's approximation may be poor: most groups of '{found.grouping}' have one outcome.",
        where=f"random effects of '{found.grouping}'",
        got=f"{found.n_low:,} groups with zeros only{high}, of {found.n_groups:,};\n"
        f"{found.events_per_group:.2g} of the rarer outcome per group",
        need="several of both outcomes in most groups",
        do="ask for quadrature=15 or quadrature='auto' and compare the variances",
        slug="one-sided-groups",
    )


def _at_limit(limit: Limit, spec: ModelSpec) -> str:
    return compose(
        f"'{limit.name}' is at its limit: the data show {limit.fact}.",
        where=f"family '{spec.family}'",
        got="an estimate so far out that it no longer matters; its standard error says nothing",
        need="a value inside its range",
        do=f"fit the simpler model: {limit.simpler}",
        slug="parameter-at-limit",
    )


def _flat(found: Flatness) -> str:
    eigenvalue = "NaN" if np.isnan(found.eigenvalue) else f"{found.eigenvalue:.1g}"
    return compose(
        "The data hardly determine some parameters: the criterion is flat along them.",
        where="the information at the estimates",
        got=f"{offenders(found.names)};\nsmallest eigenvalue on the correlation scale {eigenvalue}",
        need="an information matrix that is positive definite, with an eigenvalue above 1e-08",
        do="centre and scale the predictors, leave out one of these parameters, or start\n"
        "elsewhere (start=)",
        slug="weakly-identified",
    )

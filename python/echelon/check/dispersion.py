"""Whether counts vary as their family says: overdispersion, and too many zeros.

Room: check/. One question per file: do the counts vary more than their model?
Takes: `Evidence` of a model of counts, or of successes among several trials.
Gives: findings 'overdispersion' and 'zero_inflation'.
Source: McCullagh & Nelder (1989), section 4.5; Hartig's DHARMa, testZeroInflation.
"""

from __future__ import annotations

import math

import numpy as np

from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.errors import NotEstimableError
from echelon.families import family_of
from echelon.fit import Fit, design_with_rows
from echelon.measure.overdispersion import overdispersion as measured_dispersion
from echelon.measure.zero_inflation import zero_inflation as measured_zeros

STREAMS = (3, 4)
MOST_CELLS = 5_000_000  # rows times simulations; a search of the modes each
FEWEST = 20
DISPERSION = (1.2, 2.0)
ZEROS = (0.02, 0.10)
SOURCE_DISPERSION = (
    "echelon: standard errors are too small by the root of the ratio (McCullagh & Nelder 1989, "
    "section 4.5): 9% at 1.2, 29% at 2"
)
SOURCE_ZEROS = "echelon: 2 and 10 rows in 100 whose zero the model does not explain, or lacks"


def overdispersion(evidence: Evidence) -> tuple[Finding, ...]:
    """Compare the squared Pearson residuals with those of responses drawn from the model."""
    fit = evidence.fit
    if not _is_dispersed(fit):
        return ()
    count = _count(evidence)
    row = measured_dispersion(fit, count, evidence.generator(STREAMS[0])).row(method="simulated")
    if row["p_value"] is None:
        raise _not_simulated(fit)
    ratio = math.nan if row["ratio"] is None else float(row["ratio"])
    p = float(row["p_value"])
    size = max(ratio, 1 / ratio) if ratio > 0 else math.nan
    verdict = judge(size, *DISPERSION, p_value=p, alpha=_alpha(count))
    if verdict == "act" and ratio < 1:
        verdict = "look"  # standard errors err on the safe side
    return (
        Finding(
            "overdispersion",
            "",
            "variance over that of the family",
            ratio,
            *DISPERSION,
            verdict,
            SOURCE_DISPERSION,
            p,
            {"n_simulations": count, **_facts(evidence)},
        ),
    )


def zero_inflation(evidence: Evidence) -> tuple[Finding, ...]:
    """Compare the share of zeros with that in responses drawn from the model."""
    fit = evidence.fit
    if not fit.spec.is_generalized:
        return ()
    if family_of(fit.spec.family).response not in ("count", "nonnegative"):
        return ()
    count = _count(evidence)
    row = measured_zeros(fit, count, evidence.generator(STREAMS[1])).row()
    size = float(row["observed"]) - float(row["expected"])
    p = float(row["p_value"])
    return (
        Finding(
            "zero_inflation",
            "",
            "observed share of zeros less the expected one",
            size,
            *ZEROS,
            judge(abs(size), *ZEROS, p_value=p, alpha=_alpha(count)),
            SOURCE_ZEROS,
            p,
            {
                "observed": float(row["observed"]),
                "expected": float(row["expected"]),
                "n_simulations": count,
                **_facts(evidence),
            },
        ),
    )


def _is_dispersed(fit: Fit) -> bool:
    """Whether the family can be overdispersed: counts, or several trials in a row."""
    if not fit.spec.is_generalized:
        return False
    response = family_of(fit.spec.family).response
    if response == "binary":
        trials = design_with_rows(fit, "check()").trials
        return trials is not None and bool((trials > 1).any())
    return response == "count"


def _count(evidence: Evidence) -> int:
    n = design_with_rows(evidence.fit, "check()").n_obs
    return int(np.clip(MOST_CELLS // n, FEWEST, max(FEWEST, evidence.n_simulations)))


def _alpha(count: int) -> float:
    """Give the evidence asked for: 0.01, or the smallest p value of so few simulations."""
    return max(0.01, 2.0 / (count + 1) * 1.001)


def _facts(evidence: Evidence) -> dict[str, object]:
    spec = evidence.fit.spec
    return {
        "family": spec.family,
        "response": family_of(spec.family).response,
        "has_zero_part": spec.zero is not None or spec.hurdle is not None,
        "is_likelihood": evidence.is_likelihood,
    }


def _not_simulated(fit: Fit) -> NotEstimableError:
    return NotEstimableError(
        "Overdispersion is not examined: no response drawn from the model could be fitted.",
        where="check()",
        got=f"family = '{fit.spec.family}', link = '{fit.spec.link}'",
        need="simulated responses with conditional modes",
        do="look at the estimates first: they may be far out.",
        slug="dispersion-not-simulated",
    )

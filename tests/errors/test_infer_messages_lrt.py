"""The exact text of the messages about comparing fits and about testing variances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import echelon
from echelon import datasets
from echelon.building.random_pca import random_pca
from echelon.building.simplify import simplify
from echelon.errors import EchelonError
from echelon.infer.zero import restricted_lrt
from echelon.infer.zero.likelihood_ratio import likelihood_ratio
from echelon.infer.zero.ranova import ranova
from echelon.infer.zero.restricted_lrt import spectrum
from echelon.infer.zero.variance_test import variance_test

SLEEP = datasets.load("sleep")
WITHOUT = echelon.fit("reaction ~ days", SLEEP).fit
ONE = echelon.fit("reaction ~ days + (1 | subject)", SLEEP).fit
SLOPE = echelon.fit("reaction ~ days + (days | subject)", SLEEP).fit
LOG = echelon.fit("log(reaction) ~ days + (days | subject)", SLEEP).fit
FEWER = echelon.fit("reaction ~ days + (1 | subject)", SLEEP, subset="days < 8").fit
WEIGHTED = echelon.fit("reaction ~ days + (days | subject)", SLEEP, weights="1 + days").fit


def multiple_membership() -> Any:
    rng = np.random.default_rng(1)
    data = {name: rng.integers(0, 9, 100) for name in ("a", "b")} | {"y": rng.normal(size=100)}
    return echelon.fit("y ~ 1 + (1 | mm(a, b))", data).fit


def too_many_groups() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(restricted_lrt, "LARGEST", 5)
        return spectrum(multiple_membership(), 0, 0, 1)


WITHOUT_RANDOM = (
    "The model has no random effects to take out.\n"
    "  where: ranova(), variance_test(), simplify()\n"
    "  got:   a formula without a bar\n"
    "  need:  at least one random term, e.g. (1 | school)\n"
    "  do:    add a random term to the formula.\n"
    "  see:   errors#no-random-effects"
)
SAME = "the same rows, weights and response in both, for their likelihoods to be comparable"

MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "other rows": (
        lambda: likelihood_ratio(FEWER, SLOPE),
        "The two models were fitted to different rows.\n"
        "  where: likelihood_ratio(): reaction ~ days + (1 | subject)\n"
        "         and reaction ~ days + (days | subject)\n"
        "  got:   144 rows and 180 rows\n"
        f"  need:  {SAME}\n"
        "  do:    drop the rows that lack a variable of either model from the data first, then "
        "fit both.\n"
        "  see:   errors#different-rows",
    ),
    "other weights": (
        lambda: likelihood_ratio(ONE, WEIGHTED),
        "The two models have different prior weights.\n"
        "  where: likelihood_ratio(): reaction ~ days + (1 | subject)\n"
        "         and reaction ~ days + (days | subject)\n"
        "  got:   weights with different products\n"
        f"  need:  {SAME}\n"
        "  do:    fit both with the same weights.\n"
        "  see:   errors#different-weights",
    ),
    "another response": (
        lambda: likelihood_ratio(ONE, LOG),
        "The two models do not have the same response in the same rows.\n"
        "  where: likelihood_ratio(): reaction ~ days + (1 | subject)\n"
        "         and log(reaction) ~ days + (days | subject)\n"
        "  got:   responses 'reaction' and 'log(reaction)', 180 values each\n"
        f"  need:  {SAME}\n"
        "  do:    fit both to the same column of the same rows; a likelihood of log(y) does not "
        "compare\n"
        "         with one of y.\n"
        "  see:   errors#different-responses",
    ),
    "ranova without random effects": (lambda: ranova(WITHOUT), WITHOUT_RANDOM),
    "a variance test without random effects": (lambda: variance_test(WITHOUT), WITHOUT_RANDOM),
    "simplify without random effects": (lambda: simplify(WITHOUT), WITHOUT_RANDOM),
    "principal components without random effects": (
        lambda: random_pca(WITHOUT),
        "The model has no random effects to take apart.\n"
        "  where: random_pca()\n"
        "  got:   a formula without a bar\n"
        "  need:  at least one random term, e.g. (1 | school)\n"
        "  do:    add a random term to the formula.\n"
        "  see:   errors#no-random-effects",
    ),
    "an exact test of a slope with its correlation": (
        lambda: variance_test(SLOPE, method="exact"),
        "The exact test is about one variance, and here more goes with it.\n"
        "  where: variance_test(method='exact'), days | subject\n"
        "  got:   several variances, or a variance with its covariances\n"
        "  need:  a term such as (1 | school), or a slope of (ses || school)\n"
        "  do:    use method='mixture' or method='bootstrap', or fit the slope without "
        "correlations: ||.\n"
        "  see:   errors#exact-one-variance",
    ),
    "an unknown random term": (
        lambda: variance_test(SLOPE, "day | subject"),
        "There is no random term 'day | subject' to test.\n"
        "  where: variance_test(), argument term\n"
        "  got:   'day | subject'\n"
        "  need:  one of 'days | subject'\n"
        "  do:    did you mean 'days | subject'?\n"
        "  see:   errors#unknown-random-term",
    ),
    "an unknown way to test": (
        lambda: variance_test(ONE, method="exakt"),
        "The option method cannot be 'exakt'.\n"
        "  where: option method\n"
        "  got:   'exakt'\n"
        "  need:  one of 'auto', 'exact', 'mixture', 'bootstrap'\n"
        "  do:    did you mean 'exact'?\n"
        "  see:   errors#unknown-option-value",
    ),
    "no draws": (
        lambda: variance_test(ONE, n=0),
        "The number of draws cannot be 0.\n"
        "  where: variance_test(), argument n\n"
        "  got:   0\n"
        "  need:  a whole number from 1 to 10,000,000\n"
        "  do:    write n=10_000, for example, or leave n out.\n"
        "  see:   errors#replicates",
    ),
    "a negative seed": (
        lambda: variance_test(ONE, seed=-1),
        "The seed cannot be -1.\n"
        "  where: argument seed\n"
        "  got:   -1\n"
        "  need:  a whole number of at least 0, or a numpy SeedSequence or Generator\n"
        "  do:    write seed=1, for example, or leave seed out.\n"
        "  see:   errors#seed",
    ),
    "too many groups that share rows": (
        too_many_groups,
        "The exact test of a multiple membership is not computed for so many groups.\n"
        "  where: variance_test(), random term (1 | mm(a, b))\n"
        "  got:   9 groups of 'mm(a, b)'\n"
        "  need:  at most 5 groups where several share a row\n"
        "  do:    use method='mixture'; with so many groups the two agree.\n"
        "  see:   errors#too-many-groups-exact",
    ),
    "a significance level in percent": (
        lambda: simplify(ONE, 20),
        "The option alpha cannot be 20.\n"
        "  where: simplify(), argument alpha\n"
        "  got:   20\n"
        "  need:  a number between 0 and 1\n"
        "  do:    write alpha=0.2, for example, or leave alpha out.\n"
        "  see:   errors#alpha",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_message(name: str) -> None:
    call, expected = MESSAGES[name]
    with pytest.raises(EchelonError) as caught:
        call()
    assert str(caught.value) == expected

"""The exact text of every message of the measures of generalized fits."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from echelon import api, datasets
from echelon.api import Result
from echelon.errors import EchelonError, RankWarning
from tests.reference.test_generalized_cases import fitted

RNG = np.random.default_rng(6)
G = np.repeat(np.arange(30), 10)
Z = RNG.normal(size=30)[G]
X = RNG.normal(size=300)
ETA = 0.6 * X + 0.4 * Z + RNG.normal(size=30)[G]
Y = (RNG.random(300) < 1 / (1 + np.exp(-ETA))).astype(float)
SCORES = np.column_stack([np.zeros(300), RNG.normal(size=30)[G], RNG.normal(size=30)[G]])
CATEGORY = np.argmax(SCORES + RNG.gumbel(size=(300, 3)), axis=1)
DATA = {"y": Y, "x": X, "z": Z, "g": G, "pos": np.exp(0.2 * ETA + 0.1 * RNG.normal(size=300)),
        "cat": np.array(list("abc"))[CATEGORY].tolist()}  # fmt: skip


def binary(link: str = "logit", formula: str = "y ~ x + z + (1 | g)") -> Result:
    return api.fit(formula, DATA, family="binomial", link=link)


def twice() -> Result:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RankWarning)
        return api.fit("y ~ z + z2 + (1 | g)", {**DATA, "z2": 2 * Z}, family="binomial")


LOGIT = binary()
ORDERED = fitted("ord_wine_logit_laplace")
NESTED = fitted("glmm_guimmun_3level_laplace")
SLEEP = api.fit("reaction ~ days + (1 | subject)", datasets.load("sleep"))
GAUSSIAN_ONLY = (
    "  got:   a generalized model: its likelihood is no function of cross-products\n"
    "  need:  family = 'gaussian' with link = 'identity'\n"
)

MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "a latent ICC with the cauchit link": (
        lambda: binary("cauchit").icc(),
        "With the cauchit link there is no variance on the latent scale.\n"
        "  where: icc(), a fit with family = 'binomial', link = 'cauchit'\n"
        "  got:   a Cauchy distribution behind the link, which has no variance\n"
        "  need:  link logit, probit, cloglog or loglog\n"
        "  do:    ask for the observed scale, icc(scale='observed'), or fit the model with"
        " link='logit'.\n"
        "  see:   errors#no-latent-variance",
    ),
    "categories on the observed scale": (
        lambda: ORDERED.icc(scale="observed"),
        "Categories have no variance on the observed scale.\n"
        "  where: icc(scale='observed'), a fit with family = 'cumulative', link = 'logit'\n"
        "  got:   5 categories\n"
        "  need:  a response that is a number\n"
        "  do:    ask for the latent scale, icc(), or fit 0 and 1 of one category with\n"
        "         family='binomial'.\n"
        "  see:   errors#no-observed-variance",
    ),
    "the inverse link on the observed scale": (
        lambda: api.fit("pos ~ x + (1 | g)", DATA, family="gamma", link="inverse").design_effect(),
        "With the inverse link a response has no variance over normal random effects.\n"
        "  where: design_effect(kind='adjusted'), a fit with family = 'gamma', link = 'inverse'\n"
        "  got:   a mean of 1 / eta, whose average over a normal eta does not exist\n"
        "  need:  a link under which the mean is finite\n"
        "  do:    ask for the latent scale, icc(), or fit the model with link='log'.\n"
        "  see:   errors#no-observed-variance",
    ),
    "a form that the family does not have": (
        lambda: LOGIT.icc(form="trigamma"),
        "The option form cannot be 'trigamma'.\n"
        "  where: option form\n"
        "  got:   'trigamma'\n"
        "  need:  one of 'theoretical', 'delta'\n"
        "  do:    write 'theoretical', for example.\n"
        "  see:   errors#unknown-option-value",
    ),
    "a form on the observed scale": (
        lambda: LOGIT.icc(scale="observed", form="delta"),
        "The ICC on the observed scale has no form.\n"
        "  where: icc(), arguments scale and form\n"
        "  got:   scale='observed' and form\n"
        "  need:  one of them\n"
        "  do:    leave form out, or ask for the latent scale.\n"
        "  see:   errors#icc-observed-options",
    ),
    "chosen values of a multinomial model": (
        lambda: api.fit("cat ~ x + (1 | g)", DATA, family="multinomial").icc(at={"x": 0}),
        "The ICC at chosen values is not there for a multinomial model.\n"
        "  where: icc(), argument at\n"
        "  got:   2 contrasts of categories, each with effects of its own\n"
        "  need:  a model with one linear predictor of the mean\n"
        "  do:    ask for icc(kind='levels'), or model two of the categories with"
        " family='binomial'.\n"
        "  see:   errors#icc-at-contrasts",
    ),
    "a median odds ratio of probits": (
        lambda: binary("probit").median_odds_ratio(),
        "The effects of groups are no ratios in this model.\n"
        "  where: median_odds_ratio(), a fit with family = 'binomial', link = 'probit'\n"
        "  got:   the probit link, with which e to an effect means nothing\n"
        "  need:  link logit (odds), log (rates, means) or cloglog of a probability (hazards)\n"
        "  do:    read icc(), or variance_components: standard deviations on the scale of the"
        " link.\n"
        "  see:   errors#no-median-ratio",
    ),
    "a median odds ratio of a Gaussian model": (
        lambda: SLEEP.median_odds_ratio(),
        "The effects of groups are no ratios in this model.\n"
        "  where: median_odds_ratio(), a fit with family = 'gaussian', link = 'identity'\n"
        "  got:   the identity link, with which e to an effect means nothing\n"
        "  need:  link logit (odds), log (rates, means) or cloglog of a probability (hazards)\n"
        "  do:    read icc(), or variance_components: standard deviations on the scale of the"
        " link.\n"
        "  see:   errors#no-median-ratio",
    ),
    "an interval odds ratio within groups": (
        lambda: LOGIT.interval_odds_ratio("x"),
        "'x' varies within groups: there its ratio is that of one and the same group.\n"
        "  where: interval_odds_ratio(), argument x\n"
        "  got:   a column that varies within 'g'\n"
        "  need:  a predictor of groups, constant within those of some factor\n"
        "  do:    read exponentiated() for predictors that vary within groups.\n"
        "  see:   errors#interval-ratio-within",
    ),
    "an interval odds ratio of no coefficient": (
        lambda: LOGIT.interval_odds_ratio("zz"),
        "The model has no fixed effect 'zz'.\n"
        "  where: interval_odds_ratio(), argument x\n"
        "  got:   'zz'\n"
        "  need:  one of '(Intercept)', 'x', 'z'\n"
        "  do:    did you mean 'z'?\n"
        "  see:   errors#unknown-coefficient",
    ),
    "an interval odds ratio of what is not estimated": (
        lambda: twice().interval_odds_ratio("z2"),
        "The coefficient of 'z2' is not estimated.\n"
        "  where: interval_odds_ratio(), argument x\n"
        "  got:   a column that other columns explain\n"
        "  need:  an estimated coefficient\n"
        "  do:    take the columns that explain it out of the formula.\n"
        "  see:   errors#coefficient-not-estimated",
    ),
    "a coverage in percent": (
        lambda: LOGIT.interval_odds_ratio("z", 80),
        "The coverage cannot be 80.\n"
        "  where: interval_odds_ratio(), argument coverage\n"
        "  got:   80\n"
        "  need:  a number between 0 and 1: the share of the ratios inside\n"
        "  do:    write coverage=0.8.\n"
        "  see:   errors#unknown-option-value",
    ),
    "one step with two factors": (
        lambda: NESTED.influence("comm", refit=False),
        "Without a refit 'comm' cannot be left out of this generalized model.\n"
        "  where: influence(), arguments grouping and refit\n"
        "  got:   'comm', which is not the model's only grouping factor\n"
        "  need:  a model with one grouping factor: there each group has a score of its own\n"
        "  do:    write influence('comm', refit=True).\n"
        "  see:   errors#influence-needs-refit",
    ),
    "homogeneity": (
        lambda: LOGIT.homogeneity(),
        "The chi-square of the groups' own estimates is not defined: some may be infinite.\n"
        "  where: homogeneity(), a fit with family = 'binomial', link = 'logit'\n"
        f"{GAUSSIAN_ONLY}"
        "  do:    test the variance instead: variance_test() or ranova().\n"
        "  see:   errors#gaussian-only",
    ),
    "reliability by group": (
        lambda: LOGIT.reliability(by_group=True),
        "Groups have no estimates of their own here: those of some may be infinite.\n"
        "  where: reliability(), argument by_group, a fit with family = 'binomial',"
        " link = 'logit'\n"
        f"{GAUSSIAN_ONLY}"
        "  do:    read conditional_modes(grouping): the model's estimates with their standard"
        " errors.\n"
        "  see:   errors#gaussian-only",
    ),
    "leverage": (
        lambda: LOGIT.leverage(),
        "A row's leverage is not defined: fitted values are no linear function of the responses.\n"
        "  where: leverage(), a fit with family = 'binomial', link = 'logit'\n"
        f"{GAUSSIAN_ONLY}"
        "  do:    leave rows or groups out instead: influence('rows'), influence(grouping).\n"
        "  see:   errors#gaussian-only",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_text(name: str) -> None:
    call, text = MESSAGES[name]
    with pytest.raises(EchelonError) as caught:
        call()
    assert str(caught.value) == text

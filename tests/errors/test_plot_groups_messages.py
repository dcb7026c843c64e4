"""The exact text of every message of the charts of groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from echelon import api
from echelon.api import Result
from echelon.errors import EchelonError
from echelon.table import Table
from tests.group_fits import contraception, fitted, flat, penicillin, plain, sleep

SLEEP, CROSSED, BINARY = (
    Result(sleep()).plot,
    Result(penicillin()).plot,
    Result(contraception()).plot,
)
PLAIN, FLAT = Result(plain()).plot, Result(flat()).plot


def members() -> Any:
    rng = np.random.default_rng(1)
    a, b, u = rng.integers(0, 8, 200), rng.integers(0, 8, 200), rng.normal(size=8)
    data = {"y": u[a] + u[b] + rng.normal(size=200), "a": a, "b": b}
    return api.fit("y ~ 1 + (1 | mm(a, b))", data).plot


def contrasts() -> Any:
    return Result(fitted("rating ~ 1 + (1 | judge)", "wine", family="multinomial")).plot


CASES: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: PLAIN.caterpillar(),
        "The model has no random effects to draw.\n"
        "  where: caterpillar()\n"
        "  got:   a formula without a bar\n"
        "  need:  at least one random term, e.g. (1 | school)\n"
        "  do:    add a random term to the formula, or draw the fixed effects.\n"
        "  see:   errors#no-random-effects",
    ),
    (
        lambda: SLEEP.caterpillar("subjekt"),
        "Grouping factor 'subjekt' is not in the model.\n"
        "  where: caterpillar(), argument grouping\n"
        "  got:   'subjekt'\n"
        "  need:  one of 'subject'\n"
        "  do:    did you mean 'subject'?\n"
        "  see:   errors#unknown-grouping",
    ),
    (
        lambda: SLEEP.random_qq(term="day"),
        "The model has no random effect 'day'.\n"
        "  where: random_qq(), argument term\n"
        "  got:   'day'\n"
        "  need:  one of '(Intercept)', 'days'\n"
        "  do:    did you mean 'days'?\n"
        "  see:   errors#unknown-random-effect",
    ),
    (
        lambda: SLEEP.caterpillar(label=["308", "3o9"]),
        "Group '3o9' is not among the groups drawn.\n"
        "  where: caterpillar(), argument label\n"
        "  got:   '3o9'\n"
        "  need:  groups of subject: '308', '309', '310', '330', '331' and 13 more\n"
        "  do:    did you mean '369' or '349' or '309'?\n"
        "  see:   errors#unknown-group",
    ),
    (
        lambda: SLEEP.caterpillar(label=3),
        "The option label cannot be 3.\n"
        "  where: option label\n"
        "  got:   3\n"
        "  need:  True, False or a list of groups\n"
        "  do:    write label=False for no names, or the groups that you want named.\n"
        "  see:   errors#unknown-option-value",
    ),
    (
        lambda: SLEEP.caterpillar(most=-1),
        "The option most cannot be -1.\n"
        "  where: option most\n"
        "  got:   -1\n"
        "  need:  a whole number from 0 to 60\n"
        "  do:    write most=8, for example.\n"
        "  see:   errors#labels-most",
    ),
    (
        lambda: CROSSED.shrinkage(),
        "The model has several grouping factors, and none is named.\n"
        "  where: shrinkage(), argument grouping\n"
        "  got:   no name\n"
        "  need:  one of 'plate', 'sample'\n"
        "  do:    name one: shrinkage('plate').\n"
        "  see:   errors#unknown-grouping",
    ),
    (
        lambda: SLEEP.shrinkage(x="dais"),
        "The groups have no random effect 'dais'.\n"
        "  where: shrinkage(), argument x\n"
        "  got:   'dais'\n"
        "  need:  one of '(Intercept)', 'days'\n"
        "  do:    did you mean 'days'?\n"
        "  see:   errors#unknown-random-effect",
    ),
    (
        lambda: members().shrinkage(),
        "The model has no groups to regress in.\n"
        "  where: shrinkage()\n"
        "  got:   the multiple membership mm(a, b)\n"
        "  need:  a random term of one grouping factor, e.g. (1 | school)\n"
        "  do:    read the variance of the factor instead: fit.variance_components.\n"
        "  see:   errors#no-random-effects",
    ),
    (
        lambda: contrasts().shrinkage(),
        "The groups of 'judge' have random effects in several linear predictors.\n"
        "  where: shrinkage()\n"
        "  got:   one random effect for each contrast of categories, or for each part of the"
        " model\n"
        "  need:  random effects in one linear predictor\n"
        "  do:    draw caterpillar(): the conditional modes with their intervals.\n"
        "  see:   errors#several-predictors",
    ),
    (
        lambda: FLAT.random_qq(),
        "There are no conditional modes to set against a normal distribution.\n"
        "  where: random_qq()\n"
        "  got:   variance zero: (Intercept) | batch\n"
        "  need:  a random effect with a variance above zero\n"
        "  do:    read the verdict of the fit, and leave the term out.\n"
        "  see:   errors#no-spread",
    ),
    (
        lambda: CROSSED.random_scatter(),
        "A scatter matrix needs two random effects of the same groups.\n"
        "  where: random_scatter()\n"
        "  got:   one for each factor: (Intercept) | plate, (Intercept) | sample\n"
        "  need:  a factor with several, e.g. (1 + x | school)\n"
        "  do:    draw caterpillar() or random_qq(), which take one; or add a random slope.\n"
        "  see:   errors#one-random-effect",
    ),
    (
        lambda: SLEEP.variance_shares("sources"),
        "The option kind cannot be 'sources'.\n"
        "  where: option kind\n"
        "  got:   'sources'\n"
        "  need:  one of 'levels', 'rights-sterba'\n"
        "  do:    write 'levels', for example.\n"
        "  see:   errors#unknown-option-value",
    ),
    (
        lambda: BINARY.variance_shares("rights-sterba"),
        "The partition of Rights & Sterba is of a Gaussian response.\n"
        "  where: variance_shares(), kind='rights-sterba', a fit with family = 'binomial',"
        " link = 'logit'\n"
        "  got:   a generalized model: its likelihood is no function of cross-products\n"
        "  need:  family = 'gaussian' with link = 'identity'\n"
        "  do:    draw kind='levels', on the scale of the link.\n"
        "  see:   errors#gaussian-only",
    ),
]


@pytest.mark.parametrize(("call", "message"), CASES)
def test_message(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(EchelonError) as caught:
        call()
    assert str(caught.value) == message


def test_fits_without_rows(tmp_path: Any) -> None:
    path = Result(contraception()).save(tmp_path / "fit.echelon", rows=False)
    charts = api.load(path).plot
    assert charts.caterpillar().to_dict()["title"]["subtitle"] == [
        "No intervals: the fit was saved without its rows."
    ]
    with pytest.raises(EchelonError) as caught:
        charts.random_qq()
    assert str(caught.value) == (
        "There are no conditional modes to set against a normal distribution.\n"
        "  where: random_qq()\n"
        "  got:   a generalized fit without its rows, whose modes have no standard errors\n"
        "  need:  a random effect with a variance above zero\n"
        "  do:    save with rows=True, or fit the model again.\n"
        "  see:   errors#no-spread"
    )
    for draw in (charts.shrinkage, charts.group_sizes):
        with pytest.raises(EchelonError, match=r"^This fit was saved without its rows\."):
            draw()


def test_a_variance_that_no_number_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table({"grouping": ["batch", "residual"], "variance": np.array([np.inf, 1.0])})
    monkeypatch.setattr("echelon.plot.variance_shares.icc_table", lambda _: table)
    with pytest.raises(EchelonError) as caught:
        FLAT.variance_shares()
    assert str(caught.value) == (
        "The variance has no shares: a part of it is infinite, or not known.\n"
        "  where: variance_shares()\n"
        "  got:   a variance that no number holds\n"
        "  need:  finite variances\n"
        "  do:    look at fit.icc(); bring predictors, offset and response to moderate scales.\n"
        "  see:   errors#shares-unknown"
    )

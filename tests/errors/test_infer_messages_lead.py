"""The exact text of the messages about profiles, the bootstrap and influence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.errors import EchelonError

SLEEP = ec.datasets.load("sleep")
FIT = ec.fit("reaction ~ days + (days | subject)", SLEEP)
CROSSED = ec.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", ec.datasets.load("penicillin"))


def members() -> ec.Result:
    rng = np.random.default_rng(1)
    data = {name: rng.integers(0, 9, 100) for name in ("a", "b")}
    effects = rng.normal(size=9)
    y = effects[data["a"]] + effects[data["b"]] + rng.normal(size=100)
    return ec.fit("y ~ 1 + (1 | mm(a, b))", data | {"y": y})


def changing() -> Callable[[ec.Result], dict[str, float]]:
    calls: list[int] = []

    def statistic(fit: ec.Result) -> dict[str, float]:
        calls.append(1)
        return {"sigma": fit.sigma} if len(calls) == 1 else {"aic": fit.aic, "bic": fit.bic}

    return statistic


MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "profile of an unknown parameter": (
        lambda: FIT.profile("sd_days"),
        "The model has no parameter 'sd_days'.\n"
        "  where: argument parameters\n"
        "  got:   'sd_days'\n"
        "  need:  one of '(Intercept)', 'days', 'sd_(Intercept)|subject', 'sd_days|subject', "
        "'cor_days.(Intercept)|subject' and 1 more\n"
        "  do:    did you mean 'days' or 'sd_days|subject'?\n"
        "  see:   errors#unknown-parameter",
    ),
    "no replicates": (
        lambda: FIT.bootstrap(0),
        "The number of replicates cannot be 0.\n"
        "  where: bootstrap(), argument n\n"
        "  got:   0\n"
        "  need:  a whole number from 1 to 10,000,000\n"
        "  do:    write bootstrap(100, seed=1), for example.\n"
        "  see:   errors#replicates",
    ),
    "seed": (
        lambda: FIT.bootstrap(9, seed=-1),
        "The seed cannot be -1.\n"
        "  where: argument seed\n"
        "  got:   -1\n"
        "  need:  a whole number of at least 0, or a numpy SeedSequence or Generator\n"
        "  do:    write seed=1, for example, or leave seed out.\n"
        "  see:   errors#seed",
    ),
    "kind": (
        lambda: FIT.bootstrap(9, kind="jackknife"),
        "The option kind cannot be 'jackknife'.\n"
        "  where: option kind\n"
        "  got:   'jackknife'\n"
        "  need:  one of 'parametric', 'residual', 'case', 'wild'\n"
        "  do:    write 'parametric', for example.\n"
        "  see:   errors#unknown-option-value",
    ),
    "interval": (
        lambda: FIT.bootstrap(9, interval="normal"),
        "The option interval cannot be 'normal'.\n"
        "  where: option interval\n"
        "  got:   'normal'\n"
        "  need:  one of 'percentile', 'basic', 'bca', 'studentised'\n"
        "  do:    write 'percentile', for example.\n"
        "  see:   errors#unknown-option-value",
    ),
    "studentised statistic": (
        lambda: FIT.bootstrap(9, interval="studentised", statistic=lambda fit: fit.sigma),
        "Studentised intervals need a standard error in every replicate, and a statistic has "
        "none.\n"
        "  where: bootstrap(), arguments interval and statistic\n"
        "  got:   interval='studentised' with a statistic of your own\n"
        "  need:  the parameters of the model, or another kind of interval\n"
        "  do:    leave statistic out, or write interval='bca'.\n"
        "  see:   errors#studentised-statistic",
    ),
    "levels of another kind": (
        lambda: FIT.bootstrap(9, levels="subject"),
        "Only a case bootstrap draws at levels.\n"
        "  where: bootstrap(), arguments kind and levels\n"
        "  got:   levels with kind='parametric'\n"
        "  need:  kind='case', or no levels\n"
        "  do:    leave levels out, or write kind='case'.\n"
        "  see:   errors#levels-of-case",
    ),
    "unknown level": (
        lambda: FIT.bootstrap(9, kind="case", levels=["subjects"]),
        "'subjects' is no level of the model.\n"
        "  where: bootstrap(), argument levels\n"
        "  got:   'subjects'\n"
        "  need:  one of 'subject', or 'rows'\n"
        "  do:    did you mean 'subject'?\n"
        "  see:   errors#unknown-level",
    ),
    "no level": (
        lambda: FIT.bootstrap(9, kind="case", levels=[]),
        "A case bootstrap without levels draws nothing.\n"
        "  where: bootstrap(), argument levels\n"
        "  got:   an empty list\n"
        "  need:  one or more of 'subject', or 'rows'\n"
        "  do:    leave levels out to draw groups of the highest level.\n"
        "  see:   errors#unknown-level",
    ),
    "cases that cross": (
        lambda: CROSSED.bootstrap(9, kind="case"),
        "A case bootstrap draws whole groups, and here groups share rows with others.\n"
        "  where: bootstrap(kind='case')\n"
        "  got:   'plate' is crossed with 'sample'\n"
        "  need:  grouping factors that are nested in one another\n"
        "  do:    use kind='parametric' or kind='residual'.\n"
        "  see:   errors#case-bootstrap-crossed",
    ),
    "cases in several groups": (
        lambda: members().bootstrap(9, kind="case"),
        "A case bootstrap draws whole groups, and here groups share rows with others.\n"
        "  where: bootstrap(kind='case')\n"
        "  got:   'mm(a, b)' is a multiple membership\n"
        "  need:  grouping factors that are nested in one another\n"
        "  do:    use kind='parametric' or kind='residual'.\n"
        "  see:   errors#case-bootstrap-crossed",
    ),
    "clusters that share rows": (
        lambda: members().bootstrap(9, kind="wild"),
        "A wild bootstrap turns the residuals of a cluster together, and here clusters share "
        "rows.\n"
        "  where: bootstrap(kind='wild')\n"
        "  got:   'mm(a, b)', a multiple membership, and no other grouping factor\n"
        "  need:  a grouping factor with one group per row\n"
        "  do:    use kind='parametric' or kind='residual'.\n"
        "  see:   errors#wild-bootstrap-clusters",
    ),
    "statistic gives text": (
        lambda: FIT.bootstrap(9, statistic=lambda fit: fit.formula),
        "The statistic of a bootstrap does not give numbers.\n"
        "  where: bootstrap(), argument statistic\n"
        "  got:   str 'reaction ~ days + (days | subject)'\n"
        "  need:  a number, several numbers, or a mapping of names to numbers\n"
        "  do:    return float(...), for example.\n"
        "  see:   errors#statistic-not-numbers",
    ),
    "statistic gives a table": (
        lambda: FIT.bootstrap(9, statistic=lambda fit: fit.fixed_effects),
        "The statistic of a bootstrap does not give numbers.\n"
        "  where: bootstrap(), argument statistic\n"
        "  got:   Table Fixed effects term         estimate  std_error  statistic   \n"
        "  need:  a number, several numbers, or a mapping of names to numbers\n"
        "  do:    return float(...), for example.\n"
        "  see:   errors#statistic-not-numbers",
    ),
    "statistic changes": (
        lambda: FIT.bootstrap(9, statistic=changing(), workers=1),
        "The statistic of a bootstrap gives other quantities in a replicate than in the fit.\n"
        "  where: bootstrap(), argument statistic\n"
        "  got:   aic, bic\n"
        "  need:  sigma\n"
        "  do:    return the same names, or as many numbers, for every fit.\n"
        "  see:   errors#statistic-changes",
    ),
    "bca too late": (
        lambda: FIT.bootstrap(9, seed=1).intervals("bca"),
        "This bootstrap did not keep what bca intervals need.\n"
        "  where: intervals(), argument interval\n"
        "  got:   'bca', and a bootstrap without the estimates without each group\n"
        "  need:  a bootstrap that was asked for them: bootstrap(interval='bca')\n"
        "  do:    run bootstrap(..., interval='bca') with the same seed.\n"
        "  see:   errors#interval-not-kept",
    ),
    "studentised too late": (
        lambda: FIT.bootstrap(9, seed=1).intervals("studentised"),
        "This bootstrap did not keep what studentised intervals need.\n"
        "  where: intervals(), argument interval\n"
        "  got:   'studentised', and a bootstrap without the standard errors of every replicate\n"
        "  need:  a bootstrap that was asked for them: bootstrap(interval='studentised')\n"
        "  do:    run bootstrap(..., interval='studentised') with the same seed.\n"
        "  see:   errors#interval-not-kept",
    ),
    "influence of another factor": (
        lambda: FIT.influence("subjects"),
        "Grouping factor 'subjects' is not in the model.\n"
        "  where: influence(), argument grouping\n"
        "  got:   'subjects'\n"
        "  need:  one of 'subject', or 'rows'\n"
        "  do:    did you mean 'subject'?\n"
        "  see:   errors#unknown-grouping",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_message(name: str) -> None:
    call, expected = MESSAGES[name]
    with pytest.raises(EchelonError) as caught:
        call()
    assert str(caught.value) == expected


WITHOUT_ROWS = {
    "influence()": lambda fit: fit.influence(),
    "bca intervals": lambda fit: fit.bootstrap(3, seed=1, interval="bca"),
    "bootstrap(kind='residual')": lambda fit: fit.bootstrap(3, kind="residual"),
    "bootstrap(kind='case')": lambda fit: fit.bootstrap(3, kind="case"),
    "bootstrap(kind='wild')": lambda fit: fit.bootstrap(3, kind="wild"),
}


@pytest.mark.parametrize("purpose", WITHOUT_ROWS)
def test_without_rows(purpose: str, tmp_path: Any) -> None:
    loaded = ec.load(FIT.save(tmp_path / "fit.ech", rows=False))
    with pytest.raises(EchelonError) as caught:
        WITHOUT_ROWS[purpose](loaded)
    assert str(caught.value) == (
        "This fit was saved without its rows.\n"
        f"  where: {purpose}\n"
        "  got:   a loaded fit that keeps 0 of its 180 rows\n"
        "  need:  the rows that the model was fitted to\n"
        "  do:    save with rows=True, or fit the model again; predict(new_data) needs no rows.\n"
        "  see:   errors#fit-without-rows"
    )


def test_a_statistic_that_is_no_function() -> None:
    fit = ec.fit("reaction ~ days + (1 | subject)", "sleep")
    with pytest.raises(EchelonError) as caught:
        fit.bootstrap(5, statistic=3)
    assert str(caught.value) == (
        "The statistic of a bootstrap is not a function.\n"
        "  where: bootstrap(), argument statistic\n"
        "  got:   3\n"
        "  need:  a function of a fit that gives a number, several, or a mapping of names to "
        "numbers\n"
        "  do:    write statistic=lambda fit: fit.sigma, for example.\n"
        "  see:   errors#statistic-not-a-function"
    )

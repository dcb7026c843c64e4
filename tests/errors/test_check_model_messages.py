"""The exact text of the messages of checks of predictors."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.check.added import added
from echelon.check.collinearity import inflation
from echelon.check.dispersion import overdispersion
from echelon.check.evidence import Evidence
from echelon.errors import EngineError, NotEstimableError
from tests.families import fitted
from tests.unit.check.model_cases import quiet, world

DATA = world(20, 10) | {"m": np.array(["a", "b", "c"])[np.arange(200) % 3]}
FIT = quiet("m ~ x + z + (1 | g)", DATA, family="multinomial").fit


def test_added_terms_of_many_equations() -> None:
    with pytest.raises(NotEstimableError) as caught:
        added(FIT, "w")
    assert str(caught.value) == (
        "Added terms are not examined in a model with an equation for each category.\n"
        "  where: check()\n"
        "  got:   family = 'multinomial'\n"
        "  need:  one linear predictor, about which a single effect size can be stated\n"
        "  do:    compare models with and without the term:\n"
        "         fit.compare(fit.refit(data=data, formula=...)).\n"
        "  see:   errors#check-many-equations"
    )


def test_inflation_of_many_equations() -> None:
    with pytest.raises(NotEstimableError) as caught:
        inflation(FIT)
    assert str(caught.value) == (
        "Variance inflation is not stated for a model with an equation for each category.\n"
        "  where: check()\n"
        "  got:   family = 'multinomial'\n"
        "  need:  one linear predictor: its coefficients have one correlation matrix\n"
        "  do:    look at the correlations of the predictors.\n"
        "  see:   errors#check-many-equations"
    )


def test_refits_that_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echelon.check.added.LARGEST", 239)
    with pytest.raises(NotEstimableError) as caught:
        added(fitted("counts").fit, "w")
    assert str(caught.value) == (
        "Added terms are not examined: each would take as long as this fit, or longer.\n"
        "  where: check()\n"
        "  got:   240 rows of family 'poisson'\n"
        "  need:  rows that are refitted soon; the limit depends on family and quadrature\n"
        "  do:    add the terms that matter yourself: fit.refit(data=data, formula=...);\n"
        "         or check a fit to a random part of the groups.\n"
        "  see:   errors#check-takes-long"
    )


def test_a_model_that_draws_what_cannot_be_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise EngineError("no modes", where="fit", got="", need="", do="", slug="no-modes")

    monkeypatch.setattr("echelon.measure.overdispersion._modes_of", lambda *_: fail)
    with pytest.raises(NotEstimableError) as caught:
        overdispersion(Evidence(fitted("counts").fit))
    assert str(caught.value) == (
        "Overdispersion is not examined: no response drawn from the model could be fitted.\n"
        "  where: check()\n"
        "  got:   family = 'poisson', link = 'log'\n"
        "  need:  simulated responses with conditional modes\n"
        "  do:    look at the estimates first: they may be far out.\n"
        "  see:   errors#dispersion-not-simulated"
    )

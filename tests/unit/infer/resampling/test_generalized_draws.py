"""The bootstrap of generalized models: reproducible, of the right size, warm starts harmless."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from echelon import engine
from echelon.design.parts import Design
from echelon.engine.deletion import taken
from echelon.errors import EngineError
from echelon.fit import Fit
from echelon.infer.components.redrawn import estimated, responses
from echelon.infer.resampling.bootstrap import bootstrap
from echelon.infer.resampling.cases import CaseSampler
from tests.unit.infer.generalized_fits import cbpp, contraception, fitted, salamanders, wine


def test_the_same_seed_gives_the_same_replicates_with_any_number_of_workers() -> None:
    fit = cbpp()
    one, two = (bootstrap(fit, 20, 7, workers=k).replicates for k in (1, 2))
    assert np.array_equal(one, two)
    assert np.array_equal(one[:6], bootstrap(fit, 6, 7).replicates)


@pytest.mark.parametrize(("kind", "share"), [("parametric", 0.25), ("case", 0.5)])
def test_replicates_vary_about_as_much_as_standard_errors_say(kind: str, share: float) -> None:
    fit = contraception("factor(use) ~ urban + (1 | district)")
    found = bootstrap(fit, 60, 1, kind=kind)
    assert found.names == ("(Intercept)", "urban[Y]", "sd_(Intercept)|district")
    errors = np.sqrt(np.diagonal(fit.estimates.vcov))
    assert found.replicates[:, :2].std(axis=0) == pytest.approx(errors, rel=share)
    assert found.n_failed == 0


def test_warm_estimates_are_those_of_a_fit_from_scratch() -> None:
    fit = salamanders(family="nbinom2")
    y = responses(fit)(np.random.default_rng(5))
    design = replace(fit.design, y=y)
    warm = estimated(fit, design).estimates
    cold = engine.estimate_family(design, fit.spec)
    assert warm.objective == pytest.approx(cold.objective, abs=1e-6)
    assert warm.beta == pytest.approx(cold.beta, abs=1e-4)
    assert np.isnan(warm.vcov).all()


@pytest.mark.parametrize("interval", ["basic", "bca", "studentised"])
def test_other_kinds_of_intervals(interval: str) -> None:
    found = bootstrap(cbpp(), 40, 1, interval=interval)
    table = found.intervals()
    assert (table["conf_low"] < table["estimate"]).all()
    assert (table["estimate"] < table["conf_high"]).all()


def test_a_statistic_is_given_a_whole_fit() -> None:
    def errors(fit: Fit) -> dict[str, float]:
        return {
            "error": float(np.sqrt(fit.estimates.vcov[0, 0])),
            "rows": float(fit.design.y.sum()),
        }

    found = bootstrap(cbpp(), 5, 1, statistic=errors)
    assert found.names == ("error", "rows")
    assert np.isfinite(found.replicates).all()


def test_case_draws_take_trials_and_every_channel_along() -> None:
    drawn: list[Design] = []

    def keep(design: Design) -> Fit:
        drawn.append(design)
        return fit

    fit = salamanders(family="poisson", zero="~ mined")
    CaseSampler(fit, None, keep).draw(np.random.default_rng(2))
    (design,) = drawn
    n = design.n_obs
    assert all(len(c.values) == n for channel in design.channels for c in channel.columns)
    assert design.rows.blocks[0].n_groups == 23
    drawn.clear()
    CaseSampler(cbpp(), ("rows",), keep).draw(np.random.default_rng(2))
    trials = drawn[0].trials
    assert trials is not None
    assert (drawn[0].y <= trials).all()


def test_a_draw_without_a_category_is_a_failed_replicate() -> None:
    fit = wine()
    rows = fit.design.y != 4
    with pytest.raises(EngineError) as caught:
        estimated(fit, taken(fit.design, np.flatnonzero(rows)))
    assert str(caught.value) == (
        "No row of a replicate has category '5'.\n"
        "  where: bootstrap\n"
        "  got:   4 of 5 categories\n"
        "  need:  every category of the response\n"
        "  do:    join rare categories.\n"
        "  see:   errors#replicate-without-category"
    )


def test_a_singular_fit_draws_too() -> None:
    fit = fitted("same ~ x + (1 | g)", family="poisson")
    found = bootstrap(fit, 10, 1)
    assert found.n_failed == 0
    assert (found.replicates[:, 2] >= 0).all()


def test_quasi_likelihoods_are_drawn_from_and_refitted_by_their_method() -> None:
    fit = cbpp(method="PQL1")
    found = bootstrap(fit, 4, 1)
    assert np.isfinite(found.replicates).all()

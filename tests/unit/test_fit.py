"""The fit: a value that pickles, copies and compares, made by work that can be interrupted."""

from __future__ import annotations

import copy
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

import echelon as ec
from echelon.engine.theta import ThetaMap
from echelon.fit import Fit
from echelon.formula.parse import parse_formula
from echelon.spec import ModelSpec, resolve_spec

FORMULAS = (
    "reaction ~ poly(days, 2) + (days | subject)",
    "reaction ~ 1 + (1 | subject) + (0 + cwc(days, subject) || subject)",
    "log(reaction) ~ bs(days, df=4)",
)
COPIES: tuple[Callable[[object], object], ...] = (
    lambda value: pickle.loads(pickle.dumps(value)),
    copy.copy,
    copy.deepcopy,
)


@pytest.mark.parametrize("copied", COPIES, ids=["pickle", "copy", "deepcopy"])
@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.filterwarnings("ignore::echelon.errors.SingularFitWarning")
def test_a_fit_is_a_value(formula: str, copied: Callable[[object], object]) -> None:
    fit = ec.fit(formula, "sleep", method="ML").fit
    again = copied(fit)
    assert isinstance(again, Fit)
    assert again == fit
    assert ec.Result(again).summary() == ec.Result(fit).summary()


def test_fits_that_differ() -> None:
    fit = ec.fit("reaction ~ days + (1 | subject)", "sleep").fit
    assert fit != ec.fit("reaction ~ days + (1 | subject)", "sleep", method="ML").fit
    assert fit != ec.fit("reaction ~ 1 + (1 | subject)", "sleep").fit
    assert fit != "fit"
    with pytest.raises(TypeError, match="unhashable"):
        hash(fit)


@pytest.mark.parametrize("copied", COPIES, ids=["pickle", "copy", "deepcopy"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_a_specification_is_a_value(formula: str, copied: Callable[[object], object]) -> None:
    spec = resolve_spec(parse_formula(formula), weights="w", offset="log(t)", start=[0.5])
    again = copied(spec)
    assert isinstance(again, ModelSpec)
    assert again == spec
    assert again != resolve_spec(formula, method="ML")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::echelon.errors.SingularFitWarning")
def test_a_long_fit_can_be_interrupted() -> None:
    """Ctrl-C ends a fit after the evaluation at hand, as KeyboardInterrupt."""
    rng = np.random.default_rng(1)
    rows, groups = 40_000, 1_500
    table = {
        "y": rng.normal(size=rows),
        "a": rng.integers(0, groups, rows),
        "b": rng.integers(0, groups, rows),
    }
    formula, control = "y ~ 1 + (1 | a) + (1 | b)", {"path": "dense"}
    begun = time.monotonic()
    n_evaluations = ec.fit(formula, table, control=control).convergence.n_evaluations
    whole = time.monotonic() - begun
    assert n_evaluations >= 5

    def seconds_after_interrupt() -> float:
        sent: list[float] = []

        def interrupt() -> None:
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        threading.Timer(0.1 * whole, interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            ec.fit(formula, table, control=control)
        return time.monotonic() - sent[0]

    # Without a look at signals 0.9 would be left; a busy machine deserves a second try.
    assert min(seconds_after_interrupt() for _ in range(3)) < 0.6 * whole


@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_an_interrupt_inside_a_structure_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the core calls Python for the map from theta to Lambda."""

    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(ThetaMap, "computed", interrupted)
    monkeypatch.setattr(ThetaMap, "index", lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        ec.fit("reaction ~ days + (days | subject)", "sleep")

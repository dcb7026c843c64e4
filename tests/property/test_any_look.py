"""Every chart, check, equation, report and bundle of any model: an answer, or one of our errors."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import echelon as ec
from echelon.errors import EchelonError, EchelonWarning
from tests.property.looked_at import Case, gaussian_case, generalized_case

Looks = dict[str, Callable[[], Any]]
seeds = st.integers(0, 100_000)


def charts(fit: ec.Result, names: tuple[str, ...], data: dict[str, Any]) -> Looks:
    """Every chart of one fit, in the ways of asking for it."""
    _, x, u, f, g, _ = names
    plot = fit.plot
    looks: Looks = {
        "caterpillar": plot.caterpillar,
        "shrinkage": plot.shrinkage,
        "shrinkage of g": lambda: plot.shrinkage(g),
        "trajectories": lambda: plot.trajectories(x),
        "trajectories by": lambda: plot.trajectories(x, by=f),
        "group lines": lambda: plot.group_lines(x, g),
        "effect": lambda: plot.effect(x),
        "effect of a category": lambda: plot.effect(f),
        "effect by": lambda: plot.effect(x, by=[u, f]),
        "effect, link": lambda: plot.effect(x, kind="link"),
        "interaction": lambda: plot.interaction(x, u),
        "interaction with f": lambda: plot.interaction(x, f),
        "johnson_neyman": lambda: plot.johnson_neyman(x, u),
        "missing_pattern": lambda: plot.missing_pattern(data),
        "random_qq": plot.random_qq,
        "random_scatter": plot.random_scatter,
        "variance_shares": plot.variance_shares,
        "rights-sterba": lambda: plot.variance_shares("rights-sterba"),
        "group_sizes": plot.group_sizes,
        "coefficients": lambda: plot.coefficients(intercept=True),
        "standardized": lambda: plot.coefficients(standardize=True),
        "two models": lambda: plot.coefficients(fit),
        "residuals": plot.residuals,
        "residuals of x": lambda: plot.residuals(against=x),
        "residuals of f": lambda: plot.residuals(against=f),
        "residuals of g": lambda: plot.residuals(level=g),
        "qq": lambda: plot.qq(simulations=19),
        "qq of g": lambda: plot.qq(level=g, simulations=19),
        "scale_location": plot.scale_location,
        "residual_spread": plot.residual_spread,
        "influence": lambda: plot.influence(refit=False),
        "influence of rows": lambda: plot.influence("rows"),
        "comparison": lambda: plot.comparison(fit),
    }
    return looks


def slow_charts(fit: ec.Result) -> Looks:
    """Those that fit the model many times."""
    return {"profile": fit.plot.profile, "profile_density": fit.plot.profile_density}


def texts(fit: ec.Result) -> Looks:
    """Equations in every notation."""
    return {
        f"equations, {notation}, {estimates}": lambda n=notation, e=estimates: (
            fit.equations(notation=n, estimates=e).text
        )
        for notation in ("unicode", "text", "latex", "mathml")
        for estimates in (False, True)
    }


def strict(text: str) -> Any:
    """Read JSON that has no NaN and no Infinity."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} in JSON")

    return json.loads(text, parse_constant=refuse)


def look_everywhere(
    case: Case, names: tuple[str, ...], said: str, only: Callable[[str], bool] = lambda _: True
) -> None:
    """Ask for everything; warnings but ours are errors here."""
    formula, data, options = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        try:
            fit = ec.fit(formula, data, **options)
        except EchelonError:
            return
        for name, draw in charts(fit, names, data).items():
            if only(name):
                attempt(f"{said}: {name}", lambda draw=draw: strict(draw().to_json()))
        for name, write in texts(fit).items():
            if only(name):
                attempt(f"{said}: {name}", write)
        if only("check"):
            attempt(f"{said}: check", lambda: checked(fit))
        with tempfile.TemporaryDirectory() as folder:
            for ending in ("html", "md", "tex", "docx"):
                if only(ending):
                    path = Path(folder) / f"report.{ending}"
                    attempt(f"{said}: {ending}", lambda p=path: fit.report(p, charts=False))
            if only("bundle"):
                attempt(f"{said}: bundle", lambda: rerun(fit, Path(folder)))


def attempt(said: str, look: Callable[[], Any]) -> None:
    """An answer, or five lines; anything else is told with the case it came from."""
    try:
        look()
    except EchelonError as error:
        told = str(error)
    except Exception as error:
        raise AssertionError(said) from error
    else:
        return
    lines = told.split("\n")
    assert lines[1].startswith("  where: "), said
    assert lines[-1].startswith("  see:   errors#"), said


def checked(fit: ec.Result) -> None:
    """A diagnosis can be read in every form."""
    found = fit.check()
    assert found.summary()
    assert found.to_html()
    assert found.to_csv()
    record = strict(found.to_json())
    assert record
    for finding in found.findings:
        assert finding.verdict in ("fine", "look", "act")


def rerun(fit: ec.Result, folder: Path) -> None:
    """What is shared gives the same numbers."""
    path = fit.bundle(folder / "study.zip", report=False, smallest_cell=1, codes=False)
    again = ec.rerun(path)
    assert again.agrees, again.summary()
    strict(again.to_json())


def is_quick(name: str) -> bool:
    """Whether it is asked for in every run: of the documents, the page."""
    return name not in ("docx", "tex", "md")


@settings(max_examples=1)
@given(seeds)
@example(1)
def test_every_look_at_a_gaussian_model_answers_or_says_why_not(seed: int) -> None:
    look_everywhere(*gaussian_case(seed), only=is_quick)


@settings(max_examples=1)
@given(seeds)
def test_every_look_at_a_generalized_model_answers_or_says_why_not(seed: int) -> None:
    look_everywhere(*generalized_case(seed), only=is_quick)


@pytest.mark.slow
@settings(max_examples=150)
@given(seeds)
@example(1260)
def test_every_look_at_a_gaussian_model_at_length(seed: int) -> None:
    look_everywhere(*gaussian_case(seed))


@pytest.mark.slow
@settings(max_examples=100)
@given(seeds)
@example(4838)
@example(1594)
def test_every_look_at_a_generalized_model_at_length(seed: int) -> None:
    look_everywhere(*generalized_case(seed))

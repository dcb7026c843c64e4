"""What the commands do that look at a fit, and the one that reruns a study.

Room: cli/. Loaded when a command runs; calls `echelon.api` and nothing below it.
Takes: options as `app` read them.
Gives: text on standard output, or a file.
Source: docs/reference, command line.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from echelon import api
from echelon.cli.commands import Renderings, fitted_model
from echelon.cli.delivery import PRINTED, check_place, deliver, kind_of, width_for
from echelon.cli.streams import patience, say, show
from echelon.errors import SpecError, near_matches

NEEDS_MORE = ("comparison", "power_curve")  # charts of something else than one fit
CHART_OPTIONS = ("x", "by", "grouping", "term")
CHART_ENDINGS = (".svg", ".png", ".pdf", ".html", ".json")


def check(
    data: str,
    formula: str,
    topics: Sequence[str],
    options: Mapping[str, Any],
    output_format: str | None,
    output: Path | None,
) -> None:
    """Fit a model and deliver what to distrust."""
    kind = kind_of(output_format, output, (*PRINTED, "html"))
    fitted = fitted_model(data, formula, options)
    with patience("Looking at the fit ..."):
        found = fitted.check(topics or None)
    renderings: Renderings = {
        "text": lambda: found.summary(width=width_for(output)),
        "html": found.to_html,
        "json": found.to_json,
        "csv": found.to_csv,
    }
    deliver(renderings[kind](), output)


def plot(
    data: str,
    formula: str,
    name: str,
    given: Mapping[str, str | None],
    options: Mapping[str, Any],
    output: Path,
) -> None:
    """Fit a model, draw one chart of it, and write it to a file."""
    known = chart_names()
    if name not in known:
        raise _no_chart(name, known)
    chosen: dict[str, Any] = {option: value for option, value in given.items() if value is not None}
    _check_options(name, chosen)
    _check_ending(output)
    check_place(output)
    fitted = fitted_model(data, formula, options)
    if "data" in _options_of(name):
        chosen["data"] = api.read(data)
    with patience(f"Drawing {name} ..."):
        written = getattr(fitted.plot, name)(**chosen).save(output)
    say(f"Wrote {written}")


def chart_names() -> tuple[str, ...]:
    """Name the charts that need one fit only."""
    charts = (name for name in dir(api.Plots) if callable(getattr(api.Plots, name)))
    return tuple(name for name in charts if name[0] != "_" and name not in NEEDS_MORE)


def _options_of(name: str) -> Mapping[str, inspect.Parameter]:
    options = dict(inspect.signature(getattr(api.Plots, name)).parameters)
    del options["self"]
    return options


def _check_options(name: str, chosen: Mapping[str, Any]) -> None:
    """Refuse before the fit an option that the chart does not have, or one that it lacks."""
    options = _options_of(name)
    known = [option for option in CHART_OPTIONS if option in options]
    for option in chosen:
        if option not in known:
            raise SpecError(
                f"The chart '{name}' has no option --{option}.",
                where="echelon plot",
                got=f"--{option} {chosen[option]}",
                need=f"one of {', '.join('--' + each for each in known)}" if known else "no option",
                do="leave the option out, or choose another chart.",
                slug="chart-option",
            )
    for option in known:
        if options[option].default is inspect.Parameter.empty and option not in chosen:
            raise SpecError(
                f"The chart '{name}' needs the option --{option}.",
                where="echelon plot",
                got=" ".join(f"--{each} {value}" for each, value in chosen.items()) or "no option",
                need=f"--{option} and the name of a variable",
                do=f"say which, e.g. --{option} age.",
                slug="chart-option",
            )


def _check_ending(output: Path) -> None:
    if output.suffix.lower() not in CHART_ENDINGS:
        raise SpecError(
            f"The ending of '{output.name}' does not say what kind of chart to write.",
            where="option --output",
            got=f"'{output.suffix}'" if output.suffix else "no ending",
            need=f"one of {', '.join(CHART_ENDINGS)}",
            do="change the ending; .svg and .pdf are for print.",
            slug="chart-ending",
        )


def _no_chart(name: str, known: Sequence[str]) -> SpecError:
    return SpecError(
        f"There is no chart '{name}'.",
        where="echelon plot, argument CHART",
        got=f"'{name}'",
        need=textwrap.fill(", ".join(known), 76),
        do=near_matches(name, tuple(known)),
        slug="no-such-chart",
    )


def rerun(bundle: str, output_format: str | None) -> int:
    """Rerun a study from its bundle; 0 if every number agrees, 1 otherwise."""
    with patience(f"Rerunning {bundle} ..."):
        again = api.rerun(bundle)
    show(again.to_json() if output_format == "json" else again.summary())
    return 0 if again.agrees else 1

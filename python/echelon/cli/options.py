"""The options that several commands share, in the order of their help.

Room: cli/. Reads options; decides nothing.
Takes: a command.
Gives: the command with more options.
Source: docs/reference, command line.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

data_argument = click.argument("data", type=click.Path(), metavar="DATA")
conf_level_option = click.option(
    "--conf-level", type=float, default=0.95, show_default=True, help="Level of the intervals."
)
format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "csv"]),
    help="What to print.  [default: text]",
)


topics_option = click.option(
    "--topic", "-t", "topics", multiple=True, help="Topic to look at; repeatable.  [default: all]"
)


def output_option(endings: str) -> Callable[[Any], Any]:
    """Add the file to write to; `endings` say what it can be."""
    return click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"Write to a file instead: {endings}.",
    )


def family_options(command: Any) -> Any:
    """Add the options of outcomes that are not Gaussian, in the order of their help."""
    options = [
        click.option(
            "--family", default="gaussian", show_default=True,
            help="Family of the response: binomial, poisson, nbinom2, gamma, cumulative, "
            "multinomial, ...",
        ),
        click.option("--link", help="Link function.  [default: the family's]"),
        click.option(
            "--quadrature", default="1", show_default=True, callback=_points, metavar="N|auto",
            help="Points of adaptive quadrature; 1 is Laplace.",
        ),
        click.option("--zero", help="Structural zeros of counts, e.g. '~ x + (1 | g)'."),
        click.option("--hurdle", help="Zeros of counts as a hurdle, e.g. '~ x'."),
        click.option("--dispersion", help="Predictors of the log dispersion, e.g. '~ x'."),
        click.option("--nominal", help="Effects that differ between thresholds, e.g. '~ x'."),
        click.option("--scale", help="Predictors of an ordinal scale, e.g. '~ x'."),
        click.option(
            "--thresholds", default="flexible", show_default=True,
            help="Ordinal: flexible, symmetric, equidistant.",
        ),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def model_options(command: Any) -> Any:
    """Add the options of a fit, in the order of their help."""
    options: list[Callable[[Any], Any]] = [
        click.option(
            "--method", default="REML", show_default=True,
            help="REML or ML; other families: ML, PQL1, PQL2, MQL1, MQL2.",
        ),
        family_options,
        click.option("--weights", help="Column of prior weights."),
        click.option("--offset", help="Offset, e.g. 'log(t)'."),
        click.option("--subset", help="Rows to use, e.g. 'age > 5'."),
        click.option(
            "--missing", default="drop", show_default=True, help="Incomplete rows: drop, error."
        ),
        click.option(
            "--df", "df_method", default="satterthwaite", show_default=True,
            help="How to count degrees of freedom, e.g. kenward-roger.",
        ),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def _points(_context: click.Context, _option: click.Parameter, text: str) -> int | str:
    """Read a number of points; what is none goes on to the check of options."""
    return int(text) if text.lstrip("+-").isdecimal() else text


def threads_option(command: Any) -> Any:
    """Add the number of threads."""
    threads = click.option("--threads", type=click.IntRange(min=1), help="Threads to use.")
    return threads(command)

"""The commands and their options, read from the command line.

Room: cli/. Reads options; the work is in `commands`, loaded when a command runs.
Takes: the arguments of the process.
Gives: an exit code.
Source: docs/reference, command line. Click, because it starts four times faster than Typer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import get_completion_class

from echelon._optional import require
from echelon.cli.messages import conclude, spoken_warnings
from echelon.cli.options import (
    conf_level_option,
    data_argument,
    family_options,
    format_option,
    model_options,
    output_option,
    threads_option,
    topics_option,
)
from echelon.cli.streams import show


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command of the command line.

    Parameters
    ----------
    arguments : words after 'echelon'; those of the process by default.

    Returns
    -------
    Exit code: 0 done, 1 the model could not be fitted as asked, 2 bad usage, 130 interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with spoken_warnings():
            code = echelon.main(args=words, prog_name="echelon", standalone_mode=False)
    except BaseException as error:
        return conclude(error, words)
    return code if isinstance(code, int) else 0


def _commands(threads: int | None = None, module: str = "commands") -> Any:
    """Load the work behind a command, and with it the rest of echelon."""
    if threads is not None:
        os.environ["ECHELON_NUM_THREADS"] = str(threads)
    return require(f"echelon.cli.{module}")


def _print_version(context: click.Context, _: click.Parameter, is_asked: bool) -> None:
    if is_asked:
        show(f"echelon {require('importlib.metadata').version('echelon')}")
        context.exit()


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
    epilog="DATA is a file (CSV, TSV, Parquet, Arrow, Excel, SPSS, Stata, SAS) or the name of a "
    "bundled data set:  echelon fit sleep 'reaction ~ days + (days | subject)'",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Print the version.",
)  # fmt: skip
@click.pass_context
def echelon(context: click.Context) -> None:
    """Hierarchical linear models (multilevel, mixed-effects)."""
    if context.invoked_subcommand is None:
        show(context.get_help())


@echelon.command()
@data_argument
@click.argument("formula", metavar="FORMULA")
@model_options
@conf_level_option
@format_option
@output_option(".html, .docx, .tex, .md (reports); .txt, .json, .csv; .zip (bundle)")
@click.option(
    "--exponentiate/--no-exponentiate", default=None,
    help="Odds, rates and the like beside the coefficients.  [default: where they have a meaning]",
)  # fmt: skip
@click.option("--explain", is_flag=True, help="Say how the fit was computed, at what cost.")
@threads_option
def fit(
    data: str,
    formula: str,
    output_format: str | None,
    output: Path | None,
    explain: bool,
    exponentiate: bool | None,
    threads: int | None,
    **options: Any,
) -> None:
    """Fit a model and print its summary.

    DATA is a file or the name of a bundled data set; FORMULA is a formula such as
    'mathach ~ ses + (ses | school)', or the equations of each level.
    """
    shown = {"explain": explain, "exponentiate": exponentiate}
    _commands(threads).fit(data, formula, options, output_format, output, **shown)


@echelon.command()
@data_argument
@click.option("--group", "-g", required=True, multiple=True, help="Grouping factor; repeatable.")
@click.option("--outcome", "-y", help="Column whose variation to describe.")
@conf_level_option
@format_option
@output_option(".txt, .json or .csv")
def describe(
    data: str,
    group: tuple[str, ...],
    outcome: str | None,
    conf_level: float,
    output_format: str | None,
    output: Path | None,
) -> None:
    """Describe groups, their sizes, the ICC, and what they support.

    DATA is a file or the name of a bundled data set. '--group a:b' combines two columns.
    """
    _commands().describe(data, group, outcome, conf_level, output_format, output)


@echelon.command()
@data_argument
@click.argument("formulas", metavar="FORMULA...", nargs=-1, required=True)
@click.option("--name", "-n", "names", multiple=True, help="Name of a model; once per formula.")
@click.option("--layout", default="columns", show_default=True, help="Models as columns or rows.")
@click.option("--method", default="REML", show_default=True, help="REML or ML.")
@family_options
@click.option("--refit", default="auto", show_default=True, help="By ML: auto, always, never.")
@click.option("--weights", help="Column of prior weights.")
@click.option("--offset", help="Offset, e.g. 'log(t)'.")
@click.option("--subset", help="Rows to use, e.g. 'age > 5'.")
@click.option("--missing", default="drop", show_default=True, help="Incomplete rows: drop, error.")
@click.option("--conf-level", type=float, help="Show intervals of this level, not errors.")
@format_option
@output_option(".html, .docx, .tex, .md (reports); .txt, .json or .csv")
@threads_option
def compare(
    data: str,
    formulas: tuple[str, ...],
    output_format: str | None,
    output: Path | None,
    threads: int | None,
    **options: Any,
) -> None:
    """Fit several models to the same rows and set them side by side.

    DATA is a file or the name of a bundled data set; each FORMULA is one model, tested against
    the one before it. Rows that lack a variable of any model are left out of all.
    """
    _commands(threads).compare(data, formulas, options, output_format, output)


@echelon.command()
@data_argument
@click.argument("formula", metavar="FORMULA")
@model_options
@topics_option
@format_option
@output_option(".txt, .html, .json or .csv")
@threads_option
def check(
    data: str,
    formula: str,
    topics: tuple[str, ...],
    output_format: str | None,
    output: Path | None,
    threads: int | None,
    **options: Any,
) -> None:
    """Fit a model and say what to distrust, and what to do.

    Topics: Convergence, Level-1 residuals, Random effects, Outcome, Predictors, Influence, Data
    and design.
    """
    _commands(threads, "looking").check(data, formula, topics, options, output_format, output)


@echelon.command()
@data_argument
@click.argument("formula", metavar="FORMULA")
@click.argument("chart", metavar="CHART")
@model_options
@click.option("--x", help="Predictor on the horizontal axis.")
@click.option("--by", help="Second predictor: lines or panels.")
@click.option("--grouping", "-g", help="Grouping factor, of several.")
@click.option("--term", help="Random effect to show.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    required=True,
    help="Where to write it: .svg, .png, .pdf, .html or .json.",
)
@threads_option
def plot(
    data: str,
    formula: str,
    chart: str,
    output: Path,
    threads: int | None,
    x: str | None,
    by: str | None,
    grouping: str | None,
    term: str | None,
    **options: Any,
) -> None:
    """Fit a model and draw a chart of it.

    CHART is caterpillar, shrinkage, trajectories, effect, residuals, qq, coefficients, ...; an
    unknown name lists them all.
    """
    given = {"x": x, "by": by, "grouping": grouping, "term": term}
    _commands(threads, "looking").plot(data, formula, chart, given, options, output)


@echelon.command()
@click.argument("bundle", type=click.Path(), metavar="BUNDLE")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    help="What to print.  [default: text]",
)
def rerun(bundle: str, output_format: str | None) -> int:
    """Rerun a study from its bundle and compare every number.

    BUNDLE is a file that 'echelon fit ... --output study.zip' or fit.bundle() has written. Ends
    with 0 where every number agrees, with 1 otherwise.
    """
    code: int = _commands(module="looking").rerun(bundle, output_format)
    return code


@echelon.command()
@click.argument("name", required=False)
@format_option
def datasets(name: str | None, output_format: str | None) -> None:
    """List the bundled data sets, or describe one."""
    _commands().datasets(name, output_format)


@echelon.command()
@format_option
def info(output_format: str | None) -> None:
    """Print versions, threads and features of the processor."""
    _commands().info(output_format)


@echelon.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes echelon's words in a shell.

    For bash, add to ~/.bashrc:  eval "$(echelon completion bash)"
    """
    completer = get_completion_class(shell)
    if completer is not None:
        show(completer(echelon, {}, "echelon", "_ECHELON_COMPLETE").source())

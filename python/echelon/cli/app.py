"""The commands and their options, read from the command line.

Room: cli/. Reads options; the work is in `commands`, loaded when a command runs.
Takes: the arguments of the process.
Gives: an exit code.
Source: docs/reference, command line. Click, because it starts four times faster than Typer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import get_completion_class

from echelon._optional import require
from echelon.cli.messages import conclude, spoken_warnings
from echelon.cli.streams import show

_data = click.argument("data", type=click.Path(), metavar="DATA")
_conf_level = click.option(
    "--conf-level", type=float, default=0.95, show_default=True, help="Level of the intervals."
)
_format = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "csv"]),
    help="What to print.  [default: text]",
)


def _output(endings: str) -> Callable[[Any], Any]:
    return click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"Write to a file instead: {endings}.",
    )


def _families(command: Any) -> Any:
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


def _points(_context: click.Context, _option: click.Parameter, text: str) -> int | str:
    """Read a number of points; what is none goes on to the check of options."""
    return int(text) if text.lstrip("+-").isdecimal() else text


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


def _commands(threads: int | None = None) -> Any:
    """Load the work behind the commands, and with it the rest of echelon."""
    if threads is not None:
        os.environ["ECHELON_NUM_THREADS"] = str(threads)
    return require("echelon.cli.commands")


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
@_data
@click.argument("formula", metavar="FORMULA")
@click.option(
    "--method", default="REML", show_default=True,
    help="REML or ML; other families: ML, PQL1, PQL2, MQL1, MQL2.",
)  # fmt: skip
@_families
@click.option("--weights", help="Column of prior weights.")
@click.option("--offset", help="Offset, e.g. 'log(t)'.")
@click.option("--subset", help="Rows to use, e.g. 'age > 5'.")
@click.option("--missing", default="drop", show_default=True, help="Incomplete rows: drop, error.")
@click.option(
    "--df", "df_method", default="satterthwaite", show_default=True,
    help="How to count degrees of freedom, e.g. kenward-roger.",
)  # fmt: skip
@_conf_level
@_format
@_output(".txt, .html, .json or .csv")
@click.option(
    "--exponentiate/--no-exponentiate", default=None,
    help="Odds, rates and the like beside the coefficients.  [default: where they have a meaning]",
)  # fmt: skip
@click.option("--explain", is_flag=True, help="Say how the fit was computed, at what cost.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads to use.")
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
@_data
@click.option("--group", "-g", required=True, multiple=True, help="Grouping factor; repeatable.")
@click.option("--outcome", "-y", help="Column whose variation to describe.")
@_conf_level
@_format
@_output(".txt, .json or .csv")
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
@_data
@click.argument("formulas", metavar="FORMULA...", nargs=-1, required=True)
@click.option("--name", "-n", "names", multiple=True, help="Name of a model; once per formula.")
@click.option("--layout", default="columns", show_default=True, help="Models as columns or rows.")
@click.option("--method", default="REML", show_default=True, help="REML or ML.")
@_families
@click.option("--refit", default="auto", show_default=True, help="By ML: auto, always, never.")
@click.option("--weights", help="Column of prior weights.")
@click.option("--offset", help="Offset, e.g. 'log(t)'.")
@click.option("--subset", help="Rows to use, e.g. 'age > 5'.")
@click.option("--missing", default="drop", show_default=True, help="Incomplete rows: drop, error.")
@click.option("--conf-level", type=float, help="Show intervals of this level, not errors.")
@_format
@_output(".txt, .html, .json or .csv")
@click.option("--threads", type=click.IntRange(min=1), help="Threads to use.")
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
@click.argument("name", required=False)
@_format
def datasets(name: str | None, output_format: str | None) -> None:
    """List the bundled data sets, or describe one."""
    _commands().datasets(name, output_format)


@echelon.command()
@_format
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

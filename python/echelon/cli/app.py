"""The commands and their options, read from the command line.

Room: cli/. Reads options; the work is in `commands`, loaded when a command runs.
Takes: the arguments of the process.
Gives: an exit code.
Source: docs/reference, command line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import typer

from echelon._optional import require
from echelon.cli.messages import conclude, spoken_warnings
from echelon.cli.streams import show

app = typer.Typer(
    name="echelon",
    help="Hierarchical linear models (multilevel, mixed-effects).",
    epilog="DATA is a file (CSV, TSV, Parquet, Arrow, Excel, SPSS, Stata, SAS) or the name of a "
    "bundled data set, e.g. echelon fit sleep 'reaction ~ days + (days | subject)'",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Data = Annotated[
    str, typer.Argument(metavar="DATA", help="A file, or the name of a bundled data set.")
]
Format = Annotated[
    Optional[Literal["text", "json", "csv"]],  # noqa: UP045
    typer.Option("--format", help="How to print; text is the default."),
]
Output = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--output", "-o", help="Write to a file instead: .txt, .html, .json or .csv."),
]
ConfLevel = Annotated[float, typer.Option(help="Confidence level of intervals.")]


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
            command = typer.main.get_command(app)
            code = command.main(args=words, prog_name="echelon", standalone_mode=False)
    except BaseException as error:
        return conclude(error, words)
    return code if isinstance(code, int) else 0


def _commands(threads: int | None = None) -> Any:
    """Load the work behind the commands, which loads the rest of echelon."""
    if threads is not None:
        os.environ["ECHELON_NUM_THREADS"] = str(threads)
    return require("echelon.cli.commands")


def _print_version(is_asked: bool) -> None:
    if is_asked:
        show(f"echelon {version('echelon')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        show(context.get_help())


@app.command()
def fit(
    data: Data,
    formula: Annotated[
        str, typer.Argument(metavar="FORMULA", help="E.g. 'mathach ~ ses + (ses | school)'.")
    ],
    method: Annotated[str, typer.Option(help="REML or ML.")] = "REML",
    family: Annotated[str, typer.Option(help="Distribution of the response.")] = "gaussian",
    link: Annotated[str | None, typer.Option(help="Link; the family's usual one.")] = None,
    weights: Annotated[str | None, typer.Option(help="Column of prior weights.")] = None,
    offset: Annotated[str | None, typer.Option(help="Offset, e.g. 'log(t)'.")] = None,
    subset: Annotated[str | None, typer.Option(help="Rows to use, e.g. 'age > 5'.")] = None,
    missing: Annotated[str, typer.Option(help="Rows with missing values: drop or error.")] = "drop",
    conf_level: ConfLevel = 0.95,
    output_format: Format = None,
    output: Output = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say how the fit was computed, and at what cost.")
    ] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads to use.")] = None,
) -> None:
    """Fit a model and print its summary."""
    options = {
        "method": method, "family": family, "link": link, "weights": weights, "offset": offset,
        "subset": subset, "missing": missing, "conf_level": conf_level,
    }  # fmt: skip
    commands = _commands(threads)
    commands.fit(data, formula, options, output_format, output, explain)


@app.command()
def describe(
    data: Data,
    group: Annotated[
        list[str],
        typer.Option("--group", "-g", help="Grouping factor; may be given several times."),
    ],
    outcome: Annotated[
        str | None, typer.Option("--outcome", "-y", help="Column whose spread to describe.")
    ] = None,
    conf_level: ConfLevel = 0.95,
    output_format: Format = None,
    output: Output = None,
) -> None:
    """Describe groups, their sizes, the ICC, and what the data can support."""
    _commands().describe(data, group, outcome, conf_level, output_format, output)


@app.command()
def datasets(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A data set.")] = None,
    output_format: Format = None,
) -> None:
    """List the bundled data sets, or describe one."""
    _commands().datasets(name, output_format)


@app.command()
def info(output_format: Format = None) -> None:
    """Print versions, threads and features of the processor."""
    _commands().info(output_format)

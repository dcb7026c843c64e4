"""From exceptions and warnings to five lines on standard error and an exit code.

Room: cli/. No traceback reaches a user, unless ECHELON_DEBUG=1 asks for it.
Takes: what a command raised, and the command line as typed.
Gives: text and an exit code: 0 done, 1 could not be done, 2 bad usage, 130 interrupted.
Source: docs/errors.md.
"""

from __future__ import annotations

import os
import shlex
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from echelon.cli.streams import abandon_output, say
from echelon.errors import (
    ConvergenceWarning,
    EchelonError,
    EchelonWarning,
    QuasiLikelihoodWarning,
    RankWarning,
    SingularFitWarning,
    SpecError,
    compose,
    near_matches,
)

DONE, NOT_DONE, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130


@contextmanager
def spoken_warnings() -> Iterator[None]:
    """Say echelon's warnings on standard error in their own form; keep others for debugging."""
    with warnings.catch_warnings():
        warnings.simplefilter("default" if debugging() else "ignore")
        warnings.simplefilter("always", EchelonWarning)
        original = warnings.showwarning

        def speak(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, EchelonWarning):
                say(f"{message}\n" if sys.stderr.isatty() else str(message))
            else:
                original(message, category, filename, lineno, file, line)

        warnings.showwarning = speak
        yield


def leave_verdicts_to_the_summary() -> None:
    """Keep quiet about what the summary says itself, on the same screen.

    Lasts as long as `spoken_warnings`, inside which it is called.
    """
    for kind in (SingularFitWarning, ConvergenceWarning, RankWarning, QuasiLikelihoodWarning):
        warnings.simplefilter("ignore", kind)


def debugging() -> bool:
    """Whether ECHELON_DEBUG asks for tracebacks."""
    return os.environ.get("ECHELON_DEBUG", "") not in ("", "0")


def conclude(error: BaseException, arguments: Sequence[str]) -> int:
    """Say what went wrong, and choose the exit code.

    Parameters
    ----------
    error : what a command raised.
    arguments : the command line after 'echelon'.

    Returns
    -------
    Exit code.
    """
    command = f"echelon {shlex.join(arguments)}".rstrip()
    if debugging() and not isinstance(error, SystemExit):
        say("".join(traceback.format_exception(error)).rstrip())
    match error:
        case SystemExit(code=code):
            return code if isinstance(code, int) else DONE if code is None else NOT_DONE
        case KeyboardInterrupt() | click.Abort():
            return INTERRUPTED
        case BrokenPipeError():
            abandon_output()
            return DONE
        case EchelonError():
            say(str(error))
            return BAD_USAGE if isinstance(error, SpecError) else NOT_DONE
        case MemoryError():
            say(_memory_message(command))
            return NOT_DONE
        case click.ClickException():
            say(usage_message(error, command))
            return BAD_USAGE
    say(bug_message(error, command))
    return NOT_DONE


def usage_message(error: click.ClickException, command: str) -> str:
    """Word a mistake in the command line as five lines."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "echelon"
    usage = context.get_usage().removeprefix("Usage: ") if context else "echelon COMMAND ..."
    what, wrong, known = _unknown_word(error)
    hint = f"{near_matches(wrong, known)} " if wrong else ""
    return compose(
        what if what.endswith(".") else f"{what}.",
        where="the command line",
        got=command,
        need=" ".join(usage.split()),
        do=f"{hint}{path} --help lists what there is",
        slug="command-line",
    )


def _unknown_word(error: click.ClickException) -> tuple[str, str, list[str]]:
    """Say what is wrong; if a word is unknown, also that word and those that are known."""
    what = " ".join(error.format_message().split()).partition(" Did you mean ")[0]
    context = getattr(error, "ctx", None)
    if isinstance(error, click.NoSuchOption) and context:
        known = [name for each in context.command.params for name in each.opts]
        return f"There is no option '{error.option_name}'.", error.option_name, known
    if what.startswith("No such command") and context:
        word = what.partition("'")[2].partition("'")[0]
        return f"There is no command '{word}'.", word, list(context.command.commands)
    return what, "", []


def _memory_message(command: str) -> str:
    return compose(
        "There is not enough memory for this.",
        where=command,
        got="a request for memory that the system refused",
        need="memory for the data, the design and the factor",
        do="use fewer columns or rows, or a machine with more memory",
        slug="memory",
    )


def bug_message(error: BaseException, command: str) -> str:
    """Word an exception that should not have happened as five lines."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    said = " ".join(str(error).split())
    return compose(
        "This is a bug in echelon, not a mistake of yours.",
        where=command,
        got=f"{type(error).__name__}{': ' if said else ''}{said}{place}",
        need="a result or an error that explains itself",
        do="please report it with these lines; ECHELON_DEBUG=1 shows the traceback",
        slug="bug",
    )

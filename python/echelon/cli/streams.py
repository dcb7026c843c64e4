"""Writing to the terminal: any encoding, a reader that leaves, and patience.

Room: cli/. The only place that writes to standard output and standard error.
Takes: text.
Gives: text on a stream; a note on standard error when work takes long.
Source: docs/reference, command line.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

PATIENCE = 2.0  # seconds before a note says what is going on
CLEAR_LINE = "\r\x1b[K"  # of a bar that was drawn meanwhile

_LOOKALIKES = str.maketrans(
    {"…": "~", "–": "-", "—": "-", "−": "-", "×": "x", "²": "2", "·": ".", "’": "'"}
)


def show(text: str) -> None:
    """Write a result to standard output, with a line break at its end.

    A reader that has left (`| head`) is no error: the rest is dropped quietly.
    """
    try:
        _write(sys.stdout, text + "\n")
    except BrokenPipeError:
        abandon_output()


def say(text: str) -> None:
    """Write a message to standard error, with a line break at its end."""
    try:
        _write(sys.stderr, text + "\n")
    except BrokenPipeError:
        abandon_output()


def abandon_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter ends without a complaint."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _write(stream: TextIO, text: str) -> None:
    stream.write(encodable(text, stream.encoding or "utf-8"))
    stream.flush()


def encodable(text: str, encoding: str) -> str:
    """Replace what an encoding cannot write: look-alikes of the same width, then '?'."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_LOOKALIKES).encode(encoding, "replace").decode(encoding)
    return text


@contextmanager
def patience(note: str, seconds: float = PATIENCE) -> Iterator[None]:
    """Say on a terminal's standard error what takes long, once it does."""
    if not sys.stderr.isatty():
        yield
        return
    timer = threading.Timer(seconds, say, (f"{CLEAR_LINE}{note}",))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

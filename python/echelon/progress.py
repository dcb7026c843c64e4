"""How far long work has come, on the error stream.

Room: the foundation. Shows; computes nothing.
Takes: the number of steps, and each step as it is done.
Gives: a bar on a terminal once the work has lasted two seconds; nothing elsewhere.
Source: docs/how-to/bootstrap.md.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

PATIENCE = 2.0  # seconds before anything is shown
EVERY = 0.2  # seconds between two drawings
WIDTH = 30

T = TypeVar("T")


class Progress:
    """A bar that appears if the work takes long; as a context it clears its line at the end."""

    __slots__ = ("drawn", "is_shown", "label", "last", "started", "stream", "total")

    def __init__(
        self, label: str, total: int, is_shown: bool | None = None, stream: TextIO | None = None
    ) -> None:
        """Show a bar where the stream is a terminal (`is_shown` None), always, or never."""
        self.label, self.total = label, total
        self.stream = sys.stderr if stream is None else stream
        self.is_shown = self.stream.isatty() if is_shown is None else is_shown
        self.started = self.last = time.monotonic()
        self.drawn = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.drawn:
            self.stream.write("\r\x1b[K")
            self.stream.flush()

    def each(self, steps: Iterable[T]) -> Iterator[T]:
        """Pass steps on, and say that they are done."""
        for done, step in enumerate(steps, 1):
            self.update(done)
            yield step

    def update(self, done: int) -> None:
        """Say how many steps are done."""
        now = time.monotonic()
        if not self.is_shown or now - self.started < PATIENCE or now - self.last < EVERY:
            return
        self.last, self.drawn = now, True
        full = round(WIDTH * done / max(self.total, 1))
        rest = (now - self.started) * (self.total - done) / max(done, 1)
        bar = "=" * full + " " * (WIDTH - full)
        left = f"about {round(rest):,} s left"
        self.stream.write(f"\r{self.label} [{bar}] {done:,} of {self.total:,}, {left} \x1b[K")
        self.stream.flush()

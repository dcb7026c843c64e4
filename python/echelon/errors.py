"""Exceptions, warnings, and the one function that words a message.

Room: the foundation; imports nothing of echelon.
Takes: the facts of a failure (what, where, got, need, do).
Gives: exception and warning classes that carry those facts, and their five-line text.
Source: docs/errors.md lists each message by its slug, with cause and cure.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path

MAX_OFFENDERS = 5
LONGEST_LINE = 240


def compose(what: str, where: str, got: str, need: str, do: str, slug: str) -> str:
    """Word a message: one sentence, then where, got, need, do and the page to read."""
    lines = [" ".join(what.splitlines())]  # a name may have several lines
    for label, text in (("where", where), ("got", got), ("need", need), ("do", do)):
        first, *rest = text.split("\n")
        lines.append(f"  {label + ':':<6} {first}")
        lines.extend(f"         {line}" for line in rest)
    lines.append(f"  see:   errors#{slug}")
    return "\n".join([_cut(line) for line in lines])


def _cut(line: str) -> str:
    """Cut a line that a name of a thousand letters, or five of them, would fill the page with."""
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 3]}..."


def offenders(items: Iterable[object], total: int | None = None) -> str:
    """List at most five offenders, then how many more there are."""
    known = list(items)
    count = len(known) if total is None else total
    head = ", ".join(_shown(item) for item in known[:MAX_OFFENDERS])
    more = count - min(len(known), MAX_OFFENDERS)
    return f"{head} and {more:,} more" if more > 0 else head


def _shown(item: object) -> str:
    """Show a value as typed; a NumPy scalar as the number or text that it holds."""
    scalar = getattr(item, "item", None)
    return repr(scalar() if callable(scalar) else item)


def near_matches(name: str, candidates: Sequence[str]) -> str:
    """Suggest the candidates that look like `name`: a hint ready to follow 'do:'."""
    folded = {candidate.casefold(): candidate for candidate in candidates}
    close = difflib.get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.6)
    names = " or ".join(f"'{folded[match]}'" for match in close)
    return f"did you mean {names}?" if close else "check the spelling."


class EchelonError(Exception):
    """Base of every error: the facts as fields, the five-line message as text.

    Parameters
    ----------
    what : one sentence, with the user's own names.
    where : formula with the term marked, column and rows, option, or stage.
    got : value, shape or count.
    need : the condition that failed.
    do : the one or two actions most likely to help.
    slug : anchor of the message in docs/errors.md.
    """

    def __init__(self, what: str, *, where: str, got: str, need: str, do: str, slug: str) -> None:
        super().__init__(compose(what, where, got, need, do, slug))
        self.what = what
        self.where = where
        self.got = got
        self.need = need
        self.do = do
        self.slug = slug

    def __reduce__(self) -> tuple[object, ...]:
        return (
            _rebuild,
            (type(self), self.what, self.where, self.got, self.need, self.do, self.slug),
        )


def _rebuild(
    kind: type[EchelonError], what: str, where: str, got: str, need: str, do: str, slug: str
) -> EchelonError:
    return kind(what, where=where, got=got, need=need, do=do, slug=slug)


class FormulaError(EchelonError, ValueError):
    """The formula or the level equations cannot be read."""


class SpecError(EchelonError, ValueError):
    """An option does not exist, or does not go with the others."""


class FrameError(EchelonError, ValueError):
    """The data cannot be read, lack a column, or hold unusable values."""


class DesignError(EchelonError, ValueError):
    """The formula and the data do not make a model together."""


class EngineError(EchelonError):
    """The estimation could not be carried out."""


class NotEstimableError(EchelonError, ValueError):
    """The quantity asked for is not determined by the data or the model."""


class StorageError(EchelonError, ValueError):
    """A saved fit cannot be written or read."""


def not_written(what: str, target: Path, reason: str | OSError, *, slug: str) -> StorageError:
    """Word that a file cannot be written: `what` begins 'The chart cannot be saved'."""
    if isinstance(reason, OSError):
        reason = reason.strerror or type(reason).__name__
    return StorageError(
        f"{what} as '{target.name}'.",
        where=f"folder {target.parent}",
        got=reason,
        need="a folder that exists and may be written to",
        do="check the path and its permissions.",
        slug=slug,
    )


class EchelonWarning(UserWarning):
    """Base of every warning; the text has the five lines of an error."""


class SingularFitWarning(EchelonWarning):
    """A variance is estimated as zero or a correlation as plus or minus one."""


class ConvergenceWarning(EchelonWarning):
    """The minimiser stopped before the criterion was certified to be at its minimum."""


class QuasiLikelihoodWarning(EchelonWarning):
    """Estimates by PQL or MQL, which are biased towards zero."""


class SeparationWarning(EchelonWarning):
    """A combination of predictors tells the outcomes apart: estimates are infinite."""


class WeakIdentificationWarning(EchelonWarning):
    """The data hardly determine some parameters."""


class ApproximationWarning(EchelonWarning):
    """The approximation of the likelihood may be poor for these data."""


class RankWarning(EchelonWarning):
    """Columns of X are linear combinations of others and were not estimated."""


class RowsDroppedWarning(EchelonWarning):
    """Rows were left out for a reason the user may not have foreseen."""


class NestingWarning(EchelonWarning):
    """A grouping factor looks crossed, but its labels repeat in a nested way."""


class LabelsWarning(EchelonWarning):
    """Labels of categories or groups look like different spellings of the same."""

"""What is said when a bundle cannot be written or read.

Room: publish/bundle/. Words; decides nothing.
Takes: the facts of a failure.
Gives: errors with their five lines.
Source: docs/errors.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from echelon.errors import NotEstimableError, SpecError, StorageError, near_matches, offenders


def no_file(source: Path) -> StorageError:
    """Word that there is nothing at the path."""
    return StorageError(
        f"There is no file '{source.name}'.",
        where=f"folder {source.parent}",
        got=f"'{source}'",
        need="the path of a bundle that bundle() has written",
        do="check the path.",
        slug="no-such-bundle",
    )


def unreadable(source: Path, error: OSError) -> StorageError:
    """Word that what is at the path cannot be opened."""
    return StorageError(
        f"The file '{source.name}' cannot be opened.",
        where=f"folder {source.parent}",
        got=error.strerror or type(error).__name__,
        need="a file that may be read",
        do="check the path and its permissions.",
        slug="bundle-unreadable",
    )


def foreign(source: Path, got: str) -> StorageError:
    """Word that the file was made by something else."""
    return StorageError(
        f"The file '{source.name}' is no bundle.",
        where=f"file {source}",
        got=got,
        need="a zip file that bundle() has written",
        do="give the path of a bundle; read(path) is for data, load(path) for saved fits.",
        slug="not-a-bundle",
    )


def unsafe(source: Path, got: str, need: str) -> StorageError:
    """Word that the file is made as no bundle is, in a way that can do harm."""
    return StorageError(
        f"The zip file '{source.name}' is not opened: it could do harm.",
        where=f"file {source}",
        got=got,
        need=need,
        do="ask whoever sent it for a bundle as bundle() has written it; do not unpack this one.",
        slug="unsafe-bundle",
    )


def damaged(source: Path, got: str) -> StorageError:
    """Word that a part of a bundle is missing or changed."""
    return StorageError(
        f"The bundle '{source.name}' is damaged, or was changed after it was written.",
        where=f"file {source}",
        got=got,
        need="the file as bundle() has written it",
        do="copy the file again from where it came.",
        slug="damaged-bundle",
    )


def other_version(source: Path, version: object) -> StorageError:
    """Word that a later echelon has written it."""
    return StorageError(
        "The bundle has a version that this echelon does not know.",
        where=f"file {source}",
        got=f"version {version!r:.20}",
        need="version 1",
        do="install the versions of its requirements.txt, and rerun it with them.",
        slug="bundle-version",
    )


def not_reproduced(what: Sequence[str], total: int, cause: str) -> NotEstimableError:
    """Word that the table gives other numbers: such a bundle is not handed on."""
    return NotEstimableError(
        "The bundle is not written: its table does not give the numbers of this fit.",
        where="bundle()",
        got=f"{len(what):,} of {total:,} numbers differ: {offenders(what)}",
        need="the same numbers from the rows of the bundle",
        do=cause,
        slug="bundle-not-reproduced",
    )


def no_such_group(name: object, known: Sequence[str]) -> SpecError:
    """Word that `codes` names a column that does not hold groups."""
    return SpecError(
        f"The option codes names {name!r}, which is no grouping factor of the model.",
        where="bundle(), option codes",
        got=repr(name),
        need=f"True, False, or names among {offenders(known)}"
        if known
        else "no codes: the model has no groups",
        do=near_matches(str(name), known) if known else "leave codes out.",
        slug="bundle-codes",
    )


def group_is_predictor(name: str, others: Sequence[str]) -> SpecError:
    """Word that a column of groups has an effect of its own, whose names are its labels."""
    keep = ", ".join(repr(other) for other in others)
    return SpecError(
        f"The groups '{name}' cannot be replaced by codes: '{name}' is also a predictor.",
        where="bundle(), option codes",
        got=f"'{name}' among the predictors, whose labels name or carry effects",
        need="groups that only define random terms",
        do=f"name the others, codes=[{keep}]," + f"\nor recode '{name}' in the data first."
        if others
        else f"recode '{name}' in the data, fit again, and leave codes out.",
        slug="bundle-codes-of-predictor",
    )


def no_codes(value: object) -> SpecError:
    """Word that `codes` is neither a truth value nor names."""
    return SpecError(
        f"The option codes cannot be {value!r:.60}.",
        where="bundle(), option codes",
        got=f"{value!r:.60}",
        need="True, False, or names of grouping factors",
        do="leave codes out for its default.",
        slug="bundle-codes",
    )


def no_number(option: str, value: object, need: str) -> SpecError:
    """Word that an option that counts is no count."""
    return SpecError(
        f"The option {option} cannot be {value!r:.60}.",
        where=f"bundle(), option {option}",
        got=f"{value!r:.60}",
        need=need,
        do=f"leave {option} out for its default.",
        slug="bundle-number",
    )

"""The same thing under two names: ours, and those of the programs that made the cases.

A coefficient: 'sector[Catholic]' is R's 'sectorCatholic'. A grouping factor: lme4 turns
`a/b` into 'b:a', we into 'a:b', and its labels likewise.
"""

from __future__ import annotations

from collections.abc import Iterator

from echelon.design.parts import Design


def coefficient(ours: str) -> str:
    """Give R's name of a coefficient."""
    return ours.replace("[", "").replace("]", "")


def grouping(name: str) -> str:
    """Give a name of a grouping factor that does not depend on the order of its parts."""
    return ":".join(sorted(name.split(":")))


def label(theirs: str, their_grouping: str, our_grouping: str) -> str:
    """Put the parts of a group's label in our order."""
    named = dict(zip(their_grouping.split(":"), theirs.split(":"), strict=True))
    return ":".join(named[part] for part in our_grouping.split(":"))


def theta_key(theirs: str) -> tuple[str, str]:
    """Split lme4's name of a theta, 'Subject.Days.(Intercept)': grouping, then row.column."""
    group, _, place = theirs.partition(".")
    return grouping(group), place


def theta(design: Design) -> Iterator[tuple[str, str]]:
    """Name each theta of 'us' and 'diag' terms in our order, as `theta_key` does."""
    for block in design.rows.blocks:
        group = grouping(block.grouping)
        for term in block.terms:
            names = [coefficient(name) for name in block.column_names[term.start : term.stop]]
            for j, column in enumerate(names):
                below = names[j:] if term.structure.name == "us" else [column]
                yield from ((group, r if r == column else f"{r}.{column}") for r in below)

"""What means are asked for, as text or as names.

Room: infer/. Reads; knows no model.
Takes: specs and by, as the user wrote them.
Gives: `read_specs` and `listed_names`.
Source: emmeans (specs), docs/reference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from echelon.errors import SpecError


def read_specs(
    specs: str | Sequence[str], known: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read what means are asked for: names of the variables, and after '|' those of `by`."""
    if isinstance(specs, Sequence) and not isinstance(specs, str):
        return tuple(dict.fromkeys(map(str, specs))), ()
    if specs in known:
        return (specs,), ()
    sides = _split(specs.removeprefix("~"), "|") if isinstance(specs, str) else []
    if (
        not sides
        or len(sides) > 2
        or any(not name for side in sides for name in _split(side, "*+:"))
    ):
        raise SpecError(
            "The variables of the means cannot be read.",
            where="option specs",
            got=f"{specs!r:.60}",
            need="names joined by '*', and after '|' the names to take them by",
            do="write 'a', 'a * b' or 'a * b | g', or give a list of names.",
            slug="specs-text",
        )
    names, groups = ([_bare(n) for n in _split(s, "*+:")] for s in (*sides, "")[:2])
    return (
        tuple(dict.fromkeys(name for name in names if name != "1")),
        tuple(dict.fromkeys(name for name in groups if name)),
    )


def _split(text: str, marks: str) -> list[str]:
    """Split at any of the marks outside brackets and back-quotes."""
    pattern = rf"`[^`]*`|\([^)]*\)|[{re.escape(marks)}]|."
    parts = [""]
    for piece in re.findall(pattern, text, re.DOTALL):
        if piece in marks:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _bare(name: str) -> str:
    return name[1:-1] if name.startswith("`") and name.endswith("`") else name


def listed_names(by: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """List names; None stays None."""
    return None if by is None else (by,) if isinstance(by, str) else tuple(by)

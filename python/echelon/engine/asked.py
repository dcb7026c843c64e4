"""Whether the estimation can do what was asked, in numbers that floating point holds.

Room: engine/. Refuses; changes nothing.
Takes: a design, and what was asked or came out.
Gives: nothing, or the error that says what is not possible.
Source: docs/errors.md.
"""

from __future__ import annotations

from echelon.design.parts import Design
from echelon.engine.estimates import Plan
from echelon.engine.failures import tiny_column
from echelon.errors import EngineError


def check_path(design: Design, asked: str, plan: Plan) -> None:
    """Refuse to take another path than `control` asks for.

    Raises
    ------
    EngineError : the model cannot be factorised in this way.
    """
    if not design.rows.blocks or asked in ("auto", plan.way):
        return
    factors = ", ".join(f"'{block.grouping}'" for block in design.rows.blocks)
    raise EngineError(
        f"The path '{asked}' cannot factorise this model.",
        where="option control, path",
        got=f"path = {asked!r}, grouping factors {factors}",
        need="grouping factors that are nested in each other",
        do=f"leave path out; this model then takes '{plan.way}'.",
        slug="path-not-possible",
    )


def check_squares(design: Design) -> None:
    """Refuse columns that count as zero because their squares are.

    Raises
    ------
    EngineError : the message names the first of them.
    """
    fault = tiny_column(design)
    if fault is not None:
        raise fault

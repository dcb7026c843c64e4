"""Formula and options, checked: the model as asked for.

Room: spec. Every option is checked here and nowhere else.
Takes: a `Formula` and the options of `echelon.fit`.
Gives: `ModelSpec`, immutable.
Source: docs/reference, fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from echelon._types import FloatArray, Method, Missing
from echelon.formula.expression import Expression
from echelon.formula.terms import Formula


@dataclass(frozen=True, slots=True)
class Control:
    """How hard the minimiser tries. Tolerances are relative and unit-free.

    `max_evaluations` counts criterion evaluations; `gradient_tolerance` is on the Newton
    decrement of the criterion; `threads` None means the pool's size; `path` forces a way to
    factorise ('auto', 'chain', 'dense', 'sparse').
    """

    max_evaluations: int = 500
    gradient_tolerance: float = 1e-10
    threads: int | None = None
    path: str = "auto"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The model as asked for.

    `weights` and `offset` are expressions over columns (offset() terms of the formula are in
    `formula.offsets`); `start` is theta (k,) or None; `contrasts` maps a column name to a coding.
    """

    formula: Formula
    family: str = "gaussian"
    link: str = "identity"
    method: Method = "REML"
    quadrature: int = 1
    weights: Expression | None = None
    offset: Expression | None = None
    subset: str | None = None
    missing: Missing = "drop"
    start: FloatArray | None = None
    control: Control = Control()
    conf_level: float = 0.95
    df_method: str = "satterthwaite"
    contrasts: Mapping[str, str] = MappingProxyType({})

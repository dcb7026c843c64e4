"""Read one option of a fit each: the value checked, or a SpecError that says what to write.

Room: spec. No option is checked anywhere else.
Takes: what the user gave.
Gives: values of the types that `ModelSpec` holds, and `Control`.
Source: docs/reference, fit.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any, cast

import numpy as np

from echelon._types import FloatArray
from echelon.errors import SpecError, near_matches
from echelon.formula.expression import Expression
from echelon.formula.parse import parse_expression

PATHS = ("auto", "chain", "dense", "sparse")
DF_METHODS = (
    "satterthwaite",
    "kenward_roger",
    "containment",
    "between_within",
    "level",
    "residual",
    "normal",
)
OTHER_WORDS = {"asymptotic": "normal"}
CONTRASTS = ("treatment", "sum", "helmert", "poly")
LEAST_PERCENT = 50  # a confidence level from here to 100 was meant in percent
MOST_THREADS = 1_024
MOST_EVALUATIONS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Control:
    """How hard the minimiser tries. Tolerances are relative and unit-free.

    `max_evaluations` counts criterion evaluations; `gradient_tolerance` is on the Newton
    decrement of the criterion; `threads` None means the pool's size; `path` forces a way to
    factorise ('auto', 'chain', 'dense', 'sparse').
    """

    max_evaluations: int = 500
    gradient_tolerance: float = 1e-11
    threads: int | None = None
    path: str = "auto"


DEFAULT_CONTROL = Control()


def option_fault(what: str, option: str, got: str, need: str, do: str, slug: str) -> SpecError:
    """Compose the error of an option."""
    return SpecError(what, where=f"option {option}", got=got, need=need, do=do, slug=slug)


def shown(value: object) -> str:
    """Show what the user gave, cut to one line."""
    return f"{value!r:.60}".replace("\n", " ")


def read_choice(option: str, value: object, choices: tuple[str, ...]) -> str:
    """Read a word of a short list, in any case."""
    if isinstance(value, str):
        for choice in choices:
            if value.casefold() == choice.casefold():
                return choice
    hint = near_matches(value, choices) if isinstance(value, str) else ""
    raise option_fault(
        f"The option {option} cannot be {shown(value)}.",
        option,
        shown(value),
        textwrap.fill("one of " + ", ".join(repr(choice) for choice in choices), 76),
        hint if hint.startswith("did you mean") else f"write {choices[0]!r}, for example.",
        "unknown-option-value",
    )


def read_expression(option: str, value: object) -> Expression | None:
    """Read `weights` or `offset`: an expression over columns, as text."""
    if value is None:
        return None
    if isinstance(value, str):
        return parse_expression(value)
    raise option_fault(
        f"The option {option} is not the name of a column.",
        option,
        type(value).__name__,
        "a column name or an expression, as text",
        f'put the values in a column of the data and write {option}="name".',
        "option-not-text",
    )


def read_start(value: object) -> FloatArray | None:
    """Read `start`: theta (k,), read-only."""
    if value is None:
        return None
    try:
        start = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        start = np.empty((0, 0))
    if start.ndim != 1 or start.size == 0 or not np.isfinite(start).all():
        raise option_fault(
            "The option start is not a list of finite numbers.",
            "start",
            shown(value),
            "theta as a list of numbers, such as fit.theta of another fit",
            "leave start out, or give one number per covariance parameter.",
            "start-not-numbers",
        )
    start.flags.writeable = False
    return start


def read_control(value: object) -> Control:
    """Read `control`: a `Control`, or a mapping with its fields."""
    if value is None:
        return DEFAULT_CONTROL
    names = tuple(field.name for field in fields(Control))
    if isinstance(value, Mapping):
        for name in value:
            if name not in names:
                raise option_fault(
                    f"The option control has no setting {shown(name)}.",
                    "control",
                    repr(name),
                    "settings among " + ", ".join(names),
                    near_matches(str(name), names),
                    "unknown-control",
                )
        value = Control(**value)
    if not isinstance(value, Control):
        raise option_fault(
            "The option control is neither a Control nor a dict.",
            "control",
            type(value).__name__,
            "a Control, or a dict with settings among\n" + ", ".join(names),
            "write control={'max_evaluations': 1000}, for example.",
            "unknown-control",
        )
    _check_control(value)
    return value


def _check_control(control: Control) -> None:
    faults = (
        (
            "max_evaluations",
            _is_count(control.max_evaluations, MOST_EVALUATIONS),
            f"a whole number from 1 to {MOST_EVALUATIONS:,}",
        ),
        (
            "gradient_tolerance",
            _is_fraction(control.gradient_tolerance),
            "a number between 0 and 1",
        ),
        (
            "threads",
            control.threads is None or _is_count(control.threads, MOST_THREADS),
            f"None or a whole number from 1 to {MOST_THREADS:,}",
        ),
        ("path", control.path in PATHS, "one of " + ", ".join(map(repr, PATHS))),
    )
    for name, is_good, need in faults:
        if not is_good:
            value = getattr(control, name)
            raise option_fault(
                f"The setting {name} of control cannot be {shown(value)}.",
                f"control, {name}",
                shown(value),
                need,
                f"leave {name} out for its default, {getattr(DEFAULT_CONTROL, name)!r}.",
                "control-value",
            )


def _is_count(value: object, most: int) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and 1 <= int(value) <= most


def _is_fraction(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and 0.0 < float(value) < 1.0


def read_workers(value: object) -> int | None:
    """Read `workers`, a number of threads; None for all."""
    if value is None or _is_count(value, MOST_THREADS):
        return cast(int | None, value)
    raise option_fault(
        f"The option workers cannot be {shown(value)}.",
        "workers",
        shown(value),
        f"None or a whole number from 1 to {MOST_THREADS:,}",
        "leave workers out to use all threads.",
        "workers",
    )


def read_at(value: object) -> dict[str, Any]:
    """Read `at`: a mapping of names to values; empty for None."""
    if value is None or isinstance(value, Mapping):
        return dict(value or {})
    raise option_fault(
        "The values of variables are not given by name.",
        "at",
        shown(value),
        "a mapping of names to values",
        "write at={'ses': [0, 1]}, with your names.",
        "at-number",
    )


def read_conf_level(value: object) -> float:
    """Read `conf_level`, in (0, 1)."""
    if _is_fraction(value):
        return float(cast(float, value))
    is_percent = isinstance(value, int | float) and LEAST_PERCENT <= value < 100
    raise option_fault(
        f"The confidence level cannot be {shown(value)}.",
        "conf_level",
        shown(value),
        "a number between 0 and 1",
        f"write conf_level={cast(float, value) / 100:g}."
        if is_percent
        else "write conf_level=0.95.",
        "conf-level",
    )


def read_df_method(value: object) -> str:
    """Read `df_method`, in any case, its words joined by what you like."""
    if isinstance(value, str):
        word = value.strip().casefold().replace("-", "_").replace(" ", "_")
        value = OTHER_WORDS.get(word, word) if word in {*DF_METHODS, *OTHER_WORDS} else value
    return read_choice("df_method", value, DF_METHODS)


def read_contrasts(contrasts: object) -> tuple[tuple[str, str], ...]:
    """Read `contrasts`: pairs of column name and coding."""
    if not isinstance(contrasts, Mapping):
        raise option_fault(
            "The option contrasts is not a dict.",
            "contrasts",
            type(contrasts).__name__,
            "a dict of column name and coding",
            "write contrasts={'sector': 'sum'}, for example.",
            "contrasts-not-dict",
        )
    return tuple(
        (name, read_choice("contrasts", coding, CONTRASTS)) for name, coding in contrasts.items()
    )

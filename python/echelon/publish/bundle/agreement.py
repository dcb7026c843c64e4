"""Whether two fits of a study agree, number by number, and what to make of it if they do not.

Room: publish/bundle/. Compares and words; fits nothing.
Takes: expected values by name, the numbers found, versions then and now.
Gives: `Rerun`.
Source: docs/theory.md (11): the certificate of the minimiser.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

import numpy as np

from echelon.publish.bundle.numbers import Quantity
from echelon.report.record import plain
from echelon.table import Table
from echelon.typeset import numbers as written

SCHEMA = "echelon.rerun/1"
RELATIVE = 1e-8
CERTIFIED = 1e-5  # of a standard error
LOOSEST = 1e-3
WIDTH = 88
SHOWN = 10
TOLERANCE = (
    "Two numbers agree if they differ by less than 1e-8 of their size, or by less than 1e-5 of "
    "their uncertainty (of a coefficient, its standard error), which is as far as the minimiser "
    "certifies its end; counts must be equal."
)


@dataclass(frozen=True, slots=True, eq=False)
class Rerun:
    """A study fitted again.

    `table` has a row per number: quantity, expected, found, difference, agrees. `changed` says
    which versions and features of the processor are others than then.
    """

    table: Table
    changed: tuple[str, ...] = ()
    is_certified: bool = True

    @property
    def agrees(self) -> bool:
        """Whether every number agrees."""
        return bool(self.table["agrees"].all())

    @property
    def n_equal(self) -> int:
        """How many numbers are equal to the last bit."""
        return int((self.table["expected"] == self.table["found"]).sum() + self._n_undefined())

    @property
    def n_close(self) -> int:
        """How many numbers are equal to 8 digits, those to the last bit among them."""
        size = np.abs(self.table["expected"])
        is_close = np.abs(self.table["difference"]) <= RELATIVE * size
        return int(is_close.sum() + self._n_undefined())

    @property
    def disagreeing(self) -> tuple[str, ...]:
        """Names of the numbers that do not agree."""
        return tuple(self.table["quantity"][~self.table["agrees"]].tolist())

    @property
    def verdict(self) -> str:
        """The outcome in plain words, with likely causes where numbers disagree."""
        total = len(self.table)
        if self.agrees:
            text = f"The study is reproduced: all {written.count(total)} numbers agree"
            if self.n_equal == total:
                return f"{text}, all of them to the last bit."
            equal, close = written.count(self.n_equal), written.count(self.n_close)
            return f"{text}, {equal} to the last bit and {close} to 8 digits."
        lost = self.disagreeing
        names = "; ".join(lost[:SHOWN]) + (
            f"; and {len(lost) - SHOWN:,} more" if lost[SHOWN:] else ""
        )
        return (
            f"The study is not reproduced: {len(lost):,} of {written.count(total)} numbers "
            f"disagree ({names}). {self._cause()}"
        )

    def summary(self) -> str:
        """Write verdict, tolerance, what has changed, and the numbers that do not agree."""
        lines = [fill(self.verdict, WIDTH), "", fill(TOLERANCE, WIDTH)]
        if self.changed:
            lines += ["", fill(f"Changed since: {'; '.join(self.changed)}.", WIDTH)]
        if not self.agrees:
            lines += ["", repr(self._disagreements())]
        return "\n".join(lines)

    def to_json(self) -> str:
        """Write the outcome as JSON; what is not finite is null."""
        record = {
            "schema": SCHEMA,
            "agrees": self.agrees,
            "verdict": self.verdict,
            "changed": list(self.changed),
            "numbers": self.table.rows(),
        }
        return json.dumps(plain(record), ensure_ascii=False, allow_nan=False, indent=1)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return self.summary()

    def _n_undefined(self) -> int:
        both = np.isnan(self.table["expected"]) & np.isnan(self.table["found"])
        return int(both.sum())

    def _disagreements(self) -> Table:
        is_lost = ~self.table["agrees"]
        columns = {name: self.table[name][is_lost] for name in self.table.columns[:4]}
        return Table(columns, title="Numbers that do not agree")

    def _cause(self) -> str:
        if not self.is_certified:
            return (
                "The minimiser did not certify its end, so that another start or processor ends "
                "elsewhere: simplify the model before the numbers are used."
            )
        if self.changed:
            return (
                "The likely cause is a change since then, listed below: install the versions of "
                "requirements.txt and rerun."
            )
        return (
            "Versions and processor are those of the study, so that the data, the options or the "
            "expected numbers must have been changed after the fit: ask for the bundle again."
        )


def agreement(
    expected: Mapping[str, float],
    found: Sequence[Quantity],
    decrement: float,
    changed: Sequence[str] = (),
    *,
    is_certified: bool = True,
) -> Rerun:
    """Compare numbers by name.

    Parameters
    ----------
    expected : value by name, of the study.
    found : the numbers of the fit to compare, with the scales of their uncertainty.
    decrement : Newton decrement at the end of that fit, in units of the objective.
    changed : what differs from the environment of the study, in words.
    is_certified : whether the minimiser certified that end.

    Returns
    -------
    `Rerun`; a number that only one side has does not agree.
    """
    loose = min(LOOSEST, max(CERTIFIED, math.sqrt(abs(decrement)))) if decrement == decrement else 0
    here = {number.name: number for number in found}
    names = list(dict.fromkeys((*expected, *here)))
    rows = [_row(name, expected.get(name), here.get(name), loose) for name in names]
    columns = ("quantity", "expected", "found", "difference", "agrees")
    values = [np.array(column) for column in zip(*rows, strict=True)]
    data = dict(zip(columns, values, strict=True))
    table = Table(data, title="The study, rerun", notes=(TOLERANCE,))
    return Rerun(table, tuple(changed), is_certified)


def _row(
    name: str, value: float | None, found: Quantity | None, loose: float
) -> tuple[str, float, float, float, bool]:
    if value is None or found is None:
        here = math.nan if found is None else found.value
        return name, math.nan if value is None else value, here, math.nan, False
    if not (math.isfinite(value) and math.isfinite(found.value)):
        is_same = value == found.value or (math.isnan(value) and math.isnan(found.value))
        is_free = math.isinf(found.scale)
        return name, value, found.value, math.nan, is_same or is_free
    difference = found.value - value
    return name, value, found.value, difference, _agrees(value, difference, found.scale, loose)


def _agrees(value: float, difference: float, scale: float, loose: float) -> bool:
    if difference == 0.0:
        return True
    if scale == 0.0:
        return False
    allowed = RELATIVE * abs(value) + (loose * scale if scale == scale else 0.0)
    return abs(difference) <= allowed

"""Every number of a fit, by name, with the scale on which it is certified.

Room: publish/bundle/. Lists; computes nothing itself.
Takes: a `Fit`.
Gives: `Quantity` entries, at full precision; expected.json and back.
Source: docs/reference, tables.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray, IndexArray
from echelon.design.parts import RandomBlock
from echelon.errors import EchelonError
from echelon.fit import Fit
from echelon.infer.coefficients.wald import fixed_effects
from echelon.infer.components.component_effects import component_effects, dispersion
from echelon.infer.components.variances import variance_components
from echelon.measure.criteria import criteria
from echelon.measure.icc_kinds import icc_table
from echelon.measure.r_squared import r_squared
from echelon.table import Table

MOST_MODES = 2_000  # of one grouping factor that are listed one by one
TESTED = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
FREE = math.inf  # of a number that the data do not determine, such as a correlation with zero


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number: its name, its value, and the scale of its uncertainty (0: a count, exact)."""

    name: str
    value: float
    scale: float


def numbers_of(
    fit: Fit,
    modes: Sequence[FloatArray] | None = None,
    labels: Sequence[NDArray[Any]] | None = None,
) -> list[Quantity]:
    """List every number of a fit.

    Parameters
    ----------
    fit : a fitted model, with its rows.
    modes, labels : conditional modes (J, r) of each block, and its groups (J,), in the order of a
        bundle; None for those of the fit.

    Returns
    -------
    Quantities: counts, fixed effects, other components, variances, criteria, shares of variance,
    conditional modes. A measure that the model does not have is left out.
    """
    with np.errstate(all="ignore"):  # what is not finite is listed as such
        return list(_apart(_listed(fit, modes, labels)))


def numbers_text(numbers: Sequence[Quantity]) -> str:
    """Write the numbers as JSON; what is not finite as text, because JSON has no word for it."""
    values = {number.name: _plain(number.value) for number in numbers}
    return json.dumps(values, ensure_ascii=False, indent=1)


def numbers_read(content: bytes) -> dict[str, float]:
    """Read the numbers back: value by name."""
    values = json.loads(content)
    return {str(name): float(value) for name, value in values.items()}


def in_labels_of(fit: Fit, again: Fit, order: IndexArray | None) -> tuple[FloatArray, ...]:
    """Put the modes of a fit in the order of the groups of another fit to the same rows.

    Parameters
    ----------
    fit : whose modes are wanted.
    again : the same model, groups perhaps under other labels.
    order : (n,) row of `fit` that each row of `again` is; None for the same order.

    Returns
    -------
    Modes (J, r) of each block of `fit`, group by group as in `again`.
    """
    found = []
    blocks = zip(fit.design.rows.blocks, again.design.rows.blocks, strict=True)
    for (old, new), modes in zip(blocks, fit.estimates.modes, strict=True):
        place = np.zeros(new.n_groups, dtype=np.int64)
        for before, after in zip(old.memberships, new.memberships, strict=True):
            codes = before.codes if order is None else before.codes[order]
            place[after.codes] = codes
        found.append(modes[place])
    return tuple(found)


def _listed(
    fit: Fit, modes: Sequence[FloatArray] | None, labels: Sequence[NDArray[Any]] | None
) -> Iterator[Quantity]:
    """List the quantities, table by table."""
    variances = variance_components(fit)
    largest = float(np.nanmax(variances["std_dev"], initial=0.0)) or 1.0
    blocks = fit.design.rows.blocks
    yield from _counts(fit)
    yield from _tested("fixed effect", fixed_effects(fit), ("term",))
    yield from _components(fit)
    yield from _variances(variances, largest)
    yield from _parameters(fit)
    yield from _criteria(fit)
    yield from _shares(fit)
    own = [block.labels for block in blocks] if labels is None else labels
    yield from _modes(blocks, fit.estimates.modes if modes is None else modes, own, largest)


def _counts(fit: Fit) -> Iterator[Quantity]:
    yield Quantity("rows", float(fit.design.n_obs), 0.0)
    for block in fit.design.rows.blocks:
        yield Quantity(f"groups of {block.grouping}", float(block.n_groups), 0.0)


def _tested(kind: str, table: Table, names: tuple[str, ...]) -> Iterator[Quantity]:
    for row in table.rows():
        name = f"{kind} {' '.join(str(row[column]) for column in names)}"
        values = {k: _number(row[k]) for k in (*TESTED, "natural") if k in row}
        error, statistic = values["std_error"], abs(values["statistic"])
        scales = {
            "statistic": 1.0 + statistic,
            "df": abs(values.get("df", 0.0)),
            "p_value": min(1.0, values["p_value"] * (1.0 + statistic**2)),
            "natural": abs(values.get("natural", 0.0)) * (1.0 + error),
        }
        for column, value in values.items():
            yield Quantity(f"{name}, {column}", value, scales.get(column, error))


def _components(fit: Fit) -> Iterator[Quantity]:
    if fit.spec.is_generalized:
        yield from _tested("component", component_effects(fit), ("component", "term"))


def _variances(table: Table, largest: float) -> Iterator[Quantity]:
    """List variances; a correlation is certified as far as its two standard deviations are."""
    rows = table.rows()
    spread = {(row["grouping"], row["term_1"]): row["std_dev"] for row in rows if row["std_dev"]}
    for row in rows:
        others = [row["term_1"], *([row["term_2"]] if row["term_2"] else [])]
        effects = " and ".join(map(str, others))
        name = f"{effects} | {row['grouping']}" if effects else str(row["grouping"])
        product = math.prod(spread.get((row["grouping"], term), 0.0) for term in others)
        freedom = largest**2 / product if product else FREE
        scales = {"variance": largest**2, "std_dev": largest, "correlation": freedom}
        for column, scale in scales.items():
            if row[column] is not None:
                yield Quantity(f"{name}, {column}", float(row[column]), scale)


def _parameters(fit: Fit) -> Iterator[Quantity]:
    theta = fit.estimates.theta
    largest = max(1.0, float(np.abs(theta).max(initial=0.0)))
    for number, value in enumerate(theta.tolist(), start=1):
        yield Quantity(f"theta {number}", value, largest)
    sigma = dispersion(fit)
    yield Quantity("sigma", sigma, abs(sigma))


def _criteria(fit: Fit) -> Iterator[Quantity]:
    for name, value in asdict(criteria(fit)).items():
        yield Quantity(name, float(value), 0.0 if name == "n_parameters" else 1.0)


def _shares(fit: Fit) -> Iterator[Quantity]:
    """List intraclass correlations and R-squared, as far as the model has them."""
    try:
        for place, row in enumerate(icc_table(fit).rows(), start=1):
            name = f"ICC {place} {row['grouping']}"
            numbers = {k: v for k, v in row.items() if isinstance(v, float)}
            yield from (Quantity(f"{name}, {k}", v, max(1.0, abs(v))) for k, v in numbers.items())
    except EchelonError:
        pass
    try:
        for row in r_squared(fit).rows():
            name = f"R-squared {row['measure']} {row['part']}"
            yield Quantity(name, _number(row["value"]), 1.0)
    except EchelonError:
        pass


def _modes(
    blocks: Sequence[RandomBlock],
    modes: Sequence[FloatArray],
    labels: Sequence[NDArray[Any]],
    largest: float,
) -> Iterator[Quantity]:
    """List conditional modes; of many groups, what a list of them comes to."""
    for block, values, groups in zip(blocks, modes, labels, strict=True):
        for column, term in enumerate(block.column_names):
            own = values[:, column]
            name = f"mode {term} | {block.grouping}"
            scale = max(largest, float(np.abs(own).max(initial=0.0)))
            if values.size <= MOST_MODES:
                for group, value in zip(groups.tolist(), own.tolist(), strict=True):
                    yield Quantity(f"{name}, group {group}", value, scale)
                continue
            place = np.linspace(-1.0, 1.0, len(own))
            totals = {
                "smallest": own.min(), "largest": own.max(),
                "root mean square": np.sqrt(np.mean(own**2)),
                "mean weighted by place": np.mean(own * place),
            }  # fmt: skip
            for word, total in totals.items():
                yield Quantity(f"{name}, {word}", float(total), scale)


def _apart(found: Iterable[Quantity]) -> Iterator[Quantity]:
    """Tell quantities of one name apart, as are effects of a mean and of a zero part."""
    seen: Counter[str] = Counter()
    for quantity in found:
        seen[quantity.name] += 1
        count = seen[quantity.name]
        yield quantity if count == 1 else replace(quantity, name=f"{quantity.name} ({count})")


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _plain(value: float) -> float | str:
    return value if math.isfinite(value) else repr(value)

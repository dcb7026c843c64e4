"""Models and their names, as a user gives them to a comparison.

Room: building/. Reads arguments; looks at no number.
Takes: results or fits, in a row, a list or a mapping.
Gives: them by name, in order; errors for what is no model.
Source: docs/how-to, compare models.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from echelon.errors import SpecError, offenders
from echelon.fit import Fit


def read_models(
    models: tuple[Any, ...], names: Sequence[str] | None, where: str = "compare()"
) -> dict[str, Any]:
    """Read the models and their names, in order.

    Parameters
    ----------
    models : one per argument; or one list, or one mapping of names to models.
    names : one per model; None for those of the mapping, or 'Model 1', 'Model 2', ...
    where : the call, for messages.

    Raises
    ------
    SpecError : no model, or names that are not one text per model, each another.
    """
    given: Sequence[Any] = models
    if len(models) == 1 and isinstance(models[0], Mapping):
        names = list(models[0]) if names is None else names
        given = list(models[0].values())
    elif len(models) == 1 and isinstance(models[0], list | tuple):
        given = models[0]
    if not given:
        raise SpecError(
            "There is no model to compare.",
            where=where,
            got="0 models",
            need="two fitted models or more",
            do="write compare(m0, m1), with the results of echelon.fit.",
            slug="compare-nothing",
        )
    labels = [f"Model {k}" for k in range(1, len(given) + 1)] if names is None else _listed(names)
    _check_names(labels, len(given), where)
    return dict(zip(labels, given, strict=True))


def _listed(names: object) -> list[Any]:
    """List names; a text is one name, not its letters."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        return [names]
    return list(names)


def _check_names(labels: Sequence[Any], count: int, where: str) -> None:
    is_good = all(isinstance(name, str) and name.strip() for name in labels)
    if is_good and len(labels) == count == len(set(labels)):
        return
    raise SpecError(
        "The names do not fit the models.",
        where=f"{where}, option names",
        got=f"models: {count:,}, names: {len(labels):,} ({offenders(labels)})",
        need="one text per model, each another",
        do="leave names out for 'Model 1', ..., or pass {'null': m0, 'slopes': m1}.",
        slug="compare-names",
    )


def fit_of(model: Any, place: int, where: str = "compare()") -> Fit:
    """Take the record below a result; a fit is one itself.

    Raises
    ------
    SpecError : the object is neither.
    """
    fit = model if isinstance(model, Fit) else getattr(model, "fit", None)
    if isinstance(fit, Fit):
        return fit
    raise SpecError(
        f"Model {place + 1} of the comparison is no fitted model.",
        where=f"{where}, argument {place + 1}",
        got=f"an object of type '{type(model).__name__}'",
        need="what echelon.fit or echelon.load returned",
        do="fit the model first, or give the data too: compare(formula, ..., data=data)."
        if isinstance(model, str)
        else "fit the model first: compare(echelon.fit(formula, data), ...).",
        slug="compare-not-a-fit",
    )


def option_without_data(option: str) -> SpecError:
    """Word the error for an option of a fit where nothing is fitted."""
    return SpecError(
        f"The option {option} is about a fit, and the models are fitted already.",
        where=f"compare(), option {option}",
        got="fitted models, and no data",
        need="options of the comparison only: names, layout, refit, conf_level",
        do=f"give {option} to echelon.fit, or formulas with their data:\n"
        "compare(formula, ..., data=data).",
        slug="compare-option",
    )

"""Write all that another person needs to rerun a study into one zip file.

Room: publish/bundle/. Composes; the parts are made next door.
Takes: a `Fit`, and how much may be known of the persons in it.
Gives: the path of the zip file, whose table was fitted again before it was written.
Source: docs/how-to/share-a-study.md; Wilkinson et al. (2016), the FAIR principles.
"""

from __future__ import annotations

import os
import warnings
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.errors import EchelonWarning, compose
from echelon.fit import Fit, fit_model, frame_of
from echelon.frame.build import build_frame
from echelon.publish.bundle.agreement import LOOSEST, agreement
from echelon.publish.bundle.cells import SmallCells, small_cells
from echelon.publish.bundle.environment import environment, requirements_text
from echelon.publish.bundle.numbers import Quantity, in_labels_of, numbers_of, numbers_text
from echelon.publish.bundle.parts import MODEL, write_parts
from echelon.publish.bundle.readme import cells_in_words, readme_text
from echelon.publish.bundle.recipe import options_of, shared_spec, spec_of
from echelon.publish.bundle.refusals import no_number, not_reproduced
from echelon.publish.bundle.reruns import EXPECTED, fitted, model_text
from echelon.publish.bundle.script import script_text
from echelon.publish.bundle.shared_table import (
    DATA,
    DICTIONARY,
    columns_of,
    data_text,
    dictionary_text,
)
from echelon.publish.bundle.sharing import Codes, Shared, share
from echelon.publish.bundle.written_up import report_parts
from echelon.report.equations import equations
from echelon.report.summary import summary_text
from echelon.spec import columns_needed

WIDTH = 88
MISSING = "missing "
OTHER_TABLE = "give the table that the model was fitted to, as data=."


class SmallCellsWarning(EchelonWarning):
    """A bundle holds groups and categories that few rows share."""


def bundle(
    fit: Fit,
    path: str | os.PathLike[str],
    *,
    data: Any = None,
    codes: Codes = False,
    report: bool = True,
    smallest_cell: int = 5,
    seed: int | None = None,
) -> Path:
    """Write a study as one zip file that anybody can rerun.

    It holds the analysis data (the columns and rows used, nothing else) with a dictionary of
    their types, a script that fits the model and checks each number, the numbers expected, the
    versions, the report, a README and checksums. Before the file is written its own table is
    fitted again, and the numbers must agree: a bundle that does not reproduce its study is never
    handed on. The same fit gives the same bytes; with codes, if the seed is the same.

    Parameters
    ----------
    fit : a fitted model.
    path : of the zip file; one that exists is replaced.
    data : the table of the model; needed only for a fit that was saved without its rows.
    codes : True replaces the labels of all grouping factors by numbers in random order (and puts
        the rows in that order), a list of names those of some; the key is kept nowhere.
    report : whether to put the report in.
    smallest_cell : combinations of a group and categories with fewer rows are counted and
        announced.
    seed : whole number, of the random order of the codes; None draws an order that cannot be had
        again. Keep it to yourself: with the seed and a list of the labels the codes can be undone.

    Returns
    -------
    The path.

    Raises
    ------
    SpecError : `codes` names no grouping factor, or one that is also a predictor; an option is no
        whole number.
    NotEstimableError : the fit has no table, or the table of the bundle gives other numbers.
    StorageError : the file cannot be written.

    Warns
    -----
    SmallCellsWarning : some groups and categories have few rows, by which a person can be known.

    Notes
    -----
    Costs one more fit. Numbers can identify, too: no check of a program replaces a look at the
    columns by somebody who knows the study.

    Source
    ------
    Wilkinson et al. (2016), Scientific Data 3, 160018.
    """
    _check_count("smallest_cell", smallest_cell)
    if seed is not None:
        _check_count("seed", seed)
    whole = fit if data is None else _with_table(fit, data)
    frame = frame_of(whole, "bundle()")
    spec = shared_spec(whole.spec)
    shared = share(spec, frame, codes, seed)
    options = options_of(spec)
    csv, dictionary = _table_parts(shared, whole)
    again = fitted(spec_of(options), columns_of(csv, dictionary))
    expected = _numbers(whole, again, shared)
    names = tuple(number.name for number in expected)
    cells = small_cells(shared, spec, smallest_cell)
    facts = environment()
    model = equations(again).text
    texts = {
        "analysis.py": script_text(again, options, shared, model, names),
        MODEL: model_text(options, facts),
        EXPECTED: numbers_text(expected),
        "equations.txt": model + "\n",
        "summary.txt": summary_text(again, WIDTH) + "\n",
        "requirements.txt": requirements_text(facts),
    }
    parts = {name: text.encode() for name, text in texts.items()}
    parts |= {DATA: csv, DICTIONARY: dictionary}
    parts |= report_parts(again) if report else {}
    readme = readme_text(whole, shared, cells, smallest_cell, tuple(parts))
    target = write_parts(path, {"README.md": readme.encode(), **parts})
    _announce(cells, smallest_cell, target)
    return target


def _check_count(option: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < 0:
        raise no_number(option, value, "a whole number of at least 0")


def _with_table(fit: Fit, data: Any) -> Fit:
    """Fit the model to the table given, and see that it is the table of the fit."""
    spec = fit.spec
    frame = build_frame(data, columns_needed(spec), subset=spec.subset, missing=spec.missing)
    found = fit_model(spec, frame)
    names = (*fit.design.fixed_names, "objective", "rows")
    if found.design.fixed_names != fit.design.fixed_names:
        raise not_reproduced(found.design.fixed_names, len(names), OTHER_TABLE)
    errors = np.sqrt(np.diagonal(fit.estimates.vcov))
    allowed = LOOSEST * np.array([*errors, 1.0, 0.0])
    other = np.flatnonzero(np.abs(_essentials(found) - _essentials(fit)) > allowed)
    if len(other):
        raise not_reproduced([names[i] for i in other], len(names), OTHER_TABLE)
    return found


def _essentials(fit: Fit) -> FloatArray:
    """Take what two fits to one table share: coefficients, objective, rows."""
    return np.array([*fit.estimates.beta, fit.estimates.objective, fit.design.n_obs])


def _table_parts(shared: Shared, fit: Fit) -> tuple[bytes, bytes]:
    dropped = {
        reason.removeprefix(MISSING): count
        for reason, count in fit.rows.dropped
        if reason.startswith(MISSING)
    }
    return data_text(shared).encode(), dictionary_text(shared, dropped).encode()


def _numbers(fit: Fit, again: Fit, shared: Shared) -> list[Quantity]:
    """List the numbers of the fit, once the table of the bundle has given them, too."""
    labels = [block.labels for block in again.design.rows.blocks]
    expected = numbers_of(fit, in_labels_of(fit, again, shared.order), labels)
    decrement = again.estimates.verdict.newton_decrement
    outcome = agreement({n.name: n.value for n in expected}, numbers_of(again), decrement)
    if not outcome.agrees:
        cause = "fit the model to the table itself, without start=, and see whether it converges."
        raise not_reproduced(outcome.disagreeing, len(outcome.table), cause)
    return expected


def _announce(cells: tuple[SmallCells, ...], smallest: int, target: Path) -> None:
    found = [cell for cell in cells if cell.n_small]
    if found:
        message = compose(
            f"The bundle has groups and categories with fewer than {smallest} rows.",
            where=f"bundle(), file {target}",
            got="\n".join(map(cells_in_words, found)),
            need=f"{smallest} rows or more, for nobody to be known by them",
            do="look at data.csv before you share it; codes=True numbers the groups, coarser\n"
            "categories make larger cells, smallest_cell=1 keeps quiet.",
            slug="small-cells",
        )
        warnings.warn(message, SmallCellsWarning, stacklevel=4)

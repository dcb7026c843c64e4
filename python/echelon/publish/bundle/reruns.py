"""Fit the study of a bundle again, and say whether each number agrees.

Room: publish/bundle/. Composes; what came in the zip file is data, and none of it is run.
Takes: the path of a bundle; or a fit and the folder of an unpacked bundle.
Gives: `Rerun`.
Source: docs/how-to/share-a-study.md.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echelon.errors import EchelonError, StorageError
from echelon.fit import Fit, fit_model
from echelon.frame.build import build_frame
from echelon.publish.bundle.agreement import Rerun, agreement
from echelon.publish.bundle.environment import differences, environment
from echelon.publish.bundle.numbers import numbers_of, numbers_read
from echelon.publish.bundle.parts import MODEL, read_parts
from echelon.publish.bundle.recipe import spec_of
from echelon.publish.bundle.refusals import damaged, foreign, other_version
from echelon.publish.bundle.shared_table import DATA, DICTIONARY, FAULTS, columns_of
from echelon.publish.bundle.sharing import SharedColumn
from echelon.spec import ModelSpec, columns_needed

FORMAT = "echelon bundle"
VERSION = 1
EXPECTED = "expected.json"


def rerun(path: str | os.PathLike[str]) -> Rerun:
    """Fit the study of a bundle again, and compare every number with those of the study.

    The checksums are verified, the table and the options are read as data, the model is fitted,
    and each number is compared. The script in the bundle is not run, nor is anything unpacked.

    Parameters
    ----------
    path : of a file that `bundle` has written.

    Returns
    -------
    `Rerun`: `agrees`, `verdict`, and `table` with columns quantity, expected, found, difference,
    agrees.

    Raises
    ------
    StorageError : no such file, no bundle, a damaged one, or a zip file that could do harm.
    EchelonError : the model cannot be fitted here.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import echelon as ec
    >>> from echelon.publish.bundle import bundle, rerun
    >>> fit = ec.fit("yield ~ 1 + (1 | batch)", ec.datasets.load("dyestuff"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = bundle(fit.fit, Path(folder) / "study.zip", report=False, smallest_cell=1)
    ...     rerun(place).agrees
    True
    """
    source = Path(path)
    parts = read_parts(source)
    model = _model(source, parts[MODEL])
    try:
        columns = columns_of(parts[DATA], parts[DICTIONARY])
        spec = spec_of(model["options"])
        expected = numbers_read(parts[EXPECTED])
        then = {str(name): str(value) for name, value in model["environment"].items()}
    except EchelonError:
        raise
    except FAULTS as error:
        raise damaged(source, f"a part that does not suit the others ({error!s:.60})") from None
    return _compared(fitted(spec, columns), expected, then)


def compare_with(fit: Fit, folder: str | os.PathLike[str]) -> Rerun:
    """Compare every number of a fit with those of an unpacked bundle.

    Parameters
    ----------
    fit : the model of the bundle, fitted to its table.
    folder : where expected.json and model.json are.

    Returns
    -------
    `Rerun`.

    Raises
    ------
    StorageError : the files are not those of a bundle.
    """
    place = Path(folder)
    try:
        model = _model(place / MODEL, (place / MODEL).read_bytes())
        expected = numbers_read((place / EXPECTED).read_bytes())
        then = {str(name): str(value) for name, value in model["environment"].items()}
    except StorageError:
        raise
    except (OSError, *FAULTS) as error:
        raise damaged(place, f"no {MODEL} and {EXPECTED} to read ({error!s:.60})") from None
    return _compared(fit, expected, then)


def fitted(spec: ModelSpec, columns: Mapping[str, SharedColumn]) -> Fit:
    """Fit a model to the table of a bundle."""
    frame = build_frame(columns, columns_needed(spec), missing="error", source=DATA)
    return fit_model(spec, frame)


def model_text(options: Mapping[str, Any], facts: Mapping[str, str]) -> str:
    """Write model.json: what is fitted, and what it was fitted with."""
    model = {"format": FORMAT, "version": VERSION, "options": options, "environment": facts}
    return json.dumps(model, ensure_ascii=False, indent=1)


def _model(source: Path, content: bytes) -> dict[str, Any]:
    try:
        model: Any = json.loads(content)
    except (ValueError, RecursionError):
        raise damaged(source, f"a {MODEL} that is no JSON") from None
    if not isinstance(model, dict) or model.get("format") != FORMAT:
        raise foreign(source, f"a {MODEL} of another program")
    if model.get("version") != VERSION:
        raise other_version(source, model.get("version"))
    return model


def _compared(fit: Fit, expected: Mapping[str, float], then: Mapping[str, str]) -> Rerun:
    verdict = fit.estimates.verdict
    return agreement(
        expected,
        numbers_of(fit),
        verdict.newton_decrement,
        differences(then, environment()),
        is_certified=verdict.is_converged,
    )

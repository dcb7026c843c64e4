"""Save a fit to a file and load it again, as data that no program has to trust.

Room: storage/. Writes and reads one zip file: a manifest in JSON, and an .npy file per array.
Takes: a `Fit` and a path.
Gives: the file; the `Fit` again, equal to the last bit.
Source: docs/reference, saved fits.
"""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from echelon.design.parts import Channel, Membership, RandomBlock
from echelon.errors import EngineError, StorageError, not_written
from echelon.fit import Fit
from echelon.storage.nouns import Pool, decode, encode, restock

FORMAT = "echelon fit"
VERSION = 3  # 2: generalized models; 3: the columns of the table
MANIFEST = "manifest.json"
EMPTY = np.empty(0)
# What reading a file of arbitrary bytes as a saved fit can raise.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EngineError,
    EOFError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)


def save(fit: Fit, path: str | os.PathLike[str], *, rows: bool = True) -> Path:
    """Save a fit: estimates, cross-products, recipe, and its rows if they are wanted.

    The file is a zip of JSON and NumPy arrays. It holds no code, so that loading it runs none.

    Parameters
    ----------
    fit : a fitted model.
    path : of the file, any suffix; a file that exists is replaced once the new one is complete.
    rows : keep the encoded rows (default). Without them the file is small and holds no
        individual's data, only group labels; everything but fitted values, residuals,
        simulations, new responses and shares of variance can still be had.

    Returns
    -------
    The path.

    Raises
    ------
    StorageError : the file cannot be written.

    Notes
    -----
    A subset given as a condition is kept; one given as truth values is not.
    """
    target = Path(path)
    pool = Pool()
    content = encode(_portable(fit if rows else without_rows(fit)), pool)
    manifest = {"format": FORMAT, "version": VERSION, "fit": content, "objects": pool.objects}
    part = target.with_name(target.name + ".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(MANIFEST, json.dumps(manifest, allow_nan=False))
            for number, array in enumerate(pool.arrays):
                archive.writestr(f"{number}.npy", _bytes(array))
        os.replace(part, target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise not_written("The fit cannot be saved", target, error, slug="save-failed") from None
    return target


def load(path: str | os.PathLike[str]) -> Fit:
    """Load a fit that `save` has written.

    Parameters
    ----------
    path : of the file.

    Returns
    -------
    `Fit`, equal to the one saved.

    Raises
    ------
    StorageError : there is no such file, it is no saved fit, it is damaged, or a later version of
        echelon has written it.
    """
    source = Path(path)
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _manifest(archive, source)
            names = sorted((n for n in archive.namelist() if n.endswith(".npy")), key=_number)
            arrays = [_array(archive.read(name)) for name in names]
        fit = decode(manifest["fit"], restock(arrays, manifest["objects"]))
    except FileNotFoundError:
        raise _no_file(source) from None
    except OSError as error:
        raise _not_read(source, error) from None
    except StorageError:
        raise
    except DAMAGE as error:
        if not zipfile.is_zipfile(source):
            size = source.stat().st_size
            raise _foreign(source, f"a file of {size:,} bytes that is no zip file") from None
        raise _damaged(source, f"a part that cannot be read ({type(error).__name__})") from None
    if not isinstance(fit, Fit):
        raise _damaged(source, f"a {type(fit).__name__} in the place of the fit")
    return fit


def without_rows(fit: Fit) -> Fit:
    """Leave the rows out of a fit: every array with an entry per row is empty."""
    design, estimates = fit.design, fit.estimates
    rows = replace(
        design.rows,
        fixed_columns=(EMPTY,) * len(design.rows.fixed_columns),
        blocks=tuple(_block_without_rows(block) for block in design.rows.blocks),
        offset=None if design.rows.offset is None else EMPTY,
    )
    weights = None if design.weights is None else EMPTY
    kept = None if fit.rows.kept is None else np.empty(0, dtype=np.int64)
    trials = None if design.trials is None else EMPTY
    channels = tuple(_channel_without_rows(channel) for channel in design.channels)
    if estimates.generalized is not None:
        eta = np.empty((len(channels), 0))
        estimates = replace(estimates, generalized=replace(estimates.generalized, eta=eta))
    return replace(
        fit,
        design=replace(
            design, rows=rows, y=EMPTY, weights=weights, trials=trials, channels=channels
        ),
        estimates=estimates,
        rows=replace(fit.rows, kept=kept),
        frame=None,
    )


def _channel_without_rows(channel: Channel) -> Channel:
    columns = tuple(replace(column, values=EMPTY) for column in channel.columns)
    return replace(channel, columns=columns, offset=None if channel.offset is None else EMPTY)


def _block_without_rows(block: RandomBlock) -> RandomBlock:
    memberships = tuple(
        Membership(np.empty(0, dtype=np.int32), None if member.weights is None else EMPTY)
        for member in block.memberships
    )
    return replace(block, memberships=memberships, columns=(EMPTY,) * block.n_columns)


def _portable(fit: Fit) -> Fit:
    """Leave out of the specification what is no text: a subset of truth values."""
    is_text = fit.spec.subset is None or isinstance(fit.spec.subset, str)
    return fit if is_text else replace(fit, spec=replace(fit.spec, subset=None))


def _bytes(array: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), allow_pickle=False)
    return stream.getvalue()


def _array(content: bytes) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    return array


def _number(name: str) -> int:
    return int(name.removesuffix(".npy"))


def _manifest(archive: zipfile.ZipFile, source: Path) -> dict[str, Any]:
    if MANIFEST not in archive.namelist():
        raise _foreign(source, f"a zip file without {MANIFEST}")
    manifest: Any = json.loads(archive.read(MANIFEST))
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise _foreign(source, "a zip file with the manifest of another program")
    if manifest.get("version") != VERSION:
        raise StorageError(
            "The saved fit has a version that this echelon does not know.",
            where=f"file {source}",
            got=f"version {manifest.get('version')!r:.20}",
            need=f"version {VERSION}",
            do="install the echelon that has written it, or fit the model again.",
            slug="saved-fit-version",
        )
    return manifest


def _no_file(source: Path) -> StorageError:
    return StorageError(
        f"There is no file '{source.name}'.",
        where=f"folder {source.parent}",
        got=f"'{source}'",
        need="the path of a fit that save() has written",
        do="check the path.",
        slug="no-such-saved-fit",
    )


def _not_read(source: Path, error: OSError) -> StorageError:
    return StorageError(
        f"The file '{source.name}' cannot be opened.",
        where=f"folder {source.parent}",
        got=error.strerror or type(error).__name__,
        need="a file that may be read",
        do="check the path and its permissions.",
        slug="saved-fit-unreadable",
    )


def _foreign(source: Path, got: str) -> StorageError:
    return StorageError(
        f"The file '{source.name}' is no saved fit.",
        where=f"file {source}",
        got=got,
        need="a fit that save() has written",
        do="load data with echelon.read(path); load fits that save() has written.",
        slug="not-a-saved-fit",
    )


def _damaged(source: Path, got: str) -> StorageError:
    return StorageError(
        f"The saved fit '{source.name}' is damaged.",
        where=f"file {source}",
        got=got,
        need="the file as save() has written it",
        do="copy the file again from where it came, or fit the model again.",
        slug="damaged-saved-fit",
    )

"""The zip file of a bundle: the same bytes for the same parts, and a wary eye when it is read.

Room: publish/bundle/. Knows files and checksums, not models.
Takes: the parts as bytes by name; or the path of a zip file from anywhere.
Gives: the zip file; or its parts, after every name, size and checksum was looked at.
Source: FIPS 180-4 (SHA-256); the MANIFEST is what `sha256sum -c` reads.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from echelon.errors import StorageError, not_written, offenders
from echelon.publish.bundle.refusals import (
    damaged,
    foreign,
    no_file,
    unreadable,
    unsafe,
)

MANIFEST = "MANIFEST"
MODEL = "model.json"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest moment of a zip file: no clock enters the bytes
MODE = stat.S_IFREG | 0o644
UNIX = 3
MAX_PARTS = 32
MAX_BYTES = 1 << 30
MAX_RATIO = 250  # tables of numbers shrink ten to a hundred times
SMALL = 1 << 26  # below, no ratio is a danger
IS_ENCRYPTED = 0x1
DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError,
    ValueError,
)  # fmt: skip


def write_parts(path: str | os.PathLike[str], parts: Mapping[str, bytes]) -> Path:
    """Write the parts of a bundle, with the MANIFEST of their checksums, as a zip file.

    Parameters
    ----------
    path : of the file; one that exists is replaced once the new one is complete.
    parts : content by name, in the order of the file.

    Returns
    -------
    The path.

    Raises
    ------
    StorageError : the file cannot be written.
    """
    target = Path(path)
    part = target.with_name(target.name + ".part")
    everything = {**parts, MANIFEST: _manifest(parts)}
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name, content in everything.items():
                entry = zipfile.ZipInfo(name, date_time=EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system, entry.external_attr = UNIX, MODE << 16
                archive.writestr(entry, content)
        os.replace(part, target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise not_written(
            "The bundle cannot be written", target, error, slug="bundle-not-written"
        ) from None
    return target


def read_parts(path: str | os.PathLike[str]) -> dict[str, bytes]:
    """Read a bundle into memory; nothing is unpacked, and nothing of it is run.

    Parameters
    ----------
    path : of the file.

    Returns
    -------
    Content by name, without the MANIFEST; every checksum holds.

    Raises
    ------
    StorageError : no such file, no bundle, a bundle that is damaged, or a zip file that is made
        to do harm: paths out of its folder, links, too many files, too many bytes.
    """
    source = Path(path)
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            _check_entries(source, entries)
            parts = {entry.filename: archive.read(entry) for entry in entries}
    except FileNotFoundError:
        raise no_file(source) from None
    except OSError as error:
        if error.errno == errno.EINVAL:  # the directory of the zip file points before its start
            raise damaged(source, "a part that lies outside the file") from None
        raise unreadable(source, error) from None
    except StorageError:
        raise
    except DAMAGE as error:
        if not zipfile.is_zipfile(source):
            size = source.stat().st_size
            raise foreign(source, f"a file of {size:,} bytes that is no zip file") from None
        raise damaged(source, f"a part that cannot be read ({type(error).__name__})") from None
    _check_sums(source, parts)
    del parts[MANIFEST]
    return parts


def _manifest(parts: Mapping[str, bytes]) -> bytes:
    lines = [f"{_sum(content)}  {name}\n" for name, content in parts.items()]
    return "".join(lines).encode()


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _check_entries(source: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse what no bundle has, before a byte is unpacked."""
    names = [entry.filename for entry in entries]
    if len(entries) > MAX_PARTS:
        raise unsafe(source, f"{len(entries):,} files", f"at most {MAX_PARTS} files")
    strange = [name for name in names if not _is_plain(name)]
    if strange:
        raise unsafe(source, f"files named {offenders(strange)}", "plain names, without a folder")
    links = [entry.filename for entry in entries if stat.S_ISLNK(entry.external_attr >> 16)]
    if links:
        raise unsafe(source, f"a link, {offenders(links)}", "files, and no links to others")
    if len(set(names)) < len(names):
        raise unsafe(source, "two files of one name", "a name of its own for every file")
    if any(entry.flag_bits & IS_ENCRYPTED for entry in entries):
        raise unsafe(source, "encrypted files", "files that can be read without a password")
    size = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if size > MAX_BYTES or (size > SMALL and size / packed > MAX_RATIO):
        raise unsafe(
            source,
            f"{size:,} bytes packed into {packed:,}",
            f"at most {MAX_BYTES:,} bytes, packed at most {MAX_RATIO} times",
        )
    if MANIFEST not in names or MODEL not in names:
        absent = MANIFEST if MANIFEST not in names else MODEL
        raise foreign(source, f"a zip file without {absent}")


def _is_plain(name: str) -> bool:
    return bool(name) and not name.startswith(".") and not set(name) & set("/\\:\0")


def _check_sums(source: Path, parts: Mapping[str, bytes]) -> None:
    try:
        lines = parts[MANIFEST].decode("ascii").splitlines()
        listed = {name: checksum for checksum, name in (line.split("  ", 1) for line in lines)}
    except ValueError:
        raise damaged(source, f"a {MANIFEST} that is no list of checksums") from None
    present = parts.keys() - {MANIFEST}
    if listed.keys() != present:
        strays = sorted(listed.keys() ^ present)
        raise damaged(source, f"{MANIFEST} and files that differ in {offenders(strays)}")
    changed = [name for name in sorted(present) if _sum(parts[name]) != listed[name]]
    if changed:
        raise damaged(source, f"checksums that do not hold: {offenders(changed)}")

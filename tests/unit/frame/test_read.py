"""Files of every kind."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.errors import FrameError
from echelon.frame.read import column_names, read

FRAME = pl.DataFrame({"y": [1.5, 2.5, None, 4.0], "g": ["a", "b", "N", "None"], "k": [1, 2, 3, 4]})


def write_excel(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (FRAME.columns, *FRAME.rows()):
        sheet.append(row)
    book.save(path)


def write_compressed(path: Path) -> None:
    kind = {".gz": "gzip", ".zst": "zstd"}[path.suffix]
    with pa.CompressedOutputStream(path, kind) as stream:
        stream.write(FRAME.write_csv().encode())


WRITERS: dict[str, Callable[[Path], Any]] = {
    "a.csv": FRAME.write_csv,
    "a.CSV": FRAME.write_csv,
    "a.b.csv": FRAME.write_csv,
    "a.csv.gz": write_compressed,
    "a.csv.zst": write_compressed,
    "a.tsv": lambda path: FRAME.write_csv(path, separator="\t"),
    "a.txt": lambda path: FRAME.write_csv(path, separator="\t"),
    "a.parquet": FRAME.write_parquet,
    "a.arrow": FRAME.write_ipc,
    "a.feather": FRAME.write_ipc,
    "a.xlsx": write_excel,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file(name: str, tmp_path: Path) -> None:
    WRITERS[name](tmp_path / name)
    frame = read(tmp_path / name)
    assert frame.equals(FRAME)
    assert frame.schema == FRAME.schema
    assert column_names(frame) == ("y", "g", "k")
    assert read(str(tmp_path / name)).equals(frame)


def test_a_folder_of_parquet(tmp_path: Path) -> None:
    for part in ("1", "2"):
        FRAME.write_parquet(tmp_path / f"{part}.parquet")
    assert read(tmp_path).equals(pl.concat([FRAME, FRAME]))


@pytest.mark.parametrize(
    ("name", "content", "slug"),
    [
        ("a.doc", b"", "unknown-file-type"),
        ("noext", b"", "unknown-file-type"),
        ("a.parquet.gz", b"", "unknown-file-type"),
        ("a.csv", b"", "file-empty"),
        ("a.csv", b"\n\n", "file-empty"),
        ("a.csv", b"a,b\n", "file-empty"),
        ("a.csv", b"a,b\n1,2\n3,4,5\n", "file-not-readable"),
        ("a.csv", b'a,b\n1,"x\n', "file-not-readable"),
        ("a.csv", b"a,b,a\n1,2,3\n", "duplicate-columns"),
        ("a.csv", b"a,b\n1,\xe9\n", "file-encoding"),
        ("a.csv", b"\xe9,b\n1,2\n", "file-encoding"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16"), "file-encoding"),
        ("a.csv.gz", b"\x1f\x8b123", "file-not-readable"),
        ("a.parquet", b"hello", "file-not-readable"),
        ("a.arrow", b"hello", "file-not-readable"),
        ("a.xlsx", b"hello", "file-not-readable"),
        ("a.sav", b"hello", "file-not-readable"),
        ("a.dta", b"", "file-not-readable"),
        ("a.sas7bdat", b"", "file-not-readable"),
    ],
)
def test_unusable_files(name: str, content: bytes, slug: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FrameError) as caught:
        read(tmp_path / name)
    assert caught.value.slug == slug


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=80) | st.text("a1,;\n\"' .N-é\t", max_size=80).map(str.encode))
def test_any_bytes_are_a_table_or_a_frame_error(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "a.csv"
    path.write_bytes(content)
    with contextlib.suppress(FrameError):
        assert read(path).height

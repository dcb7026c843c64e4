"""The zip file: deterministic when written, wary when read."""

from __future__ import annotations

import stat
import subprocess
import zipfile
from pathlib import Path

import pytest

from echelon.errors import StorageError
from echelon.publish.bundle.parts import MANIFEST, MAX_PARTS, read_parts, write_parts

PARTS = {"model.json": b"{}", "data.csv": "a,ü\n".encode()}


def test_parts_come_back(tmp_path: Path) -> None:
    assert read_parts(write_parts(tmp_path / "a.zip", PARTS)) == PARTS


def test_no_clock_and_no_user_enter_the_bytes(tmp_path: Path) -> None:
    first, second = (write_parts(tmp_path / name, PARTS) for name in ("a.zip", "b.zip"))
    assert first.read_bytes() == second.read_bytes()
    entries = zipfile.ZipFile(first).infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert [entry.filename for entry in entries] == [*PARTS, MANIFEST]


def test_the_manifest_is_one_that_sha256sum_checks(tmp_path: Path) -> None:
    with zipfile.ZipFile(write_parts(tmp_path / "a.zip", PARTS)) as archive:
        archive.extractall(tmp_path)
    command = ["sha256sum", "-c", "--strict", MANIFEST]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert answer.stdout == "model.json: OK\ndata.csv: OK\n"


def test_a_file_that_exists_is_replaced_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"before")
    write_parts(tmp_path / "a.zip", PARTS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip"]


def hostile(path: Path, *entries: zipfile.ZipInfo, content: bytes = b"x") -> Path:
    """A sound bundle with more entries in its zip file."""
    write_parts(path, PARTS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return path


@pytest.mark.parametrize(
    "name", ["../up.txt", "/etc/passwd", "a/b.txt", "C:evil.txt", "..\\up.txt", ".hidden", "d/"]
)
def test_a_path_is_refused(name: str, tmp_path: Path) -> None:
    entry = zipfile.ZipInfo(name)
    entry.filename = name
    with pytest.raises(StorageError, match="could do harm") as caught:
        read_parts(hostile(tmp_path / "a.zip", entry))
    assert caught.value.slug == "unsafe-bundle"
    assert not (tmp_path.parent / "up.txt").exists()


def test_a_link_is_refused(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("link")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(StorageError, match="a link, 'link'"):
        read_parts(hostile(tmp_path / "a.zip", entry, content=b"/etc/passwd"))


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    entries = [zipfile.ZipInfo(f"{i}.txt") for i in range(MAX_PARTS)]
    with pytest.raises(StorageError, match="35 files"):
        read_parts(hostile(tmp_path / "a.zip", *entries))


def test_a_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = hostile(tmp_path / "a.zip", zipfile.ZipInfo("data.csv"))
    with pytest.raises(StorageError, match="two files of one name"):
        read_parts(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = hostile(tmp_path / "a.zip", zipfile.ZipInfo("zeros"), content=bytes(70_000_000))
    with pytest.raises(StorageError, match="bytes packed into"):
        read_parts(path)


def test_more_bytes_than_declared_are_not_read(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "a.zip", {**PARTS, "zeros": bytes(100_000)})
    content = path.read_bytes()
    declared, less = (size.to_bytes(4, "little") for size in (100_000, 10))
    path.write_bytes(content.replace(declared, less))
    with pytest.raises(StorageError, match="is damaged"):
        read_parts(path)


def test_an_encrypted_file_is_refused(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "a.zip", PARTS)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(StorageError, match="encrypted files"):
        read_parts(path)


def test_a_file_that_the_manifest_does_not_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="differ in 'stray'"):
        read_parts(hostile(tmp_path / "a.zip", zipfile.ZipInfo("stray")))


@pytest.mark.slow
def test_any_changed_byte_is_found(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "a.zip", PARTS)
    content = path.read_bytes()
    refused = set()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            assert read_parts(path) == PARTS  # bytes that say nothing of the content: a date
        except StorageError as error:
            refused.add(error.slug)
    assert refused == {"not-a-bundle", "unsafe-bundle", "damaged-bundle"}


@pytest.mark.slow
def test_any_cut_is_found(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "a.zip", PARTS)
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(StorageError):
            read_parts(path)

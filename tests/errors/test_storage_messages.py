"""The exact text of every message of saving and loading."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from echelon import api
from echelon.errors import StorageError
from tests.property.models import table

RESULT = api.fit("y ~ x + (1 | g)", table(4))


def load(name: str = "fit") -> None:
    api.load(name)


def zipped(manifest: str | None) -> None:
    with zipfile.ZipFile("fit", "w") as archive:
        archive.writestr("0.npy", b"")
        if manifest is not None:
            archive.writestr("manifest.json", manifest)
    load()


def of_version(version: object) -> None:
    zipped(json.dumps({"format": "echelon fit", "version": version}))


def plain(content: bytes) -> None:
    Path("fit").write_bytes(content)
    load()


def rewritten(change: Callable[[dict[str, object]], object]) -> None:
    """Save a fit and change its manifest; the zip file itself stays sound."""
    RESULT.save("whole")
    with zipfile.ZipFile("whole") as source, zipfile.ZipFile("fit", "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "manifest.json":
                manifest = json.loads(content)
                manifest["fit"] = change(manifest["fit"])
                content = json.dumps(manifest).encode()
            target.writestr(name, content)
    load()


def cut() -> None:
    RESULT.save("fit")
    content = bytearray(Path("fit").read_bytes())
    content[400] ^= 0xFF
    plain(bytes(content))


def without_sigma(fit: dict) -> dict:
    del fit["fields"]["estimates"]["fields"]["sigma"]
    return fit


MESSAGES: dict[str, tuple[Callable[[], object], str]] = {
    "no such file": (
        lambda: load("absent"),
        "There is no file 'absent'.\n"
        "  where: folder .\n"
        "  got:   'absent'\n"
        "  need:  the path of a fit that save() has written\n"
        "  do:    check the path.\n"
        "  see:   errors#no-such-saved-fit",
    ),
    "a folder": (
        lambda: load("."),
        "The file '' cannot be opened.\n"
        "  where: folder .\n"
        "  got:   Is a directory\n"
        "  need:  a file that may be read\n"
        "  do:    check the path and its permissions.\n"
        "  see:   errors#saved-fit-unreadable",
    ),
    "text": (
        lambda: plain(b"y,x\n1,2\n"),
        "The file 'fit' is no saved fit.\n"
        "  where: file fit\n"
        "  got:   a file of 8 bytes that is no zip file\n"
        "  need:  a fit that save() has written\n"
        "  do:    load data with echelon.read(path); load fits that save() has written.\n"
        "  see:   errors#not-a-saved-fit",
    ),
    "nothing": (
        lambda: plain(b""),
        "The file 'fit' is no saved fit.\n"
        "  where: file fit\n"
        "  got:   a file of 0 bytes that is no zip file\n"
        "  need:  a fit that save() has written\n"
        "  do:    load data with echelon.read(path); load fits that save() has written.\n"
        "  see:   errors#not-a-saved-fit",
    ),
    "a zip file of something else": (
        lambda: zipped(None),
        "The file 'fit' is no saved fit.\n"
        "  where: file fit\n"
        "  got:   a zip file without manifest.json\n"
        "  need:  a fit that save() has written\n"
        "  do:    load data with echelon.read(path); load fits that save() has written.\n"
        "  see:   errors#not-a-saved-fit",
    ),
    "a manifest of something else": (
        lambda: zipped("[1, 2]"),
        "The file 'fit' is no saved fit.\n"
        "  where: file fit\n"
        "  got:   a zip file with the manifest of another program\n"
        "  need:  a fit that save() has written\n"
        "  do:    load data with echelon.read(path); load fits that save() has written.\n"
        "  see:   errors#not-a-saved-fit",
    ),
    "a manifest that is no JSON": (
        lambda: zipped("{"),
        "The saved fit 'fit' is damaged.\n"
        "  where: file fit\n"
        "  got:   a part that cannot be read (JSONDecodeError)\n"
        "  need:  the file as save() has written it\n"
        "  do:    copy the file again from where it came, or fit the model again.\n"
        "  see:   errors#damaged-saved-fit",
    ),
    "a later version": (
        lambda: of_version(99),
        "The saved fit has a version that this echelon does not know.\n"
        "  where: file fit\n"
        "  got:   version 99\n"
        "  need:  version 3\n"
        "  do:    install the echelon that has written it, or fit the model again.\n"
        "  see:   errors#saved-fit-version",
    ),
    "a part with another byte": (
        lambda: cut(),
        "The saved fit 'fit' is damaged.\n"
        "  where: file fit\n"
        "  got:   a part that cannot be read (error)\n"
        "  need:  the file as save() has written it\n"
        "  do:    copy the file again from where it came, or fit the model again.\n"
        "  see:   errors#damaged-saved-fit",
    ),
    "a number that is not there": (
        lambda: rewritten(without_sigma),
        "The saved fit 'fit' is damaged.\n"
        "  where: file fit\n"
        "  got:   a part that cannot be read (TypeError)\n"
        "  need:  the file as save() has written it\n"
        "  do:    copy the file again from where it came, or fit the model again.\n"
        "  see:   errors#damaged-saved-fit",
    ),
    "a class that is no noun": (
        lambda: rewritten(lambda fit: {"noun": "system", "fields": {}}),
        "The saved fit 'fit' is damaged.\n"
        "  where: file fit\n"
        "  got:   a part that cannot be read (KeyError)\n"
        "  need:  the file as save() has written it\n"
        "  do:    copy the file again from where it came, or fit the model again.\n"
        "  see:   errors#damaged-saved-fit",
    ),
    "another noun than a fit": (
        lambda: rewritten(lambda fit: fit["fields"]["spec"]),
        "The saved fit 'fit' is damaged.\n"
        "  where: file fit\n"
        "  got:   a ModelSpec in the place of the fit\n"
        "  need:  the file as save() has written it\n"
        "  do:    copy the file again from where it came, or fit the model again.\n"
        "  see:   errors#damaged-saved-fit",
    ),
    "a folder that does not exist": (
        lambda: RESULT.save("absent/fit"),
        "The fit cannot be saved as 'fit'.\n"
        "  where: folder absent\n"
        "  got:   No such file or directory\n"
        "  need:  a folder that exists and may be written to\n"
        "  do:    check the path and its permissions.\n"
        "  see:   errors#save-failed",
    ),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_message(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    call, text = MESSAGES[case]
    with pytest.raises(StorageError) as error:
        call()
    assert str(error.value) == text
    assert not list(tmp_path.glob("*.part"))

"""The rerun: of sound bundles, of changed ones, of the script beside it; and in a bare Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from echelon.errors import EchelonError, StorageError
from echelon.publish.bundle import bundle, compare_with, read_data, rerun
from echelon.publish.bundle.parts import MANIFEST, read_parts, write_parts
from tests.unit.publish.bundle.studies import study

ROOT = Path(__file__).parents[4]


def written(folder: Path, name: str = "slopes", **options: Any) -> Path:
    chosen = {"report": False, "smallest_cell": 0, **options}
    return bundle(study(name).fit, folder / "study.zip", **chosen)


def changed(path: Path, part: str, change: Callable[[Any], Any]) -> Path:
    """Change a part, and the checksums with it."""
    parts = read_parts(path)
    content = json.loads(parts[part]) if part.endswith(".json") else parts[part].decode()
    content = change(content)
    parts[part] = (json.dumps(content) if part.endswith(".json") else content).encode()
    return write_parts(path, parts)


def test_a_changed_number_is_found(tmp_path: Path) -> None:
    name = "fixed effect x, estimate"
    path = changed(written(tmp_path), "expected.json", lambda e: {**e, name: e[name] * (1 + 1e-4)})
    outcome = rerun(path)
    assert outcome.disagreeing == (name,)
    assert "ask for the bundle again" in outcome.verdict


def test_a_changed_datum_is_found(tmp_path: Path) -> None:
    outcome = rerun(
        changed(written(tmp_path), "data.csv", lambda text: text.replace("0.", "1.", 1))
    )
    assert not outcome.agrees


def test_other_versions_are_named(tmp_path: Path) -> None:
    path = changed(
        written(tmp_path),
        "model.json",
        lambda model: {**model, "environment": {**model["environment"], "numpy": "0.1"}},
    )
    outcome = rerun(path)
    assert outcome.agrees
    assert outcome.changed[0].startswith("numpy ")
    assert outcome.changed[0].endswith("(the study: 0.1)")


@pytest.mark.parametrize("code", ["raise SystemExit(9)", "import os; os.abort()", "("])
def test_the_script_of_the_bundle_is_never_run(code: str, tmp_path: Path) -> None:
    assert rerun(changed(written(tmp_path), "analysis.py", lambda _: code)).agrees


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("expected.json", lambda _: []),
        ("expected.json", lambda e: {**e, "rows": []}),
        ("expected.json", lambda e: {**e, "rows": "many"}),
        ("dictionary.json", lambda _: 3),
        ("dictionary.json", lambda d: {**d, "rows": 10**30}),
        ("dictionary.json", lambda d: {**d, "columns": d["columns"][:1]}),
        ("dictionary.json", lambda d: {**d, "columns": [{"name": "y"}] * 3}),
        ("model.json", lambda m: {**m, "options": {}}),
        ("model.json", lambda m: {**m, "options": {**m["options"], "subset": "x > 0", "no": 1}}),
        ("model.json", lambda m: {**m, "options": {**m["options"], "control": {"threads": "a"}}}),
        ("model.json", lambda m: {**m, "options": {**m["options"], "formula": "y ~ exec('x')"}}),
        (
            "model.json",
            lambda m: {**m, "options": {**m["options"], "formula": "y ~ " + "(" * 9000}},
        ),
        ("model.json", lambda m: {**m, "options": {**m["options"], "start": {"a": 1}}}),
        ("model.json", lambda m: {**m, "environment": 3}),
        ("data.csv", lambda text: text.replace("\n", "\n\n", 1)),
        ("data.csv", lambda text: text + "1,2\n"),
        ("data.csv", lambda text: text.replace("0.", "zero", 1)),
        ("data.csv", lambda text: text.replace("Sch", "Other", 1)),
        ("data.csv", lambda _: ""),
    ],
)
def test_whatever_stands_in_a_part_is_an_error_in_five_lines(
    part: str, change: Callable[[Any], Any], tmp_path: Path
) -> None:
    path = changed(written(tmp_path), part, change)
    with pytest.raises(EchelonError, match=r"\n  see:   errors#"):
        rerun(path)


@pytest.mark.parametrize("part", ["model.json", "expected.json", "dictionary.json"])
@pytest.mark.parametrize("text", [nested(100_000), "{", "null", "NaN", '"\\ud800"'])
def test_json_that_is_none_of_ours_is_an_error_in_five_lines(
    part: str, text: str, tmp_path: Path
) -> None:
    parts = read_parts(written(tmp_path))
    path = write_parts(tmp_path / "other.zip", {**parts, part: text.encode()})
    with pytest.raises(StorageError):
        rerun(path)


@pytest.mark.parametrize("part", ["data.csv", "dictionary.json", "expected.json"])
def test_a_missing_part_is_an_error_in_five_lines(part: str, tmp_path: Path) -> None:
    parts = read_parts(written(tmp_path))
    del parts[part]
    with pytest.raises(StorageError, match="is damaged"):
        rerun(write_parts(tmp_path / "other.zip", parts))


def test_an_unpacked_bundle_is_compared_with_a_fit(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path)) as archive:
        archive.extractall(tmp_path)
    assert compare_with(study("slopes").fit, tmp_path).agrees
    assert not compare_with(study("crossed").fit, tmp_path).agrees
    (tmp_path / "expected.json").unlink()
    with pytest.raises(StorageError, match="is damaged"):
        compare_with(study("slopes").fit, tmp_path)
    (tmp_path / "data.csv").write_text("a\n1\n")
    with pytest.raises(StorageError, match="is damaged"):
        read_data(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["labels", "lagged"])
def test_the_script_ends_with_nothing_when_all_numbers_agree(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path, name)) as archive:
        archive.extractall(tmp_path)
    command = [sys.executable, str(tmp_path / "analysis.py")]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert "numbers agree, all of them to the last bit" in answer.stdout
    path = tmp_path / "expected.json"
    path.write_text(path.read_text().replace('"rows": 1', '"rows": 2'))
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "The study is not reproduced" in answer.stdout


@pytest.mark.slow
def test_a_clean_environment_agrees_to_the_last_bit(tmp_path: Path) -> None:
    """A new environment, without pip, the working tree or a variable of this one.

    There may be no network to install from: echelon is copied as its wheel would install it, and
    the libraries that it needs are lent by links.
    """
    path = written(tmp_path, "labels")
    home = tmp_path / "clean"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    site = next((home / "lib").glob("python*/site-packages"))
    _install(site)
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    clean = {"PATH": os.defpath, "HOME": str(tmp_path)}
    program = (
        "import sys, echelon\n"
        "from echelon.publish.bundle import rerun\n"
        f"assert echelon.__file__.startswith({str(site)!r}), echelon.__file__\n"
        "outcome = rerun(sys.argv[1])\n"
        "print(outcome)\n"
        "raise SystemExit(outcome.n_equal != len(outcome.table))\n"
    )
    command_line = f"from echelon.cli import main; main(['rerun', {str(path)!r}])"
    commands = (
        [python, "-c", program, path],
        [python, "-c", command_line],
        [python, folder / "analysis.py"],
    )
    for command in commands:
        answer = subprocess.run(
            command, capture_output=True, text=True, check=False, env=clean, cwd=tmp_path
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "to the last bit" in answer.stdout
        assert "Changed since" not in answer.stdout


def _install(site: Path) -> None:
    """Copy echelon and its metadata, and lend every other library; no path hook comes along."""
    source = ROOT / "python" / "echelon"
    for file in source.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            target = site / "echelon" / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    lent = Path(sysconfig.get_path("purelib"))
    for entry in lent.iterdir():
        if entry.name.startswith("echelon-") and entry.is_dir():
            (site / entry.name).mkdir()
            for file in entry.iterdir():
                if file.is_file():
                    (site / entry.name / file.name).write_bytes(file.read_bytes())
        elif entry.suffix != ".pth" and entry.name not in ("pip", "setuptools", "echelon"):
            (site / entry.name).symlink_to(entry)


def test_the_manifest_is_not_among_the_parts(tmp_path: Path) -> None:
    assert MANIFEST not in read_parts(written(tmp_path))

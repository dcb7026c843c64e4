"""The commands that look at a fit, and the one that reruns a study."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import echelon as ec
from echelon.cli import main
from echelon.cli.looking import NEEDS_MORE, chart_names
from echelon.result.plots import Plots

SLEEP = ["sleep", "reaction ~ days + (days | subject)"]
CONVERGENCE = ["check", *SLEEP, "--topic", "convergence"]


def test_check_prints_the_diagnosis(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(CONVERGENCE) == 0
    expected = ec.fit(SLEEP[1], "sleep").check("Convergence").summary()
    assert capsys.readouterr() == (f"{expected}\n", "")


def test_check_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CONVERGENCE, "--format", "json", "-t", "Influence"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert {each["topic"] for each in record["findings"]} == {"Convergence", "Influence"}


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.txt", "Diagnosis of"), ("a.html", "<!doctype html>"), ("a.csv", "topic,finding,about")],
)
def test_check_to_a_file(
    name: str, start: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    assert main([*CONVERGENCE, "-o", str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith(start)
    assert capsys.readouterr() == ("", f"Wrote {path}\n")


def test_plot_writes_a_chart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.svg"
    words = ["plot", *SLEEP, "caterpillar", "--term", "days", "-o", str(path)]
    assert main(words) == 0
    assert path.read_text().startswith("<svg")
    assert capsys.readouterr() == ("", f"Wrote {path}\n")


def test_plot_of_the_table(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert main(["plot", *SLEEP, "missing_pattern", "-o", str(path)]) == 0
    assert json.loads(path.read_text())


def test_every_chart_of_one_fit_can_be_asked_for() -> None:
    names = chart_names()
    assert set(names) | set(NEEDS_MORE) >= {n for n in vars(Plots) if not n.startswith("_")}
    assert {"caterpillar", "effect", "qq", "coefficients", "influence"} <= set(names)
    assert "fit" not in names


def test_rerun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "study.zip"
    assert main(["fit", *SLEEP, "-o", str(path)]) == 0
    assert capsys.readouterr() == ("", f"Wrote {path}\n")
    assert main(["rerun", str(path), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["agrees"] is True

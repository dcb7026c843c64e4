"""What the commands deliver."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

import echelon as ec
from echelon.cli import main
from echelon.result import compare

SLEEP = ["fit", "sleep", "reaction ~ days + (days | subject)"]


def test_fit_prints_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(SLEEP) == 0
    expected = ec.fit(SLEEP[2], "sleep").summary()
    assert capsys.readouterr() == (f"{expected}\n", "")


def test_fit_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SLEEP, "--explain"]) == 0
    result = ec.fit(SLEEP[2], "sleep")
    assert capsys.readouterr().out == f"{result.summary()}\n\n{result.plan}\n"


def test_fit_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SLEEP, "--format", "json", "--method", "ML"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["specification"]["method"] == "ML"
    assert record["criteria"]["objective"] == pytest.approx(1751.9393, abs=1e-4)


def test_fit_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SLEEP, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["component"] for row in rows] == ["fixed"] * 2 + ["random"] * 4


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.txt", "Linear mixed model"),
        ("a.HTML", "<!doctype html>"),
        ("a.json", '{\n "schema": "echelon.fit/1"'),
        ("a.csv", "component,grouping,term"),
    ],
)
def test_fit_to_a_file(
    name: str, start: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    assert main([*SLEEP, "--output", str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith(start)
    assert capsys.readouterr() == ("", f"Wrote {path}\n")


def test_a_format_named_wins_over_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "a.out"
    assert main([*SLEEP, "--format", "json", "-o", str(path)]) == 0
    assert json.loads(path.read_text(encoding="utf-8"))["schema"] == "echelon.fit/1"


def test_options_reach_the_fit(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--subset", "days > 1", "--conf-level", "0.9", "--weights", "days", "--format", "json",
             "--df", "Kenward-Roger"]  # fmt: skip
    assert main([*SLEEP, *words]) == 0
    record = json.loads(capsys.readouterr().out)
    specification = record["specification"]
    assert (specification["conf_level"], specification["weights"]) == (0.9, "days")
    assert specification["df_method"] == "kenward_roger"
    assert record["data"]["rows_used"] == 144


def test_level_equations_are_a_formula_too(capsys: pytest.CaptureFixture[str]) -> None:
    equations = (
        "level 1 (day): reaction = b0 + b1*days + r\n"
        "level 2 (subject): b0 = g00 + u0\n"
        "b1 = g10 + u1"
    )
    assert main(["fit", "sleep", equations]) == 0
    assert "reaction ~ days + (1 + days | subject)" in capsys.readouterr().out


def test_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "my data.csv"
    ec.datasets.load("sleep").write_csv(path)
    assert main(["fit", str(path), "reaction ~ 1 + (1 | subject)", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["rows_used"] == 180


def test_a_singular_fit_is_said_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "dyestuff2", "yield ~ 1 + (1 | batch)", "--format", "csv"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("component,")
    assert err.startswith("The fit is singular")
    assert err.rstrip().splitlines()[-1] == "  see:   errors#singular-fit"


FORMULAS = ["reaction ~ 1 + (1 | subject)", "reaction ~ days + (1 | subject)"]
COMPARE = ["compare", "sleep", *FORMULAS]


def test_compare(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMPARE, "-n", "null", "--name", "days"]) == 0
    names = ["null", "days"]
    expected = compare(*(ec.fit(each, "sleep") for each in FORMULAS), names=names).summary()
    assert capsys.readouterr() == (f"{expected}\n", "")


def test_compare_with_options(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--method", "ML", "--subset", "days > 1", "--weights", "days", "--format", "json"]
    assert main([*COMPARE, *words]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [model["method"] for model in record["models"]] == ["ML", "ML"]
    assert [model["n_obs"] for model in record["models"]] == [144, 144]
    assert main([*COMPARE, "--layout", "rows", "--refit", "never", "--conf-level", "0.9"]) == 0
    assert "298.51 [282.76, 314.25]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.txt", "2 models of reaction"),
        ("a.html", "<!doctype html>"),
        ("a.json", '{\n "schema": "echelon.compare/1"'),
        ("a.csv", "model,part,grouping,term"),
    ],
)
def test_compare_to_a_file(
    name: str, start: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    assert main([*COMPARE, "--output", str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith(start)
    assert capsys.readouterr() == ("", f"Wrote {path}\n")


def test_compare_rows_complete_for_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("y,x,g\n" + "".join(f"{k % 3},{k if k else ''},{k // 3}\n" for k in range(12)))
    assert main(["compare", str(path), "y ~ 1", "y ~ x"]) == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert line == "1 of 12 rows left out of every model: 1 missing x."


@pytest.mark.parametrize(
    ("words", "code", "slug"),
    [
        (["compare", "sleep"], 2, "command-line"),
        ([*COMPARE, "-n", "one"], 2, "compare-names"),
        (["compare", "sleep", FORMULAS[0], "days ~ 1 + (1 | subject)"], 1, "compare-responses"),
    ],
)
def test_compare_refuses(
    words: list[str], code: int, slug: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == code
    assert capsys.readouterr().err.endswith(f"  see:   errors#{slug}\n")


def test_describe(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "hsb", "--group", "school", "--outcome", "mathach"]) == 0
    expected = ec.describe("hsb", "school", "mathach").summary()
    assert capsys.readouterr() == (f"{expected}\n", "")


def test_describe_several_groups_as_json_and_csv(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["describe", "pastes", "-g", "batch", "-g", "batch:cask"]
    assert main([*words, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["relations"][0]["kind"] == "nested"
    assert main([*words, "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("grouping,n_groups,")


def test_datasets(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "hsb            7,185 rows  High School & Beyond: mathematics achievement of students in "
        "schools",
        "sleep            180 rows  Reaction times in a sleep deprivation study",
    ]
    assert lines[-1] == "echelon datasets NAME says more about one."


def test_one_data_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", "sleep"]) == 0
    assert capsys.readouterr().out == f"{ec.datasets.describe('sleep')}\n"
    assert main(["datasets", "sleep", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["columns"][1]["name"] == "days"


def test_datasets_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["name"] for row in rows] == ec.datasets.names()


def test_info_in_words(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    facts = {"threads": 1, "fma": True, "mkl": False, "blas": None, "cpu": ["a", "b"], "gpu": []}
    monkeypatch.setattr(ec.api, "info", lambda: facts)
    assert main(["info"]) == 0
    assert capsys.readouterr().out == (
        "threads  1\nfma      yes\nmkl      no\nblas     unknown\ncpu      a, b\ngpu      none\n"
    )


def test_info(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == list(ec.info())
    assert main(["info", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["echelon"] == ec.info()["echelon"]
    assert main(["info", "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("name,value\nechelon,")


@pytest.fixture
def visits(tmp_path: Path) -> str:
    """A file of counts and marks in twelve clinics."""
    rows = range(96)
    lines = ["clinic,x,n,mark,won"]
    for i in rows:
        n = (i * i * 5 % 11) * (i % 3 > 0)
        lines.append(f"{i // 8},{i % 5 - 2},{n},{(i * 7 + i // 8) % 4 + 1},{i * i % 7 < 3:d}")
    path = tmp_path / "visits.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("formula", "words", "said"),
    [
        ("won ~ x + (1 | clinic)", ["--family", "binomial"], "odds ratio"),
        ("won ~ x + (1 | clinic)", ["--family", "binomial", "--link", "probit"], "probit link"),
        (
            "won ~ x + (1 | clinic)",
            ["--family", "binomial", "--quadrature", "5"],
            "ML: quadrature, 5 points",
        ),
        ("n ~ x + (1 | clinic)", ["--family", "poisson", "--zero", "~ x"], "Structural zeros"),
        ("n ~ x + (1 | clinic)", ["--family", "poisson", "--hurdle", "~ 1"], "A probability of"),
        ("n ~ x + (1 | clinic)", ["--family", "nbinom2", "--dispersion", "~ x"], "log theta"),
        (
            "mark ~ 1 + (1 | clinic)",
            ["--family", "cumulative", "--nominal", "~ x"],
            "Nominal effects",
        ),
        ("mark ~ x + (1 | clinic)", ["--family", "cumulative", "--scale", "~ x"], "Scale (log)"),
        (
            "won ~ x + (1 | clinic)",
            ["--family", "binomial", "--method", "pql1"],
            "quasi-likelihood",
        ),
    ],
)
def test_families(
    formula: str,
    words: list[str],
    said: str,
    visits: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["fit", visits, formula, *words]) == 0
    assert said in capsys.readouterr().out


def test_ratios_on_request(visits: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["fit", visits, "n ~ x + (1 | clinic)", "--family", "poisson"]
    assert main([*words, "--exponentiate"]) == 0
    assert "rate ratio" in capsys.readouterr().out
    assert main([*words, "--no-exponentiate"]) == 0
    assert "rate ratio" not in capsys.readouterr().out
    assert main([*words, "--link", "sqrt", "--exponentiate"]) == 1
    assert capsys.readouterr().err.endswith("  see:   errors#no-ratio\n")


def test_points_that_are_no_number(visits: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["fit", visits, "won ~ x + (1 | clinic)", "--family", "binomial"]
    assert main([*words, "--quadrature", "many"]) == 2
    assert capsys.readouterr().err.endswith("  see:   errors#quadrature-points\n")


def test_a_generalized_fit_as_json(visits: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--family", "nbinom2", "--format", "json", "--offset", "x"]
    assert main(["fit", visits, "n ~ 1 + (1 | clinic)", *words]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["specification"]["family"] == "nbinom2"
    assert record["generalized"]["approximation"]["name"] == "Laplace"
    assert [row["component"] for row in record["component_effects"]] == ["dispersion"]
    assert "rate_ratio" in record["exponentiated"][0]

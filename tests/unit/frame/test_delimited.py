"""Delimited text: separator, decimal mark, missing values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from echelon.frame.delimited import read_delimited


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,x\n", {"a": [1], "b": ["x"]}),
        ("a;b\n1,5;x\n2;y\n", {"a": [1.5, 2.0], "b": ["x", "y"]}),
        ("a;b\n1.5;x\n", {"a": [1.5], "b": ["x"]}),
        ("a;b\n1.5;x,y\n", {"a": [1.5], "b": ["x,y"]}),
        ("a|b\n1|x\n", {"a": [1], "b": ["x"]}),
        ("a\n1\n", {"a": [1]}),
        ("\ufeffa,b\r\n1,2\r\n", {"a": [1], "b": [2]}),
        ('"a b","(Intercept)"\n1,2\n', {"a b": [1], "(Intercept)": [2]}),
        ('"a\nb",c\n1,2\n', {"a\nb": [1], "c": [2]}),
        ("größe\n1\n", {"größe": [1]}),
        ("a,b\n1,Inf\n2,-inf\n", {"a": [1, 2], "b": [float("inf"), float("-inf")]}),
        ("a,b\n1,Inf\n2,x\n", {"a": [1, 2], "b": ["Inf", "x"]}),
        ("a,b\ntrue,1\nfalse,2\n", {"a": [True, False], "b": [1, 2]}),
    ],
)
def test_texts(text: str, expected: dict[str, list[Any]], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    assert read_delimited(path).to_dict(as_series=False) == expected


def test_a_tab_separates_in_tsv_whatever_the_first_line_says(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("a,b,c\td\nx\t1\n")
    assert read_delimited(path).columns == ["a,b,c", "d"]


@pytest.mark.parametrize("missing", ["", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "."])
def test_missing_values(missing: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"a,b\n1,x\n{missing},{missing}\n3,z\n")
    assert read_delimited(path).rows() == [(1, "x"), (None, None), (3, "z")]


@pytest.mark.parametrize("label", ["N", "none", "None", "-", "?", "no"])
def test_labels_that_are_not_missing(label: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"a\n{label}\nx\n")
    assert read_delimited(path).get_column("a").to_list() == [label, "x"]


def test_types_come_from_all_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,\n" * 20_000 + "1.5,x\n")
    frame = read_delimited(path)
    assert [str(dtype) for dtype in frame.dtypes] == ["Float64", "String"]

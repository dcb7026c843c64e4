"""The data sets against their sources."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from echelon.datasets import describe, load, names
from echelon.datasets.load import load_columns
from echelon.errors import FrameError
from echelon.frame.build import build_frame
from echelon.sameness import is_same
from echelon.spec import Needed

SHAPES = {
    "hsb": (7185, 11),
    "sleep": (180, 3),
    "orthodont": (108, 4),
    "dyestuff": (30, 2),
    "dyestuff2": (30, 2),
    "penicillin": (144, 3),
    "pastes": (60, 3),
    "egsingle": (7230, 12),
    "contraception": (1934, 6),
    "cbpp": (56, 4),
    "owls": (599, 6),
    "wine": (72, 6),
}
# sum of the response, added up from the source files with awk
TOTALS = {
    "hsb": ("mathach", 91593.321),
    "sleep": ("reaction", 53731.4205),
    "orthodont": ("distance", 2594.5),
    "dyestuff": ("yield", 45825.0),
    "dyestuff2": ("yield", 169.968),
    "penicillin": ("diameter", 3308.0),
    "pastes": ("strength", 3603.2),
    "egsingle": ("math", -3881.963),
    "contraception": ("age", 4.2507),
    "cbpp": ("incidence", 99),
    "owls": ("calls", 4025),
    "wine": ("response", 3400),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_and_types(name: str) -> None:
    frame, description = load(name), describe(name)
    assert frame.shape == SHAPES[name]
    assert description.n_rows == frame.height
    assert frame.columns == [column.name for column in description.columns]
    assert not any(frame.null_count().row(0))
    kinds = {"number": pl.Float64, "integer": pl.Int64, "label": pl.Enum, "category": pl.Enum}
    for column in description.columns:
        dtype = frame.schema[column.name]
        assert isinstance(dtype, kinds[column.kind])
        if isinstance(dtype, pl.Enum):
            used = frame[column.name].unique().cast(pl.String)
            assert sorted(dtype.categories) == sorted(used), "every category occurs"


@pytest.mark.parametrize("name", TOTALS)
def test_values(name: str) -> None:
    column, total = TOTALS[name]
    assert load(name)[column].sum() == pytest.approx(total, rel=1e-12)


def test_every_set_is_tested() -> None:
    assert names() == list(SHAPES) == list(TOTALS)


def test_the_reference_category_comes_first() -> None:
    hsb = load("hsb")
    assert hsb["sector"].dtype == pl.Enum(["Public", "Catholic"])
    assert hsb["sex"].dtype == pl.Enum(["Male", "Female"])
    assert hsb["school"].n_unique() == 160
    assert hsb.group_by("school").agg(pl.col("sector").n_unique())["sector"].max() == 1


def test_casks_are_coded_within_batches() -> None:
    pastes = load("pastes")
    assert pastes["cask"].n_unique() == 3
    assert pastes.select("batch", "cask").n_unique() == 30


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_a_set_that_is_not_bundled_is_read_from_a_copy(suffix: str, tmp_path: Path) -> None:
    text = '"s","d","studage","lectage","service","dept","y"\n"1","1002","2","2","0","2",5\n'
    path = tmp_path / f"insteval{suffix}"
    path.write_bytes(gzip.compress(text.encode()) if suffix.endswith("gz") else text.encode())
    frame = load("insteval", path=path)
    assert frame.row(0) == (1, 1002, "2", "2", "0", "2", 5)
    assert frame["studage"].dtype == pl.Enum(["2", "4", "6", "8"])


def test_a_copy_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "insteval.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(FrameError, match="column 's' is not there"):
        load("insteval", path=path)


@pytest.mark.parametrize("name", SHAPES)
def test_plain_columns_say_what_the_frame_says(name: str) -> None:
    """A fit by name reads plain columns; the model frame is that of `load`."""
    columns = tuple(column.name for column in describe(name).columns)
    needed = Needed(columns, columns)
    left, right = build_frame(load_columns(name), needed), build_frame(load(name), needed)
    for column in columns:
        assert is_same(left.columns[column], right.columns[column])
        assert is_same(left.groupings[column], right.groupings[column])

"""The tidy result table."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from echelon.table import Table, TableError

TABLE = Table(
    {"term": ["(Intercept)", "ses"], "estimate": [12.5, None], "n": [1, 2], "ok": [True, False]},
    {"estimate": "points"},
    "Fixed effects",
)
ROWS = [
    {"term": "(Intercept)", "estimate": 12.5, "n": 1, "ok": True},
    {"term": "ses", "estimate": None, "n": 2, "ok": False},
]


def test_columns_are_read_only_arrays() -> None:
    assert TABLE.columns == ("term", "estimate", "n", "ok")
    assert len(TABLE) == 2
    assert [TABLE[name].dtype for name in TABLE] == [object, np.float64, np.int64, np.bool_]
    assert math.isnan(TABLE["estimate"][1])
    assert not any(TABLE[name].flags.writeable for name in TABLE)
    assert TABLE["estimate"][TABLE["term"] == "(Intercept)"].tolist() == [12.5]
    assert "n" in TABLE
    assert "m" not in TABLE


def test_every_column_has_a_scale() -> None:
    assert TABLE.scales["estimate"] == "points"
    assert TABLE.scales["term"] == "no unit"


def test_tables_are_frozen_and_leave_the_array_of_the_maker_alone() -> None:
    values = np.array([1.0])
    table = Table({"x": values})
    assert values.flags.writeable
    with pytest.raises(dataclasses.FrozenInstanceError):
        table.__setattr__("title", "other")
    with pytest.raises(ValueError, match="read-only"):
        table["x"][0] = 2.0


def test_rows_are_plain_python() -> None:
    assert TABLE.rows() == ROWS
    assert TABLE.row(term="ses") == ROWS[1]
    assert TABLE.row(ok=True, n=1) == ROWS[0]
    assert TABLE.to_dict()["estimate"] == [12.5, None]
    assert type(TABLE.row(n=1)["n"]) is int


@pytest.mark.parametrize("conditions", [{"term": "x"}, {}, {"nothing": 1}])
def test_no_such_row(conditions: dict[str, object]) -> None:
    with pytest.raises(TableError):
        TABLE.row(**conditions)


def test_conversions() -> None:
    expected = pl.DataFrame(ROWS)
    assert TABLE.to_polars().equals(expected)
    assert TABLE.to_arrow().to_pylist() == ROWS
    pandas = TABLE.to_pandas()
    assert pandas["term"].tolist() == ["(Intercept)", "ses"]
    pandas.loc[0, "n"] = 5
    assert TABLE["n"][0] == 1, "a copy"


def test_libraries_read_it_by_themselves() -> None:
    assert pl.DataFrame(TABLE).equals(TABLE.to_polars())
    assert pa.table(TABLE).num_rows == 2
    assert nw.from_arrow(TABLE, backend="polars").columns == list(TABLE.columns)
    assert pd.DataFrame.from_arrow(TABLE)["n"].tolist() == [1, 2]


def test_equality_copies_and_pickles() -> None:
    for again in (pickle.loads(pickle.dumps(TABLE)), copy.deepcopy(TABLE), copy.copy(TABLE)):
        assert again == TABLE
    assert dataclasses.replace(TABLE, title="other") != TABLE
    assert Table(TABLE.data, {}, TABLE.title) != TABLE
    assert Table({"term": ["a"]}) != Table({"term": ["b"]})
    assert Table({"x": [1.0]}) != Table({"x": [1.0, 2.0]})
    assert TABLE != 1
    with pytest.raises(TypeError):
        hash(TABLE)


def test_dates_and_other_objects() -> None:
    days = np.array(["2020-01-01"], dtype="datetime64[D]")
    table = Table({"group": days, "pair": [("a", 1)], "label": np.array(["x"])})
    assert table.row(label="x")["pair"] == ("a", 1)
    assert table.to_dict()["group"][0].isoformat() == "2020-01-01"
    assert table["label"].dtype == object


def test_empty_tables() -> None:
    assert len(Table({})) == 0
    assert Table({"x": []}).rows() == []
    assert Table({"x": []}).to_polars().shape == (0, 1)


def test_repr() -> None:
    assert repr(TABLE).splitlines() == [
        "Fixed effects",
        "term         estimate  n  ok",
        "(Intercept)     12.50  1  yes",
        "ses              -     2  no",
    ]


def test_wide_tables_go_on_below() -> None:
    wide = Table({"term": ["a"], **{f"a_long_name_of_column_{i}": [1.0] for i in range(8)}})
    lines = repr(wide).splitlines()
    assert max(map(len, lines)) <= 88
    assert sum(line.startswith("term") for line in lines) == 3


def test_long_tables_and_notes() -> None:
    table = Table({"x": np.arange(40.0)}, notes=("A note that is " + "very " * 20 + "long.",))
    lines = repr(table).splitlines()
    assert "... 10 more rows" in lines
    assert lines[-1].endswith("long.")
    assert max(map(len, lines)) <= 88
    assert "<p>... 10 more rows</p>" in table._repr_html_()


def test_html_escapes_text() -> None:
    page = Table({"x < y": ["<b>"]}, title="a < b", notes=("c < d",))._repr_html_()
    assert "<caption>a &lt; b</caption>" in page
    assert "<p>c &lt; d</p>" in page
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_no_such_column_is_a_key_error() -> None:
    with pytest.raises(KeyError) as caught:
        TABLE["estimat"]
    assert str(caught.value) == (
        "The table has no column 'estimat'.\n"
        "  where: table[...]\n"
        "  got:   columns term, estimate, n, ok\n"
        "  need:  the name of a column\n"
        "  do:    did you mean 'estimate'?\n"
        "  see:   errors#no-such-table-column"
    )


def test_no_such_row_names_the_near_one() -> None:
    with pytest.raises(TableError) as caught:
        TABLE.row(term="sess")
    assert str(caught.value) == (
        "No row has term='sess'.\n"
        "  where: table.row(term='sess')\n"
        "  got:   0 rows; values of 'term': '(Intercept)', 'ses'\n"
        "  need:  exactly one row\n"
        "  do:    did you mean 'ses'?\n"
        "  see:   errors#no-such-row"
    )


def test_several_rows() -> None:
    with pytest.raises(TableError) as caught:
        Table({"term": ["a", "a"]}).row(term="a")
    assert str(caught.value) == (
        "Several rows have term='a'.\n"
        "  where: table.row(term='a')\n"
        "  got:   2 rows; values of 'term': 'a'\n"
        "  need:  exactly one row\n"
        "  do:    name more columns.\n"
        "  see:   errors#no-such-row"
    )


def test_columns_of_one_length() -> None:
    with pytest.raises(TableError) as caught:
        Table({"a": [1], "b": [1, 2]})
    assert str(caught.value) == (
        "The columns of a table differ in length.\n"
        "  where: Table(...)\n"
        "  got:   'a' 1, 'b' 2\n"
        "  need:  one value per row in every column\n"
        "  do:    check how the columns were made.\n"
        "  see:   errors#unequal-lengths"
    )


def test_scales_belong_to_columns() -> None:
    with pytest.raises(TableError, match="no column 'c'"):
        Table({"a": [1]}, {"c": "points"})

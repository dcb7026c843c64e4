"""The exact text of every message about a table."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from echelon.errors import FrameError
from echelon.frame.build import build_frame

STUDENTS = pl.DataFrame({"school": ["a", "b"], "ses": [0.5, None], "math": [1.0, 2.0]})
INDEXED = STUDENTS.to_pandas().set_index("school")
DOUBLED = pd.DataFrame([[1, 2]], columns=["x", "x"])
OTHER_INDEX = pd.Series([True, False], index=[5, 6])


def build(data: Any, *columns: str, by: tuple[str, ...] = (), **options: Any) -> Any:
    return build_frame(data, SimpleNamespace(columns=columns, groupings=by), **options)


def students(subset: Any) -> Any:
    return build(STUDENTS, "math", subset=subset)


MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "a column that does not exist": (
        lambda: build(STUDENTS, "math", "SES"),
        "The data have no column 'SES'.\n"
        "  where: polars DataFrame, 3 columns\n"
        "  got:   columns 'school', 'ses', 'math'\n"
        "  need:  a column for every name in the model\n"
        "  do:    did you mean 'ses'?\n"
        "  see:   errors#no-such-column",
    ),
    "several columns that do not exist": (
        lambda: build(STUDENTS, "SES", by=("School",)),
        "The data have no column 'SES' (nor 'School').\n"
        "  where: polars DataFrame, 3 columns\n"
        "  got:   columns 'school', 'ses', 'math'\n"
        "  need:  a column for every name in the model\n"
        "  do:    'SES': did you mean 'ses'?\n"
        "         'School': did you mean 'school'?\n"
        "  see:   errors#no-such-column",
    ),
    "a column in the index": (
        lambda: build(INDEXED, "math", by=("school",)),
        "The data have no column 'school'.\n"
        "  where: pandas DataFrame, 2 columns\n"
        "  got:   columns 'ses', 'math'\n"
        "  need:  a column for every name in the model\n"
        "  do:    'school' is in the index: make it a column with data.reset_index().\n"
        "  see:   errors#no-such-column",
    ),
    "a table with no columns": (
        lambda: build({}, "x"),
        "The data have no column 'x'.\n"
        "  where: mapping of columns, 0 columns\n"
        "  got:   columns none\n"
        "  need:  a column for every name in the model\n"
        "  do:    check how the data were read or selected: no column is left.\n"
        "  see:   errors#no-such-column",
    ),
    "a column of the subset": (
        lambda: students("sess > 0"),
        "The data have no column 'sess'.\n"
        "  where: polars DataFrame, 3 columns\n"
        "  got:   columns 'school', 'ses', 'math'\n"
        "  need:  a column for every name in the subset\n"
        "  do:    did you mean 'ses'?\n"
        "  see:   errors#no-such-column",
    ),
    "a doubled column of pandas": (
        lambda: build(DOUBLED, "x"),
        "The data have 2 columns named 'x'.\n"
        "  where: pandas DataFrame\n"
        "  got:   2 columns 'x'\n"
        "  need:  one column of each name that the model uses\n"
        "  do:    rename or drop all but one of the columns 'x'.\n"
        "  see:   errors#duplicate-columns",
    ),
    "a doubled column of Arrow": (
        lambda: build(pa.table([[1], [2]], names=["x", "x"]), "x"),
        "The data have 2 columns named 'x'.\n"
        "  where: Arrow Table\n"
        "  got:   2 columns 'x'\n"
        "  need:  one column of each name that the model uses\n"
        "  do:    rename or drop all but one of the columns 'x'.\n"
        "  see:   errors#duplicate-columns",
    ),
    "lists in a column": (
        lambda: build(pl.DataFrame({"x": [[1]]}), "x"),
        "Column 'x' holds values of type List(Int64), which a model cannot use.\n"
        "  where: column 'x'\n"
        "  got:   values of type List(Int64)\n"
        "  need:  numbers, truth values, texts, categories, dates or durations\n"
        "  do:    turn 'x' into one value of these types per row, or leave it out of the model.\n"
        "  see:   errors#unusable-type",
    ),
    "structs in a column": (
        lambda: build(pl.DataFrame({"x": [{"a": 1}]}), "x"),
        "Column 'x' holds values of type Struct({'a': Int64}), which a model cannot use.\n"
        "  where: column 'x'\n"
        "  got:   values of type Struct({'a': Int64})\n"
        "  need:  numbers, truth values, texts, categories, dates or durations\n"
        "  do:    turn 'x' into one value of these types per row, or leave it out of the model.\n"
        "  see:   errors#unusable-type",
    ),
    "complex numbers": (
        lambda: build({"x": np.array([1j])}, "x"),
        "Column 'x' holds complex numbers, which a model cannot use.\n"
        "  where: column 'x'\n"
        "  got:   complex numbers\n"
        "  need:  numbers, truth values, texts, categories, dates or durations\n"
        "  do:    turn 'x' into one value of these types per row, or leave it out of the model.\n"
        "  see:   errors#unusable-type",
    ),
    "bytes": (
        lambda: build({"x": np.array([b"a"])}, "x"),
        "Column 'x' holds bytes, which a model cannot use.\n"
        "  where: column 'x'\n"
        "  got:   bytes\n"
        "  need:  numbers, truth values, texts, categories, dates or durations\n"
        "  do:    turn 'x' into one value of these types per row, or leave it out of the model.\n"
        "  see:   errors#unusable-type",
    ),
    "objects": (
        lambda: build({"x": [{}]}, "x"),
        "Column 'x' holds objects of type 'dict', which a model cannot use.\n"
        "  where: column 'x'\n"
        "  got:   objects of type 'dict'\n"
        "  need:  numbers, truth values, texts, categories, dates or durations\n"
        "  do:    turn 'x' into one value of these types per row, or leave it out of the model.\n"
        "  see:   errors#unusable-type",
    ),
    "mixed types": (
        lambda: build(pd.DataFrame({"x": ["a", 1, 2.5, None, "b"]}), "x"),
        "Column 'x' mixes values of different types.\n"
        "  where: column 'x'\n"
        "  got:   1 of type 'float', 1 of type 'int', 2 of type 'str' (such as 2.5, 1, 'a')\n"
        "  need:  one type of value in a column\n"
        "  do:    convert 'x' to numbers or to texts before fitting.\n"
        "  see:   errors#mixed-types",
    ),
    "two dimensions": (
        lambda: build({"x": np.ones((2, 2))}, "x"),
        "Column 'x' has 2 dimensions.\n"
        "  where: column 'x'\n"
        "  got:   an array of shape (2, 2)\n"
        "  need:  one value per row: shape (n,)\n"
        "  do:    give each column of 'x' a name of its own.\n"
        "  see:   errors#not-one-dimensional",
    ),
    "a single value": (
        lambda: build({"x": 1.5}, "x"),
        "Column 'x' is a single value.\n"
        "  where: column 'x' of mapping of columns\n"
        "  got:   1.5 of type 'float'\n"
        "  need:  an array or a list with one value per row\n"
        "  do:    repeat the value for each row, or leave 'x' out.\n"
        "  see:   errors#not-a-column",
    ),
    "columns of different length": (
        lambda: build({"x": [1, 2], "y": [1]}, "x", "y"),
        "The columns have different lengths.\n"
        "  where: mapping of columns\n"
        "  got:   2 lengths: 'x' 2, 'y' 1\n"
        "  need:  one value per row in every column\n"
        "  do:    check which column lost or gained rows.\n"
        "  see:   errors#unequal-lengths",
    ),
    "infinite values": (
        lambda: build({"x": [1.0, np.inf, -np.inf] * 4}, "x"),
        "Column 'x' has infinite values.\n"
        "  where: column 'x', rows 2, 3, 5, 6, 8 and 3 more\n"
        "  got:   infinite values: 8, the first inf\n"
        "  need:  finite numbers\n"
        "  do:    make them missing, or correct how 'x' was computed (a division by zero?).\n"
        "  see:   errors#infinite-values",
    ),
    "infinite group labels": (
        lambda: build({"x": [1.0, -np.inf]}, by=("x",)),
        "Column 'x' has infinite values.\n"
        "  where: column 'x', row 2\n"
        "  got:   infinite values: 1, the first -inf\n"
        "  need:  finite numbers\n"
        "  do:    make them missing, or correct how 'x' was computed (a division by zero?).\n"
        "  see:   errors#infinite-values",
    ),
    "missing values refused": (
        lambda: build(STUDENTS, "ses", "math", missing="error"),
        "Values are missing in variables of the model.\n"
        '  where: polars DataFrame, missing="error"\n'
        "  got:   missing values by variable: 'ses' 1 (of 2 rows)\n"
        '  need:  complete rows, because missing="error" was asked for\n'
        '  do:    use missing="drop" to leave these rows out, or fill the values in first.\n'
        "  see:   errors#missing-values",
    ),
    "no rows": (
        lambda: build(STUDENTS.head(0), "math"),
        "The data have no rows.\n"
        "  where: polars DataFrame\n"
        "  got:   0 rows\n"
        "  need:  at least one row\n"
        "  do:    check the filter or the query that made the data.\n"
        "  see:   errors#no-rows",
    ),
    "a response without values": (
        lambda: build({"y": [None, None], "x": [1, 2]}, "y", "x"),
        "Column 'y' has no values: all 2 rows lack it.\n"
        "  where: mapping of columns\n"
        "  got:   2 rows, none kept (missing y 2)\n"
        "  need:  at least one row with a value in every variable of the model\n"
        "  do:    check how 'y' was read or joined, or leave it out of the model.\n"
        "  see:   errors#no-rows-left",
    ),
    "no complete row": (
        lambda: build({"y": [None, 1, 2], "x": [1, None, None]}, "y", "x"),
        "No row is complete; most lack 'x'.\n"
        "  where: mapping of columns\n"
        "  got:   3 rows, none kept (missing y 1, missing x 2)\n"
        "  need:  at least one row with a value in every variable of the model\n"
        "  do:    check how 'x' was read or joined, or leave it out of the model.\n"
        "  see:   errors#no-rows-left",
    ),
    "an empty subset": (
        lambda: students("math > 5"),
        "The subset leaves no row.\n"
        "  where: polars DataFrame\n"
        "  got:   2 rows, none kept (subset 2)\n"
        "  need:  at least one row with a value in every variable of the model\n"
        "  do:    check the condition given as subset.\n"
        "  see:   errors#no-rows-left",
    ),
    "a path for a table": (
        lambda: build("hsb.csv", "x"),
        "The data are not a table.\n"
        "  where: argument data\n"
        "  got:   'hsb.csv', of type 'str'\n"
        "  need:  a pandas, polars or Arrow table, or a dict of columns\n"
        "  do:    read a file first: data = echelon.read(path).\n"
        "  see:   errors#not-a-table",
    ),
    "an array for a table": (
        lambda: build(np.ones(3), "x"),
        "The data are not a table.\n"
        "  where: argument data\n"
        "  got:   an object of type 'ndarray'\n"
        "  need:  a pandas, polars or Arrow table, or a dict of columns\n"
        "  do:    make it a frame first, e.g. polars.DataFrame(data).\n"
        "  see:   errors#not-a-table",
    ),
    "a single equals sign": (
        lambda: students("ses = 1"),
        "The subset cannot be read.\n"
        "  where: ses = 1\n"
        "             ^\n"
        "  got:   '=' at character 5\n"
        "  need:  a comparison: ==, !=, <, <=, >, >= or in [...]\n"
        "  do:    write == to compare.\n"
        "  see:   errors#subset-syntax",
    ),
    "an unfinished subset": (
        lambda: students("ses > 0 and"),
        "The subset cannot be read.\n"
        "  where: ses > 0 and\n"
        "                    ^\n"
        "  got:   the end of the text at character 12\n"
        "  need:  a column, a number or a quoted text\n"
        "  do:    write it like \"sector == 'Catholic' and ses > 0\".\n"
        "  see:   errors#subset-syntax",
    ),
    "a call in a subset": (
        lambda: students("log(ses) > 0"),
        "The subset cannot be read.\n"
        "  where: log(ses) > 0\n"
        "            ^\n"
        "  got:   '(' at character 4\n"
        "  need:  'and', 'or', or the end of the condition\n"
        "  do:    write it like \"sector == 'Catholic' and ses > 0\".\n"
        "  see:   errors#subset-syntax",
    ),
    "a character that means nothing": (
        lambda: students("ses > 0 @ 1"),
        "The subset cannot be read.\n"
        "  where: ses > 0 @ 1\n"
        "                 ^\n"
        "  got:   '@' at character 9\n"
        "  need:  a column, a value or an operator\n"
        "  do:    write it like \"sector == 'Catholic' and ses > 0\".\n"
        "  see:   errors#subset-syntax",
    ),
    "a text compared with a number": (
        lambda: students("school == 1"),
        "The subset compares things of different kinds: school == 1.\n"
        '  where: subset "school == 1"\n'
        "  got:   texts\n"
        "  need:  numbers with numbers, quoted texts (== or !=) with texts or dates\n"
        "  do:    put texts in quotes and numbers without.\n"
        "  see:   errors#subset-comparison",
    ),
    "a category that does not occur": (
        lambda: students("school == 'A'"),
        "No row has 'A' in column 'school'.\n"
        "  where: subset \"school == 'A'\"\n"
        "  got:   categories of 'school': 'a', 'b'\n"
        "  need:  a category that occurs\n"
        "  do:    did you mean 'a'?\n"
        "  see:   errors#subset-category",
    ),
    "numbers for a subset": (
        lambda: students([0, 1]),
        "The subset is not a condition.\n"
        "  where: argument subset\n"
        "  got:   values of type int64\n"
        "  need:  one truth value per row, or a condition as text\n"
        '  do:    compare first, e.g. subset=data["ses"] > 0, or write subset="ses > 0".\n'
        "  see:   errors#subset-type",
    ),
    "a subset of another length": (
        lambda: students([True]),
        "The subset and the data differ in length.\n"
        "  where: argument subset, polars DataFrame\n"
        "  got:   truth values: 1, rows: 2\n"
        "  need:  one truth value per row\n"
        "  do:    compute the condition from the same table that is fitted.\n"
        "  see:   errors#subset-length",
    ),
    "a subset with another index": (
        lambda: build(STUDENTS.to_pandas(), "math", subset=OTHER_INDEX),
        "The subset is a pandas Series with another index than the data.\n"
        "  where: argument subset\n"
        "  got:   truth values: 2, rows: 2, with different index labels\n"
        "  need:  the same index labels in both, each once\n"
        "  do:    compute the condition from the data, or pass subset.to_numpy().\n"
        "  see:   errors#subset-index",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_frame(name: str) -> None:
    provoke, text = MESSAGES[name]
    with pytest.raises(FrameError) as caught:
        provoke()
    assert str(caught.value) == text

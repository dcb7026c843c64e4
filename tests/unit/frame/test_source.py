"""Names of the columns of any table."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd
import polars as pl
import pytest

from echelon.errors import FrameError
from echelon.frame.source import column_names, open_source
from echelon.table import Table

FRAME = pl.DataFrame({"b": [1], "a c": ["x"]})


@pytest.mark.parametrize(
    "data",
    [FRAME, FRAME.lazy(), FRAME.to_pandas(), FRAME.to_arrow(), FRAME.to_dict(),
     nw.from_native(FRAME), Table({"b": [1], "a c": ["x"]})],
    ids=lambda data: type(data).__module__,
)  # fmt: skip
def test_column_names(data: Any) -> None:
    assert column_names(data) == ("b", "a c")


def test_column_names_of_pandas_are_texts() -> None:
    assert column_names(pd.DataFrame({1: [2]})) == ("1",)


def test_lazy_tables_are_collected_in_part() -> None:
    source = open_source(FRAME.lazy(), ("b", "nothing"))
    assert source.names == ["b", "a c"]
    assert source.n_rows == 1


@pytest.mark.parametrize("data", [None, 3, [1], (1, 2), object(), "a.csv", b"x"])
def test_no_table(data: Any) -> None:
    with pytest.raises(FrameError) as caught:
        column_names(data)
    assert caught.value.slug == "not-a-table"

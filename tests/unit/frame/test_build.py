"""Model frames from every kind of table."""

from __future__ import annotations

import datetime
import decimal
import pickle
from types import SimpleNamespace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from echelon.errors import FrameError
from echelon.frame.build import build_frame
from echelon.frame.columns import Categorical, ModelFrame, Numeric
from echelon.frame.source import open_source

Y = [1.5, 2.5, None, 4.0]
G = ["b", "a", "N", "None"]
K = [10, 20, 30, 40]


def needs(*columns: str, by: tuple[str, ...] = ()) -> Any:
    return SimpleNamespace(columns=columns, groupings=by)


def one(values: Any, **options: Any) -> Any:
    """The column x of a table that has only it."""
    return build_frame({"x": values}, needs("x"), **options).columns["x"]


def group(values: Any) -> Categorical:
    return build_frame({"x": values}, needs(by=("x",))).groupings["x"]


POLARS = pl.DataFrame({"y": Y, "g": G, "k": K, "unused": [[1], [2], [3], [4]]})
TABLES = {
    "polars DataFrame": POLARS,
    "polars LazyFrame": POLARS.lazy(),
    "pandas DataFrame": pd.DataFrame({"y": Y, "g": G, "k": K, "unused": [{}] * 4}),
    "Arrow Table": POLARS.to_arrow(),
    "pyarrow RecordBatch": POLARS.to_arrow().combine_chunks().to_batches()[0],
    "mapping of columns": {"y": Y, "g": G, "k": np.array(K), "unused": [{}] * 4},
}


def column(frame: ModelFrame, name: str) -> Any:
    """A column of either kind; reading what the other kind has fails."""
    return frame.columns[name]


@pytest.mark.parametrize("words", TABLES)
def test_every_kind_of_table_gives_the_same_frame(words: str) -> None:
    frame = build_frame(TABLES[words], needs("y", "k", by=("g",)))
    assert frame.source == ""
    assert open_source(TABLES[words], ("y",)).words == words
    assert frame.rows.n_read == 4
    assert frame.n_obs == 3
    assert frame.rows.dropped == (("missing y", 1),)
    assert frame.rows.kept is not None
    assert frame.rows.kept.tolist() == [0, 1, 3]
    assert column(frame, "y").values.tolist() == [1.5, 2.5, 4.0]
    assert column(frame, "k").values.tolist() == [10.0, 20.0, 40.0]
    assert frame.groupings["g"].labels.tolist() == ["None", "a", "b"]
    assert frame.groupings["g"].codes.tolist() == [2, 1, 0]
    assert frame.groupings["g"].codes.dtype == np.int32


@pytest.mark.parametrize("wrap", [nw.from_native, lambda frame: nw.from_native(frame.lazy())])
def test_narwhals_frames_are_unwrapped(wrap: Any) -> None:
    assert open_source(wrap(POLARS), ("k",)).words.startswith("polars")
    assert build_frame(wrap(POLARS), needs("k")).n_obs == 4


def test_source_can_be_named() -> None:
    assert build_frame(POLARS, needs("k"), source="hsb.csv").source == "hsb.csv"


def test_arrays_are_read_only_contiguous_and_of_one_type() -> None:
    table = pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=["a", "b", "c"])
    frame = build_frame(table, needs("a", "b", by=("c",)))
    arrays = [column(frame, "a").values, column(frame, "b").values]
    arrays += [frame.groupings["c"].codes, frame.groupings["c"].labels]
    for array in arrays:
        assert not array.flags.writeable
        assert array.flags.c_contiguous
    assert arrays[0].dtype == np.float64


@pytest.mark.parametrize("make", [dict, pl.DataFrame, pd.DataFrame])
def test_complete_floating_point_columns_are_not_copied(make: Any) -> None:
    values = np.linspace(0.0, 1.0, 1000)
    table = make({"x": values}, **({"copy": False} if make is pd.DataFrame else {}))
    frame = build_frame(table, needs("x"))
    source = table["x"].to_numpy() if make is not dict else values
    assert np.shares_memory(column(frame, "x").values, source)
    assert frame.rows.kept is None
    assert values.flags.writeable, "the user's own array stays as it was"


def test_consecutive_int32_group_codes_are_not_copied() -> None:
    codes = np.repeat(np.arange(5, dtype=np.int32), 3)
    assert np.shares_memory(group(codes).codes, codes)


def test_chunks_are_joined() -> None:
    part = pl.DataFrame({"x": [1.0, 2.0]})
    assert one(pl.concat([part, part], rechunk=False)["x"]).values.tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([1, 2], dtype=np.int8), [1, 2]),
        (np.array([1, 2], dtype=">f4"), [1, 2]),
        (np.ma.masked_array([1.0, 7.0, 2.0], mask=[False, True, False]), [1, 2]),
        (np.ma.masked_array([1, 7, 2], mask=[False, True, False]), [1, 2]),
        ([1, None, 2.5], [1, 2.5]),
        ([1, float("nan"), 2], [1, 2]),
        ([2**70, 1], [2.0**70, 1]),
        ([decimal.Decimal("1.5"), decimal.Decimal(2)], [1.5, 2]),
        (pl.Series([decimal.Decimal("1.5"), None]), [1.5]),
        (pl.Series([1, None, 3], dtype=pl.UInt8), [1, 3]),
        (pl.Series([1, 2], dtype=pl.Int128), [1, 2]),
        (pl.Series([1.5, None], dtype=pl.Float32), [1.5]),
        (pd.Series([1, None, 3], dtype="Int64"), [1, 3]),
        (pd.Series([1.5, None], dtype="Float32"), [1.5]),
        (pd.Series([1, None], dtype="uint8[pyarrow]"), [1]),
        (pd.Series([decimal.Decimal("1.5"), None], dtype=object), [1.5]),
        (range(3), [0, 1, 2]),
        ([datetime.date(1970, 1, 2), datetime.date(1969, 12, 31)], [1, -1]),
        (np.array(["1970-01-02T12", "NaT"], dtype="datetime64[h]"), [1.5]),
        (np.array([36, 24], dtype="timedelta64[h]"), [1.5, 1]),
        ([datetime.timedelta(hours=6), None], [0.25]),
        (pl.Series([datetime.datetime(1970, 1, 2, 6), None]), [1.25]),
        (pl.Series([datetime.timedelta(days=2)]), [2]),
        (pl.Series([datetime.time(12)]), [0.5]),
        (pd.Series(pd.to_datetime(["1970-01-03", None])), [2]),
        (pd.Series(pd.to_datetime(["1970-01-03"])).dt.tz_localize("Etc/GMT+6"), [2.25]),
        (pd.Series(pd.to_timedelta(["1 days", None])), [1]),
        (pd.Series(pd.to_datetime(["1970-01-03"])).astype("timestamp[us][pyarrow]"), [2]),
    ],
    ids=str,
)
def test_numbers_dates_and_durations(values: Any, expected: list[float]) -> None:
    column = one(values)
    assert isinstance(column, Numeric)
    assert column.values.tolist() == expected


@pytest.mark.parametrize(
    ("values", "labels", "codes", "is_ordered"),
    [
        (["é", "Z", "a"], ["Z", "a", "é"], [2, 0, 1], False),
        (["N", None, "None", "none", ""], ["", "N", "None", "none"], [1, 2, 3, 0], False),
        (np.array(["b", "a"]), ["a", "b"], [1, 0], False),
        (np.array(["b", None, "a"], dtype=object), ["a", "b"], [1, 0], False),
        (np.array(["b", np.nan], dtype=object), ["b"], [0], False),
        ([True, False, None], ["False", "True"], [1, 0], False),
        (np.array([True, True]), ["True"], [0, 0], False),
        (pl.Series([True, None]), ["True"], [0], False),
        (pl.Series(["b", None, "a"]), ["a", "b"], [1, 0], False),
        (pl.Series(["b", "a"], dtype=pl.Categorical), ["a", "b"], [1, 0], False),
        (pl.Series(["x", None, "z"], dtype=pl.Enum(["z", "y", "x"])), ["z", "x"], [1, 0], False),
        (pd.Series(["b", None, "a"]), ["a", "b"], [1, 0], False),
        (pd.Series(["b", None, "a"], dtype=object), ["a", "b"], [1, 0], False),
        (pd.Series(["b", "a"], dtype="string"), ["a", "b"], [1, 0], False),
        (pd.Series(["b", "a"], dtype="string[pyarrow]"), ["a", "b"], [1, 0], False),
        (pd.Series([True, None], dtype="boolean"), ["True"], [0], False),
        (pd.Series([True, None], dtype=object), ["True"], [0], False),
        (
            pd.Series(pd.Categorical(["lo", "hi", None], ["lo", "mid", "hi"], ordered=True)),
            ["lo", "hi"],
            [0, 1],
            True,
        ),
        (pd.Series(pd.Categorical([3, 1], [3, 2, 1])), [3, 1], [0, 1], False),
        (pd.Series(pd.cut([1, 5], [0, 2, 6])), ["(0, 2]", "(2, 6]"], [0, 1], True),
    ],
    ids=str,
)
def test_texts_truths_and_categories(
    values: Any, labels: list[Any], codes: list[int], is_ordered: bool
) -> None:
    column = one(values)
    assert isinstance(column, Categorical)
    assert column.labels.tolist() == labels
    assert column.codes.tolist() == codes
    assert column.codes.dtype == np.int32
    assert column.is_ordered is is_ordered


def test_arrow_dictionaries_keep_their_order() -> None:
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0]), pa.array(["z", "a"]))
    frame = build_frame(pa.table({"x": coded}), needs("x"))
    assert column(frame, "x").labels.tolist() == ["z", "a"]


def test_many_texts_are_coded_as_few_are() -> None:
    words = [f"s{i % 700}" for i in range(5000)]
    few, many = group(words[:900]), group(words)
    assert many.labels.tolist() == sorted(set(words)) == few.labels.tolist()
    assert many.labels[many.codes].tolist() == words
    assert group(pl.Series(words)).codes.tolist() == many.codes.tolist()
    assert group(pd.Series(words)).codes.tolist() == many.codes.tolist()


@pytest.mark.parametrize(
    ("values", "labels", "codes"),
    [
        ([7, 3, 7, 5], [3, 5, 7], [2, 0, 2, 1]),
        ([3, 4, 3], [3, 4], [0, 1, 0]),
        ([-(10**15), 10**15, 0], [-(10**15), 0, 10**15], [0, 2, 1]),
        (np.array([-128, 127], dtype=np.int8), [-128, 127], [0, 1]),
        (np.array([2**64 - 1, 2**64 - 2], dtype=np.uint64), [2**64 - 2, 2**64 - 1], [1, 0]),
        ([2.0, 1.0, None], [1, 2], [1, 0]),
        ([2.5, 1.0], [1.0, 2.5], [1, 0]),
        ([datetime.date(2020, 5, 1), datetime.date(2020, 1, 1)], None, [1, 0]),
        ([True, False], ["False", "True"], [1, 0]),
    ],
)
def test_group_labels_keep_their_type(values: Any, labels: list[Any] | None, codes: Any) -> None:
    grouping = group(values)
    assert grouping.codes.tolist() == codes
    if labels is not None:
        assert grouping.labels.tolist() == labels
        assert [type(label) for label in grouping.labels.tolist()] == [type(x) for x in labels]
    else:
        assert grouping.label_text[0].startswith("2020-01-01")


def test_a_name_may_be_a_column_and_a_grouping() -> None:
    frame = build_frame({"x": [3, 1, 3]}, needs("x", by=("x",)))
    assert isinstance(frame.columns["x"], Numeric)
    assert frame.groupings["x"].labels.tolist() == [1, 3]


@pytest.mark.parametrize("name", ["with space", "größe", "(Intercept)", "a:b", ""])
def test_odd_names(name: str) -> None:
    for table in ({name: [1.0]}, pl.DataFrame({name: [1.0]}), pd.DataFrame({name: [1.0]})):
        assert list(build_frame(table, needs(name)).columns) == [name]


def test_pandas_labels_that_are_no_text() -> None:
    frame = build_frame(pd.DataFrame({0: [1.0], 1: [2.0]}), needs("1"))
    assert column(frame, "1").values.tolist() == [2.0]


def test_rows_are_counted_for_the_first_variable_they_lack() -> None:
    table = {"a": [1, None, None, 4, 5], "b": [None, None, 3, 4, 5], "g": [1, 1, 1, 1, 2]}
    frame = build_frame(table, needs("a", "b", by=("g",)), subset="g == 1")
    assert frame.rows.dropped == (("subset", 1), ("missing a", 2), ("missing b", 1))
    assert frame.rows.n_read == 5
    assert frame.n_obs == 1
    assert frame.groupings["g"].labels.tolist() == [1], "labels of rows left out are left out"


def test_a_subset_of_every_row_leaves_no_trace() -> None:
    frame = build_frame({"x": [1.0, 2.0]}, needs("x"), subset=[True, True])
    assert frame.rows.kept is None
    assert frame.rows.dropped == ()


def test_infinities_outside_the_subset_do_no_harm() -> None:
    assert one([1.0, np.inf], subset="x < 5").values.tolist() == [1.0]


def test_sums_beyond_the_largest_double_are_not_infinities() -> None:
    assert one([1e308, 1e308, 1e308]).values.tolist() == [1e308] * 3


def test_missing_error_is_silent_when_nothing_is_missing() -> None:
    assert one([1.0, 2.0], missing="error").values.tolist() == [1.0, 2.0]
    assert one([1.0, None], missing="error", subset="x > 0").values.tolist() == [1.0]


def test_frames_pickle() -> None:
    frame = build_frame(POLARS, needs("y", by=("g",)))
    again: ModelFrame = pickle.loads(pickle.dumps(frame))
    assert again.rows.dropped == frame.rows.dropped
    assert again.groupings["g"].labels.tolist() == frame.groupings["g"].labels.tolist()


def test_lazy_frames_collect_only_what_is_needed() -> None:
    def boom(_: Any) -> Any:
        msg = "touched"
        raise AssertionError(msg)

    lazy = pl.LazyFrame({"x": [1.0]}).with_columns(
        bad=pl.col("x").map_batches(boom, return_dtype=pl.Float64)
    )
    assert build_frame(lazy, needs("x")).n_obs == 1


def test_a_column_that_is_not_needed_may_be_unusable() -> None:
    with pytest.raises(FrameError):
        one([{}, {}])
    assert build_frame({"x": [1.0], "bad": [{}]}, needs("x")).n_obs == 1

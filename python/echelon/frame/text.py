"""Texts as codes and sorted labels.

Room: frame/. Knows values, not models.
Takes: a list of strings or a polars series of them, nothing missing.
Gives: codes (n,) and labels (k,), sorted by code point, every label used.
Source: docs/reference, data.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._optional import require
from echelon._types import CodeArray

FEW = 1_000  # below this many rows a dictionary is quicker than a hash join


def encode_texts(values: list[str]) -> tuple[CodeArray, NDArray[Any]]:
    """Encode a list of strings: codes (n,) int32, labels (k,) sorted by code point."""
    if len(values) > FEW:
        polars = require("polars")
        return encode_series(polars.Series("text", values, dtype=polars.String))
    labels = sorted(set(values))
    place = {label: code for code, label in enumerate(labels)}
    codes = np.fromiter((place[value] for value in values), np.int32, len(values))
    return codes, np.array(labels, dtype=object)


def encode_series(series: Any) -> tuple[CodeArray, NDArray[Any]]:
    """Encode a polars String series without nulls; one hash join, one sort of the labels."""
    if len(series) <= FEW:
        return encode_texts(series.to_list())
    polars = require("polars")
    labels = series.unique().sort()
    codes = polars.int_range(len(labels), dtype=polars.Int32, eager=True)
    found = polars.DataFrame({"text": series}).join(
        polars.DataFrame({"text": labels, "code": codes}),
        on="text",
        how="left",
        maintain_order="left",
    )
    return found.get_column("code").to_numpy(), labels.to_numpy()

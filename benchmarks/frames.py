"""The data as each kind of program wants them: frames, or matrices.

Room: benchmarks. A library is imported only in the process that times it.
Takes: a `Workload` and its columns.
Gives: data frames, the matrix of fixed effects.
Source: frames are as users have them; matrices are for programs without formulas.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from benchmarks.workload import Columns, Workload


def pandas_frame(w: Workload, table: Columns) -> Any:
    """A data frame as users have it: group labels are categories of text, grades in order."""
    pandas = importlib.import_module("pandas")
    made = {g: pandas.Categorical(table[g].astype(str)) for g in w.groupings}
    if w.family == "cumulative":
        made[w.response] = pandas.Categorical(table[w.response].astype(str), ordered=True)
    return pandas.DataFrame({**table, **made})


def polars_frame(w: Workload, table: Columns) -> Any:
    """The same as a polars frame, with integer group codes."""
    polars = importlib.import_module("polars")
    frame = polars.DataFrame(table)
    if w.family != "cumulative":
        return frame
    grades = polars.Enum([str(grade) for grade in np.unique(table[w.response])])
    return frame.with_columns(polars.col(w.response).cast(polars.String).cast(grades))


def fixed_matrix(w: Workload, table: Columns) -> Any:
    """X (n, p) with an intercept, for programs without formulas."""
    products = [np.prod([table[name] for name in term], axis=0) for term in w.fixed]
    return np.column_stack([np.ones(len(table[w.response])), *products])

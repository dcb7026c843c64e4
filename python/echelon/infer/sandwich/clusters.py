"""Clusters of rows for robust inference: read, numbered, and checked against the random factors.

Room: infer/. Reads and checks; computes no variance.
Takes: a `Fit` with its rows; names of grouping factors, or columns of labels.
Gives: `Clusters`, one per way of clustering.
Source: Cameron & Miller (2015), Journal of Human Resources 50, section V; docs/theory.md (16).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import CodeArray, IndexArray
from echelon.design.parts import RandomBlock
from echelon.errors import DesignError, FrameError, NotEstimableError, SpecError, offenders
from echelon.fit import Fit, design_with_rows
from echelon.frame.convert import as_grouping
from echelon.frame.mapping_source import MappingSource

WHERE = "robust(), argument cluster"
UNNAMED = "cluster"  # a column of labels has no name of its own


@dataclass(frozen=True, slots=True)
class Clusters:
    """Rows that may depend on each other: `codes` (n,) into `labels` (J,)."""

    name: str
    codes: IndexArray
    labels: NDArray[Any]

    @property
    def n_clusters(self) -> int:
        """Number of clusters (J)."""
        return len(self.labels)

    @property
    def sizes(self) -> IndexArray:
        """Rows of each cluster (J,)."""
        return np.bincount(self.codes, minlength=self.n_clusters)


def read_clusters(fit: Fit, cluster: Any = None) -> tuple[Clusters, ...]:
    """Read what the rows are clustered by, and check that no random effect crosses clusters.

    Parameters
    ----------
    fit : a fitted model with its rows.
    cluster : name of a grouping factor; labels, one per row used or per row of the table that was
        read; a list of names or columns for several ways; None: the factor in which all others
        nest, or every top factor where they cross.

    Returns
    -------
    One `Clusters` per way.

    Raises
    ------
    SpecError, DesignError : the clusters cannot be read, or a random factor crosses them.
    NotEstimableError : the fit was saved without its rows, or has one cluster only.
    """
    design_with_rows(fit, "robust()")
    blocks = fit.design.rows.blocks
    if cluster is None:
        ways = tuple(_of_block(block) for block in _top(blocks))
    else:
        ways = tuple(_read(fit, item) for item in _items(fit, cluster))
    for way in ways:
        if way.n_clusters < 2:
            raise _one_cluster(way)
    for block in blocks:
        if not any(is_within(block, way.codes) for way in ways):
            raise _crossed(block, ways)
    return ways


def is_within(block: RandomBlock, codes: IndexArray | CodeArray) -> bool:
    """Say whether all rows of each group of a block lie in one cluster."""
    home = cluster_of_groups(block, codes)
    return all(bool((home[member.codes] == codes).all()) for member in block.memberships)


def cluster_of_groups(block: RandomBlock, codes: IndexArray | CodeArray) -> IndexArray:
    """Give the cluster of each group (J,), that of one of its rows."""
    home = np.full(block.n_groups, -1, dtype=np.int64)
    for member in block.memberships:
        home[member.codes] = codes
    return home


def together(ways: Sequence[Clusters]) -> Clusters:
    """Make clusters of the rows that agree in every way."""
    first, *others = ways
    codes, name = first.codes.astype(np.int64), first.name
    for way in others:
        codes = np.unique(codes * way.n_clusters + way.codes, return_inverse=True)[1]
        name = f"{name}:{way.name}"
    return Clusters(name, codes, np.arange(int(codes.max()) + 1))


def _top(blocks: tuple[RandomBlock, ...]) -> list[RandomBlock]:
    """Choose the factors that nest in no other; of two with the same groups, the first."""
    if not blocks:
        raise _no_factor()
    members = [block for block in blocks if len(block.memberships) > 1]
    single = [block for block in blocks if len(block.memberships) == 1]
    top: list[RandomBlock] = []
    for block in sorted(single, key=lambda b: b.n_groups):
        if not any(is_within(block, outer.memberships[0].codes) for outer in top):
            top.append(block)
    for block in members:
        if not any(is_within(block, outer.memberships[0].codes) for outer in top):
            raise _multiple_membership(block)
    return top


def _of_block(block: RandomBlock) -> Clusters:
    if len(block.memberships) > 1:
        raise _multiple_membership(block)
    return Clusters(block.grouping, block.memberships[0].codes.astype(np.int64), block.labels)


def _items(fit: Fit, cluster: Any) -> list[Any]:
    """Split a list of ways; a list with a label per row is one way."""
    if not isinstance(cluster, list | tuple):
        return [cluster]
    names = {block.grouping for block in fit.design.rows.blocks}
    is_way = [_is_column(item) or (isinstance(item, str) and item in names) for item in cluster]
    is_text = [isinstance(item, str) for item in cluster]
    n_rows = (fit.rows.n_used, fit.rows.n_read)
    has_ways = any(is_way) or (all(is_text) and len(cluster) not in n_rows)
    return list(cluster) if has_ways and cluster else [cluster]


def _is_column(item: Any) -> bool:
    return hasattr(item, "__len__") and not isinstance(item, str | bytes)


def _read(fit: Fit, cluster: Any) -> Clusters:
    if not isinstance(cluster, str):
        return _of_labels(fit, cluster)
    blocks = {block.grouping: block for block in fit.design.rows.blocks}
    if cluster not in blocks:
        raise _not_a_factor(cluster, list(blocks))
    return _of_block(blocks[cluster])


def _of_labels(fit: Fit, values: Any) -> Clusters:
    name = str(getattr(values, "name", None) or UNNAMED)
    source = MappingSource({name: values}, (name,), "the argument cluster")
    column = source.column(name)
    rows = fit.rows
    if source.n_rows not in (rows.n_used, rows.n_read):
        raise _wrong_length(source.n_rows, fit)
    kept = rows.kept if source.n_rows == rows.n_read else None
    missing = column.missing if column.missing is None or kept is None else column.missing[kept]
    if missing is not None and missing.any():
        raise _missing(name, np.flatnonzero(missing) + 1)
    found = as_grouping(column, kept)
    return Clusters(name, found.codes.astype(np.int64), found.labels)


def _crossed(block: RandomBlock, ways: tuple[Clusters, ...]) -> DesignError:
    homes = [(way, cluster_of_groups(block, way.codes)) for way in ways]
    way, home = homes[0]
    split = np.zeros(block.n_groups, dtype=bool)
    for member in block.memberships:
        split[member.codes[home[member.codes] != way.codes]] = True
    names = " or ".join(f"'{each.name}'" for each in ways)
    return DesignError(
        f"Groups of '{block.grouping}' have rows in several clusters of {names}.",
        where=WHERE,
        got=f"{block.grouping} {offenders(block.labels[split].tolist())}",
        need="clusters that hold every group of a random factor whole: rows of different clusters\n"
        "must be independent",
        do=f"cluster by '{block.grouping}' or by a factor above it; where factors cross, by\n"
        f"several: cluster=['{block.grouping}', ...].",
        slug="cluster-crosses-groups",
    )


def _one_cluster(way: Clusters) -> NotEstimableError:
    return NotEstimableError(
        f"All rows are in one cluster of '{way.name}'.",
        where=WHERE,
        got=f"{way.n_clusters:,} cluster",
        need="2 or more clusters: their differences are what robust errors are made of",
        do="cluster by a factor with more groups.",
        slug="one-cluster",
    )


def _no_factor() -> SpecError:
    return SpecError(
        "The model has no grouping factor to cluster by.",
        where=WHERE,
        got="None, and a formula without a bar",
        need="a label per row",
        do="pass the column: robust(cluster=data['school']).",
        slug="cluster-not-named",
    )


def _multiple_membership(block: RandomBlock) -> SpecError:
    return SpecError(
        f"Rows belong to several groups of '{block.grouping}', which therefore makes no clusters.",
        where=WHERE,
        got=f"a multiple membership of {len(block.memberships)} columns",
        need="clusters that hold all groups of a row",
        do="pass a label per row: robust(cluster=data['region']).",
        slug="cluster-not-named",
    )


def _not_a_factor(name: str, known: list[str]) -> SpecError:
    return SpecError(
        f"'{name}' is no grouping factor of the model.",
        where=WHERE,
        got=f"'{name}', and a fit keeps the columns of its model only",
        need=f"one of {offenders(known)}, or a label per row" if known else "a label per row",
        do=f"pass the column itself: cluster=data['{name}'].",
        slug="cluster-not-named",
    )


def _wrong_length(got: int, fit: Fit) -> DesignError:
    used, read = fit.rows.n_used, fit.rows.n_read
    more = f", or {read:,}, one per row of the table" if read != used else ""
    return DesignError(
        "The clusters do not fit the rows of the model.",
        where=WHERE,
        got=f"{got:,} labels",
        need=f"{used:,} labels, one per row used{more}",
        do="take the column from the table that the model was fitted to.",
        slug="cluster-length",
    )


def _missing(name: str, rows: IndexArray) -> FrameError:
    return FrameError(
        f"Rows of the model lack a label of '{name}'.",
        where=f"{WHERE}, rows {offenders(rows[:5].tolist(), len(rows))}",
        got=f"{len(rows):,} missing labels",
        need="a cluster for every row that the model uses",
        do="fill the labels in, or fit without these rows.",
        slug="cluster-missing",
    )

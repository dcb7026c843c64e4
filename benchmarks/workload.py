"""The noun: a model on data that are made by a fixed seed or read from a classic data set.

Room: benchmarks. Needs NumPy only, because every peer's process imports it.
Takes: names of columns.
Gives: `Workload`, and what its data are made of: `classic`, `unequal`, `correlated`.
Source: the classic data are in tests/reference/data, with their origin.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
CACHE = Path(__file__).parent / "data"
Columns = dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Workload:
    """A model: fixed terms as tuples of columns, random terms as (grouping, slopes).

    `goal` is what echelon must reach: seconds, or a share of a peer's median; None for no goal.
    `task` is what is timed: "fit", or something that is asked of a fit made before (tasks.py).
    `slack` is how far, relatively, the check value of a task may be from that of a peer.
    `family` is echelon's name for it, with its default link; `trials` the column of trials of a
    binomial response, "" for 0/1; `nodes` of adaptive quadrature, 1 for Laplace.
    """

    name: str
    what: str
    response: str
    fixed: tuple[tuple[str, ...], ...]
    random: tuple[tuple[str, tuple[str, ...]], ...]
    make: Callable[[], Columns]
    goal: tuple[float, str] | None
    task: str = "fit"
    method: str = "ML"
    check: str = "-2 log L"  # what the column criterion holds
    slack: float = 0.0
    categories: tuple[str, ...] = ()  # columns of codes among the fixed terms
    data: str = ""  # the workload whose columns these are; "" for its own
    replicates: int = 0  # of a bootstrap
    has_peers: bool = True  # False: too large for every one of them
    on_request: bool = False  # only where it is named
    family: str = "gaussian"
    trials: str = ""
    nodes: int = 1
    known: float = float("inf")  # the least -2 log L that any program has reached
    slow: tuple[str, ...] = ()  # systems that take a minute or more: only where asked for

    @property
    def formula(self) -> str:
        """The model in echelon's notation, which most programs share."""
        left = f"{self.response} / {self.trials}" if self.trials else self.response
        return f"{left} ~ {self.right}"

    @property
    def formula_in_r(self) -> str:
        """The same in R's."""
        events, trials = self.response, self.trials
        left = f"cbind({events}, {trials} - {events})" if trials else events
        return f"{left} ~ {self.right}"

    @property
    def right(self) -> str:
        """Fixed and random terms."""
        fixed = [":".join(term) for term in self.fixed] or ["1"]
        random = [f"({' + '.join(slopes) or '1'} | {group})" for group, slopes in self.random]
        return " + ".join(fixed + random)

    @property
    def kind(self) -> str:
        """Which set it belongs to: 'linear', 'generalized' or 'inference'."""
        if self.task != "fit":
            return "inference"
        return "linear" if self.family == "gaussian" else "generalized"

    @property
    def groupings(self) -> tuple[str, ...]:
        """Columns that hold group labels."""
        return tuple(group for group, _ in self.random)


def classic(file: str, *text: str) -> Columns:
    """Read a CSV; the columns in `text` become integer codes of their sorted labels."""
    raw = (ROOT / "tests" / "reference" / "data" / file).read_bytes()
    raw = gzip.decompress(raw) if file.endswith(".gz") else raw
    head, *rows = csv.reader(raw.decode().splitlines())
    table = dict(zip(head, map(np.array, zip(*rows, strict=True)), strict=True))
    return {name: codes(v) if name in text else v.astype(float) for name, v in table.items()}


def codes(labels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Number labels (n,) in their sorted order, from 0."""
    return np.unique(labels, return_inverse=True)[1].astype(np.int32)


def unequal(rng: np.random.Generator, n: int, n_groups: int) -> np.ndarray[Any, Any]:
    """Draw sorted group codes (n,): groups of very different sizes, two rows at least."""
    share = rng.gamma(1 / 0.3, size=n_groups)
    rest = rng.choice(n_groups, size=n - 2 * n_groups, p=share / share.sum())
    return np.sort(np.concatenate([np.arange(n_groups), np.arange(n_groups), rest]))


def crossed(
    rng: np.random.Generator, n: int, n_users: int, n_items: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Draw n distinct pairs (user, item) that cover all of both, with margins like MovieLens."""
    weight = 1.0 / (np.arange(1, n_items + 1) + 60.0 * n_items / 3_706) ** 1.15
    item_cdf = np.cumsum(weight / weight.sum())
    weight = rng.lognormal(0.0, 0.95, n_users)
    user_cdf = np.cumsum(weight / weight.sum())
    once = np.searchsorted(item_cdf, rng.random(n_users)).clip(0, n_items - 1)
    each = np.searchsorted(user_cdf, rng.random(n_items)).clip(0, n_users - 1)
    cover = np.unique(
        np.r_[np.arange(n_users) * n_items + once, each * n_items + np.arange(n_items)]
    )
    keys = cover
    while len(keys) < n:
        m = int(1.15 * (n - len(keys))) + 1000
        u = np.searchsorted(user_cdf, rng.random(m)).clip(0, n_users - 1)
        i = np.searchsorted(item_cdf, rng.random(m)).clip(0, n_items - 1)
        keys = np.union1d(keys, u * n_items + i)
    spare = np.setdiff1d(keys, cover, assume_unique=True)
    keys = np.union1d(cover, spare[rng.choice(len(spare), n - len(cover), replace=False)])
    return (keys // n_items).astype(np.int32), (keys % n_items).astype(np.int32)


def correlated(
    rng: np.random.Generator, n_groups: int, std_devs: list[float]
) -> np.ndarray[Any, Any]:
    """Draw random effects (J, r) with correlations of 0.3."""
    sd = np.array(std_devs)
    C = 0.7 * np.eye(len(sd)) + 0.3
    return rng.standard_normal((n_groups, len(sd))) @ np.linalg.cholesky(C * np.outer(sd, sd)).T


def numbered(count: int) -> tuple[tuple[str, ...], ...]:
    """Name the terms x1, x2, and so on."""
    return tuple((f"x{k + 1}",) for k in range(count))

"""A generalized model in the compiled core, for its estimation: owns its rows, dies with the call.

Room: engine/generalized/. Hands arrays over; does no arithmetic.
Takes: a `Design` with channels.
Gives: `GeneralizedSearch`: all that estimation needs.
Source: docs/theory.md (25) and (26).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Channel, Design
from echelon.engine.generalized.centring import shifts
from echelon.engine.kernel import failures, generalized_core, heard


class GeneralizedSearch:
    """Marginal likelihood of one model. Lambdas are (r, r) templates, one per block.

    Coefficients are (p + m,): those of `fixed_names`, then those of `extra_names`.
    """

    __slots__ = ("_at", "_design", "_handle", "_pool", "_shifts")

    def __init__(
        self, design: Design, core_name: str, link: str, points: int = 1, threads: int | None = None
    ) -> None:
        self._design = design
        self._at: tuple[FloatArray, tuple[FloatArray, ...]] | None = None
        self._pool = _Pool()
        self._shifts = shifts(design)
        blocks = [
            (
                [(member.codes, member.weights) for member in block.memberships],
                [self._pool.index(column) for column in block.columns],
                list(block.channels) or [0] * block.n_columns,
                block.n_groups,
            )
            for block in design.rows.blocks
        ]
        channels = [self._parts(channel) for channel in design.channels]
        active = 1 + max((c for *_, entered, _ in blocks for c in entered), default=0)
        n_coefficients = len(design.fixed_names) + len(design.extra_names)
        model = (core_name, link, len(design.categories))
        with failures(design):
            self._handle = generalized_core(
                self._pool.arrays, design.y, design.trials, design.weights, channels, blocks,
                n_coefficients, active, model, points, threads,
            )  # fmt: skip

    def _parts(self, channel: Channel) -> tuple[list[tuple[int, int, float]], int | None]:
        parts = [(c.coefficient, self._pool.index(c.values), c.factor) for c in channel.columns]
        return parts, None if channel.offset is None else self._pool.index(channel.offset)

    def objective(self, coefficients: FloatArray, Lambdas: Sequence[FloatArray]) -> float:
        """Evaluate the criterion, -2 log likelihood with all constants."""
        flat = [np.ravel(L) for L in Lambdas]
        with failures(self._design):
            value, slopes, by_block = self._handle.evaluate(list(coefficients), flat)
        parts = [np.reshape(part, L.shape) for part, L in zip(by_block, Lambdas, strict=True)]
        self._at = np.asarray(slopes), tuple(parts)
        return float(value)

    def gradient(self) -> tuple[FloatArray, tuple[FloatArray, ...]]:
        """Differentiate by the coefficients (p + m,) and templates, at the last point."""
        assert self._at is not None
        return self._at

    def estimable(self, columns: Sequence[FloatArray], ones: FloatArray | None) -> list[int]:
        """Say which columns are not explained by earlier ones; `ones` is the column of ones."""
        places = [self._pool.place(column) for column in columns]
        lead = next((i for i, column in enumerate(columns) if column is ones), None)
        with failures(self._design):
            kept: list[int] = self._handle.estimable(places, lead)
        return kept

    def start(self, first: FloatArray, free: Sequence[int]) -> tuple[FloatArray, list[list[float]]]:
        """Coefficients without random effects, and standard deviations of these by moments."""
        with failures(self._design):
            coefficients, std_devs = self._handle.start(list(first), list(free))
        return np.asarray(coefficients), std_devs

    def minimise(
        self,
        full: FloatArray,
        free: Sequence[int],
        bounds: tuple[FloatArray, FloatArray],
        settings: tuple[int, float],
        index: list[list[int]] | None,
        call: Callable[[FloatArray], object] | None = None,
    ) -> dict[str, Any]:
        """Minimise over free coordinates of (coefficients, theta).

        `settings` are the most evaluations and the tolerance; `index` or `call` is the map
        theta -> Lambda, as for `Workspace.minimise`.
        """
        with heard(call) as mapped, failures(self._design):
            outcome: dict[str, Any] = self._handle.minimise(
                list(full), list(free), self._shifts, *map(list, bounds), *settings, index, mapped
            )
        return outcome

    def hessian(
        self,
        full: FloatArray,
        free: Sequence[int],
        index: list[list[int]] | None,
        call: Callable[[FloatArray], object] | None = None,
    ) -> FloatArray:
        """Second derivatives of the criterion by the free coordinates of `full`."""
        with heard(call) as mapped, failures(self._design):
            flat = self._handle.hessian(list(full), list(free), index, mapped)
        return np.asarray(flat).reshape(len(free), len(free))

    def covariance(
        self,
        full: FloatArray,
        free: Sequence[int],
        index: list[list[int]] | None,
        call: Callable[[FloatArray], object] | None = None,
    ) -> FloatArray | None:
        """Twice the inverse of the criterion's Hessian by the free coordinates of `full`.

        None where the Hessian is not positive definite.
        """
        with heard(call) as mapped, failures(self._design):
            flat = self._handle.covariance(list(full), list(free), self._shifts, index, mapped)
        return flat.reshape(len(free), len(free)) if len(flat) == len(free) ** 2 else None

    def modes(self) -> list[FloatArray]:
        """Spherical random effects (J, r) by block, at the last point."""
        blocks = self._design.rows.blocks
        modes = self._handle.modes()
        return [u.reshape(b.n_groups, b.n_columns) for u, b in zip(modes, blocks, strict=True)]

    def place(self, coefficients: FloatArray, Lambdas: Sequence[FloatArray]) -> None:
        """Put the nodes of a nested quadrature where the modes at a point say."""
        with failures(self._design):
            self._handle.place(list(coefficients), [np.ravel(L) for L in Lambdas])

    @property
    def n_nodes(self) -> int:
        """Evaluations per row of one pass; 1 for Laplace."""
        count: int = self._handle.nodes()
        return count

    def root(self) -> tuple[int, bool] | None:
        """Order of the matrix that remains of the other factors, and whether it is dense."""
        found: tuple[int, bool] | None = self._handle.root()
        return found


class _Pool:
    """Arrays that are handed over once, however often they are used."""

    def __init__(self) -> None:
        self.arrays: list[FloatArray] = []
        self._places: dict[int, int] = {}

    def index(self, column: FloatArray) -> int:
        """Place of an array, which is added if it is new."""
        at = self._places.get(id(column))
        if at is None:
            at = self._places[id(column)] = len(self.arrays)
            self.arrays.append(np.ascontiguousarray(column, dtype=float))
        return at

    def place(self, column: FloatArray) -> int:
        """Place of an array that was handed over."""
        return self._places[id(column)]

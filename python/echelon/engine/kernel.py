"""The only door to the compiled core.

Room: engine/. Hands arrays over and sentences back; does no arithmetic.
Takes: a `Design`, or cross-products.
Gives: `CrossProducts` (saves, merges, pickles) and `Workspace` (owns a factor, dies with the call).
Source: docs/theory.md (5) to (11); docs/decisions/compiled-core.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from echelon import _core
from echelon._types import CodeArray, FloatArray
from echelon.design.parts import Design
from echelon.engine.estimates import Plan
from echelon.engine.failures import kernel_failure
from echelon.errors import EngineError

INTERCEPT = "(Intercept)"


@dataclass(frozen=True, slots=True, eq=False)
class CrossProducts:
    """Cross-products [Z X y]' W [Z X y] of some rows: all that estimation needs of them.

    Adding up the cross-products of two sets of rows gives those of both; groups may be new as
    long as their codes are. Pickles as plain arrays.
    """

    handle: Any

    def merge(self, other: CrossProducts) -> CrossProducts:
        """Add the rows of `other`, which must come from the same model."""
        with failures(None):
            return CrossProducts(self.handle.merge(other.handle))

    def minus(self, other: CrossProducts) -> CrossProducts:
        """Take away the rows of `other`, some of these, accumulated with the same codes."""
        with failures(None):
            return CrossProducts(self.handle.minus(other.handle))

    def to_state(self) -> dict[str, Any]:
        """All numbers as a dictionary of arrays."""
        state: dict[str, Any] = self.handle.to_state()
        return state

    @staticmethod
    def from_state(state: dict[str, Any]) -> CrossProducts:
        """Cross-products from the dictionary of `to_state`; sizes are checked."""
        with failures(None):
            return CrossProducts(_core.CrossProducts.from_state(state))

    def __reduce__(self) -> tuple[Callable[..., CrossProducts], tuple[dict[str, Any]]]:
        return CrossProducts.from_state, (self.to_state(),)

    @property
    def n_obs(self) -> int:
        """Rows added up."""
        n: int = self.handle.n
        return n

    @property
    def centre(self) -> FloatArray:
        """What the columns of [X y] were centred by, (p + 1,)."""
        return np.asarray(self.handle.centre)

    @property
    def n_bytes(self) -> int:
        """Memory held."""
        size: int = self.handle.bytes
        return size

    def start_std_devs(self) -> list[list[float]]:
        """Relative standard deviations from moments, r per block. Theory (12)."""
        values: list[list[float]] = self.handle.start_std_devs()
        return values

    def random_grams(self) -> list[list[float]]:
        """Z'WZ summed over groups, flat (r, r), one per block."""
        values: list[list[float]] = self.handle.random_gram()
        return values

    def transformed(self, maps: list[list[float] | None]) -> CrossProducts:
        """Cross-products with Z M in place of Z; one flat (r, r) map M or None per block."""
        with failures(None):
            return CrossProducts(self.handle.transformed(maps))


@contextmanager
def failures(design: Design | None) -> Iterator[None]:
    """Turn the core's fields into an `EngineError` with the user's names."""
    try:
        yield
    except _core.KernelError as error:
        kind, fields = error.args
        raise kernel_failure(kind, fields, design) from None


@contextmanager
def heard(
    call: Callable[[FloatArray], object] | None,
) -> Iterator[Callable[[FloatArray], object] | None]:
    """Give a map to hand to the core, so that Ctrl-C inside it is not taken for a bad map."""
    interrupts: list[KeyboardInterrupt] = []

    def listening(theta: FloatArray) -> object:
        try:
            return None if call is None else call(theta)
        except KeyboardInterrupt as interrupt:
            interrupts.append(interrupt)
            raise

    try:
        yield None if call is None else listening
    except EngineError:
        if interrupts:
            raise interrupts[0] from None
        raise


def generalized_core(*arguments: Any) -> Any:
    """Make the core's object of a generalized model; see `GeneralizedWorkspace`."""
    return _core.Generalized(*arguments)


def accumulate(
    design: Design, centre: FloatArray | None = None, threads: int | None = None
) -> CrossProducts:
    """Read the rows once and keep their cross-products.

    Parameters
    ----------
    design : n rows; its codes may be a chunk's, as long as they index the same labels.
    centre : (p + 1,) what to centre [X y] by; None: means of the first rows. Chunks that are to be
        merged need not agree.
    threads : size of the pool; None for the process's.

    Returns
    -------
    `CrossProducts`, independent of the number of threads to the last bit.

    Raises
    ------
    EngineError : a value is not finite or too large to be squared.
    """
    pool: list[FloatArray] = []
    place: dict[int, int] = {}

    def index(column: FloatArray) -> int:
        at = place.get(id(column))
        if at is None:
            at = place[id(column)] = len(pool)
            pool.append(np.ascontiguousarray(column))
        return at

    rows = design.rows
    fixed = [index(column) for column in rows.fixed_columns]
    blocks = [
        (
            [(member.codes, member.weights) for member in block.memberships],
            [index(column) for column in block.columns],
            block.n_groups,
        )
        for block in rows.blocks
    ]
    y = design.y if rows.offset is None else design.y - rows.offset
    has_intercept = bool(design.fixed_names) and design.fixed_names[0] == INTERCEPT
    with failures(design):
        return CrossProducts(
            _core.CrossProducts.accumulate(
                pool,
                fixed,
                index(y),
                blocks,
                design.weights,
                0 if has_intercept else None,
                None if centre is None else list(centre),
                threads,
            )
        )


class Workspace:
    """The factor and scratch of one estimation. Lambdas are (r, r) templates, one per block."""

    __slots__ = ("_design", "_handle")

    def __init__(
        self,
        products: CrossProducts,
        method: str,
        path: str = "auto",
        threads: int | None = None,
        design: Design | None = None,
    ) -> None:
        self._design = design
        with failures(design):
            self._handle = _core.Workspace(products.handle, method == "REML", path, threads)

    def objective(self, Lambdas: Sequence[FloatArray]) -> float:
        """Evaluate the criterion, -2 log likelihood (ML or REML). Theory (6)."""
        with failures(self._design):
            value: float = self._handle.objective([np.ravel(L) for L in Lambdas])
        return value

    def gradient(self) -> tuple[FloatArray, ...]:
        """Differentiate the criterion by the templates, (r, r) each, at the last point."""
        with failures(self._design):
            parts = self._handle.gradient()
        return tuple(_square(part) for part in parts)

    def information(self, directions: Sequence[tuple[int, FloatArray]]) -> FloatArray:
        """Average information (k, k) in directions (block, dLambda), at the last point."""
        flat = [(block, np.ravel(d)) for block, d in directions]
        with failures(self._design):
            return _square(self._handle.information(flat))

    def minimise(
        self,
        start: FloatArray,
        bounds: tuple[FloatArray, FloatArray],
        scale: FloatArray,
        max_evaluations: int,
        tolerance: float,
        index: list[list[int]] | None,
        call: Callable[[FloatArray], object] | None,
        factors: list[list[float]] | None = None,
    ) -> dict[str, Any]:
        """Minimise the criterion over theta; `index` or `call` is the map theta -> Lambda.

        `factors` are what theta is multiplied by at each entry of `index`; None: one.
        """
        with heard(call) as mapped, failures(self._design):
            outcome: dict[str, Any] = self._handle.minimise(
                start, bounds[0], bounds[1], scale, max_evaluations, tolerance, index, mapped,
                factors,
            )  # fmt: skip
        return outcome

    def hold(
        self,
        combination: tuple[FloatArray, float] | None = None,
        sigma: float | None = None,
        tied: tuple[int, int, int, float] | None = None,
    ) -> None:
        """Hold x'beta at a value, and sigma, from the next evaluation on; nothing given: nothing.

        `combination` is (x (p,), value); `sigma` a number; `tied` = (block, row, other, covariance)
        lets sigma be what makes that covariance (one row twice: the variance) a number.
        """
        with failures(self._design):
            self._handle.hold(combination, sigma, tied)

    def scores(self) -> dict[str, Any]:
        """Z'V^-1[X y] and Lambda Lambda'Z'V^-1[X y] by block, and [X y]'V^-1[X y], flat arrays."""
        with failures(self._design):
            parts: dict[str, Any] = self._handle.scores()
        return parts

    def solution(self) -> dict[str, Any]:
        """Read the numbers at the last point: objective and its parts, beta, vcov."""
        numbers: dict[str, Any] = self._handle.solution()
        return numbers

    def modes(self) -> list[tuple[FloatArray, FloatArray]]:
        """Solve for (b, u) of every block, flat (J r,), at the last point."""
        with failures(self._design):
            parts: list[tuple[FloatArray, FloatArray]] = self._handle.modes()
        return parts

    def conditional(self, block: int, with_fixed: bool) -> FloatArray:
        """Conditional covariances of a block, flat (J r r,), response units squared."""
        with failures(self._design):
            values: FloatArray = self._handle.conditional(block, with_fixed)
        return values

    def variances(
        self,
        X: FloatArray,
        parts: Sequence[tuple[int, CodeArray, FloatArray]],
        with_fixed: bool,
    ) -> FloatArray:
        """Variances (n,) of x'beta + z'(b - b_hat), rows X (n, p), parts (block, codes, Z)."""
        flat = [(block, codes, np.ravel(Z)) for block, codes, Z in parts]
        with failures(self._design):
            values: FloatArray = self._handle.variances(np.ravel(X), flat, len(X), with_fixed)
        return values

    def plan(self) -> Plan:
        """Report the way taken, the order of the blocks, the root's size, each way's cost."""
        way, order, root_size, costs, n_visited = self._handle.plan()
        return Plan(way, tuple(order), root_size, tuple(costs), n_visited)


class Sampler:
    """Draws cross-products of responses from y = X beta + Z b + e; owns a square root of the sums.

    `beta` are raw coefficients (p,), NaN where not estimated; Lambdas (r, r) templates.
    """

    __slots__ = ("_handle",)

    def __init__(
        self,
        products: CrossProducts,
        Lambdas: Sequence[FloatArray],
        sigma: float,
        beta: FloatArray,
        design: Design | None = None,
    ) -> None:
        flat = [np.ravel(L) for L in Lambdas]
        with failures(design):
            self._handle = _core.Sampler(products.handle, flat, sigma, list(beta))

    def draw(self, seed: int) -> CrossProducts:
        """Cross-products with a simulated response in the place of y."""
        return CrossProducts(self._handle.draw(seed))

    def refits(
        self,
        seeds: Sequence[int],
        method: str,
        path: str,
        starts: Sequence[FloatArray],
        bounds: tuple[FloatArray, FloatArray],
        scale: FloatArray,
        rms: list[list[float]],
        settings: tuple[int, float],
        index: list[list[int]] | None,
        call: Callable[[FloatArray], object] | None,
        threads: int | None,
    ) -> dict[str, Any]:
        """Refit to one draw per seed; flat arrays theta, beta, std_error, sigma, objective, flags.

        `settings` are the most evaluations and the tolerance of the Newton decrement.
        """
        with failures(None):
            found: dict[str, Any] = self._handle.refits(
                seeds, method == "REML", path, starts, *bounds, scale, rms, *settings, index,
                call, threads,
            )  # fmt: skip
        return found


def _square(values: Sequence[float]) -> FloatArray:
    flat = np.asarray(values, dtype=float)
    size = round(len(flat) ** 0.5)
    return flat.reshape(size, size)


def thread_count(asked: int | None = None) -> int:
    """Threads to work with: as many as asked for, else the size of the process's pool."""
    size: int = _core.thread_count()
    return size if asked is None else asked


def build_info() -> dict[str, object]:
    """Describe the compiled core: version, profile, threads, vector instructions."""
    return {
        "core": _core.__version__,
        "profile": _core.build_profile(),
        "threads": _core.thread_count(),
        "cpu_features": _core.cpu_features(),
    }

"""A generalized model in the compiled core, with what is asked after the fit.

Room: engine/generalized/. Hands arrays over; does no arithmetic.
Takes: a `Design` with channels.
Gives: `GeneralizedWorkspace`: covariances, variances and scores at given parameters.
Source: docs/theory.md (25) and (26).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echelon._types import FloatArray
from echelon.engine.generalized.search import GeneralizedSearch
from echelon.engine.kernel import failures


class GeneralizedWorkspace(GeneralizedSearch):
    """A `GeneralizedSearch` that also reads off what inference needs."""

    __slots__ = ()

    def conditional(
        self, coefficients: FloatArray, Lambdas: Sequence[FloatArray]
    ) -> list[tuple[FloatArray, FloatArray]]:
        """Conditional covariances (J, r, r) and slopes of b by the coefficients (J, r, p + m)."""
        with failures(self._design):
            parts = self._handle.conditional(list(coefficients), [np.ravel(L) for L in Lambdas])
        shapes = [(b.n_groups, b.n_columns) for b in self._design.rows.blocks]
        return [
            (covariances.reshape(j, r, r), slopes.reshape(j, r, -1))
            for (covariances, slopes), (j, r) in zip(parts, shapes, strict=True)
        ]

    def variances(
        self,
        coefficients: FloatArray,
        Lambdas: Sequence[FloatArray],
        rows: list[list[tuple[int, int, list[float]]]],
    ) -> FloatArray:
        """Conditional variances of combinations of random effects: (block, group, z) each."""
        flat = [np.ravel(L) for L in Lambdas]
        with failures(self._design):
            values: FloatArray = self._handle.variances(list(coefficients), flat, rows)
        return values

    def scores(self, coefficients: FloatArray, Lambda: FloatArray | None) -> FloatArray:
        """Differentiate each group's criterion by (coefficients, template), (J, p + m + r r).

        For models with one grouping factor; without one the groups are arbitrary runs of rows.
        """
        flat = [] if Lambda is None else [np.ravel(Lambda)]
        width = len(coefficients) + (0 if Lambda is None else Lambda.size)
        with failures(self._design):
            values: FloatArray = self._handle.scores(list(coefficients), flat)
        return values.reshape(-1, width)

    def row_slopes(self, coefficients: FloatArray, Lambdas: Sequence[FloatArray]) -> FloatArray:
        """Differentiate the criterion by every row's linear predictors, (K, n)."""
        with failures(self._design):
            values: FloatArray = self._handle.row_slopes(
                list(coefficients), [np.ravel(L) for L in Lambdas]
            )
        return values.reshape(len(self._design.channels), -1)

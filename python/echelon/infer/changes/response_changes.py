"""Averages of predicted means, probabilities or counts over rows, and how sure they are.

Room: infer/. Linearises averages in coefficients and random effects; lays out no table.
Takes: a generalized `Fit`, encoded rows, and which average each row belongs to.
Gives: `Predicted`, `ResponseChanges` and `one_number`.
Source: docs/theory.md (28); Booth & Hobert (1998), JASA 93, 262-272, for random effects.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from echelon._types import CodeArray, FloatArray
from echelon.design.parts import Channel, Rows
from echelon.engine import observation_of
from echelon.engine.generalized.linear_predictors import add_random, fixed_predictors
from echelon.engine.generalized.workspace import GeneralizedWorkspace
from echelon.errors import NotEstimableError, offenders
from echelon.families import family_of
from echelon.fit import Fit, design_with_rows
from echelon.infer.changes import averages as averaging
from echelon.infer.changes.averages import Averages, RandomPart
from echelon.infer.coefficients.linear import COLUMNS
from echelon.infer.distributions import distributions
from echelon.infer.means.channel_rows import encoded_rows, rows_of
from echelon.infer.means.delta import STEP, Quantity, differentiated
from echelon.infer.means.outcomes import Outcome, check_population, read_outcome

CHUNK = 2048  # rows whose derivatives by all parameters are formed at once


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Averages of T quantities over m sets, `values` (T m,), the sets fastest.

    `linear` are their derivatives: by the parameters in X, by the random effects in its parts.
    """

    values: FloatArray
    linear: Averages


class ResponseChanges:
    """Averages on the scale of the response: conditional on the groups, or of their population.

    `random` is 'all' (these groups, at their conditional modes), 'none' (random effects zero) or
    'population' (averaged over random effects).
    """

    def __init__(self, fit: Fit, outcome: Outcome, random: str) -> None:
        if random == "population":
            check_population(fit)
        self._fit, self._outcome = fit, outcome
        self._quantity = Quantity(fit, outcome, random == "population")
        self._random = random

    def average(
        self,
        rows: Rows,
        channels: tuple[Channel, ...],
        positions: tuple[int, ...],
        codes: CodeArray,
        m: int,
    ) -> Predicted:
        """Average rows within each of m sets; arguments as of `averages.average`."""
        with np.errstate(all="ignore"):
            if self._random == "population":
                return self._population(rows, channels, codes, m)
            return self._conditional(rows, channels, positions, codes, m)

    def difference(self, after: Predicted, before: Predicted) -> Predicted:
        """Take averages from others of the same sets."""
        linear = averaging.difference(after.linear, before.linear)
        return Predicted(after.values - before.values, linear)

    def covariance(self, predicted: Predicted) -> FloatArray:
        """Covariance of the errors, (T m, T m)."""
        m = len(predicted.values)
        left, right = np.triu_indices(m)
        T = np.zeros((len(left), m))
        place = np.arange(len(left))
        np.add.at(T, (place, left), 1.0)
        np.add.at(T, (place, right), 1.0)
        sums = self._variances(averaging.combine([(T, predicted.linear)]))
        own = sums[left == right] / 4.0
        found = np.empty((m, m))
        found[left, right] = found[right, left] = (sums - own[left] - own[right]) / 2.0
        return found

    def bounded(
        self, predicted: Predicted, conf_level: float, on_link: bool = False
    ) -> dict[str, FloatArray]:
        """Estimate, test and bound by the normal: columns as of `LinearInference.rows`.

        `on_link`: limits are those of the link's scale, transformed.
        """
        estimate = predicted.values
        std_error = np.sqrt(np.maximum(self._variances(predicted.linear), 0.0))
        df = np.full(len(estimate), np.inf)
        with np.errstate(all="ignore"):
            statistic = estimate / std_error
            margin = distributions.t_quantile(conf_level, df)
            low, high = estimate - margin * std_error, estimate + margin * std_error
            if on_link:
                link = self._outcome.link
                at = link.forward(estimate)
                spread = margin * std_error / np.abs(link.slope(at))
                ends = link.inverse(at - spread), link.inverse(at + spread)
                low, high = np.minimum(*ends), np.maximum(*ends)
        p_value = distributions.t_p_value(statistic, df)
        values = (estimate, std_error, statistic, df, p_value, low, high)
        return dict(zip(COLUMNS, values, strict=True))

    def _conditional(
        self,
        rows: Rows,
        channels: tuple[Channel, ...],
        positions: tuple[int, ...],
        codes: CodeArray,
        m: int,
    ) -> Predicted:
        """Average at zero random effects, or at the modes of the blocks that take part."""
        own = self._quantity.parameters
        eta = fixed_predictors(channels, own.coefficients, rows.n_obs)
        blocks = list(zip(positions, rows.blocks, strict=True))
        for position, block in blocks:
            add_random(eta, block, self._fit.estimates.modes[position])
        values = self._outcome.values(eta)
        slopes = [self._slope(eta, k) for k in range(len(eta))]
        T = len(values)
        size = np.bincount(codes[codes >= 0], minlength=m).astype(float)
        X = np.zeros((T * m, len(own.coefficients)))
        parts: list[RandomPart] = []
        for t in range(T):
            for channel, slope in zip(channels, slopes, strict=True):
                for column in channel.columns:
                    product = slope[t] * column.factor * column.values
                    mean = _mean(product, codes, size)
                    X[t * m : (t + 1) * m, column.coefficient] += mean
            for position, block in blocks:
                entered = block.channels or (0,) * block.n_columns
                columns = tuple(
                    [slopes[c][t] * z for c, z in zip(entered, block.columns, strict=True)]
                )
                weighed = replace(block, columns=columns)
                part = averaging.random_part(weighed, position, codes, size)
                parts.append(replace(part, row=part.row + t * m))
        linear = Averages(X, np.zeros(T * m), averaging.merged(parts))
        means = np.concatenate([_mean(row, codes, size) for row in values])
        return Predicted(means, linear)

    def _slope(self, eta: FloatArray, k: int) -> FloatArray:
        """Differentiate the quantity by one linear predictor, (T, n)."""
        is_inverse = self._outcome.link.link == "inverse"
        size = STEP * np.minimum(np.abs(eta[k]), 1.0) if is_inverse else STEP
        step = np.zeros_like(eta)
        step[k] = size
        return np.asarray(differentiated(lambda t: self._outcome.values(eta + t * step)) / size)

    def _population(
        self, rows: Rows, channels: tuple[Channel, ...], codes: CodeArray, m: int
    ) -> Predicted:
        """Average means that are integrated over the random effects."""
        own = self._quantity.parameters
        size = np.bincount(codes[codes >= 0], minlength=m).astype(float)
        totals: list[FloatArray] = []
        slopes: FloatArray | None = None
        for start in range(0, rows.n_obs, CHUNK):
            part = slice(start, min(start + CHUNK, rows.n_obs))
            some, blocks = rows_of(channels, rows.blocks, part)
            dense = encoded_rows(some, blocks, len(own.coefficients), part.stop - start)
            found = self._quantity.sensitivity(dense)
            totals.append(found.values)
            share = np.zeros((m, part.stop - start))
            known = np.flatnonzero(codes[part] >= 0)
            share[codes[part][known], known] = 1.0 / size[codes[part][known]]
            piece = np.einsum("mn,tni->tmi", share, found.gradient)
            slopes = piece if slopes is None else slopes + piece
        assert slopes is not None
        means = np.concatenate([_mean(row, codes, size) for row in np.hstack(totals)])
        X = slopes.reshape(len(means), -1)
        return Predicted(means, Averages(X, np.zeros(len(means)), ()))

    def _variances(self, linear: Averages) -> FloatArray:
        """Variances of linear combinations of parameters and random effects, (m,). Theory (28)."""
        X = linear.X
        found = np.zeros(len(X))
        if linear.has_random:
            X, found = X.copy(), self._of_modes(linear)
            for part in linear.parts:
                slopes = self._at_modes[part.position][1]
                moved = np.einsum("er,erp->ep", part.Z, slopes[part.group])
                np.add.at(X, part.row, moved)
        C = self._quantity.parameters.covariance[: X.shape[1], : X.shape[1]]
        return np.asarray(found + np.einsum("mi,ij,mj->m", X, C, X))

    def _of_modes(self, linear: Averages) -> FloatArray:
        """Variances of the random effects given the parameters."""
        m = len(linear.X)
        if len(linear.parts) == 1 and len(self._at_modes) == 1:
            (part,) = linear.parts
            given = self._at_modes[part.position][0][part.group]
            values = np.einsum("er,ers,es->e", part.Z, given, part.Z)
            return np.asarray(np.bincount(part.row, values, minlength=m), dtype=float)
        entries: list[list[tuple[int, int, list[float]]]] = [[] for _ in range(m)]
        for part in linear.parts:
            for row, group, z in zip(
                part.row.tolist(), part.group.tolist(), part.Z.tolist(), strict=True
            ):
                entries[row].append((part.position, group, z))
        own, Lambdas = self._quantity.parameters, self._fit.estimates.Lambdas
        return self._workspace.variances(own.coefficients, list(Lambdas), entries)

    @cached_property
    def _workspace(self) -> GeneralizedWorkspace:
        fit = self._fit
        design = design_with_rows(fit, "what_if()")
        observation = observation_of(design, fit.spec)
        assert fit.estimates.generalized is not None
        points = fit.estimates.generalized.approximation.n_points
        return GeneralizedWorkspace(design, observation.core_name, observation.link, points)

    @cached_property
    def _at_modes(self) -> list[tuple[FloatArray, FloatArray]]:
        own, Lambdas = self._quantity.parameters, list(self._fit.estimates.Lambdas)
        self._workspace.objective(own.coefficients, Lambdas)
        return self._workspace.conditional(own.coefficients, Lambdas)


def _mean(column: FloatArray, codes: CodeArray, size: FloatArray) -> FloatArray:
    """Average a column (n,) within sets, (m,)."""
    known = codes >= 0
    sums = np.bincount(codes[known], np.broadcast_to(column, codes.shape)[known], len(size))
    return np.asarray(sums / size)


def one_number(fit: Fit, outcome: str | None, verb: str) -> Outcome:
    """Read the outcome; one with a value per category cannot be offset."""
    is_ordered = family_of(fit.spec.family).response == "ordered"
    chosen = read_outcome(fit, "response", "score" if outcome is None and is_ordered else outcome)
    if not chosen.axis:
        return chosen
    raise NotEstimableError(
        "A change that leaves every category as probable as before does not exist.",
        where=f"{verb}, option outcome",
        got=f"{chosen.name!r}: {len(chosen.axis)} values, {offenders(chosen.axis)}",
        need="an outcome that is one number",
        do="write outcome='score'." if is_ordered else "compare probabilities with what_if().",
        slug="trade-off-of-categories-of-response",
    )

"""Where a new response will fall: quantiles of its distribution, uncertain as its mean is.

Room: predict. Mixes distributions over linear predictors and inverts them.
Takes: an observation model, linear predictors and their covariances.
Gives: `response_limits`.
Source: docs/theory.md (28); Trefethen & Weideman (2014) for the trapezoid rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import inverse, link_of
from echelon.engine.observation.model import Observation, ResponseRows

REACH = 8.0  # standard deviations of the linear predictor
COARSEST, FINEST = 0.5, 1 / 64  # steps of the trapezoid rule, standard deviations
ZERO_POINTS = 7  # for the linear predictor of a zero part, given the mean's
VALUES_AT_ONCE = 2_000_000
DOUBLINGS, HALVINGS = 1_030, 200
SCALES = {"real": "identity", "positive": "log", "nonnegative": "log", "unit": "logit"}
TOP = {"log": 700.0, "logit": 36.0, "identity": np.inf}  # of a transformed response


def response_limits(
    observation: Observation,
    response: str,
    rows: ResponseRows,
    eta: FloatArray,
    covariances: FloatArray,
    conf_level: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give standard deviations and equal-tailed limits of new responses.

    The distribution of a response is averaged over the normal distribution of the linear
    predictors of its mean and of its zeros; dispersion, power and degrees of freedom are taken
    as known. Limits of counts are whole numbers that hold at least the level. Theory (28).

    Parameters
    ----------
    observation : the family with its link.
    response : kind of values, as `Family.response`.
    rows : trials of the new responses, if the family has them.
    eta : (K, n).
    covariances : (n, C, C) of the mean's linear predictor and of the zero part's, if any.
    conf_level : in (0, 1).

    Returns
    -------
    Standard deviations, lower and upper limits (n,), on the scale of the mean: proportions for
    binomial families.

    Notes
    -----
    The step of the trapezoid rule is half the width of a response given its mean, relative to
    that of the mean itself, a power of two within 1/64 and 1/2 standard deviations of the linear
    predictor: the limits of a response that varies much less than its mean are known to 0.01 of
    them.
    """
    spreads, lows, highs = (np.empty(eta.shape[1]) for _ in range(3))
    tails = 0.5 * (1 - conf_level), 0.5 * (1 + conf_level)
    with np.errstate(all="ignore"):  # far out, means and their squares are infinite
        steps = _steps(observation, rows, eta, covariances)
        for own in _batches(steps, len(eta) * (ZERO_POINTS if covariances.shape[1] > 1 else 1)):
            mixture = _mixture(
                observation, rows, eta, covariances, own, float(steps[own].min()), response
            )
            find = _whole_quantile if response in ("binary", "count") else _real_quantile
            spreads[own] = mixture.std_dev()
            lows[own], highs[own] = (find(mixture, p, response) for p in tails)
    return spreads, lows, highs


@dataclass(frozen=True, slots=True)
class _Mixture:
    """n responses, each an average over M values of its linear predictors, eta (K, M n).

    `weights`, `mean` and `variance` are (M, n), the last two on the scale of `Observation.mean`;
    `trials` (n,) or None. Values without a mean (the inverse of a negative number) have weight 0.
    """

    observation: Observation
    eta: FloatArray
    weights: FloatArray
    trials: FloatArray | None
    mean: FloatArray
    variance: FloatArray

    def std_dev(self) -> FloatArray:
        """Give the standard deviation (n,): within and between the values."""
        return np.sqrt(self.over(self.variance + np.square(self.mean - self.centre())))

    def centre(self) -> FloatArray:
        """Give the mean (n,)."""
        return self.over(self.mean)

    def over(self, values: FloatArray) -> FloatArray:
        """Average values (M, n)."""
        products = np.where(self.weights > 0, self.weights * values, 0.0)
        return np.asarray(products.sum(axis=0))

    def up_to(self, y: FloatArray) -> FloatArray:
        """P(Y <= y), (n,)."""
        return self._average(lambda rows, eta: self.observation.distribution(rows, eta)[1], y)

    def density(self, y: FloatArray) -> FloatArray:
        """Density at y, (n,)."""
        return self._average(lambda r, e: np.exp(self.observation.log_density(r, e)), y)

    def _average(
        self, of: Callable[[ResponseRows, FloatArray], FloatArray], y: FloatArray
    ) -> FloatArray:
        m = len(self.weights)
        trials = None if self.trials is None else np.tile(self.trials, m)
        values = of(ResponseRows(np.tile(y, m), trials), self.eta)
        return self.over(values.reshape(m, -1))


def _steps(
    observation: Observation, rows: ResponseRows, eta: FloatArray, covariances: FloatArray
) -> FloatArray:
    """Step of the trapezoid rule (n,), in standard deviations of the linear predictor."""
    root = np.sqrt(covariances[:, 0, 0])
    narrowest = np.full(len(root), np.inf)
    with np.errstate(all="ignore"):
        for z in (-2.0, 0.0, 2.0):
            near = [_moved(eta, (z + d) * root) for d in (-0.5, 0.5)]
            low, high = (observation.mean(rows, each) for each in near)
            width = np.sqrt(observation.variance(rows, _moved(eta, z * root)))
            narrowest = np.fmin(narrowest, width / np.abs(high - low))
        halves = np.exp2(np.floor(np.log2(0.5 * narrowest)))
    # Powers of two: what is said of a row depends on no other row.
    return np.asarray(np.clip(np.nan_to_num(halves, nan=COARSEST), FINEST, COARSEST))


def _moved(eta: FloatArray, by: FloatArray) -> FloatArray:
    return np.vstack([eta[0] + by, eta[1:]])


def _batches(steps: FloatArray, size: int) -> Iterator[np.ndarray]:
    """Rows with the same step, some at a time; `size` values per row and node."""
    for step in np.unique(steps).tolist():
        rows = np.flatnonzero(steps == step)
        many = max(int(VALUES_AT_ONCE / (2 * REACH / step * size)), 1)
        for first in range(0, len(rows), many):
            yield rows[first : first + many]


def _mixture(
    observation: Observation,
    rows: ResponseRows,
    eta: FloatArray,
    covariances: FloatArray,
    own: np.ndarray,
    step: float,
    response: str,
) -> _Mixture:
    """Spread the linear predictors of some rows over the nodes of a rule."""
    half = int(np.ceil(REACH / step))
    z = step * np.arange(-half, half + 1)
    weights = np.exp(-0.5 * z**2)
    weights /= weights.sum()
    V = covariances[own]
    root = np.sqrt(V[:, 0, 0])
    moved = np.repeat(eta[:, None, own], len(z), axis=1)
    moved[0] += z[:, None] * root
    if V.shape[1] > 1:
        place = next(k for k, c in enumerate(observation.channels) if c in ("zero", "hurdle"))
        slope = np.divide(V[:, 0, 1], root, out=np.zeros_like(root), where=root > 0)
        rest = np.sqrt(np.maximum(V[:, 1, 1] - slope**2, 0.0))
        t, w = np.polynomial.hermite_e.hermegauss(ZERO_POINTS)
        moved = np.repeat(moved[:, :, None, :], ZERO_POINTS, axis=2)
        moved[place] += z[:, None, None] * slope + t[:, None] * rest
        weights = np.outer(weights, w / w.sum()).ravel()
    flat = moved.reshape(len(eta), -1)
    trials = None if rows.trials is None else rows.trials[own]
    tiled = None if trials is None else np.tile(trials, len(weights))
    every = ResponseRows(np.zeros(flat.shape[1]), tiled)
    shape = (len(weights), -1)
    mean = observation.mean(every, flat).reshape(shape)
    variance = observation.variance(every, flat).reshape(shape)
    has_mean = ~np.isnan(mean)
    if response != "real":
        has_mean &= mean >= 0.0
    shares = weights[:, None] * has_mean
    return _Mixture(observation, flat, shares / shares.sum(axis=0), trials, mean, variance)


def _whole_quantile(mixture: _Mixture, p: float, response: str) -> FloatArray:
    """Smallest whole number y with P(Y <= y) >= p, (n,); over the trials if there are any."""
    n = mixture.mean.shape[1]
    low = np.full(n, -1.0)  # P(Y <= low) < p
    if response == "binary":
        high = np.ones(n) if mixture.trials is None else mixture.trials.copy()
    else:
        high = np.maximum(np.ceil(mixture.centre()), 1.0)
        for _ in range(DOUBLINGS):
            short = (mixture.up_to(high) < p) & (high < 1e300)
            if not short.any():
                break
            low = np.where(short, high, low)
            high = np.where(short, 2 * high, high)
    for _ in range(HALVINGS):
        open_ = high - low > np.maximum(1.0, 1e-14 * high)
        if not open_.any():
            break
        middle = np.floor(0.5 * low + 0.5 * high)
        reached = mixture.up_to(middle) >= p
        high = np.where(open_ & reached, middle, high)
        low = np.where(open_ & ~reached, middle, low)
    return high if mixture.trials is None else high / mixture.trials


def _real_quantile(mixture: _Mixture, p: float, response: str) -> FloatArray:
    """Invert P(Y <= y) = p (n,) by Newton's steps inside a shrinking bracket."""
    link = SCALES[response]
    centre = mixture.centre()
    spread = mixture.std_dev()
    start = link_of(link, np.clip(centre, 1e-300, 1 - 1e-12) if link == "logit" else centre)
    start = np.nan_to_num(start, nan=0.0, posinf=TOP[link], neginf=-TOP[link])
    width = np.where(np.isfinite(spread) & (spread > 0), spread, np.abs(centre) + 1.0)
    reach = width if link == "identity" else np.ones_like(start)
    low, high = _bracket(mixture, p, link, start, reach)
    at = start
    for _ in range(HALVINGS):
        y = inverse(link, at)
        off = mixture.up_to(y) - p
        low, high = np.where(off < 0, at, low), np.where(off >= 0, at, high)
        rise = mixture.density(y) * _rise(link, at)
        with np.errstate(all="ignore"):
            step = at - off / rise
        inside = np.isfinite(step) & (step > low) & (step < high)
        new = np.where(inside, step, 0.5 * (low + high))
        settled = np.abs(new - at) <= 1e-9 * np.maximum(np.abs(at), reach)
        settled |= np.abs(off) <= 1e-13
        at = new
        if settled.all() or (high - low <= 1e-12 * np.maximum(np.abs(at), reach)).all():
            break
    found = inverse(link, at)
    if response == "nonnegative":
        found = np.where(mixture.up_to(np.zeros_like(found)) >= p, 0.0, found)
    return np.where(np.isnan(centre), np.nan, found)


def _bracket(
    mixture: _Mixture, p: float, link: str, start: FloatArray, reach: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Find arguments below and above the quantile, by doubling steps from the middle."""
    top = TOP[link]
    low, high, step = start - reach, start + reach, reach.copy()
    for _ in range(DOUBLINGS):
        above = (mixture.up_to(inverse(link, low)) >= p) & (low > -top)
        below = (mixture.up_to(inverse(link, high)) < p) & (high < top)
        if not (above.any() or below.any()):
            break
        step = 2 * step
        low = np.where(above, np.maximum(low - step, -top), low)
        high = np.where(below, np.minimum(high + step, top), high)
        if not np.isfinite(step).all():
            break
    return low, high


def _rise(link: str, at: FloatArray) -> FloatArray:
    """Differentiate the response by its transform."""
    if link == "identity":
        return np.ones_like(at)
    y = inverse(link, at)
    return y if link == "log" else y * (1 - y)

"""Four intervals from the same replicates: by hand, scipy and R's boot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import bootstrap as scipy_bootstrap
from scipy.stats import norm

from echelon._types import FloatArray
from echelon.errors import SpecError
from echelon.infer.resampling.bootstrap_intervals import intervals


@dataclass(frozen=True)
class Kept:
    """The fields of a bootstrap that intervals need."""

    replicates: FloatArray
    estimates: FloatArray
    std_error: FloatArray | None = None
    std_errors: FloatArray | None = None
    jackknife: FloatArray | None = None
    kind: str = "parametric"
    names: tuple[str, ...] = ("a",)
    n_failed: int = 0
    n_unconverged: int = 0


def limits(kept: Kept, interval: str, conf_level: float = 0.5) -> tuple[float, float]:
    row = intervals(kept, interval, conf_level).row(parameter="a")
    return row["conf_low"], row["conf_high"]


FIVE = np.array([[1.0], [2.0], [3.0], [4.0], [10.0]])


def test_percentile_and_basic_by_hand() -> None:
    kept = Kept(FIVE, np.array([2.5]))
    assert limits(kept, "percentile") == (2.0, 4.0)
    assert limits(kept, "basic") == (2 * 2.5 - 4, 2 * 2.5 - 2)
    row = intervals(kept, "percentile", 0.5).row(parameter="a")
    assert row["bias"] == 4.0 - 2.5
    assert row["std_error"] == pytest.approx(np.std([1, 2, 3, 4, 10], ddof=1))


def test_studentised_by_hand() -> None:
    """t = (-1.5, -0.25, 0.5, 1.5, 2.5); limits 2.5 - 0.8 * (1.5, -0.25)."""
    errors = np.array([[1.0], [2.0], [1.0], [1.0], [3.0]])
    kept = Kept(FIVE, np.array([2.5]), np.array([0.8]), errors)
    assert limits(kept, "studentised") == pytest.approx((2.5 - 0.8 * 1.5, 2.5 + 0.8 * 0.25))


def test_studentised_leaves_out_replicates_without_an_error() -> None:
    errors = np.array([[1.0], [2.0], [1.0], [1.0], [0.0]])
    kept = Kept(FIVE, np.array([2.5]), np.array([1.0]), errors)
    low, high = limits(kept, "studentised")
    t = np.array([-1.5, -0.25, 0.5, 1.5])
    assert (low, high) == pytest.approx((2.5 - np.quantile(t, 0.75), 2.5 - np.quantile(t, 0.25)))


def test_studentised_says_how_many_have_no_error() -> None:
    errors = np.array([[1.0], [np.nan], [1.0], [1.0], [1.0]])
    kept = Kept(FIVE, np.array([2.5]), np.array([1.0]), errors)
    assert intervals(kept, "studentised", 0.5).notes[0] == (
        "1 of 5 replicates have a variance of zero, which has no standard error: they are left out"
        " of its interval."
    )


def test_bca_by_hand() -> None:
    """Bias from the share below, acceleration from the skewness of the jackknife."""
    replicates = np.linspace(0, 1, 101)[:, None]
    left = np.array([[0.1], [0.2], [0.6]])
    kept = Kept(replicates, np.array([0.4]), jackknife=left)
    bias = norm.ppf(40.5 / 101)
    distance = 0.3 - left[:, 0]
    speed = (distance**3).sum() / (6 * (distance**2).sum() ** 1.5)
    wanted = []
    for tail in (0.05, 0.95):
        z = bias + norm.ppf(tail)
        wanted.append(norm.cdf(bias + z / (1 - speed * z)))
    assert limits(kept, "bca", 0.9) == pytest.approx(tuple(wanted))


def test_bca_of_a_mean_as_scipy() -> None:
    """The same replicates of a mean of skewed values; scipy counts ties as we do."""
    rng = np.random.default_rng(3)
    values = rng.exponential(size=30)
    theirs = scipy_bootstrap((values,), np.mean, n_resamples=2_000, method="BCa", rng=rng)
    left = np.array([[np.delete(values, i).mean()] for i in range(30)])
    kept = Kept(theirs.bootstrap_distribution[:, None], np.array([values.mean()]), jackknife=left)
    wanted = (theirs.confidence_interval.low, theirs.confidence_interval.high)
    # scipy's quantile of a share in per cent rounds once more.
    assert limits(kept, "bca", 0.95) == pytest.approx(wanted, rel=1e-6)


def test_basic_and_studentised_as_r_boot() -> None:
    """R: boot.ci with R = 999, t = (1:999)^2 / 1e5, t0 = 2, var t0 0.25, var t = (1 + i/999)^2.

    o <- list(t0 = 2, t = matrix((1:999)^2 / 1e5), R = 999, call = NULL, sim = "ordinary")
    boot:::norm.inter picks order statistics 25 and 975; ours are type 7 quantiles, at 25.95 and
    974.05, so that they agree to the distance of neighbours.
    """
    i = np.arange(1, 1_000)
    t = i**2 / 1e5
    kept = Kept(t[:, None], np.array([2.0]), np.array([0.5]), (1 + i / 999)[:, None])
    low, high = limits(kept, "basic", 0.95)
    assert (low, high) == pytest.approx((2 * 2 - 9.50625, 2 * 2 - 0.00625), abs=0.02)
    student = np.sort((t - 2) / (1 + i / 999))
    low, high = limits(kept, "studentised", 0.95)
    wanted = 2 - 0.5 * student[974], 2 - 0.5 * student[24]
    assert (low, high) == pytest.approx(wanted, abs=0.02)


def test_failed_replicates_are_left_out_and_counted() -> None:
    with_holes = np.vstack([FIVE, [[np.nan]], [[np.nan]]])
    kept = Kept(with_holes, np.array([2.5]), n_failed=2, n_unconverged=1)
    assert limits(kept, "percentile") == (2.0, 4.0)
    assert intervals(kept, "percentile", 0.5).notes[:2] == (
        "2 of 7 replicates gave no estimates and are left out.",
        "1 of 7 replicates did not converge.",
    )


def test_replicates_without_some_of_the_numbers_are_counted() -> None:
    """A correlation has no value where a variance is zero."""
    with_hole = np.vstack([FIVE, [[np.nan]]])
    kept = Kept(with_hole, np.array([2.5]), n_failed=0)
    table = intervals(kept, "percentile", 0.5)
    assert table.notes[0] == (
        f"1 of 6 replicates have no {kept.names[0]}: they are left out of its interval."
    )


def test_one_replicate_is_few() -> None:
    table = intervals(Kept(FIVE[:1], np.array([1.0])), "percentile", 0.9)
    assert table.title == "Parametric bootstrap, 1 replicate: percentile intervals, 90%"
    assert table.notes == ("1 replicate is few for the ends of an interval: 1,000 are usual.",)


def test_nothing_to_bound() -> None:
    for kept in (Kept(FIVE[:1], np.array([1.0])), Kept(FIVE, np.array([np.nan]))):
        table = intervals(kept, "percentile", 0.9)
        assert np.isnan([table["conf_low"][0], table["conf_high"][0]]).all()


@pytest.mark.parametrize("interval", ["bca", "studentised"])
def test_what_was_not_kept(interval: str) -> None:
    with pytest.raises(SpecError, match="did not keep"):
        limits(Kept(FIVE, np.array([1.0])), interval)

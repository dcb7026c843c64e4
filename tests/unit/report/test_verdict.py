"""The verdict in words."""

from __future__ import annotations

from dataclasses import replace

from echelon.fit import Fit
from echelon.report.verdict import names_in_words, verdict_lines
from tests.golden import fits


def with_boundary(*boundary: str) -> Fit:
    fit = fits.sleep()
    verdict = replace(fits.CONVERGED, is_singular=True, boundary=boundary)
    return replace(fit, estimates=replace(fit.estimates, verdict=verdict))


def test_nothing_is_said_when_there_is_nothing_to_say() -> None:
    assert verdict_lines(fits.sleep()) == ()


def test_a_zero_variance() -> None:
    assert verdict_lines(with_boundary("variance of days | subject")) == (
        "Singular fit: variance of days | subject is estimated as zero. The data show no more "
        "variation than this. Leave out what is zero, or use || for uncorrelated effects, and see "
        "whether the conclusions stay.",
    )


def test_two_zero_variances_and_a_correlation() -> None:
    (line,) = verdict_lines(
        with_boundary("variance of a | g", "variance of b | g", "correlation of a and c | h")
    )
    assert line.startswith(
        "Singular fit: variance of a | g and variance of b | g are estimated as zero; correlation "
        "of a and c | h is estimated as plus or minus one. The data"
    )


def test_a_singular_fit_that_has_no_single_cause() -> None:
    (line,) = verdict_lines(with_boundary())
    assert line.startswith(
        "Singular fit: the random effects vary in fewer directions than asked. The data"
    )


def test_the_order_of_findings() -> None:
    starts = [line.partition(" ")[0] for line in verdict_lines(fits.troubled())]
    assert starts == ["Not", "Singular", "Not"]
    assert verdict_lines(fits.troubled())[2] == (
        "Not estimated: twice_x. Its column is a linear combination of other columns."
    )


def test_several_columns_not_estimated() -> None:
    fit = fits.troubled()
    estimates = replace(
        fit.estimates, is_estimated=fit.estimates.is_estimated & False, verdict=fits.CONVERGED
    )
    assert verdict_lines(replace(fit, estimates=estimates)) == (
        "Not estimated: (Intercept), x and twice_x. Their columns are combinations of other "
        "columns.",
    )


def test_names_in_words() -> None:
    assert names_in_words(["a"]) == "a"
    assert names_in_words(["a", "b"]) == "a and b"
    assert names_in_words(list("abc")) == "a, b and c"
    assert names_in_words([str(k) for k in range(1300)], most=2) == "0, 1 and 1,298 more"

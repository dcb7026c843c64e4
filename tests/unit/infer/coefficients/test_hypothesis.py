"""Hypotheses as text, as weights and as matrices."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import echelon as ec
from echelon.errors import SpecError
from echelon.infer.coefficients.hypothesis_text import Hypothesis, read_hypotheses

NAMES = (
    "(Intercept)", "ses", "ses2", "sector[Catholic]", "ses:sector[Catholic]", "poly(x, 2)[1]",
    "school type[very, good = yes]", "größe", "log(age)", "I(x^2)", "a:b:c[d]",
)  # fmt: skip
FIT = ec.fit("mathach ~ ses * sector + (1 | school)", ec.datasets.load("hsb"))


@pytest.mark.parametrize(
    ("text", "weights", "value"),
    [
        ("ses = 0", {"ses": 1}, 0),
        ("ses=ses2", {"ses": 1, "ses2": -1}, 0),
        ("ses == 2", {"ses": 1}, 2),
        ("3 = ses", {"ses": -1}, -3),
        ("(Intercept) = 1e-3", {"(Intercept)": 1}, 1e-3),
        ("Intercept = .5", {"(Intercept)": 1}, 0.5),
        ("2 * (ses - 1) = sector[Catholic] / 4", {"ses": 2, "sector[Catholic]": -0.25}, 2),
        ("sectorCatholic = 0", {"sector[Catholic]": 1}, 0),
        ("sector[Catholic]:ses = 0", {"ses:sector[Catholic]": 1}, 0),
        ("sesXsector = 0", None, 0),
        ("poly(x, 2)[1] = -ses", {"poly(x, 2)[1]": 1, "ses": 1}, 0),
        ("poly(x, 2)1 = 0", {"poly(x, 2)[1]": 1}, 0),
        ("`school type[very, good = yes]` = 0", {"school type[very, good = yes]": 1}, 0),
        ("school type[very, good = yes] = 0", {"school type[very, good = yes]": 1}, 0),
        ("größe - -ses = +1", {"größe": 1, "ses": 1}, 1),
        ("log(age)*2 = I(x^2)", {"log(age)": 2, "I(x^2)": -1}, 0),
        ("c[d]:b:a = 0", {"a:b:c[d]": 1}, 0),
        ("(ses +\n ses2) / 2 = 0", {"ses": 0.5, "ses2": 0.5}, 0),
    ],
)
def test_a_text(text: str, weights: dict[str, float] | None, value: float) -> None:
    if weights is None:
        with pytest.raises(ValueError, match="no coefficient 'sesXsector'"):
            read_hypotheses(text, NAMES)
        return
    (found,) = read_hypotheses(text, NAMES)
    assert {NAMES[i]: found.weights[i] for i in np.flatnonzero(found.weights)} == weights
    assert found.value == value


def test_several_by_commas_lines_and_chains() -> None:
    found = read_hypotheses("ses = ses2 = 0,\n größe=1 ; ses = 2 \n\n", NAMES)
    assert [one.text for one in found] == ["ses = ses2", "ses2 = 0", "größe = 1", "ses = 2"]


@given(st.text(st.sampled_from("ses=+-*/(),;\n `[]:012.e<^ö "), max_size=30))
@example("ses/1e-320 = 1")
@example("0 * ses = 0 * ses2")
@example("1e-320 * ses = 0, ses = 0")
def test_any_text_is_a_hypothesis_or_refused_in_words(text: str) -> None:
    found: tuple[Hypothesis, ...] = ()
    with contextlib.suppress(SpecError):
        found = read_hypotheses(text, NAMES)
    assert all(one.weights.any() and np.isfinite(one.weights).all() for one in found)


def test_the_table() -> None:
    table = FIT.test("ses = 0, ses:sector[Catholic] = sector[Catholic] / 2", conf_level=0.9)
    first, second, joint = table.rows()
    own = FIT.refit(conf_level=0.9).fixed_effects.row(term="ses")
    for column in ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"):
        assert first[column] == pytest.approx(own[column], rel=1e-12)
    beta = FIT.beta
    difference = beta["ses:sector[Catholic]"] - beta["sector[Catholic]"] / 2
    assert second["estimate"] == pytest.approx(difference)
    assert (joint["hypothesis"], joint["test"], joint["df_num"]) == ("joint", "F", 2)
    assert table.notes == ("df by Satterthwaite.",)


def test_the_estimate_is_the_difference_of_the_sides() -> None:
    table = FIT.test("ses = 3")
    row, plain = table.rows()[0], FIT.fixed_effects.row(term="ses")
    assert row["estimate"] == pytest.approx(plain["estimate"] - 3)
    assert row["conf_low"] == pytest.approx(plain["conf_low"] - 3)
    assert row["p_value"] > plain["p_value"]


def test_weights_and_matrices_and_lists_say_the_same() -> None:
    by_name = FIT.test([{"ses": 1, "sector[Catholic]": -0.5}, "ses:sector[Catholic] = 0"])
    by_rows = FIT.test([[0, 1, -0.5, 0], [0, 0, 0, 1]])
    by_text = FIT.test("ses = sector[Catholic] / 2, ses:sector[Catholic] = 0")
    assert by_name["hypothesis"][0] == "ses - 0.5 sector[Catholic] = 0"
    for column in ("estimate", "statistic", "df", "p_value"):
        np.testing.assert_allclose(by_name[column], by_rows[column])
        np.testing.assert_allclose(by_name[column], by_text[column])


def test_normal_tests_are_z_and_chi_square() -> None:
    table = FIT.test("ses = 0, sector[Catholic] = 0", df_method="asymptotic")
    assert table["test"].tolist() == ["z", "z", "chi-square"]
    L = np.eye(4)[[1, 2]]
    beta = np.array([FIT.beta["ses"], FIT.beta["sector[Catholic]"]])
    wald = beta @ np.linalg.solve(L @ FIT.vcov @ L.T, beta)
    assert table.row(hypothesis="joint")["statistic"] == pytest.approx(wald)


def test_redundant_hypotheses_are_counted_out() -> None:
    once = FIT.test("ses = 0, sector[Catholic] = 0")
    twice = FIT.test("ses = 0, sector[Catholic] = 0, ses = sector[Catholic], 2 * ses = 0")
    assert twice.notes[0] == (
        "2 of the 4 hypotheses follow from the others; the joint test counts what is left."
    )
    left, right = once.row(hypothesis="joint"), twice.row(hypothesis="joint")
    assert right["df_num"] == 2
    assert right["statistic"] == pytest.approx(left["statistic"])


@pytest.mark.filterwarnings("ignore::echelon.errors.RankWarning")
def test_a_coefficient_that_was_left_out_cannot_be_tested() -> None:
    data = ec.datasets.load("hsb")
    fit = ec.fit("mathach ~ ses + twice + (1 | school)", data.with_columns(twice=2 * data["ses"]))
    table = fit.test("ses = 0, twice = 0")
    assert table.row(hypothesis="twice = 0")["p_value"] is None
    assert table.row(hypothesis="ses = 0")["df"] == fit.fixed_effects.row(term="ses")["df"]
    assert table.row(hypothesis="joint")["df_num"] == 1
    assert table.notes[0] == "Not estimable, and not in the joint test: twice = 0."
    alone = fit.test("twice = 0")
    assert alone.row(hypothesis="joint")["p_value"] is None


def test_blanks_after_commas_in_a_name_do_not_matter() -> None:
    names = ("(Intercept)", "cwc(ses, school)", "cwc(ses, school):sector[Catholic]")
    (found,) = read_hypotheses("cwc(ses,school) = cwc(ses,school):sectorCatholic / 2", names)
    assert found.weights.tolist() == [0, 1, -0.5]

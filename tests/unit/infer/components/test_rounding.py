"""Fits that leave almost nothing of the response: how many digits rounding leaves.

In these data the exact answers are known: y = b_g + sigma e in balanced groups, so that the mean
and a predictor of groups have J - 2 degrees of freedom, and Kenward and Roger add nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

import echelon as ec
from echelon.engine.curvature import share_left
from echelon.infer.coefficients.inference import linear_inference
from echelon.infer.coefficients.wald import ALMOST_PERFECT, NO_DF, NO_DIGIT
from echelon.infer.components import variance_inference
from echelon.infer.components.rounding import LITTLE, NOTHING

J, N_ROWS = 20, 8
METHODS = ("satterthwaite", "kenward_roger")


@cache
def fitted(ratio: float, df_method: str = "satterthwaite") -> ec.Result:
    """Sigma is `ratio` times the standard deviation between groups."""
    rng = np.random.default_rng(0)
    g = np.repeat(np.arange(J), N_ROWS)
    x, w = rng.normal(size=J * N_ROWS), rng.normal(size=J)[g]
    y = 3 + x + w + rng.normal(size=J)[g] + ratio * rng.normal(size=J * N_ROWS)
    return ec.fit("y ~ x + w + (1 | g)", {"y": y, "x": x, "w": w, "g": g}, df_method=df_method)


@pytest.mark.parametrize("df_method", METHODS)
@pytest.mark.parametrize(
    ("ratio", "digits", "note"),
    [
        (1e-3, 1e-4, None),
        (1e-5, 5e-3, None),
        (3e-6, 3e-2, ALMOST_PERFECT),
        (1e-6, 0.2, ALMOST_PERFECT),
    ],
)
def test_as_many_digits_as_are_said(
    ratio: float, digits: float, note: str | None, df_method: str
) -> None:
    fit = fitted(ratio, df_method)
    table = fit.fixed_effects
    assert table["df"][[0, 2]] == pytest.approx([J - 2, J - 2], rel=digits)
    assert table["df"][1] == pytest.approx(J * N_ROWS - J - 1, rel=digits)
    assert table.notes[1:] == (() if note is None else (note,))
    model = np.sqrt(np.diagonal(fit.fit.estimates.vcov))
    ratios = table["std_error"] / model
    assert (ratios >= 1 - 1e-12).all()  # the method adds to the model's covariance
    assert ratios == pytest.approx(np.ones(3), rel=digits)


@pytest.mark.parametrize("df_method", METHODS)
@pytest.mark.parametrize("ratio", [1e-7, 2e-8])
def test_no_digit_is_no_number(ratio: float, df_method: str) -> None:
    fit = fitted(ratio, df_method)
    assert share_left(fit.fit) < NOTHING < LITTLE
    table = fit.fixed_effects
    assert np.isfinite(table["estimate"]).all()
    is_kept = df_method == "satterthwaite"
    assert (np.isfinite(table["std_error"]) == is_kept).all()
    for name in ("df", "p_value", "conf_low", "conf_high"):
        assert np.isnan(table[name]).all()
    assert table.notes[1:] == (NO_DIGIT,)
    assert NO_DF not in table.notes
    joint = linear_inference(fit.fit).joint(np.eye(3)[[0, 2]])
    assert joint.df_num == 2
    assert np.isnan([joint.df_den, joint.p_value]).all()


def test_rules_count_whatever_is_left() -> None:
    table = fitted(1e-7, "residual").fixed_effects
    assert table["df"].tolist() == [157.0, 157.0, 157.0]
    assert table.notes == ("df of the residuals.",)


@pytest.mark.parametrize("information", ["observed", "expected"])
def test_variances(information: str) -> None:
    """The standard error of sigma is sigma over the root of twice its degrees of freedom."""
    for ratio, digits in ((1e-4, 1e-4), (1e-5, 1e-3), (1e-6, 5e-2)):
        fit = fitted(ratio)
        table = fit.variance_intervals(information=information)
        want = fit.sigma / np.sqrt(2 * (J * N_ROWS - J - 1))
        assert table.row(parameter="sigma")["std_error"] == pytest.approx(want, rel=digits)
        assert (variance_inference.ALMOST_PERFECT in table.notes) == (ratio == 1e-6)
    table = fitted(1e-7).variance_intervals(information=information)
    assert np.isnan(table["std_error"]).all()
    assert np.isfinite(table["estimate"]).all()
    assert table.notes[2:] == (variance_inference.NO_DIGIT,)


VERBS: dict[str, Callable[[ec.Result], object]] = {
    "anova": lambda fit: fit.anova(),
    "test": lambda fit: fit.test("x = 0, w = 0"),
    "marginal_means": lambda fit: fit.marginal_means("w", at={"w": [0, 1]}),
    "contrasts": lambda fit: fit.contrasts("w", at={"w": [0, 1, 2]}),
    "joint_tests": lambda fit: fit.joint_tests(),
    "slopes": lambda fit: fit.slopes("x"),
    "summary": lambda fit: fit.summary(),
    "conf_int": lambda fit: fit.conf_int(),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("df_method", METHODS)
def test_other_verbs_go_on(verb: str, df_method: str) -> None:
    assert repr(VERBS[verb](fitted(1e-7, df_method)))

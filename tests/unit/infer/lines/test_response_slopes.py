"""Slopes on the response's scale: against differences of predictions and by calculus."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.errors import SpecError
from tests.unit.infer.generalized import DATA, fitted


@pytest.mark.parametrize("target", ["conditional", "population"])
@pytest.mark.parametrize("name", ["logit", "probit", "counts", "gamma", "zeros"])
def test_slope_is_the_difference_of_means(name: str, target: str) -> None:
    h = 1e-4
    slope = fitted(name).slopes("x", by="f", at={"x": 0.3}, scale="response", target=target)
    ends = [
        fitted(name).marginal_means("f", at={"x": 0.3 + s * h}, scale="response", target=target)
        for s in (-1, 1)
    ]
    expected = (ends[1]["estimate"] - ends[0]["estimate"]) / (2 * h)
    assert slope["estimate"] == pytest.approx(expected, rel=1e-6)


def test_average_marginal_effect_by_calculus() -> None:
    """Without random effects: the mean of p (1 - p) beta, its variance by the delta method."""
    result = fitted("fixed")
    beta, vcov = result.fit.estimates.beta, result.fit.estimates.vcov
    X = np.column_stack(result.fit.design.rows.fixed_columns)
    p = 1 / (1 + np.exp(-X @ beta))
    place = result.fit.design.fixed_names.index("x")
    density = p * (1 - p)
    unit = np.eye(len(beta))[place]
    gradient = (density * (1 - 2 * p) * beta[place]) @ X / len(X) + density.mean() * unit
    found = result.slopes("x", scale="response", data=DATA)
    assert found["estimate"][0] == pytest.approx((density * beta[place]).mean(), rel=1e-10)
    assert found["std_error"][0] == pytest.approx(np.sqrt(gradient @ vcov @ gradient), rel=1e-8)
    assert "Average over 500 rows of the slope of each (average marginal effect)." in found.notes


def test_average_marginal_effect_sets_moderators_for_all_rows() -> None:
    result = fitted("logit")
    found = result.slopes("x", by="f", scale="response", target="population", data=DATA)
    moved = {
        step: result.what_if(
            DATA | {"x": DATA["x"] + step, "f": np.full(len(DATA["f"]), "v")},
            {"x": "+ 0"},
            random="population",
        ).table["baseline"][0]
        for step in (-1e-4, 1e-4)
    }
    expected = (moved[1e-4] - moved[-1e-4]) / 2e-4
    assert found["estimate"][1] == pytest.approx(expected, rel=1e-6)


def test_probabilities_of_categories_move_by_nothing_in_total() -> None:
    for name in ("ordered", "nominal"):
        table = fitted(name).slopes("x", by="f", scale="response", data=DATA)
        assert table["estimate"].reshape(-1, 3).sum(axis=0) == pytest.approx(0.0, abs=1e-11)
        assert fitted(name).fit.design.response_name in table.columns


def test_nominal_slopes_are_of_every_contrast() -> None:
    result = fitted("nominal")
    table = result.slopes("x")
    names = result.fit.design.fixed_names
    expected = [result.fit.estimates.beta[names.index(f"{c}.x")] for c in "BC"]
    assert table["estimate"] == pytest.approx(expected, rel=1e-12)


def test_compared_slopes_and_interaction_table() -> None:
    result = fitted("logit")
    alone = result.slopes("x", by="f", scale="response", data=DATA)["estimate"]
    compared = result.slopes("x", by="f", scale="response", data=DATA, compare=True)
    assert compared["estimate"][0] == pytest.approx(alone[0] - alone[1], rel=1e-10)
    table = result.interaction_table("x", "f", scale="response", target="population")
    means = result.marginal_means(
        "f", at={"x": table["x"][0]}, scale="response", target="population"
    )
    cell = table.row(f="v", x=table["x"][0])
    assert cell["estimate"] == pytest.approx(means["estimate"][1], rel=1e-12)
    assert table.scales["estimate"] == "probability"


def test_on_the_link_slopes_are_lines() -> None:
    assert fitted("counts").slopes("x").notes[-2] == (
        "On the log scale: differences of the linear predictor."
    )
    with pytest.raises(SpecError) as raised:
        fitted("logit").slopes("x", target="population")
    assert str(raised.value) == (
        "On the scale of the link slopes are those of a linear predictor.\n"
        "  where: slopes(), options scale, target and outcome\n"
        "  got:   scale = 'link' for slopes of population-averaged means\n"
        "  need:  scale = 'response', or target = 'conditional' and a linear predictor\n"
        "  do:    write scale='response'.\n"
        "  see:   errors#slope-of-no-line"
    )

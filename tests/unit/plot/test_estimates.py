"""The numbers of effect charts, and what they are called."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.plot.estimates import estimates, moderators_of, read_asked
from echelon.plot.variables import variable_of
from tests.unit.plot import effect_fits as fits


def test_a_number_with_two_values_has_two() -> None:
    data = ec.datasets.load("egsingle").head(800)
    fit = ec.fit("math ~ black * year + (1 | childid)", data)
    x = variable_of(fit.fit, "black", "")
    by = moderators_of(fit.fit, variable_of(fit.fit, "year", ""), "black", {}, "")
    assert by[0].labels == ("0", "1")
    found = estimates(fit.fit, x, None, (), read_asked(None, "response", "conditional"))
    assert found.x == [0.0, 1.0]
    wanted = fit.marginal_means("black", at={"black": [0, 1]})["estimate"]
    assert found.estimate.tolist() == wanted.tolist()


@pytest.mark.filterwarnings("ignore::echelon.errors.RankWarning")
def test_cells_that_the_data_do_not_determine_are_left_out() -> None:
    a, b = np.repeat(["p", "q", "q"], 4), np.tile(["r", "r", "s", "s"], 3)
    kept = ~((a == "p") & (b == "s"))
    table = {"y": np.arange(12.0)[kept] ** 1.5, "a": a[kept], "b": b[kept]}
    fit = ec.fit("y ~ a * b", table).fit
    x = variable_of(fit, "a", "")
    by = moderators_of(fit, x, "b", {}, "")
    found = estimates(fit, x, None, by, read_asked(None, "response", "conditional"))
    assert list(zip(found.x, found.by[0], strict=True)) == [("p", "r"), ("q", "r"), ("q", "s")]


def test_titles_say_what_is_drawn() -> None:
    titles = []
    for fit, name, kind in [
        (fits.sleep(), "days", "response"),
        (fits.contraception(), "livch", "response"),
        (fits.contraception(), "livch", "link"),
        (fits.owls(), "food", "response"),
        (fits.wine(), "temp", "response"),
        (fits.wine(), "temp", "link"),
    ]:
        asked = read_asked(None, kind, "conditional")
        titles.append(estimates(fit.fit, variable_of(fit.fit, name, ""), None, (), asked).title)
    assert titles == [
        "reaction",
        "Probability of use = Y",
        "use, logit scale",
        "Mean of calls",
        "Probability of each rating",
        "rating, latent scale",
    ]

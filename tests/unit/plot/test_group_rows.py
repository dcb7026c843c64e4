"""Lines of groups are predictions of the group, over its own range."""

from __future__ import annotations

import numpy as np

import echelon as ec
from echelon.plot.group_rows import chosen_groups, group_lines_of
from echelon.plot.variables import grouping_of, variable_of
from tests.unit.plot import effect_fits as fits


def test_lines_end_where_the_rows_of_the_group_end() -> None:
    fit = fits.sleep()
    block = grouping_of(fit.fit, None, "")
    chosen, note = chosen_groups(block, ["308", "372"], 5, 0, "")
    assert note == "2 of 18 groups, as asked."
    lines = group_lines_of(fit.fit, block, chosen, variable_of(fit.fit, "days", ""), 3, "")
    assert lines.x.tolist() == [0, 4.5, 9, 0, 4.5, 9]
    rows = {"days": lines.x, "subject": ["308"] * 3 + ["372"] * 3}
    assert lines.estimate[:, 0].tolist() == fit.predict(rows).tolist()


def test_a_deviation_moves_the_column_around_the_group_mean() -> None:
    fit = fits.within()
    block = grouping_of(fit.fit, None, "")
    x = variable_of(fit.fit, "cwc(ses, school)", "")
    chosen, _ = chosen_groups(block, ["1224"], 5, 0, "")
    lines = group_lines_of(fit.fit, block, chosen, x, 2, "")
    data = ec.datasets.load("hsb").to_pandas()
    own = data.loc[data["school"] == "1224", "ses"]
    assert np.allclose(lines.x, [own.min() - own.mean(), own.max() - own.mean()])
    wanted = fit.predict({"ses": [own.min(), own.max()], "school": ["1224"] * 2})
    assert np.allclose(lines.estimate[:, 0], wanted)


def test_others_are_at_the_group_mean_or_its_mode_and_outer_groups_take_part() -> None:
    fit = fits.growth()
    block = grouping_of(fit.fit, "schoolid:childid", "")
    chosen, note = chosen_groups(block, None, 3, 1, "")
    assert "A random sample of 3 of" in note
    lines = group_lines_of(fit.fit, block, chosen, variable_of(fit.fit, "year", ""), 2, "")
    data = ec.datasets.load("egsingle").head(1500).to_pandas()
    for place in chosen:
        school, child = str(block.labels[place]).split(":")
        own = data[(data["schoolid"] == school) & (data["childid"] == child)]
        rows = {
            "year": [own["year"].min(), own["year"].max()],
            "lowinc": [own["lowinc"].mean()] * 2,
            "female": [own["female"].mode()[0]] * 2,
            "schoolid": [school] * 2,
            "childid": [child] * 2,
        }
        assert np.allclose(lines.estimate[lines.group == place, 0], fit.predict(rows))
    assert "schoolid and schoolid:childid" in lines.note


def test_the_mode_of_a_number_used_as_a_factor() -> None:
    data = ec.datasets.load("egsingle").head(600)
    fit = ec.fit("math ~ factor(grade) + year + (1 | schoolid)", data)
    block = grouping_of(fit.fit, None, "")
    chosen, _ = chosen_groups(block, None, 1, 0, "")
    lines = group_lines_of(fit.fit, block, chosen, variable_of(fit.fit, "year", ""), 2, "")
    own = data.to_pandas()
    own = own[own["schoolid"] == str(block.labels[chosen[0]])]
    rows = {
        "year": [own["year"].min(), own["year"].max()],
        "grade": [int(own["grade"].mode()[0])] * 2,
        "schoolid": [str(block.labels[chosen[0]])] * 2,
    }
    assert np.allclose(lines.estimate[:, 0], fit.predict(rows))

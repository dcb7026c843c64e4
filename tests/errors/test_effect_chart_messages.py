"""Messages of charts of data and effects: the whole text of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.errors import EchelonError
from echelon.plot.missing_pattern import missing_pattern
from echelon.plot.power_curve import power_curve
from tests.unit.plot import effect_fits as fits


def text_of(call: Callable[[], Any]) -> str:
    """Give the whole text of the error that a call raises."""
    with pytest.raises(EchelonError) as caught:
        call()
    return str(caught.value)


def test_names_that_are_not_in_the_fixed_part() -> None:
    assert text_of(lambda: fits.hsb().plot.effect("sess")) == (
        "The fixed part of the model has no variable 'sess'.\n"
        "  where: fit.plot.effect(), argument x\n"
        "  got:   'sess'\n"
        "  need:  a variable of the fixed part: 'ses', 'meanses', 'sector'\n"
        "  do:    did you mean 'ses'?\n"
        "  see:   errors#not-in-fixed-part"
    )
    assert text_of(lambda: fits.within().plot.interaction("ses", "school")) == (
        "The fixed part of the model has no variable 'ses'.\n"
        "  where: fit.plot.interaction(), argument x\n"
        "  got:   'ses'\n"
        "  need:  a variable of the fixed part: 'cwc(ses, school)', 'gm(ses, school)'\n"
        "  do:    name it as it stands in the model: 'cwc(ses, school)'.\n"
        "  see:   errors#not-in-fixed-part"
    )
    assert text_of(lambda: fits.hsb().plot.johnson_neyman("ses", "school")) == (
        "The fixed part of the model has no variable 'school'.\n"
        "  where: fit.plot.johnson_neyman(), argument by\n"
        "  got:   'school'\n"
        "  need:  a variable of the fixed part: 'ses', 'meanses', 'sector'\n"
        "  do:    draw the groups with caterpillar().\n"
        "  see:   errors#not-in-fixed-part"
    )


def test_moderators() -> None:
    assert text_of(lambda: fits.hsb().plot.effect("ses", by=["sector", "meanses", "ses"])) == (
        "A chart shows two moderators at most: by colour and by panel.\n"
        "  where: fit.plot.effect(), argument by\n"
        "  got:   3 moderators\n"
        "  need:  one or two names\n"
        "  do:    hold the others with at={...}, or draw a chart for each of their values.\n"
        "  see:   errors#moderators-of-chart"
    )
    assert text_of(lambda: fits.hsb().plot.interaction("ses", "ses")) == (
        "'ses' is named twice.\n"
        "  where: fit.plot.interaction(), arguments x and by\n"
        "  got:   'ses'\n"
        "  need:  different predictors\n"
        "  do:    name another moderator, or leave by out.\n"
        "  see:   errors#moderators-of-chart"
    )
    assert text_of(lambda: fits.orthodont().plot.trajectories(by="sex", panels=True)) == (
        "Panels show one group each, and no moderator.\n"
        "  where: fit.plot.trajectories(), arguments by and panels\n"
        "  got:   by = 'sex', panels = True\n"
        "  need:  one of the two\n"
        "  do:    leave by out, or draw one view with panels=False.\n"
        "  see:   errors#moderators-of-chart"
    )


def test_lines_need_a_number() -> None:
    assert text_of(lambda: fits.hsb().plot.group_lines("sector")) == (
        "'sector' has categories, and lines run over numbers.\n"
        "  where: fit.plot.group_lines(), argument x\n"
        "  got:   categories 'Public', 'Catholic'\n"
        "  need:  a predictor that is a number\n"
        "  do:    draw its means with effect('sector').\n"
        "  see:   errors#lines-over-categories"
    )
    assert text_of(lambda: fits.wine().plot.trajectories()) == (
        "The model has no numeric predictor that lines could run over.\n"
        "  where: fit.plot.trajectories(), argument x\n"
        "  got:   predictors 'temp', 'contact'\n"
        "  need:  a predictor that is a number, such as time\n"
        "  do:    draw means of categories with effect('temp').\n"
        "  see:   errors#lines-over-categories"
    )
    null = ec.fit("yield ~ 1 + (1 | batch)", ec.datasets.load("dyestuff"))
    assert text_of(lambda: null.plot.trajectories()) == (
        "The model has no numeric predictor that lines could run over.\n"
        "  where: fit.plot.trajectories(), argument x\n"
        "  got:   no predictors\n"
        "  need:  a predictor that is a number, such as time\n"
        "  do:    add the predictor to the formula, or draw the groups with caterpillar().\n"
        "  see:   errors#lines-over-categories"
    )
    assert text_of(lambda: fits.within().plot.group_lines("gm(ses, school)")) == (
        "'gm(ses, school)' is made of other rows, so that a group has no line along it.\n"
        "  where: fit.plot.group_lines(), argument x\n"
        "  got:   'gm(ses, school)'\n"
        "  need:  a column of the table, or its deviation cwc(x, g)\n"
        "  do:    draw the population's line with effect('gm(ses, school)').\n"
        "  see:   errors#lines-over-other-rows"
    )


def test_lines_have_no_rows_before() -> None:
    fit = ec.fit("reaction ~ lag(reaction, 1) + days + (1 | subject)", ec.datasets.load("sleep"))
    assert text_of(lambda: fit.plot.trajectories("days", panels=True)) == (
        "A line of a group cannot hold a value that comes from the row before.\n"
        "  where: fit.plot.trajectories()\n"
        "  got:   'lag(reaction, 1)'\n"
        "  need:  a model without lag()\n"
        "  do:    draw the population's line with effect(), or the rows with trajectories().\n"
        "  see:   errors#lines-over-other-rows"
    )


@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_a_predictor_with_one_value() -> None:
    table = {"y": [1.0, 2, 4, 3], "x": [1.0, 2, 3, 4], "z": [2.0] * 4}
    fit = ec.fit("y ~ x + z", table)
    assert text_of(lambda: fit.plot.effect("z")) == (
        "'z' has one value in all rows, and no line along it.\n"
        "  where: predictor 'z'\n"
        "  got:   2 everywhere\n"
        "  need:  two different values or more\n"
        "  do:    leave the predictor out: its coefficient is not determined, either.\n"
        "  see:   errors#effect-not-determined"
    )


def test_lines_need_groups() -> None:
    plain = ec.fit("reaction ~ days", ec.datasets.load("sleep"))
    assert text_of(lambda: plain.plot.group_lines()) == (
        "The model has no random effects, and so no groups to draw.\n"
        "  where: fit.plot.group_lines()\n"
        "  got:   a formula without random terms\n"
        "  need:  at least one grouping factor, such as (1 | school)\n"
        "  do:    draw the fitted mean with effect(), or add a random term.\n"
        "  see:   errors#no-random-effects"
    )
    assert text_of(lambda: fits.sleep().plot.group_lines(grouping="subjects")) == (
        "Grouping factor 'subjects' is not in the model.\n"
        "  where: fit.plot.group_lines(), argument grouping\n"
        "  got:   'subjects'\n"
        "  need:  a grouping factor of the model: 'subject'\n"
        "  do:    did you mean 'subject'?\n"
        "  see:   errors#unknown-grouping"
    )
    assert text_of(lambda: fits.sleep().plot.trajectories(groups=["307"])) == (
        "'subject' has no such group.\n"
        "  where: fit.plot.trajectories(), argument groups\n"
        "  got:   '307'\n"
        "  need:  labels among the 18 of 'subject'\n"
        "  do:    did you mean '372' or '371' or '370'?\n"
        "  see:   errors#no-such-group"
    )
    assert text_of(lambda: fits.sleep().plot.trajectories(groups=[])) == (
        "No group is named.\n"
        "  where: fit.plot.trajectories(), argument groups\n"
        "  got:   an empty list\n"
        "  need:  labels among the 18 of 'subject'\n"
        "  do:    leave groups out for a sample.\n"
        "  see:   errors#no-such-group"
    )


def test_rows_in_several_groups() -> None:
    rng = np.random.default_rng(3)
    x, groups = rng.normal(size=120), rng.integers(0, 8, (2, 120))
    effects = rng.normal(size=8) * 2
    y = x + effects[groups].mean(axis=0) + rng.normal(size=120) / 4
    table = {"y": y, "x": x, "g": groups[0], "h": groups[1]}
    fit = ec.fit("y ~ x + (1 | mm(g, h))", table)
    name = fit.fit.design.rows.blocks[0].grouping
    assert text_of(lambda: fit.plot.group_lines()) == (
        f"Rows belong to several groups of '{name}', so that no group has a line of its own.\n"
        "  where: fit.plot.group_lines()\n"
        "  got:   a multiple-membership factor\n"
        "  need:  a grouping factor with one group per row\n"
        "  do:    name another factor with grouping=..., or draw the groups with caterpillar().\n"
        "  see:   errors#lines-of-shared-rows"
    )


def test_trajectories_of_categories() -> None:
    assert text_of(lambda: fits.children().plot.trajectories(panels=True)) == (
        "A response with categories has no line of its own in each group.\n"
        "  where: fit.plot.trajectories()\n"
        "  got:   family = 'cumulative', panels=True\n"
        "  need:  a response that is a number or has two outcomes\n"
        "  do:    draw each category's probability: effect(x), or group_lines(x) by group.\n"
        "  see:   errors#trajectories-of-categories"
    )


def test_a_fit_without_rows(tmp_path: Path) -> None:
    fits.sleep().save(tmp_path / "fit.echelon", rows=False)
    loaded = ec.load(tmp_path / "fit.echelon")
    assert text_of(lambda: loaded.plot.trajectories()) == (
        "This fit was saved without its rows.\n"
        "  where: fit.plot.trajectories()\n"
        "  got:   a loaded fit that keeps 0 of its 180 rows\n"
        "  need:  the rows that the model was fitted to\n"
        "  do:    save with rows=True, or fit the model again; predict(new_data) needs no rows.\n"
        "  see:   errors#fit-without-rows"
    )
    chart = loaded.plot.effect("days")
    assert "The fit was saved without its rows: no data are drawn." in chart.title.subtitle


@pytest.mark.filterwarnings("ignore::echelon.errors.RankWarning")
def test_means_that_the_data_do_not_determine() -> None:
    a = np.repeat(["p", "q"], 6)
    table = {"y": np.arange(12.0) ** 1.5, "a": a, "b": np.repeat(["r", "s"], 6)}
    fit = ec.fit("y ~ a * b", table)
    assert text_of(lambda: fit.plot.effect("b")) == (
        "The data do not determine the means along 'b'.\n"
        "  where: model of 'y'\n"
        "  got:   only estimates that depend on coefficients that could not be estimated\n"
        "  need:  cells with rows, and predictors that are no combinations of each other\n"
        "  do:    leave the predictors out that were dropped, or hold others with at={...}.\n"
        "  see:   errors#effect-not-determined"
    )


def test_tables_of_missing_values() -> None:
    table = {"y": [1.0, None], "x": [1.0, 2.0]}
    assert text_of(lambda: missing_pattern(table, ["z"])) == (
        "The table has no column 'z'.\n"
        "  where: missing_pattern(), argument variables\n"
        "  got:   'z'\n"
        "  need:  columns of the table: 'y', 'x'\n"
        "  do:    check the spelling.\n"
        "  see:   errors#no-such-column"
    )
    assert text_of(lambda: missing_pattern(table, [])) == (
        "No column is named.\n"
        "  where: missing_pattern(), argument variables\n"
        "  got:   no names\n"
        "  need:  columns of the table: 'y', 'x'\n"
        "  do:    leave variables out for all.\n"
        "  see:   errors#no-such-column"
    )
    assert text_of(lambda: missing_pattern({"y": np.empty(0)})) == (
        "The table has no rows.\n"
        "  where: missing_pattern(), argument data\n"
        "  got:   0 rows\n"
        "  need:  1 row or more\n"
        "  do:    check the filter applied to the table.\n"
        "  see:   errors#no-rows"
    )


def test_tables_of_power() -> None:
    assert text_of(lambda: power_curve({"n": [10, 20]})) == (
        "The power table has no column 'power'.\n"
        "  where: power_curve(), argument table\n"
        "  got:   columns 'n'\n"
        "  need:  columns for the size, power and, if there are any, conf_low and conf_high\n"
        "  do:    rename the columns, or name them with size=... and by=....\n"
        "  see:   errors#power-table"
    )
    assert text_of(lambda: power_curve({"n": [10, 20], "power": [50.0, 80.0]})) == (
        "Column 'power' of the power table has values outside of 0 to 1.\n"
        "  where: power_curve(), column 'power'\n"
        "  got:   50.0, 80.0\n"
        "  need:  shares in [0, 1]\n"
        "  do:    divide percentages by 100.\n"
        "  see:   errors#power-table"
    )
    assert text_of(lambda: power_curve({"n": ["few", "many"], "power": [0.5, 0.8]})) == (
        "Column 'n' of the power table holds no numbers.\n"
        "  where: power_curve(), column 'n'\n"
        "  got:   categories 'few', 'many'\n"
        "  need:  numbers\n"
        "  do:    name the column of sizes with size=..., that of scenarios with by=....\n"
        "  see:   errors#power-table"
    )

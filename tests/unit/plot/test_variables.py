"""Variables as charts need them."""

from __future__ import annotations

import echelon as ec
from echelon.plot.variables import (
    grouping_of,
    level_of,
    line_variable,
    nested_in,
    short,
    values_of,
    variable_of,
)
from tests.unit.plot import effect_fits as fits


def test_values_row_by_row() -> None:
    data = ec.datasets.load("hsb").to_pandas()
    fit = fits.within().fit
    deviation = data["ses"] - data.groupby("school", observed=True)["ses"].transform("mean")
    found = values_of(fit, variable_of(fit, "cwc(ses, school)", ""))
    assert abs(found - deviation.to_numpy()).max() < 1e-12
    sector = variable_of(fits.hsb().fit, "sector", "")
    codes = values_of(fits.hsb().fit, sector).astype(int)
    assert [sector.labels[code] for code in codes] == data["sector"].tolist()


def test_a_factor_of_numbers_has_codes() -> None:
    data = ec.datasets.load("egsingle").head(200)
    fit = ec.fit("math ~ factor(grade) + (1 | childid)", data).fit
    grade = variable_of(fit, "grade", "")
    found = values_of(fit, grade).astype(int)
    assert [grade.labels[code] for code in found] == [str(g) for g in data["grade"]]
    assert not grade.is_number


def test_what_lines_run_over() -> None:
    fit = fits.sleep().fit
    assert line_variable(fit, grouping_of(fit, None, ""), None, "").name == "days"
    within = ec.fit("mathach ~ meanses + ses + (1 | school)", ec.datasets.load("hsb")).fit
    assert line_variable(within, grouping_of(within, None, ""), None, "").name == "ses"


def test_nesting_and_levels() -> None:
    fit = fits.growth().fit
    block = grouping_of(fit, None, "", is_finest=True)
    assert nested_in(fit, block) == ["schoolid", "schoolid:childid"]
    female = level_of(fit, values_of(fit, variable_of(fit, "female", "")))
    assert female is not None
    assert female.grouping == "schoolid:childid"
    assert level_of(fit, values_of(fit, variable_of(fit, "year", ""))) is None


def test_long_names_are_cut() -> None:
    assert short("ä" * 60) == "ä" * 47 + "…"

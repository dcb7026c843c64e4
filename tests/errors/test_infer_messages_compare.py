"""The exact text of every message of compare and build_up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from echelon.errors import EchelonError
from echelon.result import build_up, compare
from tests.unit.building.fitted import fit

ROWS: dict[str, Any] = {
    "y": np.arange(24.0) % 7,
    "x": np.arange(24.0) % 5,
    "kind": np.array(["a", "b"])[np.arange(24) // 4 % 2],
    "g": np.arange(24) // 4,
    "gap": np.where(np.arange(24) % 9 == 3, np.nan, np.cos(np.arange(24.0))),
}
ONE, TWO = fit("y ~ x", ROWS), fit("y ~ x + kind", ROWS)

MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "no models": (
        lambda: compare(),
        "There is no model to compare.\n"
        "  where: compare()\n"
        "  got:   0 models\n"
        "  need:  two fitted models or more\n"
        "  do:    write compare(m0, m1), with the results of echelon.fit.\n"
        "  see:   errors#compare-nothing",
    ),
    "an empty list": (
        lambda: compare([]),
        "There is no model to compare.\n"
        "  where: compare()\n"
        "  got:   0 models\n"
        "  need:  two fitted models or more\n"
        "  do:    write compare(m0, m1), with the results of echelon.fit.\n"
        "  see:   errors#compare-nothing",
    ),
    "a number": (
        lambda: compare(ONE, 3),
        "Model 2 of the comparison is no fitted model.\n"
        "  where: compare(), argument 2\n"
        "  got:   an object of type 'int'\n"
        "  need:  what echelon.fit or echelon.load returned\n"
        "  do:    fit the model first: compare(echelon.fit(formula, data), ...).\n"
        "  see:   errors#compare-not-a-fit",
    ),
    "a formula without data": (
        lambda: compare("y ~ x", "y ~ 1"),
        "Model 1 of the comparison is no fitted model.\n"
        "  where: compare(), argument 1\n"
        "  got:   an object of type 'str'\n"
        "  need:  what echelon.fit or echelon.load returned\n"
        "  do:    fit the model first, or give the data too: compare(formula, ..., data=data).\n"
        "  see:   errors#compare-not-a-fit",
    ),
    "too few names": (
        lambda: compare(ONE, TWO, names=["a"]),
        "The names do not fit the models.\n"
        "  where: compare(), option names\n"
        "  got:   models: 2, names: 1 ('a')\n"
        "  need:  one text per model, each another\n"
        "  do:    leave names out for 'Model 1', ..., or pass {'null': m0, 'slopes': m1}.\n"
        "  see:   errors#compare-names",
    ),
    "the same name twice": (
        lambda: compare(ONE, TWO, names=["a", "a"]),
        "The names do not fit the models.\n"
        "  where: compare(), option names\n"
        "  got:   models: 2, names: 2 ('a', 'a')\n"
        "  need:  one text per model, each another\n"
        "  do:    leave names out for 'Model 1', ..., or pass {'null': m0, 'slopes': m1}.\n"
        "  see:   errors#compare-names",
    ),
    "an option of a fit": (
        lambda: compare(ONE, TWO, weights="w"),
        "The option weights is about a fit, and the models are fitted already.\n"
        "  where: compare(), option weights\n"
        "  got:   fitted models, and no data\n"
        "  need:  options of the comparison only: names, layout, refit, conf_level\n"
        "  do:    give weights to echelon.fit, or formulas with their data:\n"
        "         compare(formula, ..., data=data).\n"
        "  see:   errors#compare-option",
    ),
    "a layout that does not exist": (
        lambda: compare(ONE, TWO, layout="row"),
        "The option layout cannot be 'row'.\n"
        "  where: option layout\n"
        "  got:   'row'\n"
        "  need:  one of 'columns', 'rows'\n"
        "  do:    did you mean 'rows'?\n"
        "  see:   errors#unknown-option-value",
    ),
    "a refit that does not exist": (
        lambda: compare(ONE, TWO, refit="maybe"),
        "The option refit cannot be 'maybe'.\n"
        "  where: option refit\n"
        "  got:   'maybe'\n"
        "  need:  one of 'auto', 'always', 'never'\n"
        "  do:    write 'auto', for example.\n"
        "  see:   errors#unknown-option-value",
    ),
    "another response": (
        lambda: compare(ONE, fit("log(y + 1) ~ x", ROWS)),
        "The models have different responses: 'y' and 'log(y + 1)'.\n"
        "  where: compare(), models 'Model 1' and 'Model 2'\n"
        "  got:   'y' in 'Model 1', 'log(y + 1)' in 'Model 2'\n"
        "  need:  the same response, on the same scale, in every model\n"
        "  do:    fit all to one response; likelihoods of y and log(y) are in different units.\n"
        "  see:   errors#compare-responses",
    ),
    "rows that lack a value": (
        lambda: compare({"one": ONE, "gap": fit("y ~ gap", ROWS)}),
        "The models are fitted to different rows.\n"
        "  where: compare(), models 'one' and 'gap'\n"
        "  got:   24 rows and 21 rows\n"
        "         in 'one' only: rows 4, 13, 22\n"
        "  need:  the same rows in every model\n"
        "  do:    leave out the rows that lack a value of 'gap' first, or pass formulas and data:\n"
        "         compare(formula, ..., data=data) fits all to the rows complete for all.\n"
        "  see:   errors#compare-rows",
    ),
    "another subset": (
        lambda: compare(fit("y ~ x", ROWS, subset="x > 0"), fit("y ~ x", ROWS, subset="x < 4")),
        "The models are fitted to different rows.\n"
        "  where: compare(), models 'Model 1' and 'Model 2'\n"
        "  got:   19 rows and 20 rows\n"
        "         in 'Model 1' only: rows 5, 10, 15, 20;\n"
        "         in 'Model 2' only: rows 1, 6, 11, 16, 21\n"
        "  need:  the same rows in every model\n"
        "  do:    fit every model to the same table, with the same subset.\n"
        "  see:   errors#compare-rows",
    ),
    "another table": (
        lambda: compare(ONE, fit("y ~ x", {name: values[:20] for name, values in ROWS.items()})),
        "The models are fitted to different rows.\n"
        "  where: compare(), models 'Model 1' and 'Model 2'\n"
        "  got:   24 rows and 20 rows, of tables with 24 and 20 rows\n"
        "  need:  the same rows in every model\n"
        "  do:    fit every model to the same table, with the same subset.\n"
        "  see:   errors#compare-rows",
    ),
    "other values": (
        lambda: compare(ONE, fit("y ~ x", ROWS | {"y": ROWS["y"] + (ROWS["x"] > 3)})),
        "The models are fitted to different values of 'y'.\n"
        "  where: compare(), models 'Model 1' and 'Model 2'\n"
        "  got:   4 of 24 rows with another value of 'y'\n"
        "  need:  the same observations in every model\n"
        "  do:    fit every model to the same table, with its rows in the same order.\n"
        "  see:   errors#compare-values",
    ),
    "another order of rows": (
        lambda: compare(ONE, fit("y ~ x", {name: values[::-1] for name, values in ROWS.items()})),
        "The models are fitted to different values of 'y'.\n"
        "  where: compare(), models 'Model 1' and 'Model 2'\n"
        "  got:   20 of 24 rows with another value of 'y', the same values in another order\n"
        "  need:  the same observations in every model\n"
        "  do:    fit every model to the same table, with its rows in the same order.\n"
        "  see:   errors#compare-values",
    ),
    "a predictor of level 2 at level 1": (
        lambda: build_up("y", ROWS, level1=["x", "kind"], group="g"),
        "'kind' is given at level 1, but has one value in each group of g.\n"
        "  where: build_up(), option level1\n"
        "  got:   a predictor of level 2\n"
        "  need:  predictors at the level at which they vary\n"
        "  do:    give it in level2.\n"
        "  see:   errors#build-up-level",
    ),
    "a predictor of level 1 at level 2": (
        lambda: build_up("y", ROWS, level2="x", group="g"),
        "'x' is given at level 2, but varies within groups of g.\n"
        "  where: build_up(), option level2\n"
        "  got:   a predictor of level 1\n"
        "  need:  predictors at the level at which they vary\n"
        "  do:    give it in level1, and its group mean, gm(x, g), in level2.\n"
        "  see:   errors#build-up-level",
    ),
    "no group": (
        lambda: build_up("y", ROWS, level1="x", group=[]),
        "There are no groups to build a multilevel model with.\n"
        "  where: build_up(), option group\n"
        "  got:   []\n"
        "  need:  a grouping factor, or several from the innermost out\n"
        "  do:    write group='school', or group=['class', 'school'].\n"
        "  see:   errors#build-up-group",
    ),
    "a level without groups": (
        lambda: build_up("y", ROWS, level1="x", level3="kind", group="g"),
        "There are predictors of level 3, and no groups of that level.\n"
        "  where: build_up(), option level3\n"
        "  got:   'kind', with group = ['g']\n"
        "  need:  2 grouping factors for 3 levels, the innermost first\n"
        "  do:    write group=['class', 'school'], for example.\n"
        "  see:   errors#build-up-group",
    ),
    "several terms in one": (
        lambda: build_up("y", ROWS, level1="x * kind", group="g"),
        "'x * kind' is not one term.\n"
        "  where: build_up(), option level1\n"
        "  got:   3 terms\n"
        "  need:  one column, function or interaction per entry: 'ses', 'log(size)', 'ses:female'\n"
        "  do:    list the terms one by one; random parts are built from group and slopes.\n"
        "  see:   errors#build-up-term",
    ),
    "a random term": (
        lambda: build_up("y", ROWS, level1="x + (x | g)", group="g"),
        "'x + (x | g)' is not one term.\n"
        "  where: build_up(), option level1\n"
        "  got:   a random term\n"
        "  need:  one column, function or interaction per entry: 'ses', 'log(size)', 'ses:female'\n"
        "  do:    list the terms one by one; random parts are built from group and slopes.\n"
        "  see:   errors#build-up-term",
    ),
    "a predictor twice": (
        lambda: build_up("y", ROWS, level1=["x", "x"], group="g"),
        "The predictor 'x' is given twice.\n"
        "  where: build_up(), options level1, level2, ...\n"
        "  got:   predictors 'x', 'x'\n"
        "  need:  every predictor once, at the level at which it varies\n"
        "  do:    take one of them out.\n"
        "  see:   errors#build-up-twice",
    ),
    "a predictor that is no text": (
        lambda: build_up("y", ROWS, level1=[3], group="g"),
        "The option level1 of build_up names no column.\n"
        "  where: build_up(), option level1\n"
        "  got:   [3]\n"
        "  need:  a name, or a list of names\n"
        "  do:    write level1=['ses', 'minority'], for example.\n"
        "  see:   errors#build-up-names",
    ),
    "an outcome that is a list": (
        lambda: build_up(["y", "x"], ROWS, level1="x", group="g"),
        "The option outcome of build_up names no column.\n"
        "  where: build_up(), option outcome\n"
        "  got:   ['y', 'x']\n"
        "  need:  the name of one column\n"
        "  do:    write build_up('mathach', data, ...), for example.\n"
        "  see:   errors#build-up-names",
    ),
    "a slope of nothing": (
        lambda: build_up("y", ROWS, level1="x", group="g", slopes=["xx"]),
        "'xx' is no predictor that could have a random slope.\n"
        "  where: build_up(), option slopes\n"
        "  got:   'xx'\n"
        "  need:  predictors below the highest level: 'x'\n"
        "  do:    did you mean 'x'?\n"
        "  see:   errors#build-up-slope",
    ),
    "a slope where there are none": (
        lambda: build_up("y", ROWS, level2="kind", group="g", slopes=["kind"]),
        "'kind' is no predictor that could have a random slope.\n"
        "  where: build_up(), option slopes\n"
        "  got:   'kind'\n"
        "  need:  predictors below the highest level: there are none\n"
        "  do:    give it in level1, if it varies in groups.\n"
        "  see:   errors#build-up-slope",
    ),
    "a level of significance in percent": (
        lambda: build_up("y", ROWS, level1="x", group="g", alpha=5),
        "The option alpha cannot be 5.\n"
        "  where: option alpha\n"
        "  got:   5\n"
        "  need:  a number between 0 and 1\n"
        "  do:    write alpha=0.05.\n"
        "  see:   errors#build-up-alpha",
    ),
    "a centring that does not exist": (
        lambda: build_up("y", ROWS, level1="x", group="g", center="grand"),
        "The option center cannot be 'grand'.\n"
        "  where: option center\n"
        "  got:   'grand'\n"
        "  need:  one of 'cwc', 'cgm'\n"
        "  do:    write 'cwc', for example.\n"
        "  see:   errors#unknown-option-value",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_message(name: str) -> None:
    ask, expected = MESSAGES[name]
    with pytest.raises(EchelonError) as caught:
        ask()
    assert str(caught.value) == expected

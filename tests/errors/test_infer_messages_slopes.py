"""The exact text of every message of slopes, Johnson-Neyman, what-if and trade-off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest

import echelon as ec
from echelon.errors import EchelonError

HSB = ec.datasets.load("hsb")
FIT = ec.fit("mathach ~ ses * meanses + sector + minority + (1 | school)", HSB)
LOGARITHM = ec.fit(
    "y ~ cwc(log(x), g)",
    {"y": [1.0, 2, 4, 3, 5, 9, 7, 8], "x": [1.0, 2, 3, 4, 5, 6, 7, 8.5], "g": [1, 1, 2, 2] * 2},
)


def what_if(change: Mapping[str, Any], **options: Any) -> Any:
    return FIT.what_if(HSB, change, **options)


MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "slope of categories": (
        lambda: FIT.slopes("sector"),
        "The column 'sector' has no slope: the model uses it as categories.\n"
        "  where: slope of 'sector', term sector\n"
        "  got:   2 categories: 'Public', 'Catholic'\n"
        "  need:  a predictor that the model uses as numbers\n"
        "  do:    compare its categories: contrasts('sector').\n"
        "  see:   errors#slope-of-categories",
    ),
    "slope inside a centring": (
        lambda: LOGARITHM.slopes("x"),
        "The slope of 'x' is not the same for all members of a group.\n"
        "  where: slope of 'x', term cwc(log(x), g)\n"
        "  got:   a centring of log(x)\n"
        "  need:  a centring of the column itself\n"
        "  do:    ask for the slope of 'cwc(log(x), g)'.\n"
        "  see:   errors#slope-inside-centring",
    ),
    "slope of an unknown name": (
        lambda: FIT.slopes("sess"),
        "The fixed part of the model has no variable 'sess'.\n"
        "  where: option specs\n"
        "  got:   'sess'\n"
        "  need:  a variable of the fixed part: 'ses', 'meanses', 'sector', 'minority'\n"
        "  do:    did you mean 'ses'?\n"
        "  see:   errors#not-in-fixed-part",
    ),
    "an unknown way to move": (
        lambda: FIT.slopes("ses", move="school"),
        "The option move cannot be 'school'.\n"
        "  where: option move\n"
        "  got:   'school'\n"
        "  need:  'member' or 'group'\n"
        "  do:    write 'member' for one unit of a group, 'group' for all of them together.\n"
        "  see:   errors#unknown-move",
    ),
    "a moderator that is no name": (
        lambda: FIT.slopes("ses", by="sectr"),
        "The fixed part of the model has no variable 'sectr'.\n"
        "  where: option specs\n"
        "  got:   'sectr'\n"
        "  need:  a variable of the fixed part: 'ses', 'meanses', 'sector', 'minority'\n"
        "  do:    did you mean 'sector'?\n"
        "  see:   errors#not-in-fixed-part",
    ),
    "the moderator is the predictor": (
        lambda: FIT.interaction_table("ses", "ses"),
        "The predictor and its moderator are both 'ses'.\n"
        "  where: arguments variable and moderator\n"
        "  got:   'ses'\n"
        "  need:  two different predictors\n"
        "  do:    name another moderator; slopes('ses', by='ses') shows a curve.\n"
        "  see:   errors#moderator-is-variable",
    ),
    "a moderator with categories": (
        lambda: FIT.johnson_neyman("ses", "sector"),
        "The moderator 'sector' has categories, and no values between them.\n"
        "  where: johnson_neyman(), argument moderator\n"
        "  got:   'sector'\n"
        "  need:  a predictor that is a number, other than the one whose slope is asked for\n"
        "  do:    show its slope with slopes('ses', by='sector').\n"
        "  see:   errors#moderator-not-number",
    ),
    "the moderator of Johnson-Neyman is the predictor": (
        lambda: FIT.johnson_neyman("ses", "ses"),
        "'ses' is the predictor itself.\n"
        "  where: johnson_neyman(), argument moderator\n"
        "  got:   'ses'\n"
        "  need:  a predictor that is a number, other than the one whose slope is asked for\n"
        "  do:    show its slope with slopes('ses', by='ses').\n"
        "  see:   errors#moderator-not-number",
    ),
    "an unknown moderator": (
        lambda: FIT.johnson_neyman("ses", "meansses"),
        "The fixed part of the model has no variable 'meansses'.\n"
        "  where: option specs\n"
        "  got:   'meansses'\n"
        "  need:  a variable of the fixed part: 'ses', 'meanses', 'sector', 'minority'\n"
        "  do:    did you mean 'meanses'?\n"
        "  see:   errors#not-in-fixed-part",
    ),
    "a range that is none": (
        lambda: FIT.johnson_neyman("ses", "meanses", range=(1, 0)),
        "The range of the moderator is not low and high.\n"
        "  where: johnson_neyman(), option range\n"
        "  got:   (1, 0)\n"
        "  need:  two finite numbers, the lower one first\n"
        "  do:    write range=(-1.188, 0.831), or leave range out.\n"
        "  see:   errors#moderator-range",
    ),
    "no data": (
        lambda: FIT.what_if(change={"ses": "+ 1"}),
        "what_if() needs the table: a fit keeps encoded rows, not raw columns.\n"
        "  where: what_if(), argument data\n"
        "  got:   no data\n"
        "  need:  a table with columns 'ses', 'meanses', 'sector', 'minority'\n"
        "  do:    pass the table that was fitted, data=...; or another one with these columns.\n"
        "  see:   errors#what-if-without-data",
    ),
    "no change": (
        lambda: FIT.what_if(HSB),
        "What is to change is not given by name.\n"
        "  where: what_if(), argument change\n"
        "  got:   None\n"
        "  need:  a mapping of at least one predictor to its change\n"
        '  do:    write change={"staffing": "* 1.10"}.\n'
        "  see:   errors#change-not-mapping",
    ),
    "a change that is no mapping": (
        lambda: FIT.what_if(HSB, "ses + 1"),
        "What is to change is not given by name.\n"
        "  where: what_if(), argument change\n"
        "  got:   'ses + 1'\n"
        "  need:  a mapping of at least one predictor to its change\n"
        '  do:    write change={"staffing": "* 1.10"}.\n'
        "  see:   errors#change-not-mapping",
    ),
    "a change that cannot be read": (
        lambda: what_if({"ses": "* ten"}),
        "The change of 'ses' cannot be read.\n"
        "  where: what_if(), argument change\n"
        "  got:   'ses': '* ten'\n"
        "  need:  '* 1.10', '/ 2', '+ 5', '- 5', '10%', '= 3', a number to set, or a category\n"
        "  do:    write one operator and one number, such as '+ 5'.\n"
        "  see:   errors#change-unreadable",
    ),
    "a change to no number": (
        lambda: what_if({"ses": None}),
        "The change of 'ses' cannot be read.\n"
        "  where: what_if(), argument change\n"
        "  got:   'ses': None\n"
        "  need:  '* 1.10', '/ 2', '+ 5', '- 5', '10%', '= 3', a number to set, or a category\n"
        "  do:    write one operator and one number, such as '+ 5'.\n"
        "  see:   errors#change-unreadable",
    ),
    "a change to infinity": (
        lambda: what_if({"ses": np.inf}),
        "The change of 'ses' cannot be read.\n"
        "  where: what_if(), argument change\n"
        "  got:   'ses': inf\n"
        "  need:  '* 1.10', '/ 2', '+ 5', '- 5', '10%', '= 3', a number to set, or a category\n"
        "  do:    write one operator and one number, such as '+ 5'.\n"
        "  see:   errors#change-unreadable",
    ),
    "a division by zero": (
        lambda: what_if({"ses": "/ 0"}),
        "The change of 'ses' cannot be read.\n"
        "  where: what_if(), argument change\n"
        "  got:   'ses': '/ 0'\n"
        "  need:  '* 1.10', '/ 2', '+ 5', '- 5', '10%', '= 3', a number to set, or a category\n"
        "  do:    write one operator and one number, such as '+ 5'.\n"
        "  see:   errors#change-unreadable",
    ),
    "a number in quotes": (
        lambda: what_if({"ses": "3"}),
        "The change of 'ses' is a number in quotes without an operator.\n"
        "  where: what_if(), argument change\n"
        "  got:   'ses': '3'\n"
        "  need:  an operator in the text, or a plain number\n"
        "  do:    write '= 3' or 3 to set it, '+ 3' to add it,\n"
        "         '* 3' to multiply by it.\n"
        "  see:   errors#change-without-operator",
    ),
    "a text for a number": (
        lambda: what_if({"ses": "high"}),
        "The predictor 'ses' holds numbers and cannot become 'high'.\n"
        "  where: what_if(), argument change\n"
        "  got:   'ses': 'high'\n"
        "  need:  a number, or an operator and a number\n"
        "  do:    write one operator and one number, such as '+ 5'.\n"
        "  see:   errors#change-of-number",
    ),
    "a change of an unknown predictor": (
        lambda: what_if({"sess": "+ 1"}),
        "The model has no predictor 'sess'.\n"
        "  where: what_if(), argument change\n"
        "  got:   'sess'\n"
        "  need:  a predictor of the model: 'ses', 'meanses', 'sector', 'minority'\n"
        "  do:    did you mean 'ses'?\n"
        "  see:   errors#change-of-nothing",
    ),
    "a change of the groups": (
        lambda: what_if({"school": "1224"}),
        "'school' groups the rows; it is no predictor that can change.\n"
        "  where: what_if(), argument change\n"
        "  got:   'school'\n"
        "  need:  a predictor of the model: 'ses', 'meanses', 'sector', 'minority'\n"
        "  do:    change a predictor; to ask about other groups use predict().\n"
        "  see:   errors#change-of-nothing",
    ),
    "a change of the response": (
        lambda: what_if({"mathach": "+ 1"}),
        "The model has no predictor 'mathach'.\n"
        "  where: what_if(), argument change\n"
        "  got:   'mathach'\n"
        "  need:  a predictor of the model: 'ses', 'meanses', 'sector', 'minority'\n"
        "  do:    check the spelling.\n"
        "  see:   errors#change-of-nothing",
    ),
    "an unknown category": (
        lambda: what_if({"sector": "Cathlic"}),
        "The predictor 'sector' holds categories; 'Cathlic' is none of them.\n"
        "  where: what_if(), argument change\n"
        "  got:   'sector': 'Cathlic'\n"
        "  need:  a category that the model has seen: 'Public', 'Catholic'\n"
        "  do:    did you mean 'Catholic'?\n"
        "  see:   errors#change-of-category",
    ),
    "arithmetic on categories": (
        lambda: what_if({"sector": "+ 1"}),
        "The predictor 'sector' holds categories; '+ 1' is none of them.\n"
        "  where: what_if(), argument change\n"
        "  got:   'sector': '+ 1'\n"
        "  need:  a category that the model has seen: 'Public', 'Catholic'\n"
        "  do:    name the category to set.\n"
        "  see:   errors#change-of-category",
    ),
    "an average by no column": (
        lambda: what_if({"ses": "+ 1"}, by="sectr"),
        "The data have no column 'sectr'.\n"
        "  where: what_if(), argument by\n"
        "  got:   columns 'school', 'sector', 'mathach', 'ses', 'meanses' and 6 more\n"
        "  need:  the name of a column of data\n"
        "  do:    did you mean 'sector'?\n"
        "  see:   errors#no-such-column",
    ),
    "a condition on no column": (
        lambda: what_if({"ses": "+ 1"}, where="sectr == 'Public'"),
        "The data have no column 'sectr'.\n"
        "  where: argument where\n"
        "  got:   columns 'school', 'sector', 'mathach', 'ses', 'meanses' and 6 more\n"
        "  need:  the name of a column of data\n"
        "  do:    did you mean 'sector'?\n"
        "  see:   errors#no-such-column",
    ),
    "an average by nothing": (
        lambda: FIT.what_if(
            HSB.with_columns(empty=pl.lit(None, pl.String)), {"ses": "+ 1"}, by="empty"
        ),
        "No row has a label in every column to average by.\n"
        "  where: what_if(), argument by\n"
        "  got:   'empty'\n"
        "  need:  columns with values\n"
        "  do:    check the columns, or leave by out.\n"
        "  see:   errors#average-by-nothing",
    ),
    "what random does not know": (
        lambda: what_if({"ses": "+ 1"}, random="some"),
        "The option random cannot be 'some'.\n"
        "  where: what_if(), option random\n"
        "  got:   'some'\n"
        "  need:  'all' or 'none'\n"
        "  do:    check the spelling.\n"
        "  see:   errors#unknown-random",
    ),
    "draws that are no count": (
        lambda: what_if({"ses": "+ 1"}, draws=0),
        "The option draws cannot be 0.\n"
        "  where: option draws\n"
        "  got:   0\n"
        "  need:  a whole number above zero\n"
        "  do:    write draws=1000.\n"
        "  see:   errors#draws-count",
    ),
    "too many averages for draws": (
        lambda: what_if({"ses": "+ 1"}, by=["school", "minority"], draws=10),
        "There are too many averages for joint draws.\n"
        "  where: option draws\n"
        "  got:   296 averages\n"
        "  need:  at most 200 averages\n"
        "  do:    average by something with fewer values.\n"
        "  see:   errors#draws-count",
    ),
    "a seed that is none": (
        lambda: what_if({"ses": "+ 1"}, draws=10, seed="x"),
        "The seed cannot be 'x'.\n"
        "  where: option seed\n"
        "  got:   'x'\n"
        "  need:  a whole number of at least 0, or a numpy SeedSequence or Generator\n"
        "  do:    write seed=1, for example, or leave seed out.\n"
        "  see:   errors#seed",
    ),
    "an offset that is among the changes": (
        lambda: FIT.trade_off(HSB, "ses", {"ses": "+ 1"}),
        "The predictor 'ses' cannot offset a change of itself.\n"
        "  where: trade_off(), arguments offset and against\n"
        "  got:   'ses'\n"
        "  need:  two different predictors\n"
        "  do:    name another predictor as offset.\n"
        "  see:   errors#trade-off-twice",
    ),
    "an offset with categories": (
        lambda: FIT.trade_off(HSB, "sector", {"ses": "+ 1"}),
        "The predictor 'sector' has categories; no amount of it can be solved for.\n"
        "  where: trade_off(), argument offset\n"
        "  got:   'sector'\n"
        "  need:  a predictor that is a number\n"
        "  do:    compare its categories with what_if().\n"
        "  see:   errors#trade-off-of-categories",
    ),
    "an unknown offset": (
        lambda: FIT.trade_off(HSB, "sess", {"meanses": "+ 1"}),
        "The model has no predictor 'sess'.\n"
        "  where: trade_off(), arguments offset and against\n"
        "  got:   'sess'\n"
        "  need:  a predictor of the model: 'ses', 'meanses', 'sector', 'minority'\n"
        "  do:    did you mean 'ses'?\n"
        "  see:   errors#change-of-nothing",
    ),
    "a trade-off without data": (
        lambda: FIT.trade_off(offset="ses", against={"meanses": "+ 1"}),
        "trade_off() needs the table: a fit keeps encoded rows, not raw columns.\n"
        "  where: trade_off(), argument data\n"
        "  got:   no data\n"
        "  need:  a table with columns 'ses', 'meanses', 'sector', 'minority'\n"
        "  do:    pass the table that was fitted, data=...; or another one with these columns.\n"
        "  see:   errors#what-if-without-data",
    ),
    "a category that a fit has not seen": (
        lambda: what_if({"minority": "Maybe"}),
        "The predictor 'minority' holds categories; 'Maybe' is none of them.\n"
        "  where: what_if(), argument change\n"
        "  got:   'minority': 'Maybe'\n"
        "  need:  a category that the model has seen: 'No', 'Yes'\n"
        "  do:    check the spelling.\n"
        "  see:   errors#change-of-category",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_message(name: str) -> None:
    call, text = MESSAGES[name]
    with pytest.raises(EchelonError) as caught:
        call()
    assert str(caught.value) == text

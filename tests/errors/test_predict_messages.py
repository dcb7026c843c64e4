"""The exact text of every message of predict, residuals, simulate and refit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from echelon import api, datasets
from echelon.errors import EchelonError

SLEEP = datasets.load("sleep")
ROWS = {"days": [1.0, 2.0, 3.0], "subject": ["308", "new", "newer"]}
RESULT = api.fit("reaction ~ days + (days | subject)", SLEEP)
WEIGHTED = api.fit("reaction ~ days + (1 | subject)", SLEEP.with_columns(w=1 + SLEEP["days"]),
                   weights="w")  # fmt: skip
FACTOR = api.fit(
    "reaction ~ kind + (1 | subject)",
    SLEEP.with_columns(kind=SLEEP["days"].cast(int).cast(str).replace_strict(
        {str(k): "abc"[k % 3] for k in range(10)})),
)  # fmt: skip
PLAIN = api.fit("reaction ~ days", SLEEP)
NESTED = api.fit("strength ~ 1 + (1 | batch/cask)", datasets.load("pastes"))
DROPPED = api.fit(
    "reaction ~ days + (1 | subject)",
    {name: [None, *SLEEP[name].to_list()[1:]] for name in SLEEP.columns},
)
Y = SLEEP["reaction"].to_numpy()
ROWLESS = api.Result(replace(RESULT.fit, design=replace(RESULT.fit.design, y=np.empty(0))))


def with_hole() -> np.ndarray:
    y = Y.copy()
    y[[4, 9]] = np.nan, np.inf
    return y


MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "a word that random does not know": (
        lambda: RESULT.predict(random="al"),
        "The option random cannot be 'al'.\n"
        "  where: predict(), option random\n"
        "  got:   'al'\n"
        "  need:  'all', 'none', or a list of grouping factors\n"
        "  do:    did you mean 'all'?\n"
        "  see:   errors#unknown-random",
    ),
    "a grouping factor as a word": (
        lambda: RESULT.predict(random="subject"),
        "The option random cannot be 'subject'.\n"
        "  where: predict(), option random\n"
        "  got:   'subject'\n"
        "  need:  'all', 'none', or a list of grouping factors\n"
        "  do:    write random=['subject'].\n"
        "  see:   errors#unknown-random",
    ),
    "a grouping factor that is not in the model": (
        lambda: RESULT.predict(random=["subjects"]),
        "Grouping factor 'subjects' is not in the model.\n"
        "  where: predict(), option random\n"
        "  got:   'subjects'\n"
        "  need:  names among 'subject'\n"
        "  do:    did you mean 'subject'?\n"
        "  see:   errors#unknown-grouping",
    ),
    "a grouping factor, and the model has none": (
        lambda: PLAIN.predict(random=["subject"]),
        "Grouping factor 'subject' is not in the model.\n"
        "  where: predict(), option random\n"
        "  got:   'subject'\n"
        "  need:  none: the model has no random terms\n"
        "  do:    leave random out.\n"
        "  see:   errors#unknown-grouping",
    ),
    "an interval that does not exist": (
        lambda: RESULT.predict(ROWS, interval="predict"),
        "The option interval cannot be 'predict'.\n"
        "  where: option interval\n"
        "  got:   'predict'\n"
        "  need:  one of 'confidence', 'prediction'\n"
        "  do:    did you mean 'prediction'?\n"
        "  see:   errors#unknown-option-value",
    ),
    "an answer to new groups that does not exist": (
        lambda: RESULT.predict(ROWS, new_groups="zero"),
        "The option new_groups cannot be 'zero'.\n"
        "  where: option new_groups\n"
        "  got:   'zero'\n"
        "  need:  one of 'population', 'error'\n"
        "  do:    did you mean 'error'?\n"
        "  see:   errors#unknown-option-value",
    ),
    "a confidence level in percent": (
        lambda: RESULT.predict(ROWS, interval="confidence", conf_level=90),
        "The confidence level cannot be 90.\n"
        "  where: option conf_level\n"
        "  got:   90\n"
        "  need:  a number between 0 and 1\n"
        "  do:    write conf_level=0.9.\n"
        "  see:   errors#conf-level",
    ),
    "a new group that is refused": (
        lambda: RESULT.predict({"days": [1.0], "subject": ["new"]}, new_groups="error"),
        "The new rows have a group of 'subject' that the fit has not seen.\n"
        "  where: predict(), option new_groups='error'\n"
        "  got:   'new'\n"
        "  need:  groups among the 18 of the fit\n"
        "  do:    correct the labels, or write new_groups='population' for their population.\n"
        "  see:   errors#unseen-group",
    ),
    "new groups that are refused": (
        lambda: RESULT.predict(ROWS, new_groups="error"),
        "The new rows have 2 groups of 'subject' that the fit has not seen.\n"
        "  where: predict(), option new_groups='error'\n"
        "  got:   'new', 'newer'\n"
        "  need:  groups among the 18 of the fit\n"
        "  do:    correct the labels, or write new_groups='population' for their population.\n"
        "  see:   errors#unseen-group",
    ),
    "a new class of a known school that is refused": (
        lambda: NESTED.predict({"batch": ["A", "A"], "cask": ["a", "z"]}, new_groups="error"),
        "The new rows have a group of 'batch:cask' that the fit has not seen.\n"
        "  where: predict(), option new_groups='error'\n"
        "  got:   'A:z'\n"
        "  need:  groups among the 30 of the fit\n"
        "  do:    correct the labels, or write new_groups='population' for their population.\n"
        "  see:   errors#unseen-group",
    ),
    "new rows without a predictor": (
        lambda: RESULT.predict({"Days": [1.0], "subject": ["308"]}),
        "The data have no column 'days'.\n"
        "  where: mapping of columns, 2 columns\n"
        "  got:   columns 'Days', 'subject'\n"
        "  need:  a column for every name in the model\n"
        "  do:    did you mean 'Days'?\n"
        "  see:   errors#no-such-column",
    ),
    "new rows without group labels": (
        lambda: RESULT.predict({"days": [1.0]}),
        "The new rows have no group labels 'subject'.\n"
        "  where: predict(), argument new_data\n"
        "  got:   columns 'days'\n"
        "  need:  a column for every grouping factor whose modes take part\n"
        "  do:    add the column (any new label is a new group), or predict for the population\n"
        "         with random='none'.\n"
        "  see:   errors#no-group-labels",
    ),
    "new rows without the weights of a prediction": (
        lambda: WEIGHTED.predict(ROWS, interval="prediction"),
        "The new rows have no column 'w', which holds the weights of the model.\n"
        "  where: predict(), argument new_data\n"
        "  got:   columns 'days', 'subject'\n"
        "  need:  the weight of each new response, because its variance is sigma^2 / weight\n"
        "  do:    add the column, or ask for interval='confidence', which needs no weights.\n"
        "  see:   errors#no-prediction-weights",
    ),
    "new rows with a weight of zero": (
        lambda: WEIGHTED.predict(ROWS | {"w": [1.0, 0.0, 2.0]}, interval="prediction"),
        "The prior weight w is zero or negative in some rows.\n"
        "  where: weights = w, row 2\n"
        "  got:   0\n"
        "  need:  w > 0 in every row\n"
        "  do:    leave these rows out with subset: w > 0.\n"
        "  see:   errors#outside-domain",
    ),
    "a category that the fit has not seen": (
        lambda: FACTOR.predict({"kind": ["a", "d"], "subject": ["308", "309"]}),
        "The column 'kind' has categories that the model has not seen.\n"
        "  where: kind, new row 2\n"
        "  got:   'd'\n"
        "  need:  one of the categories of the fit: 'a', 'b', 'c'\n"
        "  do:    correct the labels, leave these rows out, or fit with rows that have them.\n"
        "  see:   errors#unseen-category",
    ),
    "new rows that are no table": (
        lambda: RESULT.predict([1.0, 2.0]),
        "The data are not a table.\n"
        "  where: argument data\n"
        "  got:   an object of type 'list'\n"
        "  need:  a pandas, polars or Arrow table, or a dict of columns\n"
        "  do:    make it a frame first, e.g. polars.DataFrame(data).\n"
        "  see:   errors#not-a-table",
    ),
    "a kind of residual that does not exist": (
        lambda: RESULT.residuals("pearsons"),
        "The option kind cannot be 'pearsons'.\n"
        "  where: option kind\n"
        "  got:   'pearsons'\n"
        "  need:  one of 'response', 'pearson', 'standardized', 'deviance', 'working',\n"
        "         'marginal', 'quantile', 'simulated'\n"
        "  do:    did you mean 'pearson' or 'response'?\n"
        "  see:   errors#unknown-option-value",
    ),
    "no replicates": (
        lambda: RESULT.simulate(0),
        "The number of replicates cannot be 0.\n"
        "  where: simulate(), argument n\n"
        "  got:   0\n"
        "  need:  a whole number from 1 to 10,000,000\n"
        "  do:    write simulate(100, seed=1), for example.\n"
        "  see:   errors#replicates",
    ),
    "a seed that is text": (
        lambda: RESULT.simulate(1, seed="one"),
        "The seed cannot be 'one'.\n"
        "  where: argument seed\n"
        "  got:   'one'\n"
        "  need:  a whole number of at least 0, or a numpy SeedSequence or Generator\n"
        "  do:    write seed=1, for example, or leave seed out.\n"
        "  see:   errors#seed",
    ),
    "a negative seed": (
        lambda: RESULT.simulate(1, seed=-1),
        "The seed cannot be -1.\n"
        "  where: argument seed\n"
        "  got:   -1\n"
        "  need:  a whole number of at least 0, or a numpy SeedSequence or Generator\n"
        "  do:    write seed=1, for example, or leave seed out.\n"
        "  see:   errors#seed",
    ),
    "random effects of a kind that does not exist": (
        lambda: RESULT.simulate(1, random="all"),
        "The option random cannot be 'all'.\n"
        "  where: option random\n"
        "  got:   'all'\n"
        "  need:  one of 'new', 'conditional'\n"
        "  do:    write 'new', for example.\n"
        "  see:   errors#unknown-option-value",
    ),
    "a response by name": (
        lambda: RESULT.refit("reaction"),
        "A fit keeps the columns of its model only, and cannot look up a response by name.\n"
        "  where: refit(), argument response\n"
        "  got:   'reaction'\n"
        "  need:  numbers, one per row\n"
        "  do:    pass the column itself, data['reaction'], or\n"
        "         refit(data=data, formula='reaction ~ ...').\n"
        "  see:   errors#refit-response-name",
    ),
    "a response of texts": (
        lambda: RESULT.refit(["a"] * 180),
        "The new response does not hold numbers.\n"
        "  where: refit(), argument response\n"
        "  got:   an object of type 'list'\n"
        "  need:  numbers, one per row\n"
        "  do:    convert the values to numbers first.\n"
        "  see:   errors#refit-response-type",
    ),
    "a response of another length": (
        lambda: RESULT.refit(Y[:-1]),
        "The new response does not fit the rows of the model.\n"
        "  where: refit(), argument response\n"
        "  got:   179 numbers\n"
        "  need:  180 numbers, one per row used\n"
        "  do:    check where the values are from.\n"
        "  see:   errors#refit-response-length",
    ),
    "a response of another length, when rows were dropped": (
        lambda: DROPPED.refit(Y[:-2]),
        "The new response does not fit the rows of the model.\n"
        "  where: refit(), argument response\n"
        "  got:   178 numbers\n"
        "  need:  179 numbers, one per row used, or 180, one per row of the table\n"
        "  do:    check where the values are from.\n"
        "  see:   errors#refit-response-length",
    ),
    "several responses at once": (
        lambda: RESULT.refit(RESULT.simulate(2, seed=1)),
        "The new response does not fit the rows of the model.\n"
        "  where: refit(), argument response\n"
        "  got:   an array of shape (180, 2)\n"
        "  need:  180 numbers, one per row used\n"
        "  do:    take one column at a time, y[:, 0].\n"
        "  see:   errors#refit-response-length",
    ),
    "a response with holes": (
        lambda: RESULT.refit(with_hole()),
        "The new response in place of 'reaction' is missing or infinite in rows of the model.\n"
        "  where: refit(), argument response, rows 5, 10\n"
        "  got:   2 of 180 values are not finite\n"
        "  need:  a finite number for every row that the model uses\n"
        "  do:    fill the values in, or fit to data without these rows: refit(data=...).\n"
        "  see:   errors#refit-response-values",
    ),
    "a response that does not vary": (
        lambda: RESULT.refit(np.zeros(180)),
        "The new response in place of 'reaction' is the same in every row.\n"
        "  where: refit(), argument response\n"
        "  got:   0 in all 180 rows\n"
        "  need:  a response that varies\n"
        "  do:    check how the response was made.\n"
        "  see:   errors#constant-response",
    ),
    "a response and data": (
        lambda: RESULT.refit(Y, data=SLEEP),
        "A refit takes a response or data, not both.\n"
        "  where: refit(), arguments response and data\n"
        "  got:   both\n"
        "  need:  one of them\n"
        "  do:    put the response in a column of data, under the name of the formula.\n"
        "  see:   errors#refit-response-and-data",
    ),
    "an option that does not exist": (
        lambda: RESULT.refit(metod="ML"),
        "A model has no option 'metod'.\n"
        "  where: refit()\n"
        "  got:   'metod'\n"
        "  need:  one of formula, family, link, method, quadrature, weights, offset, subset,\n"
        "         missing, start, control, conf_level, df_method, contrasts, thresholds, nominal, "
        "scale, zero, hurdle, dispersion\n"
        "  do:    did you mean 'method' or 'df_method'?\n"
        "  see:   errors#unknown-option",
    ),
    "an option that needs the data": (
        lambda: RESULT.refit(weights="days"),
        "The option weights cannot change without the data.\n"
        "  where: refit()\n"
        "  got:   a new weights, and no data\n"
        "  need:  the table, because a fit keeps the columns of reaction ~ ... only\n"
        "  do:    write refit(data=data, weights=...).\n"
        "  see:   errors#refit-needs-data",
    ),
    "a start of another length": (
        lambda: RESULT.refit(start=[1.0]),
        "The option start has not one number per covariance parameter.\n"
        "  where: option start\n"
        "  got:   1 number\n"
        "  need:  3: 3 for (days | subject)\n"
        "  do:    give theta in this order, or leave start out.\n"
        "  see:   errors#start-length",
    ),
    "rows of a fit that was saved without them": (
        lambda: ROWLESS.residuals(),
        "This fit was saved without its rows.\n"
        "  where: residuals('response')\n"
        "  got:   a loaded fit that keeps 0 of its 180 rows\n"
        "  need:  the rows that the model was fitted to\n"
        "  do:    save with rows=True, or fit the model again; predict(new_data) needs no rows.\n"
        "  see:   errors#fit-without-rows",
    ),
    "simulation of a fit that was saved without rows": (
        lambda: ROWLESS.simulate(),
        "This fit was saved without its rows.\n"
        "  where: simulate()\n"
        "  got:   a loaded fit that keeps 0 of its 180 rows\n"
        "  need:  the rows that the model was fitted to\n"
        "  do:    save with rows=True, or fit the model again; predict(new_data) needs no rows.\n"
        "  see:   errors#fit-without-rows",
    ),
    "predictions for rows that were not saved": (
        lambda: ROWLESS.predict(),
        "This fit was saved without its rows.\n"
        "  where: predict() without new_data\n"
        "  got:   a loaded fit that keeps 0 of its 180 rows\n"
        "  need:  the rows that the model was fitted to\n"
        "  do:    save with rows=True, or fit the model again; predict(new_data) needs no rows.\n"
        "  see:   errors#fit-without-rows",
    ),
    "a new response when the rows were not saved": (
        lambda: ROWLESS.refit(Y),
        "This fit was saved without its rows.\n"
        "  where: refit() to a new response\n"
        "  got:   a loaded fit that keeps 0 of its 180 rows\n"
        "  need:  the rows that the model was fitted to\n"
        "  do:    save with rows=True, or fit the model again; predict(new_data) needs no rows.\n"
        "  see:   errors#fit-without-rows",
    ),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_message(case: str) -> None:
    call, text = MESSAGES[case]
    with pytest.raises(EchelonError) as error:
        call()
    assert str(error.value) == text

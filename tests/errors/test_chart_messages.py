"""Messages of charts and of the commands that look at a fit: the whole text of each."""

from __future__ import annotations

from pathlib import Path

import altair as alt
import pytest

import echelon as ec
from echelon.cli import main
from echelon.errors import EchelonError
from echelon.fit import frame_of
from echelon.plot.chart import finish, records

CHART = finish(alt.Chart(records(x=[1])).mark_point())
SLEEP = ["sleep", "reaction ~ days + (days | subject)"]


@pytest.mark.parametrize(
    ("name", "got", "do"),
    [
        ("a.jpg", "'.jpg'", "did you mean 'png'?"),
        ("chart", "no ending", "add an ending, such as .svg."),
    ],
)
def test_an_ending_that_is_no_chart(name: str, got: str, do: str) -> None:
    with pytest.raises(EchelonError) as caught:
        CHART.save(name)
    assert str(caught.value) == (
        f"The ending of '{name}' does not say what kind of chart to write.\n"
        "  where: save(), argument path\n"
        f"  got:   {got}\n"
        "  need:  one of .svg, .png, .pdf, .html, .json\n"
        f"  do:    {do}\n"
        "  see:   errors#chart-ending"
    )


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EchelonError) as caught:
        CHART.save(tmp_path / "none" / "a.svg")
    assert str(caught.value) == (
        "The chart cannot be saved as 'a.svg'.\n"
        f"  where: folder {tmp_path / 'none'}\n"
        "  got:   No such file or directory\n"
        "  need:  a folder that exists and may be written to\n"
        "  do:    check the path and its permissions.\n"
        "  see:   errors#chart-not-written"
    )


def test_a_fit_without_its_table() -> None:
    fit = ec.fit(SLEEP[1], "sleep")
    again = fit.refit(fit.simulate(seed=1)[:, 0])
    with pytest.raises(EchelonError) as caught:
        frame_of(again.fit, "bundle()")
    assert str(caught.value) == (
        "This fit does not hold the columns of a table.\n"
        "  where: bundle()\n"
        "  got:   a fit to resampled rows, or to a response that was not in the table\n"
        "  need:  a fit to a table\n"
        "  do:    put the response in a column of the table, and fit the model to that.\n"
        "  see:   errors#fit-without-table"
    )


def test_a_topic_that_is_none() -> None:
    with pytest.raises(EchelonError) as caught:
        ec.fit(SLEEP[1], "sleep").check("residuals")
    assert str(caught.value) == (
        "The option topics cannot be 'residuals'.\n"
        "  where: option topics\n"
        "  got:   'residuals'\n"
        "  need:  one of 'Convergence', 'Level-1 residuals', 'Random effects', 'Outcome',\n"
        "         'Predictors', 'Influence', 'Data and design'\n"
        "  do:    did you mean 'Level-1 residuals'?\n"
        "  see:   errors#unknown-option-value"
    )


def test_a_chart_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", *SLEEP, "caterpiller", "-o", "x.svg"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        "There is no chart 'caterpiller'.\n"
        "  where: echelon plot, argument CHART\n"
        "  got:   'caterpiller'\n"
        "  need:  caterpillar, coefficients, effect, "
    )
    assert said.endswith("  do:    did you mean 'caterpillar'?\n  see:   errors#no-such-chart\n")


def test_an_option_that_a_chart_has_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", *SLEEP, "scale_location", "--term", "days", "-o", "x.svg"]) == 2
    assert capsys.readouterr().err == (
        "The chart 'scale_location' has no option --term.\n"
        "  where: echelon plot\n"
        "  got:   --term days\n"
        "  need:  no option\n"
        "  do:    leave the option out, or choose another chart.\n"
        "  see:   errors#chart-option\n"
    )
    assert main(["plot", *SLEEP, "shrinkage", "--term", "days", "-o", "x.svg"]) == 2
    assert "  need:  one of --x, --grouping\n" in capsys.readouterr().err


def test_an_option_that_a_chart_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", *SLEEP, "interaction", "--x", "days", "-o", "x.svg"]) == 2
    assert capsys.readouterr().err == (
        "The chart 'interaction' needs the option --by.\n"
        "  where: echelon plot\n"
        "  got:   --x days\n"
        "  need:  --by and the name of a variable\n"
        "  do:    say which, e.g. --by age.\n"
        "  see:   errors#chart-option\n"
    )


def test_an_ending_that_is_no_chart_is_refused_before_the_fit(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plot", "nowhere.csv", "y ~ x", "qq", "-o", "x.gif"]) == 2
    assert capsys.readouterr().err == (
        "The ending of 'x.gif' does not say what kind of chart to write.\n"
        "  where: option --output\n"
        "  got:   '.gif'\n"
        "  need:  one of .svg, .png, .pdf, .html, .json\n"
        "  do:    change the ending; .svg and .pdf are for print.\n"
        "  see:   errors#chart-ending\n"
    )

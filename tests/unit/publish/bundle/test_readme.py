"""README.md in plain words: what is here, and what was left out."""

from __future__ import annotations

import re

from echelon.publish.bundle.cells import SmallCells, small_cells
from echelon.publish.bundle.readme import FILES, cells_in_words, readme_text
from echelon.publish.bundle.recipe import shared_spec
from echelon.publish.bundle.sharing import share
from tests.unit.publish.bundle.studies import study


def readme(name: str, codes: bool = False, smallest: int = 5) -> str:
    fit = study(name).fit
    assert fit.frame is not None
    spec = shared_spec(fit.spec)
    shared = share(spec, fit.frame, codes, 0)
    cells = small_cells(shared, spec, smallest)
    text = readme_text(fit, shared, cells, smallest, ("data.csv", "analysis.py"))
    return re.sub(r"\n  (?! )", " ", text)


def test_rows_and_columns_that_were_left_out() -> None:
    text = readme("missing")
    n_obs = study("missing").n_obs
    assert f"- The table has the {n_obs} rows and the 3 columns that the model uses;" in text
    assert " of 160 rows are not in it: subset.\n" in text
    assert " of 160 rows are not in it: missing holes.\n" in text


def test_labels_codes_and_lags() -> None:
    assert "- The labels of these groups are as in the data: school.\n" in readme("slopes")
    text = readme("slopes", codes=True)
    assert "Groups are numbered in random order, and the rows are in that order: school." in text
    assert "as in the data" not in text
    assert "columns of their own: lag(y, 1), lag(log(z), 2).\n" in readme("lagged")


def test_small_cells_are_said() -> None:
    assert "- Fewer than 5 rows each, school: 1 of 16 groups, 4 rows.\n" in readme("slopes")
    assert "No group and category has fewer than 2 rows." in readme("slopes", smallest=2)
    cells = SmallCells("school", ("kind", "flag"), 1_200, 1_000, 2_500)
    assert cells_in_words(cells) == (
        "school x kind x flag: 1,000 of 1,200 combinations, 2,500 rows"
    )


def test_two_commands_and_the_files() -> None:
    text = readme("slopes")
    assert "    pip install -r requirements.txt\n    echelon rerun study.zip\n" in text
    assert f"- `data.csv`: {FILES['data.csv']}.\n" in text
    assert "report.html" not in text

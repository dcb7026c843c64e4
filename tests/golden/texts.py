"""Every printed text that is kept: the name of its file and how it is made.

`make golden` (python -m tests.golden.texts) writes the files anew; read the difference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from echelon.measure.describe import describe
from echelon.report.build_up import build_up_text
from echelon.report.comparison import comparison_html, comparison_text
from echelon.report.describe import description_csv, description_json, description_text
from echelon.report.html import summary_html, summary_page
from echelon.report.record import fit_csv, fit_json, package_version
from echelon.report.summary import summary_text
from tests.golden import comparisons, fits
from tests.golden import generalized_fits as generalized

FOLDER = Path(__file__).parent
NUMBER = re.compile(r"-?\d+\.\d+(e[+-]\d+)?")


def _table() -> dict[str, np.ndarray]:
    """Five districts with schools of 1 to 8 rows, and raters across them; no random numbers."""
    sizes = [1, 2, 3, 4, 5, 6, 7, 8] * 3 + [1]
    school = np.repeat(np.arange(25), sizes)
    score = 50.0 + school * 7 % 11 + np.arange(len(school)) * 5 % 13
    score[3] = np.nan
    return {
        "score": score,
        "school": school,
        "district": school // 5,
        "rater": np.arange(len(school)) % 6,
        "country": np.zeros(len(school), dtype=int),
        "row": np.arange(len(school)),
    }


def _described() -> str:
    factors = ["school", "district", "rater", "country", "row"]
    return description_text(describe(_table(), factors, "score"))


def _sick() -> str:
    """Nine wards of a binary outcome, crossed with two years."""
    rows = np.arange(72)
    sick = np.where(rows * rows % 7 < rows // 8 - 1, "yes", "no")
    table = {"sick": sick, "ward": rows // 8, "year": np.where(rows % 2, "later", "first")}
    return description_text(describe(table, ["ward", "year", "ward:year"], "sick"), 80)


def _visits() -> str:
    """Counts of twelve clinics, more variable than Poisson."""
    rows = np.arange(96)
    visits = rows * rows * 5 % 11 * (rows % 3 > 0)
    return description_text(describe({"visits": visits, "clinic": rows // 8}, "clinic", "visits"))


def _twelve_digits(text: str) -> str:
    """Round numbers of full precision: the last digits differ between machines."""
    return NUMBER.sub(lambda found: repr(float(f"{float(found[0]):.12g}")), text)


def _any_version(text: str) -> str:
    return text.replace(f'"echelon": "{package_version()}"', '"echelon": "VERSION"')


TEXTS: dict[str, Callable[[], str]] = {
    "sleep.txt": lambda: summary_text(fits.sleep()),
    "sleep.csv": lambda: _twelve_digits(fit_csv(fits.sleep())),
    "sleep.json": lambda: _twelve_digits(_any_version(fit_json(fits.sleep()))),
    "sleep.html": lambda: summary_page(fits.sleep()),
    "school.txt": lambda: summary_text(fits.school(weights="w", offset="log(t)")),
    "school_80.txt": lambda: summary_text(fits.school(), width=40),
    "long_names.txt": lambda: summary_text(fits.long_names()),
    "long_names.html": lambda: summary_html(fits.long_names()),
    "troubled.txt": lambda: summary_text(fits.troubled()),
    "troubled.csv": lambda: _twelve_digits(fit_csv(fits.troubled())),
    "no_groups.txt": lambda: summary_text(fits.no_groups()),
    "many_effects.txt": lambda: summary_text(fits.many_effects()),
    "binomial.txt": lambda: summary_text(generalized.binomial()),
    "binomial_80.txt": lambda: summary_text(generalized.binomial(conf_level=0.9), 80),
    "binomial_link.txt": lambda: summary_text(generalized.binomial(), exponentiate=False),
    "binomial.html": lambda: summary_page(generalized.binomial()),
    "hazard.txt": lambda: summary_text(generalized.hazard()),
    "ordered.txt": lambda: summary_text(generalized.ordered()),
    "ordered.json": lambda: _twelve_digits(_any_version(fit_json(generalized.ordered()))),
    "equidistant.txt": lambda: summary_text(generalized.equidistant()),
    "multinomial.txt": lambda: summary_text(generalized.multinomial()),
    "zeros.txt": lambda: summary_text(generalized.zeros()),
    "zeros.csv": lambda: _twelve_digits(fit_csv(generalized.zeros())),
    "shares.txt": lambda: summary_text(generalized.shares()),
    "quasi.txt": lambda: summary_text(generalized.quasi()),
    "describe.txt": _described,
    "describe_groups.txt": lambda: description_text(describe(_table(), "school")),
    "describe_binary_80.txt": _sick,
    "describe_counts.txt": _visits,
    "describe.csv": lambda: description_csv(describe(_table(), ["school", "district:rater"])),
    "compare_columns.txt": lambda: comparison_text(comparisons.four()),
    "compare_intervals_80.txt": lambda: comparison_text(comparisons.four(conf_level=0.9), 80),
    "compare_rows.txt": lambda: comparison_text(comparisons.four("rows")),
    "compare_panels.txt": lambda: comparison_text(comparisons.seven()),
    "compare.html": lambda: comparison_html(comparisons.four()),
    "build_up.txt": lambda: build_up_text(comparisons.built()),
    "describe.json": lambda: _any_version(description_json(describe(_table(), "school", "score"))),
}


def write() -> None:
    """Write all files anew."""
    for name, make in TEXTS.items():
        (FOLDER / name).write_text(make() + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()

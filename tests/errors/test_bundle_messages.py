"""The exact text of every message of writing and rerunning a bundle."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echelon.errors import EchelonError
from echelon.publish.bundle import bundle, rerun
from echelon.publish.bundle.parts import write_parts
from echelon.publish.bundle.writing import SmallCellsWarning
from tests.unit.publish.bundle.studies import TABLE, study

MODEL = {"format": "echelon bundle", "version": 1}


def write(name: str = "slopes", **options: Any) -> None:
    bundle(study(name).fit, "study.zip", **{"report": False, "smallest_cell": 0, **options})


def plain(content: bytes) -> None:
    Path("study.zip").write_bytes(content)
    rerun("study.zip")


def zipped(**parts: bytes) -> None:
    write_parts("study.zip", {"model.json": json.dumps(MODEL).encode(), **parts})
    rerun("study.zip")


def with_model(model: object) -> None:
    write_parts("study.zip", {"model.json": json.dumps(model).encode()})
    rerun("study.zip")


def other_zip() -> None:
    with zipfile.ZipFile("study.zip", "w") as archive:
        archive.writestr("MANIFEST", "")
    rerun("study.zip")


def with_path() -> None:
    with zipfile.ZipFile("study.zip", "w") as archive:
        archive.writestr("../up.txt", "")
    rerun("study.zip")


def with_changed_part() -> None:
    write()
    parts = zipfile.ZipFile("study.zip")
    contents = {name: parts.read(name) for name in parts.namelist()}
    contents["data.csv"] += b"\n"
    with zipfile.ZipFile("study.zip", "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    rerun("study.zip")


def from_other_estimates() -> None:
    fit = study("slopes").fit
    beta = fit.estimates.beta + np.array([0.0, 1.0])
    other = replace(fit, estimates=replace(fit.estimates, beta=beta))
    bundle(other, "study.zip", report=False, smallest_cell=0)


def from_other_table() -> None:
    write(data={**TABLE, "y": -TABLE["y"]})


def without_table() -> None:
    fit = study("slopes").fit
    bundle(replace(fit, frame=None), "study.zip", report=False)


MESSAGES: list[tuple[Callable[[], None], str]] = [
    (
        lambda: plain_missing(),
        """There is no file 'none.zip'.
  where: folder .
  got:   'none.zip'
  need:  the path of a bundle that bundle() has written
  do:    check the path.
  see:   errors#no-such-bundle""",
    ),
    (
        lambda: print(rerun(".")),
        """The file '' cannot be opened.
  where: folder .
  got:   Is a directory
  need:  a file that may be read
  do:    check the path and its permissions.
  see:   errors#bundle-unreadable""",
    ),
    (
        lambda: unwritable(),
        """The bundle cannot be written as 'study.zip'.
  where: folder none
  got:   No such file or directory
  need:  a folder that exists and may be written to
  do:    check the path and its permissions.
  see:   errors#bundle-not-written""",
    ),
    (
        lambda: plain(b"PK, nearly"),
        """The file 'study.zip' is no bundle.
  where: file study.zip
  got:   a file of 10 bytes that is no zip file
  need:  a zip file that bundle() has written
  do:    give the path of a bundle; read(path) is for data, load(path) for saved fits.
  see:   errors#not-a-bundle""",
    ),
    (
        other_zip,
        """The file 'study.zip' is no bundle.
  where: file study.zip
  got:   a zip file without model.json
  need:  a zip file that bundle() has written
  do:    give the path of a bundle; read(path) is for data, load(path) for saved fits.
  see:   errors#not-a-bundle""",
    ),
    (
        lambda: with_model({"format": "recipe"}),
        """The file 'study.zip' is no bundle.
  where: file study.zip
  got:   a model.json of another program
  need:  a zip file that bundle() has written
  do:    give the path of a bundle; read(path) is for data, load(path) for saved fits.
  see:   errors#not-a-bundle""",
    ),
    (
        lambda: with_model({**MODEL, "version": 2}),
        """The bundle has a version that this echelon does not know.
  where: file study.zip
  got:   version 2
  need:  version 1
  do:    install the versions of its requirements.txt, and rerun it with them.
  see:   errors#bundle-version""",
    ),
    (
        with_path,
        """The zip file 'study.zip' is not opened: it could do harm.
  where: file study.zip
  got:   files named '../up.txt'
  need:  plain names, without a folder
  do:    ask whoever sent it for a bundle as bundle() has written it; do not unpack this one.
  see:   errors#unsafe-bundle""",
    ),
    (
        with_changed_part,
        """The bundle 'study.zip' is damaged, or was changed after it was written.
  where: file study.zip
  got:   checksums that do not hold: 'data.csv'
  need:  the file as bundle() has written it
  do:    copy the file again from where it came.
  see:   errors#damaged-bundle""",
    ),
    (
        zipped,
        """The bundle 'study.zip' is damaged, or was changed after it was written.
  where: file study.zip
  got:   a part that does not suit the others ('data.csv')
  need:  the file as bundle() has written it
  do:    copy the file again from where it came.
  see:   errors#damaged-bundle""",
    ),
    (
        from_other_estimates,
        """The bundle is not written: its table does not give the numbers of this fit.
  where: bundle()
  got:   14 of 88 numbers differ: 'fixed effect x, estimate', 'fixed effect x, statistic', """
        """'fixed effect x, p_value', 'fixed effect x, conf_low', 'fixed effect x, conf_high' """
        """and 9 more
  need:  the same numbers from the rows of the bundle
  do:    fit the model to the table itself, without start=, and see whether it converges.
  see:   errors#bundle-not-reproduced""",
    ),
    (
        from_other_table,
        """The bundle is not written: its table does not give the numbers of this fit.
  where: bundle()
  got:   2 of 4 numbers differ: '(Intercept)', 'x'
  need:  the same numbers from the rows of the bundle
  do:    give the table that the model was fitted to, as data=.
  see:   errors#bundle-not-reproduced""",
    ),
    (
        without_table,
        """This fit does not hold the columns of a table.
  where: bundle()
  got:   a fit to resampled rows, or to a response that was not in the table
  need:  a fit to a table
  do:    put the response in a column of the table, and fit the model to that.
  see:   errors#fit-without-table""",
    ),
    (
        lambda: write(codes=["scool"]),
        """The option codes names 'scool', which is no grouping factor of the model.
  where: bundle(), option codes
  got:   'scool'
  need:  True, False, or names among 'school'
  do:    did you mean 'school'?
  see:   errors#bundle-codes""",
    ),
    (
        lambda: write("no groups", codes=["kind"]),
        """The option codes names 'kind', which is no grouping factor of the model.
  where: bundle(), option codes
  got:   'kind'
  need:  no codes: the model has no groups
  do:    leave codes out.
  see:   errors#bundle-codes""",
    ),
    (
        lambda: write("year", codes=True),
        """The groups 'year' cannot be replaced by codes: 'year' is also a predictor.
  where: bundle(), option codes
  got:   'year' among the predictors, whose labels name or carry effects
  need:  groups that only define random terms
  do:    name the others, codes=['person'],
         or recode 'year' in the data first.
  see:   errors#bundle-codes-of-predictor""",
    ),
    (
        lambda: write("dates", codes="day"),
        """The groups 'day' cannot be replaced by codes: 'day' is also a predictor.
  where: bundle(), option codes
  got:   'day' among the predictors, whose labels name or carry effects
  need:  groups that only define random terms
  do:    recode 'day' in the data, fit again, and leave codes out.
  see:   errors#bundle-codes-of-predictor""",
    ),
    (
        lambda: write(codes=3),
        """The option codes cannot be 3.
  where: bundle(), option codes
  got:   3
  need:  True, False, or names of grouping factors
  do:    leave codes out for its default.
  see:   errors#bundle-codes""",
    ),
    (
        lambda: write(smallest_cell=2.5),
        """The option smallest_cell cannot be 2.5.
  where: bundle(), option smallest_cell
  got:   2.5
  need:  a whole number of at least 0
  do:    leave smallest_cell out for its default.
  see:   errors#bundle-number""",
    ),
    (
        lambda: write(seed=-1),
        """The option seed cannot be -1.
  where: bundle(), option seed
  got:   -1
  need:  a whole number of at least 0
  do:    leave seed out for its default.
  see:   errors#bundle-number""",
    ),
]


def plain_missing() -> None:
    rerun("none.zip")


def unwritable() -> None:
    bundle(study("slopes").fit, "none/study.zip", report=False, smallest_cell=0)


@pytest.mark.parametrize(("call", "message"), MESSAGES)
def test_message(
    call: Callable[[], None], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EchelonError) as caught, warnings.catch_warnings():
        call()
    assert str(caught.value) == message


def test_warning_of_small_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.warns(SmallCellsWarning) as caught:
        study("nested").bundle("study.zip", report=False)
    assert (
        str(caught[0].message)
        == """\
The bundle has groups and categories with fewer than 5 rows.
  where: bundle(), file study.zip
  got:   school: 1 of 16 groups, 4 rows
         school:class: 40 of 47 groups, 118 rows
  need:  5 rows or more, for nobody to be known by them
  do:    look at data.csv before you share it; codes=True numbers the groups, coarser
         categories make larger cells, smallest_cell=1 keeps quiet.
  see:   errors#small-cells"""
    )

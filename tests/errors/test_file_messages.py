"""The exact text of every message about files and data sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from echelon.datasets import describe, load, open_table
from echelon.errors import FrameError
from echelon.frame.read import read

FILES = {
    "students.csv": b"a,b\n1,2\n",
    "notes.doc": b"",
    "notes": b"",
    "empty.csv": b"",
    "header.csv": b"a,b\n",
    "doubled.csv": b"a,b,a\n1,2,3\n",
    "latin.csv": b"a\n\xe9\n",
    "broken.sav": b"hello",
    "carriage.csv": b"\r\x00",
}

MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "a near file": (
        lambda: read("student.csv"),
        "There is no file 'student.csv'.\n"
        "  where: student.csv\n"
        "  got:   10 other entries in the folder\n"
        "  need:  the path of an existing file\n"
        "  do:    did you mean 'students.csv' or 'latin.csv' or 'empty.csv'?\n"
        "  see:   errors#no-such-file",
    ),
    "a folder that does not exist": (
        lambda: read("nowhere/students.csv"),
        "There is no file 'students.csv'.\n"
        "  where: nowhere/students.csv\n"
        "  got:   no folder 'nowhere'\n"
        "  need:  the path of an existing file\n"
        "  do:    check the path; relative paths start at the current folder.\n"
        "  see:   errors#no-such-file",
    ),
    "an unknown type": (
        lambda: read("notes.doc"),
        "The type of the file 'notes.doc' is not known.\n"
        "  where: notes.doc\n"
        "  got:   extension '.doc'\n"
        "  need:  one of .csv .tsv .txt .parquet .arrow .feather .xlsx .sav .dta .sas7bdat .xpt\n"
        "  do:    save the table in one of these types, or read it yourself and pass the frame.\n"
        "  see:   errors#unknown-file-type",
    ),
    "no type": (
        lambda: read("notes"),
        "The type of the file 'notes' is not known.\n"
        "  where: notes\n"
        "  got:   no extension\n"
        "  need:  one of .csv .tsv .txt .parquet .arrow .feather .xlsx .sav .dta .sas7bdat .xpt\n"
        "  do:    save the table in one of these types, or read it yourself and pass the frame.\n"
        "  see:   errors#unknown-file-type",
    ),
    "an empty file": (
        lambda: read("empty.csv"),
        "The file 'empty.csv' is empty.\n"
        "  where: empty.csv\n"
        "  got:   0 lines\n"
        "  need:  a header and at least one row\n"
        "  do:    check that the export was complete.\n"
        "  see:   errors#file-empty",
    ),
    "a header only": (
        lambda: read("header.csv"),
        "The file 'header.csv' has no rows.\n"
        "  where: header.csv\n"
        "  got:   2 columns, 0 rows\n"
        "  need:  a header and at least one row\n"
        "  do:    check that the export was complete.\n"
        "  see:   errors#file-empty",
    ),
    "doubled columns": (
        lambda: read("doubled.csv"),
        "The file 'doubled.csv' has several columns named 'a'.\n"
        "  where: doubled.csv, line 1\n"
        "  got:   more than one column each of 'a'\n"
        "  need:  a name of its own for every column\n"
        "  do:    rename the columns in the header.\n"
        "  see:   errors#duplicate-columns",
    ),
    "Latin-1": (
        lambda: read("latin.csv"),
        "The file 'latin.csv' is not in UTF-8.\n"
        "  where: latin.csv\n"
        "  got:   bytes of another encoding (Latin-1, UTF-16?)\n"
        "  need:  text in UTF-8\n"
        "  do:    save it as 'CSV UTF-8', or run iconv -f latin1 -t utf-8 in.csv > out.csv\n"
        "  see:   errors#file-encoding",
    ),
    "a lone carriage return": (
        lambda: read("carriage.csv"),
        "The file 'carriage.csv' cannot be read as what its extension says.\n"
        "  where: carriage.csv\n"
        "  got:   line 1: new-line character seen in unquoted field\n"
        "  need:  a complete, valid '.csv' file\n"
        "  do:    save it again in the program that wrote it, or correct the extension.\n"
        "  see:   errors#file-not-readable",
    ),
    "a broken file": (
        lambda: read("broken.sav"),
        "The file 'broken.sav' cannot be read as what its extension says.\n"
        "  where: broken.sav\n"
        "  got:   Unable to read from file\n"
        "  need:  a complete, valid '.sav' file\n"
        "  do:    save it again in the program that wrote it, or correct the extension.\n"
        "  see:   errors#file-not-readable",
    ),
    "a folder without Parquet": (
        lambda: read("folder"),
        "The folder 'folder' holds no Parquet files.\n"
        "  where: folder\n"
        "  got:   a folder without a file that ends in .parquet\n"
        "  need:  a file, or a folder of Parquet files with the same columns\n"
        "  do:    give the path of the file itself.\n"
        "  see:   errors#folder-without-parquet",
    ),
    "an unknown data set": (
        lambda: load("hbs"),
        "There is no data set 'hbs'.\n"
        "  where: echelon.datasets\n"
        "  got:   'hbs'\n"
        "  need:  one of hsb, sleep, orthodont, dyestuff, dyestuff2, penicillin, pastes,\n"
        "         egsingle, contraception, cbpp, owls, wine, insteval\n"
        "  do:    did you mean 'hsb'?\n"
        "  see:   errors#no-such-dataset",
    ),
    "an unknown description": (
        lambda: describe("sleepstudy"),
        "There is no data set 'sleepstudy'.\n"
        "  where: echelon.datasets\n"
        "  got:   'sleepstudy'\n"
        "  need:  one of hsb, sleep, orthodont, dyestuff, dyestuff2, penicillin, pastes,\n"
        "         egsingle, contraception, cbpp, owls, wine, insteval\n"
        "  do:    did you mean 'sleep'?\n"
        "  see:   errors#no-such-dataset",
    ),
    "a data set that is not bundled": (
        lambda: load("insteval"),
        "The data set 'insteval' is not part of echelon.\n"
        '  where: echelon.datasets.load("insteval")\n'
        "  got:   no path\n"
        "  need:  a path to a copy of your own, because the terms of these data are not clear\n"
        '  do:    In R: write.csv(lme4::InstEval, "insteval.csv", row.names = FALSE)\n'
        '         then load("insteval", path="insteval.csv").\n'
        "  see:   errors#dataset-not-bundled",
    ),
    "a file that is not the data set": (
        lambda: load("insteval", path="students.csv"),
        "The file is not the data set 'insteval': column 's' is not there.\n"
        '  where: echelon.datasets.load("insteval", path=...)\n'
        "  got:   columns a, b\n"
        "  need:  columns s, d, studage, lectage, service, dept, y\n"
        '  do:    In R: write.csv(lme4::InstEval, "insteval.csv", row.names = FALSE)\n'
        "  see:   errors#dataset-columns",
    ),
    "neither file nor data set": (
        lambda: open_table("orthodnt"),
        "There is no file and no data set 'orthodnt'.\n"
        "  where: the folder FOLDER\n"
        "  got:   'orthodnt'\n"
        "  need:  the path of a file, or one of\n"
        "         hsb, sleep, orthodont, dyestuff, dyestuff2, penicillin, pastes, egsingle,\n"
        "         contraception, cbpp, owls, wine\n"
        "  do:    did you mean 'orthodont'?\n"
        "  see:   errors#no-such-table",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_files(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for file, content in FILES.items():
        (tmp_path / file).write_bytes(content)
    provoke, text = MESSAGES[name]
    with pytest.raises(FrameError) as caught:
        provoke()
    assert str(caught.value).replace(str(tmp_path), "FOLDER") == text

"""The report in a bundle."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from echelon.publish.bundle import bundle, rerun
from echelon.publish.bundle.written_up import report_parts
from tests.unit.publish.bundle.studies import study


@pytest.mark.slow
def test_the_same_fit_gives_the_same_page() -> None:
    fit = study("slopes").fit
    first, second = (report_parts(fit)["report.html"] for _ in range(2))
    assert first == second
    assert first.startswith(b"<!doctype html>")


@pytest.mark.slow
def test_the_page_of_a_bundle_with_codes_has_no_label(tmp_path: Path) -> None:
    path = bundle(study("slopes").fit, tmp_path / "study.zip", codes=True, smallest_cell=0)
    archive = zipfile.ZipFile(path)
    assert "report.html" in archive.namelist()
    assert "`report.html`: the study written up" in archive.read("README.md").decode()
    assert not [name for name in archive.namelist() if b"Sch0" in archive.read(name)]
    assert rerun(path).agrees

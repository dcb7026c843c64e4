"""A model built up, as users hold it."""

from __future__ import annotations

import json

import pytest

import echelon as ec
from echelon.report.build_up import build_up_html, build_up_page, build_up_text
from echelon.result import BuiltUp, Compared, build_up


@pytest.fixture(scope="module")
def built() -> BuiltUp:
    return build_up("reaction", "sleep", level1="days", group="subject", weights="days + 1")


def test_every_form_of_print(built: BuiltUp) -> None:
    assert str(built) == repr(built) == built.summary() == build_up_text(built.built)
    assert built.to_html() == build_up_page(built.built)
    assert built._repr_html_() == build_up_html(built.built)
    assert json.loads(built.to_json()) == built.to_dict()
    assert built.to_csv().startswith("name,stage,formula,against,statistic,")


def test_what_remains_is_a_result(built: BuiltUp) -> None:
    assert isinstance(built.final, ec.Result)
    alone = ec.fit("reaction ~ days + (days | subject)", "sleep", weights="days + 1")
    assert built.final.beta == pytest.approx(alone.beta)
    assert isinstance(built.comparison, Compared)
    assert list(built.fits) == built.steps["name"].tolist()
    assert built.fits["level 1"].formula == "reaction ~ days + (1 | subject)"
    assert built.built.source == "sleep"

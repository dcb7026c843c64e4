"""How a chart leaves echelon: theme, title, files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pytest

import echelon as ec
from echelon.plot.chart import KINDS, finish, records, rendered, untitled
from echelon.plot.theme import CATEGORIES, CONFIG


def points() -> Any:
    data = records(x=np.array([1.0, np.nan, 3.0]), name=["a", "b", "ä"])
    return alt.Chart(data).mark_point().encode(x="x:Q", y="name:N")


def test_records_are_plain_rows() -> None:
    assert records(x=np.array([1.0, np.inf]), n=np.array([2, 3])).to_dict()["values"] == [
        {"x": 1.0, "n": 2},
        {"x": None, "n": 3},
    ]


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        records(x=[1, 2], y=[1])


def test_a_finished_chart_has_title_notes_and_theme() -> None:
    spec = finish(points(), "Title", ["one", "two"]).to_dict()
    assert spec["title"] == {"text": "Title", "subtitle": ["one", "two"]}
    assert spec["config"]["range"]["category"] == list(CATEGORIES)
    assert spec["config"].keys() == CONFIG.keys()


def test_a_finished_chart_is_an_altair_chart_of_its_kind() -> None:
    charts = [points(), points() + points(), points() | points(), points() & points()]
    charts += [points().facet("name:N"), alt.concat(points(), points())]
    assert [type(chart) for chart in charts] == [
        alt.Chart,
        alt.LayerChart,
        alt.HConcatChart,
        alt.VConcatChart,
        alt.FacetChart,
        alt.ConcatChart,
    ]
    for chart in charts:
        done = finish(chart, "A")
        assert isinstance(done, type(chart))
        assert type(done) is not type(chart)
        assert type(done.properties(background="red")) is type(done)
        assert type(chart) in KINDS


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.svg", b"<svg"), ("a.PNG", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.json", b"{")],
)
def test_files(name: str, start: bytes, tmp_path: Path) -> None:
    path = finish(points(), "A").save(tmp_path / name)
    assert path == tmp_path / name
    assert path.read_bytes().startswith(start)


def test_html_needs_no_network(tmp_path: Path) -> None:
    text = finish(points(), "A").save(tmp_path / "a.html").read_text()
    assert len(text) > 500_000  # the library is in it
    assert not re.findall(r"""(?:src|href)=["']?https?:""", text)
    assert "ä" in text


def test_the_specification_is_json() -> None:
    spec = json.loads(rendered(finish(points()), Path("a.json")))
    assert spec["encoding"]["x"] == {"field": "x", "type": "quantitative"}
    assert "title" not in spec


def test_a_png_is_as_large_as_asked() -> None:
    small, large = (rendered(finish(points()), Path("a.png"), scale) for scale in (1.0, 3.0))
    width = [int.from_bytes(png[16:20]) for png in (small, large)]
    assert width[1] == pytest.approx(3 * width[0], abs=3)


def test_untitled() -> None:
    """A page sets title and notes as a caption; a chart without them has none."""
    plain = alt.Chart(records(x=[1])).mark_point().encode(x="x:Q")
    bare, title, notes = untitled(finish(plain, "A title", ["One.", "Two."]))
    assert (title, notes) == ("A title", ("One.", "Two."))
    assert "title" not in bare.to_dict()
    assert untitled(finish(plain, "A title"))[1:] == ("A title", ())
    assert untitled(finish(plain))[1:] == ("", ())


def test_a_name_of_several_lines_is_one_line_in_titles() -> None:
    """Vega makes expressions for screen readers of them, and a line break would end one."""
    data = {"y\nz": [1.0, 2.0, 4.0, 3.0, 7.0, 8.0], "g\r\nh": ["a", "a", "b", "b", "c", "c"]}
    chart = ec.fit("`y\nz` ~ 1 + (1 | `g\r\nh`)", data).plot.caterpillar()
    assert "deviation from the average (y z)" in chart.to_json()
    assert rendered(chart, Path("a.svg")).startswith(b"<svg")

"""The charts of a report: which ones, and what is said where one cannot be drawn."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import echelon as ec
from echelon import plot
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.publish import figures
from echelon.publish.document import Figure, Paragraph
from echelon.publish.equations import equations_of
from tests.golden import fits
from tests.unit.publish.pages import chart


def recorder(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Put charts that only remember how they were asked for in the place of the real ones."""
    asked: list[tuple[Any, ...]] = []

    def module(name: str) -> SimpleNamespace:
        def draw(fit: Fit, *place: Any, **options: Any) -> Any:
            asked.append((name, *place, options))
            return chart()

        return SimpleNamespace(**{name: draw})

    for name in ("coefficients", "effect", "caterpillar", "variance_shares", "qq"):
        monkeypatch.setattr(plot, name, module(name), raising=False)
    return asked


def test_selection(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interaction is shown rather than its parts, the number of it along the axis."""
    asked = recorder(monkeypatch)
    found = list(figures.figures_of(fits.school()))
    assert all(isinstance(block, Figure) for block in found)
    assert asked == [
        ("coefficients", {}), ("effect", "ses", {"by": "sector"}),
        ("caterpillar", "school", {}), ("caterpillar", "school:class", {}),
        ("variance_shares", {}),
    ]  # fmt: skip


def test_without_predictors_or_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = recorder(monkeypatch)
    list(figures.figures_of(fits.many_effects()))
    assert [name for name, *_ in asked] == ["caterpillar", "caterpillar", "variance_shares"]
    asked.clear()
    list(figures.figures_of(fits.no_groups()))
    assert asked == [("coefficients", {}), ("effect", "x", {"by": None})]


def test_many_coefficients_and_categories(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report has no chart of what cannot be told apart in it; it says what has."""
    asked = recorder(monkeypatch)
    names = [f"c{k % 70}" for k in range(210)]
    fit = ec.fit("y ~ f", {"y": [float(k * k % 11) for k in range(210)], "f": names}).fit
    (said,) = figures.figures_of(fit)
    assert said == Paragraph(
        "Chart of the coefficients: not shown. The model has 70 coefficients; "
        "fit.plot.coefficients() has them all."
    )
    assert asked == []
    assert list(equations_of(fit)) == [
        Paragraph(
            "Equations: not shown. The model has 70 coefficients; fit.equations() has them all."
        )
    ]


def test_residuals(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = recorder(monkeypatch)
    (figure,) = figures.figures_of_residuals(fits.sleep(), 7)
    assert asked == [("qq", {"seed": 7})]
    assert isinstance(figure, Figure)
    assert figure.alternative.startswith("Quantile chart: standardized residuals of the 180 rows")


def test_captions() -> None:
    """The title of a chart becomes the caption; the chart itself is not titled twice."""
    figure = figures.captioned(chart(), "two points")
    assert (figure.title, figure.notes) == ("Two <points>", ("Both of 2.",))
    assert "title" not in figure.chart.to_dict()


def test_what_cannot_be_drawn_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise NotEstimableError("No mean.", where="", got="", need="", do="", slug="s")

    recorder(monkeypatch)
    monkeypatch.setattr(plot, "effect", SimpleNamespace(effect=refuse), raising=False)
    said = [b.text for b in figures.figures_of(fits.no_groups()) if isinstance(b, Paragraph)]
    assert said == ["Chart of an effect: not shown. No mean."]


def test_every_chart_is_there() -> None:
    """The names by which charts are asked for are those that plot/ has."""
    for name in ("coefficients", "effect", "caterpillar", "variance_shares", "qq"):
        assert callable(getattr(getattr(plot, name), name))


@pytest.mark.slow
def test_a_whole_report(tmp_path: Any) -> None:
    """Every chart of a real model is drawn, captioned and embedded."""
    fit = ec.fit("mathach ~ ses * sector + (1 | school)", "hsb")
    page = fit.report(tmp_path / "a.html").read_text("utf-8")
    assert page.count("<figure>") == 5
    assert "not shown" not in page

"""Tables of a report: which ones, their titles and heads."""

from __future__ import annotations

from echelon.fit import Fit
from echelon.publish.document import Paragraph, Tabular
from echelon.publish.tables import headed, tables_of
from echelon.storage.archive import without_rows
from echelon.typeset.layout import Column
from tests.golden import fits, generalized_fits


def titles(fit: Fit) -> list[str]:
    return [block.title for block in tables_of(fit) if isinstance(block, Tabular)]


def test_gaussian() -> None:
    assert titles(fits.sleep()) == [
        "Fixed effects", "Variance components", "Fit criteria", "Intraclass correlation",
        "Variance explained",
    ]  # fmt: skip
    variances = [b for b in tables_of(fits.sleep()) if isinstance(b, Tabular)][1]
    assert [column.heading for column in variances.section.columns] == [
        "Grouping factor", "Effect", "Variance", "Std. dev.", "Share", "Correlation",
    ]  # fmt: skip


def test_ratios_have_their_intervals() -> None:
    blocks = {b.title: b for b in tables_of(generalized_fits.binomial()) if isinstance(b, Tabular)}
    assert list(blocks)[:2] == ["Fixed effects", "Odds ratios"]
    heads = [column.heading for column in blocks["Odds ratios"].section.columns]
    assert heads == ["Term", "Estimate", "95% low", "95% high"]


def test_ordered_families_have_thresholds() -> None:
    found = titles(generalized_fits.ordered())
    assert found[:5] == [
        "Fixed effects", "Odds ratios", "Thresholds", "Nominal effects", "Scale (log)",
    ]  # fmt: skip


def test_no_groups() -> None:
    assert titles(fits.no_groups())[:3] == ["Fixed effects", "Residual variance", "Fit criteria"]


def test_what_cannot_be_had_is_said() -> None:
    fit = without_rows(generalized_fits.binomial())
    said = [block.text for block in tables_of(fit) if isinstance(block, Paragraph)]
    assert said == [
        "Intraclass correlation: not shown. This fit was saved without its rows.",
        "Variance explained: not shown. This fit was saved without its rows.",
    ]


def test_explained_variance_is_brief() -> None:
    table = [b for b in tables_of(fits.sleep()) if isinstance(b, Tabular)][-1].section
    measures = list(dict.fromkeys(table.columns[0].cells))
    assert "Nakagawa & Schielzeth" in measures
    assert len(table.columns[0].cells) <= 12
    assert table.notes[-1].endswith("more measures in fit.r_squared().")


def test_heads() -> None:
    names = ("estimate", "t", "df", "p value", "95% low", "AIC", "")
    heads = [headed(Column(name, ())).heading for name in names]
    assert heads == ["Estimate", "t", "df", "p value", "95% low", "AIC", ""]

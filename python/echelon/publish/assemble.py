"""Put a report together: what a reader must know first, then data, model, results, diagnostics.

Room: publish/. Orders blocks; words, tables and charts come from the rooms that make them.
Takes: a `Fit`.
Gives: `Document`.
Source: docs/reference, reports; Appelbaum et al. (2018), Journal Article Reporting Standards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from echelon.check.diagnosis import Diagnosis, diagnose
from echelon.fit import Fit
from echelon.publish.document import (
    Block,
    Code,
    Document,
    Figure,
    Findings,
    Heading,
    Listing,
    Paragraph,
    Remark,
    Tabular,
    numbered,
)
from echelon.publish.equations import equations_of
from echelon.publish.figures import figures_of, figures_of_residuals
from echelon.publish.tables import tables_of
from echelon.report.content import summarise
from echelon.report.diagnosis import VERDICTS, judged_against
from echelon.report.wording.lexicon import Worded, worded
from echelon.report.wording.methods import methods_paragraph
from echelon.report.wording.references import works_cited
from echelon.report.wording.reporting import (
    data_sentences,
    model_sentences,
    no_rows,
    report_title,
)
from echelon.report.wording.results import results_paragraph
from echelon.typeset.layout import printable


def assemble(
    fit: Fit,
    *,
    style: str = "apa",
    title: str | None = None,
    seed: int = 0,
    charts: bool = True,
    check: bool = True,
) -> Document:
    """Write a fit up.

    Parameters
    ----------
    fit : a fitted model.
    style : of the tables: 'apa', 'plain' or 'journal'.
    title : of the report; None names the response.
    seed : of the diagnostics that simulate.
    charts : whether to draw.
    check : whether to examine the model; without, nothing is said about its assumptions.

    Returns
    -------
    `Document`. What cannot be shown for this fit is said in its place, with the reason.
    """
    diagnosis = diagnose(fit, seed=seed) if check and fit.has_rows else None
    parts: list[Block] = [
        *_verdict(fit),
        Heading("Data"),
        Paragraph(printable(" ".join(data_sentences(fit)))),
        *_model(fit),
        Heading("Method"),
        Paragraph(methods_paragraph(fit, diagnosis)),
        Heading("Results"),
        Paragraph(results_paragraph(fit, diagnosis)),
        *tables_of(fit),
        *(figures_of(fit) if charts and fit.has_rows else ()),
        *_diagnostics(fit, diagnosis, seed, charts=charts),
    ]
    cited = works_cited(_texts(parts))
    if cited:
        parts += [Heading("References"), Listing(cited, is_hanging=True)]
    heading = report_title(fit) if title is None else title
    subtitle = printable(summarise(fit).title)
    return Document(printable(heading), subtitle, numbered(parts), style)


def _verdict(fit: Fit) -> Iterator[Block]:
    """Say first what limits every number below."""
    for finding in summarise(fit).findings:
        yield Paragraph(finding, is_warning=True)


def _model(fit: Fit) -> Iterator[Block]:
    yield Heading("Model")
    yield Paragraph(printable(" ".join(model_sentences(fit))))
    yield Code(summarise(fit).formula)
    yield from equations_of(fit)


def _diagnostics(
    fit: Fit, diagnosis: Diagnosis | None, seed: int, *, charts: bool
) -> Iterator[Block]:
    """Set charts of residuals and findings; of a fit without rows, why there are none."""
    blocks: list[Block] = []
    if not (fit.has_rows and fit.frame is not None):
        blocks.append(Paragraph(no_rows(fit)))
    if charts and fit.has_rows:
        blocks += figures_of_residuals(fit, seed)
    if diagnosis is not None:
        blocks += _findings(diagnosis)
    if blocks:
        yield Heading("Diagnostics")
        yield from blocks


def _findings(diagnosis: Diagnosis) -> Iterator[Block]:
    """Set findings by verdict, those to act on first, then what was not examined."""
    remarks = [_remark(each) for each in worded(diagnosis)]
    for verdict in VERDICTS:
        items = tuple(item for item in remarks if item.verdict == verdict)
        if items:
            yield Findings(verdict, items)
    if diagnosis.not_examined:
        yield Heading("Not examined", 3)
        reasons = dict.fromkeys(diagnosis.not_examined)
        yield Listing(tuple(printable(f"{topic}: {why}") for topic, why in reasons))


def _remark(each: Worded) -> Remark:
    words = each.words
    return Remark(
        verdict=each.finding.verdict,
        title=printable(words.title),
        sentence=printable(words.sentence),
        meaning=printable(words.meaning),
        advice=printable(words.advice),
        code=words.code,
        basis=printable(judged_against(each.finding).strip("[]")),
    )


def _texts(blocks: Iterable[Block]) -> Iterator[str]:
    """Give every sentence of a report, where works may be named."""
    for block in blocks:
        match block:
            case Paragraph():
                yield block.text
            case Findings():
                for item in block.items:
                    yield from (item.sentence, item.meaning, item.advice, item.basis)
            case Listing():
                yield from block.items
            case Tabular():
                yield from block.section.notes
                for column in block.section.columns:
                    yield from column.cells
            case Figure():
                yield from block.notes
            case _:
                pass

"""A diagnosis as text, HTML, a record and a table: what to act on first, what is fine last.

Room: report/. Sets what check/ found in the words of report/wording.
Takes: a `Diagnosis` and the `Fit` it is about.
Gives: text of a given width, an HTML fragment and page, a record, a `Table`.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon.check.diagnosis import Diagnosis
from echelon.check.finding import Finding
from echelon.fit import Fit
from echelon.formula.render import render
from echelon.report.html import page
from echelon.report.record import csv_text, package_version, plain
from echelon.report.summary import MIN_WIDTH
from echelon.report.wording.apa import p_text
from echelon.report.wording.lexicon import Worded, worded
from echelon.table import Table
from echelon.typeset import numbers
from echelon.typeset.layout import fold, printable

SCHEMA = "echelon.check/1"
VERDICTS = ("act", "look", "fine")
_HEADS = {"act": "Act on this", "look": "Look at this", "fine": "Fine"}
_FALLING = ("distance to", "smallest", "design effect")  # measures of which less is worse
_STYLE = """\
.echelon{max-width:60em;line-height:1.45}
.echelon .title{font-weight:600}
.echelon details.finding{border-left:4px solid #999;padding:.2em 0 .2em .8em;margin:.5em 0}
.echelon details.act{border-color:#d55e00}
.echelon details.look{border-color:#e69f00}
.echelon details.fine{border-color:#009e73}
.echelon summary{cursor:pointer}
.echelon pre{overflow-x:auto;margin:.5em 0}
.echelon .note{opacity:.75;font-size:.92em}
"""
_COLUMNS = (
    "topic", "finding", "about", "measure", "value", "look", "act", "p_value", "verdict",
    "sentence", "meaning", "advice", "code", "source",
)  # fmt: skip


def diagnosis_text(fit: Fit, diagnosis: Diagnosis, width: int = 88) -> str:
    """Write a diagnosis: findings to act on, to look at, fine ones in a line each.

    Parameters
    ----------
    fit : the model that was looked at.
    diagnosis : what was found.
    width : columns of the terminal, at least 80.

    Returns
    -------
    Text without a final line break, in lines of at most `width`.
    """
    width = max(width, MIN_WIDTH)
    found = worded(diagnosis)
    blocks = [fold(headline(fit, found), width)]
    for verdict in VERDICTS:
        of_verdict = [each for each in found if each.finding.verdict == verdict]
        if of_verdict:
            blocks.append([f"{_HEADS[verdict]} ({numbers.count(len(of_verdict))})"])
            blocks += _blocks(of_verdict, verdict, width)
    if diagnosis.not_examined:
        lines = [f"{topic}: {reason}" for topic, reason in diagnosis.not_examined]
        blocks.append(["Not examined", *_indented(lines, width)])
    return "\n\n".join("\n".join(block) for block in blocks)


def headline(fit: Fit, found: Sequence[Worded]) -> str:
    """Say which model was looked at, and how many findings there are of each verdict."""
    counts = {v: sum(each.finding.verdict == v for each in found) for v in VERDICTS}
    said = (
        f"{numbers.count(counts['act'])} to act on, {numbers.count(counts['look'])} to look at, "
        f"{numbers.count(counts['fine'])} fine"
    )
    return printable(f"Diagnosis of {render(fit.spec.formula)}: {said}.")


def _blocks(found: Sequence[Worded], verdict: str, width: int) -> Iterator[list[str]]:
    if verdict == "fine":
        yield [line for each in found for line in _indented([each.words.sentence], width)]
        return
    for each in found:
        words = each.words
        lines = [printable(line) for line in fold(_heading(each), width)]
        texts = [words.sentence, words.meaning, words.advice, judged_against(each.finding)]
        lines += _indented([text for text in texts if text], width)
        lines += [f"    {line}" for line in words.code.splitlines()]
        yield lines


def _heading(each: Worded) -> str:
    """Name topic and question, each once: 'Level-1 residuals: tails'."""
    title = each.words.title
    if title.startswith(each.topic):
        return title
    return f"{each.topic}: {title[:1].lower()}{title[1:]}"


def _indented(texts: Sequence[str], width: int) -> list[str]:
    return [f"  {line}" for text in texts for line in fold(printable(text), width - 2, 2)]


def judged_against(finding: Finding) -> str:
    """Give the value, the sizes from which it is worth a look or action, the test, the source."""
    limits = [("look", finding.look), ("act", finding.act)]
    known = [f"{word} {_limit(finding, limit)}" for word, limit in limits if not math.isnan(limit)]
    parts = [f"{finding.measure} = {_number(finding.value)}{_of_size(finding)}"]
    parts += [", ".join(known)] if known else []
    parts += [p_text(finding.p_value)] if finding.p_value is not None else []
    return f"[{'; '.join([*parts, finding.source])}]"


def _limit(finding: Finding, limit: float) -> str:
    """Write a limit; where smaller is worse, the largest value that is asked about."""
    if limit == 0:
        return "above 0"
    is_falling = finding.act < finding.look or finding.measure.startswith(_FALLING)
    return f"{'up to' if is_falling else 'from'} {_trimmed(limit)}"


def _of_size(finding: Finding) -> str:
    """Say how a value is compared with limits that it does not stand beside."""
    if finding.verdict == "fine" or not finding.look > 0:
        return ""
    if finding.value < 0:
        return " (judged by its size)"
    is_ratio = 0 < finding.value < 1 < finding.look < finding.act
    return f" (judged by 1 / it, {_number(1 / finding.value)})" if is_ratio else ""


def _number(value: float) -> str:
    """Write a number to three digits, a whole number without decimals."""
    if math.isnan(value):
        return "not a number"
    is_whole = math.isfinite(value) and value == int(value)
    return _trimmed(value) if is_whole else numbers.significant(value, 3)


def _trimmed(value: float) -> str:
    """Write a number without the zeros at its end: '0.1', '1e-11'."""
    mantissa, e, power = numbers.significant(value, 3).partition("e")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}{e}{power}"


def diagnosis_table(diagnosis: Diagnosis) -> Table:
    """Give every finding as a row, with its words.

    Returns
    -------
    Table with columns topic, finding, about, measure, value, look, act, p_value, verdict,
    sentence, meaning, advice, code, source.
    """
    rows = [_row(each) for each in worded(diagnosis)]
    notes = tuple(f"Not examined ({topic}): {why}" for topic, why in diagnosis.not_examined)
    data = {name: _column([row[name] for row in rows]) for name in _COLUMNS}
    return Table(data, {"value": "see measure"}, "Findings", notes)


def _column(values: list[Any]) -> NDArray[Any]:
    is_number = bool(values) and isinstance(values[0], float)
    return np.array(values, dtype=np.float64 if is_number else object)


def _row(each: Worded) -> dict[str, Any]:
    finding, words = each.finding, each.words
    return {
        "topic": each.topic,
        "finding": finding.name,
        "about": finding.about,
        "measure": finding.measure,
        "value": float(finding.value),
        "look": float(finding.look),
        "act": float(finding.act),
        "p_value": math.nan if finding.p_value is None else float(finding.p_value),
        "verdict": finding.verdict,
        "sentence": words.sentence,
        "meaning": words.meaning,
        "advice": words.advice,
        "code": words.code,
        "source": finding.source,
    }


def diagnosis_record(fit: Fit, diagnosis: Diagnosis) -> dict[str, Any]:
    """Lay out a diagnosis as plain Python values, None for what is not a number."""
    return {
        "schema": SCHEMA,
        "echelon": package_version(),
        "formula": render(fit.spec.formula),
        "family": fit.spec.family,
        "source": fit.source,
        "seed": diagnosis.seed,
        "findings": plain([_row(each) for each in worded(diagnosis)]),
        "not_examined": [{"topic": t, "reason": why} for t, why in diagnosis.not_examined],
    }


def diagnosis_json(fit: Fit, diagnosis: Diagnosis) -> str:
    """Write `diagnosis_record` as JSON."""
    record = diagnosis_record(fit, diagnosis)
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1)


def diagnosis_csv(diagnosis: Diagnosis) -> str:
    """Write one row per finding as CSV."""
    return csv_text(_COLUMNS, [_row(each) for each in worded(diagnosis)])


def diagnosis_html(fit: Fit, diagnosis: Diagnosis) -> str:
    """Set a diagnosis as an HTML fragment that carries its own style."""
    found = worded(diagnosis)
    parts = [f"<style>\n{_STYLE}</style>", f'<p class="title">{escape(headline(fit, found))}</p>']
    for verdict in VERDICTS:
        of_verdict = [each for each in found if each.finding.verdict == verdict]
        if of_verdict:
            parts.append(f"<h3>{_HEADS[verdict]} ({numbers.count(len(of_verdict))})</h3>")
            parts += [finding_html(each) for each in of_verdict]
    if diagnosis.not_examined:
        reasons = "".join(
            f"<li>{escape(topic)}: {escape(why)}</li>" for topic, why in diagnosis.not_examined
        )
        parts.append(f"<h3>Not examined</h3><ul>{reasons}</ul>")
    return '<div class="echelon">\n' + "\n".join(parts) + "\n</div>"


def finding_html(each: Worded) -> str:
    """Set a finding: verdict, sentence, what it means, what to do; open where it matters."""
    words, verdict = each.words, each.finding.verdict
    lines = [words.meaning, words.advice]
    body = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    code = f"<pre><code>{escape(words.code)}</code></pre>" if words.code else ""
    judged = f'<p class="note">{escape(judged_against(each.finding))}</p>'
    is_open = "" if verdict == "fine" else " open"
    return (
        f'<details class="finding {verdict}"{is_open}><summary><b>{escape(words.title)}</b> '
        f"{escape(words.sentence)}</summary>{body}{code}{judged}</details>"
    )


def diagnosis_page(fit: Fit, diagnosis: Diagnosis) -> str:
    """Set a diagnosis as a whole HTML page, for a file."""
    return page(f"Diagnosis of {render(fit.spec.formula)}", diagnosis_html(fit, diagnosis))

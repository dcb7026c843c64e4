"""The summary of a fit as HTML, for notebooks and for a page of its own.

Room: report/. The same content as the text; sets it in tables.
Takes: a `Fit`.
Gives: a fragment that carries its style, light or dark as the notebook is, and a whole page.
Source: docs/reference, summary.
"""

from __future__ import annotations

from html import escape

from echelon.fit import Fit
from echelon.report.content import summarise
from echelon.report.section import Section, Summary
from echelon.typeset.layout import BRACKET, Column, align_decimals

_STYLE = """\
.echelon{max-width:60em;line-height:1.45}
.echelon p{margin:.4em 0;text-align:left}
.echelon pre,.echelon tbody td.number{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,\
monospace;font-size:.92em}
.echelon pre{margin:.6em 0 .6em 1em;padding:0;background:none;color:inherit;white-space:pre-wrap}
.echelon pre.formula{padding-left:2em;text-indent:-2em}
.echelon .tied{white-space:nowrap}
.echelon .title{font-weight:600}
.echelon .finding{border-left:3px solid #c60;padding-left:.7em}
.echelon table{border-collapse:collapse;margin:.9em 0;border:0;font-size:.95em;\
font-variant-numeric:tabular-nums;\
background:none;color:inherit}
.echelon th,.echelon td{border:0;padding:.12em .7em;text-align:right;white-space:pre;\
background:none;color:inherit}
.echelon thead tr{border-bottom:1px solid;\
border-color:color-mix(in srgb,currentColor 45%,transparent)}
.echelon .text{text-align:left;font-weight:inherit}
.echelon thead .text{font-weight:600}
.echelon .note{opacity:.75}
"""


def summary_html(fit: Fit) -> str:
    """Set the summary of a fit as an HTML fragment that carries its own style.

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    One `div`; every name is escaped, colours follow the page around it.
    """
    return set_html(summarise(fit))


def summary_page(fit: Fit) -> str:
    """Set the summary of a fit as a whole HTML page, for a file."""
    return set_page(summarise(fit))


def set_page(summary: Summary) -> str:
    """Set content as a whole HTML page; its formula, or title, stands in the browser's tab."""
    return page(summary.formula or summary.title, set_html(summary))


def page(title: str, body: str) -> str:
    """Put a fragment into a whole HTML page of this title."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n"
        "<style>body{font-family:system-ui,sans-serif;margin:2em auto;max-width:60em;"
        f"padding:0 1em}}</style>\n</head>\n<body>\n{body}\n</body>\n</html>"
    )


def set_html(summary: Summary) -> str:
    """Set the content of a summary as an HTML fragment."""
    parts = [
        f"<style>\n{_STYLE}</style>",
        f'<p class="title">{escape(summary.title)}</p>',
        *(f"<p>{escape(remark)}</p>" for remark in summary.remarks),
    ]
    if summary.formula:
        parts.append(f'<pre class="formula">{_tied(summary.formula)}</pre>')
    if summary.equations:
        parts.append("<pre>" + "\n".join(map(escape, summary.equations)) + "</pre>")
    parts += [_table(section) for section in summary.sections]
    parts += [f'<p class="finding">{escape(finding)}</p>' for finding in summary.findings]
    return '<div class="echelon">\n' + "\n".join(parts) + "\n</div>"


def _tied(formula: str) -> str:
    """Escape a formula that folds between its terms; plain blanks, so that it can be copied."""
    return BRACKET.sub(r'<span class="tied">\g<0></span>', escape(formula))


def _table(section: Section) -> str:
    columns = section.columns
    heads = "".join(f'<th class="{_kind(c)}" scope="col">{escape(c.heading)}</th>' for c in columns)
    cells = zip(*(_cells(column, i == 0) for i, column in enumerate(columns)), strict=True)
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in cells)
    notes = "".join(f'\n<p class="note">{escape(note)}</p>' for note in section.notes)
    return f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>{notes}"


def _kind(column: Column) -> str:
    return "text" if column.alignment == "left" else "number"


def _cells(column: Column, is_first: bool) -> list[str]:
    """Cells of a column; numbers are padded so that their points align in a fixed-width font."""
    if column.alignment == "left":
        tag = 'th class="text" scope="row"' if is_first else 'td class="text"'
        return [f"<{tag}>{escape(cell)}</{tag[:2]}>" for cell in column.cells]
    return [f'<td class="number">{escape(cell)}</td>' for cell in align_decimals(column.cells)]

"""A document as LaTeX that compiles, its charts as PDF files beside it.

Room: publish/. Sets blocks; words nothing.
Takes: a `Document`, and the name of the folder of its charts.
Gives: the source of an article for pdflatex, xelatex or lualatex.
Source: The LaTeX Companion (3rd ed.); booktabs for rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from echelon import plot
from echelon.publish.document import (
    Block,
    Code,
    Document,
    Equations,
    Figure,
    Findings,
    Heading,
    Listing,
    Paragraph,
    Remark,
    Rendering,
    Tabular,
)
from echelon.publish.latex_tables import table_lines
from echelon.publish.latex_text import declared, escaped, verbatim
from echelon.publish.table_styles import STYLES

VERDICTS = {"act": "Act on this", "look": "Look at this", "fine": "Fine"}
SECTIONS = {2: "section", 3: "subsection", 4: "subsubsection"}

PREAMBLE = r"""% Compiles with pdflatex, xelatex and lualatex.
\documentclass[11pt]{article}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage[utf8]{inputenc}
  \usepackage{textcomp}
  \IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\else
  \usepackage{fontspec}
\fi
\usepackage[margin=1in]{geometry}
\usepackage{amsmath,amssymb}
\usepackage{array,booktabs,longtable}
\usepackage{graphicx}
\usepackage[hidelinks]{hyperref}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
\newsavebox{\fittedbox}
\newenvironment{fitted}{\begin{lrbox}{\fittedbox}}{\end{lrbox}%
  \ifdim\wd\fittedbox>\linewidth\resizebox{\linewidth}{!}{\usebox{\fittedbox}}%
  \else\usebox{\fittedbox}\fi}
\newenvironment{works}{\begin{list}{}{%
  \setlength{\leftmargin}{1.5em}\setlength{\itemindent}{-1.5em}\setlength{\itemsep}{0pt}}}{\end{list}}
\renewcommand{\topfraction}{0.9}
\renewcommand{\bottomfraction}{0.7}
\renewcommand{\textfraction}{0.07}
\renewcommand{\floatpagefraction}{0.7}
\makeatletter\setlength{\@fptop}{0pt}\setlength{\@fpsep}{18pt}\@beginparpenalty=10000\makeatother
"""
SCALE = 0.75  # points of paper per unit of a chart: 96 units in an inch


def latex(document: Document, folder: str) -> Rendering:
    """Set a document as the source of an article.

    Parameters
    ----------
    document : what to say.
    folder : where its charts will lie, relative to the source.

    Returns
    -------
    `Rendering`, with one PDF file per chart.
    """
    files: dict[str, bytes] = {}
    parts: list[str] = []
    for block in document.blocks:
        if isinstance(block, Figure):
            name = f"figure-{block.number}.pdf"
            files[name] = plot.chart.rendered(block.chart, Path(name))
            parts += _figure(block, f"{folder}/{name}", document.style)
        else:
            parts += _block(block, document.style)
    below = rf"\\[6pt]\large {escaped(document.subtitle)}" if document.subtitle else ""
    title = [rf"\title{{{escaped(document.title)}{below}}}", r"\author{}"]
    body = "\n\n".join(parts)
    source = "\n".join(
        [
            *(PREAMBLE + declared(body + "".join(title))).splitlines(),
            *title,
            r"\date{}",
            r"\begin{document}",
            r"\maketitle",
            body,
            r"\end{document}",
            "",
        ]
    )
    return Rendering(source.encode(), files)


def _block(block: Block, style: str) -> Iterator[str]:
    match block:
        case Heading():
            yield rf"\{SECTIONS[block.level]}*{{{escaped(block.text)}}}"
        case Paragraph():
            text = escaped(block.text)
            if text.endswith(":"):
                text += r"\nopagebreak"
            if block.is_warning:
                text = f"\\begin{{quote}}\n{text}\n\\end{{quote}}"
            yield text
        case Equations():
            yield _equations(block)
        case Code():
            yield verbatim(block.text)
        case Tabular():
            caption = _caption("Table", block.number, block.title, style)
            yield "\n".join(table_lines(block.section, caption, style))
        case Findings():
            yield rf"\subsection*{{{VERDICTS[block.verdict]} ({len(block.items)})}}"
            yield from (part for item in block.items for part in _remark(item))
        case Listing():
            items = "\n".join(rf"\item {escaped(item)}" for item in block.items)
            kind = "works" if block.is_hanging else "itemize"
            yield f"\\begin{{{kind}}}\n{items}\n\\end{{{kind}}}"
        case _:
            return


def _equations(block: Equations) -> str:
    """Set equations as mathematics, smaller where they are wider than the page."""
    if not block.latex:
        return verbatim(block.text)
    return (
        "\\begin{center}\n\\begin{fitted}\n$\\displaystyle\n"
        f"{block.latex}\n$\n\\end{{fitted}}\n\\end{{center}}"
    )


def _caption(kind: str, number: int, title: str, style: str) -> str:
    """Word number and title; the numbers are those of the document, whatever floats where."""
    look = STYLES[style]
    if look.is_apa:
        return rf"\textbf{{{kind} {number}}}\\\textit{{{escaped(title)}}}"
    return rf"\textbf{{{kind} {number}{'.' if look.is_bold else ':'}}} {escaped(title)}"


def _figure(block: Figure, path: str, style: str) -> Iterator[str]:
    note = " ".join(block.notes)
    first = r"\textit{Note.} " if STYLES[style].is_apa else ""
    below = f"\\\\[3pt]\n{{\\small {first}{escaped(note)}}}" if note else ""
    # A comment keeps the alternative text beside the picture that it is of.
    about = f"% {' '.join(block.alternative.split())}"
    yield (
        f"{about}\n\\begin{{figure}}[htbp]\n"
        f"{_caption('Figure', block.number, block.title, style)}\\\\[3pt]\n"
        f"\\begin{{fitted}}\\includegraphics[scale={SCALE:g}]{{\\detokenize{{{path}}}}}\\end{{fitted}}"
        f"{below}\n\\end{{figure}}"
    )


def _remark(item: Remark) -> Iterator[str]:
    """Set a finding; one that is fine in short and small."""
    if item.verdict == "fine":
        basis = rf" \textit{{{escaped(item.basis)}}}" if item.basis else ""
        yield rf"{{\small\textbf{{{escaped(item.title)}.}} {escaped(item.sentence)}{basis}\par}}"
        return
    texts = [escaped(text) for text in (item.sentence, item.meaning, item.advice) if text]
    yield rf"\textbf{{{escaped(item.title)}.}} {' '.join(texts)}"
    if item.code:
        yield verbatim(item.code)
    if item.basis:
        yield rf"{{\small\textit{{{escaped(item.basis)}}}}}"

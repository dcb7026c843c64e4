"""Tables in LaTeX."""

from __future__ import annotations

from echelon.publish.latex_tables import LONG, table_lines
from echelon.report.section import Section
from echelon.typeset.layout import Column
from tests.unit.publish.pages import COLUMNS


def test_a_table() -> None:
    lines = list(table_lines(Section(COLUMNS[:2], ("df by <us>.",)), r"\textbf{Table 1}", "apa"))
    assert lines == [
        r"\medskip\begin{minipage}{\linewidth}",
        r"\textbf{Table 1}\\[3pt]",
        r"\small\begin{fitted}",
        r"\begin{tabular}{@{}lr@{}}",
        r"\toprule",
        r"Term & Estimate \\",
        r"\midrule",
        r"(Intercept) & 251.41 \\",
        r"{}[a]\textbar{}*b*\_c\_ & $-$0.5\hphantom{0} \\",
        r"\textless{}b\textgreater{}50\% \& \$x\_1\textasciicircum{}2\$ \{a\}\textbackslash{}b \#1"
        r" \textasciitilde{} \textbar{} \textasciigrave{}c\textasciigrave{}*d* & 1.2e-08 \\",
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{fitted}",
        r"\par\smallskip{\footnotesize \textit{Note.} df by \textless{}us\textgreater{}.}",
        r"\end{minipage}\par\medskip",
    ]


def test_long_tables_are_broken_over_pages() -> None:
    column = Column("Term", tuple(f"x{k}" for k in range(LONG + 1)), "left")
    lines = list(table_lines(Section((column,)), "T", "journal"))
    assert lines[1] == r"\begin{longtable}{@{}l@{}}"
    assert sum(line.startswith("x") for line in lines) == LONG + 1


def test_groups_and_folded_columns() -> None:
    labels = Column("", ("Fixed effects", "  days", ""), "left")
    columns = (labels, Column("Model 1", ("", "10.47", "(0.80)")))
    lines = list(table_lines(Section(columns), "T", "plain"))
    assert r"\textit{Fixed effects} & \\" in lines
    assert r"\hspace{1em}days & 10.47\hphantom{0} \\" in lines
    sentence = Column("Meaning", ("a " * 30,), "left")
    lines = list(table_lines(Section((sentence,)), "T", "apa"))
    assert r"p{0.38\linewidth}" in lines[3]

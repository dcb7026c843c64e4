"""The LaTeX report: balanced, escaped, and compiled where a TeX is installed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from shutil import which

import pytest

from echelon.fit import Fit
from echelon.publish.assemble import assemble
from echelon.publish.document import Document, Rendering
from echelon.publish.latex import latex
from tests.golden import fits, generalized_fits
from tests.unit.publish.pages import document

TEX = next(filter(None, map(which, ("tectonic", "pdflatex", "xelatex", "lualatex"))), None)


@pytest.fixture(scope="module")
def drawn() -> Rendering:
    return latex(document(with_figures=1), "out-figures")


def check_source(source: str) -> None:
    """Braces and environments are balanced, and no character of LaTeX's own stands free."""
    body = "\n".join(line for line in source.splitlines() if not line.startswith("%"))
    plain = re.sub(r"\\[\\{}$&#%_]", "", body)
    depth = 0
    for character in plain:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0
    open_ones: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{([^}]*)\}", body):
        if kind == "begin":
            open_ones.append(name)
        else:
            assert open_ones.pop() == name
    assert not open_ones
    inside = plain.partition(r"\maketitle")[2]
    assert inside.count("$") % 2 == 0
    without_paths = re.sub(r"\\detokenize\{[^}]*\}", "", re.sub(r"\$[^$]*\$", "", inside))
    assert not re.search(r"[#%^_]", without_paths)
    assert "&" not in re.sub(r"\\begin\{(tabular|longtable)\}.*?\\end\{\1\}", "", without_paths,
                             flags=re.DOTALL)  # fmt: skip


def test_source_is_sound(drawn: Rendering) -> None:
    check_source(drawn.content.decode())


@pytest.mark.parametrize("style", ["apa", "plain", "journal"])
def test_styles(style: str) -> None:
    source = latex(document(style), "f").content.decode()
    check_source(source)
    caption = {"apa": r"\textbf{Table 1}\\\textit{Fixed", "plain": r"\textbf{Table 1:} Fixed",
               "journal": r"\textbf{Table 1.} Fixed"}  # fmt: skip
    assert caption[style] in source
    assert (r"\toprule" in source) == (style != "plain")


def test_charts_lie_beside(drawn: Rendering) -> None:
    assert list(drawn.files) == ["figure-1.pdf"]
    assert drawn.files["figure-1.pdf"].startswith(b"%PDF")
    source = drawn.content.decode()
    assert r"\includegraphics{\detokenize{out-figures/figure-1.pdf}}" in source
    assert '% Two points & a "line".' in source


@pytest.mark.skipif(TEX is None, reason="no TeX is installed here")
def test_it_compiles(drawn: Rendering, tmp_path: Path) -> None:
    assert TEX is not None
    (tmp_path / "out-figures").mkdir()
    (tmp_path / "out-figures" / "figure-1.pdf").write_bytes(drawn.files["figure-1.pdf"])
    (tmp_path / "out.tex").write_bytes(drawn.content)
    options = [] if TEX.endswith("tectonic") else ["-interaction=nonstopmode", "-halt-on-error"]
    done = subprocess.run(
        [TEX, *options, "out.tex"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    "fit",
    [fits.long_names(), fits.troubled(), generalized_fits.zeros()],
    ids=["long", "bad", "zeros"],
)
def test_whole_reports_are_sound(fit: Fit) -> None:
    """With equations, names in any script and warnings, as they come."""
    document = assemble(fit, charts=False, check=False)
    check_source(latex(document, "f").content.decode())


def test_an_empty_document() -> None:
    check_source(latex(Document("Nothing", "", ()), "f").content.decode())

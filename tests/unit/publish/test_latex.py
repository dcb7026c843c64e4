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
from echelon.report.equations import equations
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
    assert r"\includegraphics[scale=0.75]{\detokenize{out-figures/figure-1.pdf}}" in source
    assert '% Two points & a "line".' in source


def compiled(drawn: Rendering, folder: Path) -> str:
    """Compile a document; give what TeX said of it."""
    assert TEX is not None
    (folder / "out-figures").mkdir(exist_ok=True)
    for name, content in drawn.files.items():
        (folder / "out-figures" / name).write_bytes(content)
    (folder / "out.tex").write_bytes(drawn.content)
    options = [] if TEX.endswith("tectonic") else ["-interaction=nonstopmode", "-halt-on-error"]
    done = subprocess.run([TEX, *options, "out.tex"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (folder / "out.pdf").read_bytes().startswith(b"%PDF")
    return done.stdout.decode("utf-8", "replace")


@pytest.mark.skipif(TEX is None, reason="no TeX is installed here")
def test_it_compiles(drawn: Rendering, tmp_path: Path) -> None:
    compiled(drawn, tmp_path)


WRITTEN_UP = {
    "slopes": fits.sleep, "interactions": fits.school, "no groups": fits.no_groups,
    "long": fits.long_names, "bad": fits.troubled, "binomial": generalized_fits.binomial,
    "ordered": generalized_fits.ordered, "multinomial": generalized_fits.multinomial,
    "zeros": generalized_fits.zeros,
}  # fmt: skip


@pytest.mark.skipif(TEX is None, reason="no TeX is installed here")
@pytest.mark.slow
@pytest.mark.parametrize("name", WRITTEN_UP)
def test_whole_reports_compile(name: str, tmp_path: Path) -> None:
    """Every kind of model; and nothing stands outside the page."""
    document = assemble(WRITTEN_UP[name](), charts=False, check=False)
    said = compiled(latex(document, "out-figures"), tmp_path)
    wide = [float(each) for each in re.findall(r"Overfull \\hbox \((\d+\.\d+)pt too wide", said)]
    assert name == "long" or max(wide, default=0) < 20


@pytest.mark.skipif(TEX is None, reason="no TeX is installed here")
@pytest.mark.slow
def test_equations_compile_with_amsmath_alone(tmp_path: Path) -> None:
    """What `fit.equations(notation="latex")` gives, in a document of the user's own."""
    pages = [
        equations(make(), notation="latex", estimates=estimates).text
        for name, make in WRITTEN_UP.items()
        for estimates in (False, True)
        if name != "long"
    ]
    body = "\n".join(f"\\[{page}\\]" for page in pages)
    source = f"\\documentclass{{article}}\\usepackage{{amsmath}}\\begin{{document}}\n{body}\n"
    compiled(Rendering((source + "\\end{document}\n").encode()), tmp_path)


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

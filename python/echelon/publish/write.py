"""Write a report to a file: its ending says what kind.

Room: publish/. The one place that touches files; a file that exists is replaced when its
    successor is complete.
Takes: a `Fit` or a `Comparison`, and a path.
Gives: the path.
Source: docs/reference, reports.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from echelon.building.comparison import Comparison
from echelon.errors import SpecError, near_matches, not_written
from echelon.fit import Fit
from echelon.options import read_choice
from echelon.publish.assemble import assemble
from echelon.publish.comparing import assemble_comparison
from echelon.publish.document import Document, Rendering
from echelon.publish.docx import docx
from echelon.publish.html import html
from echelon.publish.latex import latex
from echelon.publish.markdown import markdown
from echelon.publish.table_styles import STYLES

Renderer = Callable[[Document, str], Rendering]
RENDERERS: Mapping[str, Renderer] = {
    ".html": lambda document, _: html(document),
    ".htm": lambda document, _: html(document),
    ".docx": lambda document, _: docx(document),
    ".tex": latex,
    ".md": markdown,
}
ENDINGS = (".html", ".docx", ".tex", ".md")

_UNSAFE = re.compile(r"[^\w.-]+")  # what LaTeX or a link would stumble over

_not_written = partial(not_written, "The report cannot be written", slug="report-not-written")


def write_report(
    fit: Fit,
    path: str | os.PathLike[str],
    *,
    style: str = "apa",
    title: str | None = None,
    seed: int = 0,
    charts: bool = True,
    check: bool = True,
) -> Path:
    """Write a fit up: data, model, method, results, charts and diagnostics in one document.

    Parameters
    ----------
    fit : a fitted model.
    path : of the file, ending in .html, .docx, .tex or .md; charts of .tex and .md lie beside it,
        in a folder named after it.
    style : of the tables: "apa", "plain" or "journal".
    title : of the report; None names the response.
    seed : of the diagnostics that simulate.
    charts : whether to draw.
    check : whether to examine the model.

    Returns
    -------
    The path.

    Raises
    ------
    SpecError : the ending or the style is none of these.
    StorageError : the file cannot be written.
    MissingDependencyError : a library of the extra 'report' is not installed.

    Examples
    --------
    >>> import echelon as ec, tempfile
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = fit.report(f"{folder}/sleep.md", charts=False, check=False)
    ...     print(path.read_text("utf-8").splitlines()[0])
    # A multilevel model of reaction
    """
    target, render, style = _asked(path, style, "report()")
    document = assemble(fit, style=style, title=title, seed=seed, charts=charts, check=check)
    return _written(document, render, target)


def write_comparison(
    comparison: Comparison,
    path: str | os.PathLike[str],
    *,
    style: str = "apa",
    title: str | None = None,
) -> Path:
    """Write a comparison of models as a document; parameters as for `write_report`."""
    target, render, style = _asked(path, style, "report() of a comparison")
    return _written(assemble_comparison(comparison, style, title), render, target)


def _asked(path: str | os.PathLike[str], style: str, where: str) -> tuple[Path, Renderer, str]:
    """Read path and style before anything is computed: what cannot be written is refused now."""
    target = Path(path)
    style = read_choice("style", style, tuple(STYLES))
    render = RENDERERS.get(target.suffix.lower())
    if render is None:
        raise _unknown_ending(target, where)
    folder = target.parent
    if not folder.is_dir():
        raise _not_written(target, "no such folder")
    if target.is_dir():
        raise _not_written(target, "a folder of this name")
    if not os.access(folder, os.W_OK):
        raise _not_written(target, "permission denied")
    return target, render, style


def _written(document: Document, render: Renderer, target: Path) -> Path:
    folder = _UNSAFE.sub("-", f"{target.stem}-figures")
    drawn = render(document, folder)
    part = target.with_name(f"{target.name}.part")
    new = target.with_name(f"{folder}.part")
    try:
        if drawn.files:
            _fill(new, drawn.files)
        part.write_bytes(drawn.content)
        if drawn.files:
            _replace(new, target.with_name(folder))
        os.replace(part, target)
    except OSError as error:
        part.unlink(missing_ok=True)
        shutil.rmtree(new, ignore_errors=True)
        raise _not_written(target, error) from None
    return target


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _replace(new: Path, folder: Path) -> None:
    """Move charts into their folder; what else lies there is left alone."""
    folder.mkdir(exist_ok=True)
    for file in sorted(new.iterdir()):
        os.replace(file, folder / file.name)
    new.rmdir()


def _unknown_ending(target: Path, where: str) -> SpecError:
    ending = target.suffix.removeprefix(".")
    known = [each.removeprefix(".") for each in ENDINGS]
    return SpecError(
        f"The ending of '{target.name}' does not say what kind of report to write.",
        where=f"{where}, argument path",
        got=f"'.{ending}'" if ending else "no ending",
        need=f"one of {', '.join(ENDINGS)}",
        do=_cure(ending, known),
        slug="report-ending",
    )


def _cure(ending: str, known: list[str]) -> str:
    if ending.lower() == "pdf":
        return "write .html and print it to a PDF, or .tex and compile it."
    if ending.lower() in ("doc", "odt", "rtf"):
        return "write .docx, which every word processor opens."
    hint = near_matches(ending, known) if ending else ""
    return hint if hint.startswith("did you mean") else "add .html, for example."

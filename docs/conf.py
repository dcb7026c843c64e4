"""Sphinx configuration: MyST pages, numpydoc docstrings, pydata theme."""

from __future__ import annotations

import re
import runpy
import warnings
from importlib import metadata
from pathlib import Path
from typing import Any

from docutils import nodes

project = "echelon"
author = "the echelon developers"
copyright = "the echelon developers"
try:
    release = metadata.version("echelon")
except metadata.PackageNotFoundError:  # built from a checkout that is not installed
    release = "0.1.0"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "numpydoc"]
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3
# theory.md counts its equations by \tag; nothing else is numbered.
myst_dmath_double_inline = True

html_theme = "pydata_sphinx_theme"
html_title = "echelon"
html_static_path = ["_static"]
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
}
html_css_files = ["wide.css"]
exclude_patterns = ["_build", "scripts"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
# numpydoc reads signatures from the raw docstring, before `plain_sections`.
warnings.filterwarnings("ignore", message="Unknown section Source")

NAME_AND_PROSE = re.compile(r"^(?P<indent> *)(?P<names>[\w, *.]+?) : (?P<prose>\S.*)$")


def plain_sections(
    app: Any, what: str, name: str, obj: object, options: Any, lines: list[str]
) -> None:
    """Give numpydoc what it knows: 'name : prose' becomes a name with its description.

    Types live in the annotations; the docstrings say shape, scale and meaning. `Source` is shown
    under References.
    """
    section, indent, result = "", None, []
    for at, line in enumerate(lines):
        following = lines[at + 1] if at + 1 < len(lines) else ""
        if re.fullmatch(r" *-{3,} *", following):
            section, indent = line.strip(), None
            line = line.replace("Source", "References") if section == "Source" else line
        elif section == "Source" and re.fullmatch(r" *-{3,} *", line):
            line = line.replace("------", "----------")
        match = NAME_AND_PROSE.match(line)
        is_entry = match and section in {"Parameters", "Raises", "Warns"}
        if match and is_entry and indent in (None, match["indent"]):
            indent = match["indent"]
            result += [f"{indent}{match['names']}", f"{indent}    {match['prose']}"]
        else:
            result.append(line)
    lines[:] = result


def plain_equations(app: Any, doctree: nodes.document) -> None:
    r"""Keep Sphinx from wrapping equations of several lines in `split`, which allows no `\tag`."""
    for node in doctree.findall(nodes.math_block):
        node.children = [nodes.Text(rf"\[{node.astext()}\]")]
        node["nowrap"] = node["no-wrap"] = True


def draw_charts(app: Any) -> None:
    """Draw the gallery before the pages that show it are read."""
    runpy.run_path(str(Path(__file__).parent / "scripts" / "gallery.py"), run_name="__main__")


def setup(app: Any) -> None:
    """Run before numpydoc."""
    app.connect("builder-inited", draw_charts)
    app.connect("autodoc-process-docstring", plain_sections, priority=100)
    app.connect("doctree-read", plain_equations)

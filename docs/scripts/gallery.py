"""Draw the charts of docs/reference/charts.md from the code that stands above them.

Sphinx calls this before it reads the pages. To draw them by hand, from anywhere:
    python docs/scripts/gallery.py
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "reference" / "charts.md"
FOLDER = PAGE.parent / "_charts"
CHARTS = Path(__file__).parents[2] / "python" / "echelon" / "plot"
# A fence of Python, and the picture below it.
PAIR = re.compile(r"^```python\n(.*?)^```\n+!\[[^\]]*\]\(_charts/(.*?)\)", re.MULTILINE | re.DOTALL)


def charts(text: str) -> Iterator[tuple[str, Any]]:
    """Run the examples of a page, which share their names; give each picture's name and chart."""
    names: dict[str, Any] = {"__name__": "gallery"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for match in PAIR.finditer(text):
            exec(match[1], names)  # our own documentation, never input
            yield match[2], names["chart"]


def draw() -> None:
    """Draw what is missing, or older than the page or the code of the charts."""
    FOLDER.mkdir(exist_ok=True)
    text = PAGE.read_text(encoding="utf-8")
    wanted = [FOLDER / match[2] for match in PAIR.finditer(text)]
    changed = max(path.stat().st_mtime for path in (PAGE, *CHARTS.glob("*.py")))
    if all(path.exists() and path.stat().st_mtime >= changed for path in wanted):
        return
    for name, chart in charts(text):
        chart.save(FOLDER / name)


if __name__ == "__main__":
    draw()

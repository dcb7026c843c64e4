"""Draw docs/_static/interaction.svg: what the ses of a student does in public and Catholic schools.

Needs the extra `plot`. Run from anywhere:
    python docs/scripts/interaction.py
"""

from __future__ import annotations

from pathlib import Path

import echelon as ec

TARGET = Path(__file__).parents[1] / "_static" / "interaction.svg"
MODEL = "mathach ~ cwc(ses, school) * sector + gm(ses, school) + (cwc(ses, school) | school)"


def draw() -> None:
    """Fit the final model of the tutorial, from a fit to a paper, and save its interaction."""
    fit = ec.fit(MODEL, ec.datasets.load("hsb"))
    fit.plot.interaction("cwc(ses, school)", "sector", data=False).save(TARGET)


if __name__ == "__main__":
    draw()

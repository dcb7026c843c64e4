"""Draw docs/_static/shrinkage.svg: the schools' regression lines, alone and together.

Needs altair and vl-convert-python, which the project itself does not. Run from anywhere:
    python docs/scripts/shrinkage.py
"""

from __future__ import annotations

from pathlib import Path

import altair as alt
import numpy as np
import polars as pl

import echelon as ec

TARGET = Path(__file__).parents[1] / "_static" / "shrinkage.svg"
RANGE = (-1.5, 1.5)  # of ses, where most students are
PANELS = ("Each school by itself", "All schools in one model")
SCHOOL = "4383"  # the line to follow: 25 students, and a steep slope of its own
LINES, ACCENT, INK, MUTED = "#4a7fb5", "#d9660a", "#1c1c1c", "#5a5a5a"
FONT = "Helvetica Neue, Helvetica, Arial, sans-serif"


def lines() -> pl.DataFrame:
    """End points of every school's line in both panels, and of the mean line."""
    hsb = ec.datasets.load("hsb")
    fit = ec.fit("mathach ~ ses + (ses | school)", hsb)
    mean = fit.beta["(Intercept)"], fit.beta["ses"]
    modes = {
        (str(row["group"]), row["term"]): row["estimate"]
        for row in fit.conditional_modes("school").rows()
    }
    found = [(panel, "mean", *mean) for panel in PANELS]
    for (name,), rows in hsb.group_by(["school"], maintain_order=True):
        school = str(name)
        slope, intercept = np.polyfit(rows["ses"].to_numpy(), rows["mathach"].to_numpy(), 1)
        shared = mean[0] + modes[school, "(Intercept)"], mean[1] + modes[school, "ses"]
        found += [(PANELS[0], school, intercept, slope), (PANELS[1], school, *shared)]
    return pl.DataFrame(
        [
            {"panel": panel, "school": school, "ses": ses, "mathach": round(a + b * ses, 3)}
            for panel, school, a, b in found
            for ses in RANGE
        ]
    )


def panel_chart(frame: pl.DataFrame, title: str, has_axis: bool) -> alt.LayerChart:
    """One panel: thin lines of the schools, one in the accent colour, the mean in ink."""
    scale = alt.Scale(domain=[0, 25])
    axis = alt.Axis(
        values=[0, 5, 10, 15, 20, 25], gridColor="#ececec", labelOpacity=float(has_axis)
    )
    x = alt.X(
        "ses:Q",
        title="socio-economic status",
        scale=alt.Scale(domain=[-1.6, 1.6], nice=False),
        axis=alt.Axis(values=[-1, 0, 1], grid=False),
    )
    y = alt.Y("mathach:Q", title="mathematics score" if has_axis else None, scale=scale, axis=axis)

    def drawn(rows: pl.DataFrame, colour: str, width: float, opacity: float) -> alt.Chart:
        mark = alt.Chart(rows).mark_line(color=colour, strokeWidth=width, opacity=opacity)
        return mark.encode(x=x, y=y, detail="school:N")

    here = frame.filter(pl.col("panel") == title)
    plain = here.filter(~pl.col("school").is_in(["mean", SCHOOL]))
    layers = alt.layer(
        drawn(plain, LINES, 1, 0.42),
        drawn(here.filter(pl.col("school") == SCHOOL), ACCENT, 3, 1),
        drawn(here.filter(pl.col("school") == "mean"), INK, 3, 1),
    )
    ends = here.filter(pl.col("school") == SCHOOL)["mathach"].to_numpy()
    slope = (ends[1] - ends[0]) / (RANGE[1] - RANGE[0])
    story = f"school {SCHOOL}, 25 students: slope {slope:.1f}"
    heading = alt.TitleParams(
        title,
        subtitle=story,
        subtitleColor=ACCENT,
        subtitleFontSize=12,
        subtitlePadding=4,
        frame="group",
    )
    return layers.properties(width=320, height=300, title=heading)


def chart() -> alt.HConcatChart:
    """Both panels on one scale."""
    frame = lines()
    panels = [panel_chart(frame, title, i == 0) for i, title in enumerate(PANELS)]
    return (
        alt.hconcat(*panels, spacing=4)
        .configure(background="white", font=FONT, aria=False)
        .configure_view(stroke=None)
        .configure_axis(domain=False, ticks=False, labelFontSize=12, titleFontSize=12,
                        titleFontWeight="normal", labelColor=MUTED, titleColor=MUTED)
        .configure_title(fontSize=14, fontWeight="bold", anchor="start", color=INK, offset=10)
    )  # fmt: skip


if __name__ == "__main__":
    chart().save(TARGET)

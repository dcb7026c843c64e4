"""How charts look: colours that all can tell apart, plain axes, readable sizes.

Room: plot/. Constants only.
Takes: nothing.
Gives: `CONFIG` for every chart, and colours by their part in a chart.
Source: Okabe & Ito (2008), Color universal design: eight colours for all kinds of colour vision.
"""

from __future__ import annotations

from typing import Any

WIDTH, HEIGHT = 460, 300  # of a single view, in pixels at scale 1
SMALL = 130  # side of a small multiple

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PINK, SKY, YELLOW, BLACK = "#CC79A7", "#56B4E9", "#F0E442", "#222222"
CATEGORIES = (BLUE, ORANGE, GREEN, PINK, RED, SKY, BLACK, YELLOW)
DATA, MODEL, REFERENCE, ALERT = "#8a8f98", BLUE, "#555555", RED  # rows; fit; zero lines; outliers
BAND = 0.18  # opacity of a confidence band
RAMP = ("#e8f0f7", "#08306b")  # few to many, for counts in cells

_FONT = "Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"
CONFIG: dict[str, Any] = {
    "font": _FONT,
    "background": "white",
    "padding": 10,
    "view": {"continuousWidth": WIDTH, "continuousHeight": HEIGHT, "stroke": None},
    "range": {"category": list(CATEGORIES), "ramp": list(RAMP), "heatmap": list(RAMP)},
    "title": {
        "anchor": "start",
        "fontSize": 14,
        "fontWeight": 600,
        "subtitleFontSize": 11.5,
        "subtitleColor": "#555555",
        "offset": 10,
        "color": BLACK,
    },
    "axis": {
        "labelFontSize": 11,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "labelColor": "#333333",
        "titleColor": BLACK,
        "gridColor": "#ececec",
        "domainColor": "#888888",
        "tickColor": "#888888",
        "labelLimit": 220,
    },
    "axisX": {"titleLimit": 560, "labelFlush": False},
    "axisY": {"titleLimit": 320, "maxExtent": 320},
    "legend": {
        "labelFontSize": 11,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 220,
        "symbolOpacity": 1,
    },
    "header": {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal"},
    "rule": {"color": REFERENCE},
    "point": {"filled": True},
}

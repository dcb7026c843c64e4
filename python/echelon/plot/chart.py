"""Finish a chart: theme, title, what was left out, and files that need no network.

Room: plot/. The one place that knows how a chart leaves echelon.
Takes: an Altair chart, or rows of plain values.
Gives: the same chart with the theme of echelon, whose `save` writes SVG, PNG, PDF, HTML or JSON.
Source: docs/reference, charts; Vega-Lite 6 through vl-convert.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
from altair.utils.schemapi import debug_mode

from echelon._optional import require
from echelon.errors import SpecError, near_matches, not_written
from echelon.plot.theme import CONFIG

SUFFIXES = ("svg", "png", "pdf", "html", "json")
PNG_SCALE = 2.0  # pixels per unit of the chart: sharp in print at half a page


class Saved:
    """A chart whose files are complete: HTML carries its library, so that it works offline."""

    def save(self, path: str | os.PathLike[str], *, scale: float = PNG_SCALE) -> Path:
        """Write the chart to a file; its ending says what: .svg, .png, .pdf, .html or .json.

        Parameters
        ----------
        path : of the file; one that exists is replaced.
        scale : pixels per unit, of .png.

        Returns
        -------
        The path.

        Raises
        ------
        SpecError : the ending is none of these.
        StorageError : the file cannot be written.
        """
        target = Path(path)
        content = rendered(self, target, scale)
        try:
            target.write_bytes(content)
        except OSError as error:
            raise not_written(
                "The chart cannot be saved", target, error, slug="chart-not-written"
            ) from None
        return target


KINDS = (
    *(alt.Chart, alt.LayerChart, alt.FacetChart),
    *(alt.HConcatChart, alt.VConcatChart, alt.ConcatChart),
)


def _with_plain_titles(kind: Any) -> Any:
    def to_dict(self: Any, *args: Any, **options: Any) -> Any:
        return one_line(kind.to_dict(self, *args, **options))

    return to_dict


def one_line(spec: Any) -> Any:
    """Join the lines of titles: Vega makes expressions of them, which a line break would end."""
    if isinstance(spec, list):
        return [one_line(each) for each in spec]
    if not isinstance(spec, dict):
        return spec
    return {key: _title(value) if key == "title" else value if key in ("data", "datasets")
            else one_line(value) for key, value in spec.items()}  # fmt: skip


def _title(value: Any) -> Any:
    return " ".join(value.splitlines()) if isinstance(value, str) else one_line(value)


# A finished chart is still an Altair chart of its kind: only titles and `save` are ours.
_FINISHED: Mapping[type, type] = {
    kind: type(kind.__name__, (Saved, kind), {"to_dict": _with_plain_titles(kind)})
    for kind in KINDS
}


def finish(chart: Any, title: str = "", notes: Sequence[str] = ()) -> Any:
    """Give a chart its title, its notes, the theme, and a `save` that works offline.

    Parameters
    ----------
    chart : an Altair chart, the outermost one.
    title : what is shown, in the statistician's words.
    notes : lines below the title: definitions, and what was left out or thinned.

    Returns
    -------
    The chart, of a subclass of its own class: everything Altair does can be done with it.
    """
    done = chart.copy(deep=False)
    with debug_mode(False):  # a chart is checked against the schema once, when it is written
        done.config = alt.Config(**CONFIG)
        if title:
            done.title = alt.Title(title, subtitle=list(notes)) if notes else alt.Title(title)
    object.__setattr__(done, "__class__", _FINISHED.get(type(done), type(done)))
    return done


def untitled(chart: Any) -> tuple[Any, str, tuple[str, ...]]:
    """Take title and notes out of a chart, for pages that set them as a caption.

    Parameters
    ----------
    chart : what `finish` returned.

    Returns
    -------
    The chart without them, its title and its notes; '' and () where it has none.
    """
    heading = chart.title
    bare = chart.copy(deep=False)
    bare.title = alt.Undefined
    if heading is alt.Undefined or isinstance(heading, str):
        return bare, heading if isinstance(heading, str) else "", ()
    text = heading.text if isinstance(heading.text, str) else " ".join(map(str, heading.text))
    notes = () if heading.subtitle is alt.Undefined else heading.subtitle
    return bare, text, (notes,) if isinstance(notes, str) else tuple(map(str, notes))


class _Rows(alt.InlineData):
    """Rows that layers and panels share: Altair would copy each of them, with every layer."""

    def __deepcopy__(self, memo: object) -> _Rows:
        return self


def records(**columns: Iterable[Any]) -> alt.InlineData:
    """Put columns of one length into a chart as rows; NaN becomes null.

    Parameters
    ----------
    columns : arrays or lists (n,) by name of field.

    Returns
    -------
    Inline data.
    """
    lists = [_plain(values) for values in columns.values()]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]
    with debug_mode(False):  # Altair would check every row against its schema
        return _Rows(values=rows)


def rendered(chart: Any, target: Path, scale: float = PNG_SCALE) -> bytes:
    """Render a chart as the bytes of a file with this ending."""
    spec = chart.to_json()
    suffix = target.suffix.lower().removeprefix(".")
    if suffix == "json":
        return str(spec).encode()
    if suffix not in SUFFIXES:
        raise _unknown_ending(target)
    convert = require("vl_convert", extra="plot", purpose=f"charts as .{suffix}")
    match suffix:
        case "svg":
            content = convert.vegalite_to_svg(spec)
        case "png":
            content = convert.vegalite_to_png(spec, scale=scale)
        case "pdf":
            content = convert.vegalite_to_pdf(spec)
        case _:
            content = convert.vegalite_to_html(spec, bundle=True, renderer="svg")
    return content.encode() if isinstance(content, str) else bytes(content)


def _plain(values: Iterable[Any]) -> list[Any]:
    items = values.tolist() if isinstance(values, np.ndarray) else list(values)
    return [None if isinstance(v, float) and not np.isfinite(v) else v for v in items]


def _unknown_ending(target: Path) -> SpecError:
    ending = target.suffix.removeprefix(".")
    return SpecError(
        f"The ending of '{target.name}' does not say what kind of chart to write.",
        where="save(), argument path",
        got=f"'.{ending}'" if ending else "no ending",
        need="one of .svg, .png, .pdf, .html, .json",
        do=near_matches(ending, SUFFIXES) if ending else "add an ending, such as .svg.",
        slug="chart-ending",
    )

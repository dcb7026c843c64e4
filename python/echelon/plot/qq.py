"""Normal QQ of residuals, with the envelope that samples of a true model would fill.

Room: plot/. One chart.
Takes: a `Fit` with its rows, and a level.
Gives: an Altair chart: ordered residuals against normal quantiles, a band of simulations.
Source: Atkinson (1985), section 4.2, envelopes; Loy, Hofmann & Cook (2017); Dunn & Smyth (1996).
"""

from __future__ import annotations

from typing import Any, Literal

import altair as alt
import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.errors import NotEstimableError, SpecError
from echelon.fit import Fit, design_with_rows
from echelon.infer import conditional_modes
from echelon.infer.distributions.distributions import normal_cdf, normal_quantiles
from echelon.measure.leverage import leverage
from echelon.plot.chart import finish, records
from echelon.plot.labels import short, spaced
from echelon.plot.shown_residuals import block_of, row_name
from echelon.plot.theme import ALERT, BAND, DATA, HEIGHT, MODEL, REFERENCE, WIDTH
from echelon.plot.thinning import MOST_POINTS
from echelon.residuals import residuals
from echelon.simulate import Seed, read_seed

WHERE = "plot.qq()"
FEWEST, MOST = 19, 10_000  # simulations
TAIL, MIDDLE = 250, 500  # points kept of many: all of each tail, and some between
MANY = 1_000  # points from which the band says less than the distance from the line
SHARE = 0.95
SIDES: tuple[tuple[Literal["left", "right"], int], ...] = (("left", 7), ("right", -7))
MOST_NAMED, MOST_ROWS = 8, 4  # groups, and rows, that are named
OWN_ROW = 1e-8  # 1 - leverage of a row that the fit follows wherever it goes


def qq(fit: Fit, level: int | str = 1, simulations: int = 99, seed: Seed = 0) -> Any:
    """Draw ordered residuals against normal quantiles, with a simulated envelope.

    Level 1: residuals over sigma and the root of 1 - leverage (Gaussian), or randomized quantile
    residuals. A grouping factor: conditional modes over the standard deviation that each has
    under the model, term by term. All are standard normal if the model holds, so that the
    envelope is of samples of this size from that, no refit needed: at each place 95% of them.

    Parameters
    ----------
    fit : a fitted model with its rows.
    level : 1, or the name of a grouping factor.
    simulations : samples in the envelope, 19 to 10,000.
    seed : of the samples, and of randomized residuals.

    Returns
    -------
    Altair chart. Above 2,000 points both tails are complete and the middle is thinned.

    Raises
    ------
    SpecError : there is no such level, or `simulations` cannot be used.
    NotEstimableError : the fit was saved without its rows, or there are no residuals.

    Notes
    -----
    The ordered uniforms at the places that are drawn are sums of gammas: a sample costs the same
    for a million rows. Residuals are taken as independent, which few rows per group are not quite.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    >>> fit.plot.qq().title.text
    'Normal QQ of the residuals of level 1'
    """
    design_with_rows(fit, WHERE)
    block, count = block_of(fit, level, WHERE), _read_simulations(simulations)
    generator = read_seed(seed)
    if block is None:
        values, title = _rows(fit, generator)
        chart, said = _panel(fit, values, None, title, count, generator)
        notes = (_band(count), *said)
        return finish(chart, "Normal QQ of the residuals of level 1", notes)
    panels, notes = [], (_band(count),)
    names = np.array([f"{block.grouping} {label}" for label in block.labels], dtype=object)
    for term, values in standardized_modes(fit, block.grouping):
        panel, said = _panel(fit, values, names, f"standardized mode of {term}", count, generator)
        panels.append(panel)
        notes += tuple(
            f"{term}: {sentence}" if block.n_columns > 1 else sentence for sentence in said
        )
    chart = panels[0] if len(panels) == 1 else alt.concat(*panels, columns=2)
    return finish(chart, f"Normal QQ of the conditional modes of {short(block.grouping)}", notes)


def standardized_modes(fit: Fit, grouping: str) -> list[tuple[str, FloatArray]]:
    """Divide modes by their own standard deviation, root of variance - conditional variance.

    Parameters
    ----------
    fit : a fitted model with its rows.
    grouping : name of a grouping factor.

    Returns
    -------
    Term and (J,) values; NaN where the model leaves a mode no room to vary.
    """
    table = conditional_modes(fit, grouping)
    place = [block.grouping for block in fit.design.rows.blocks].index(grouping)
    factor, block = fit.estimates.Lambdas[place], fit.design.rows.blocks[place]
    sigma = 1.0 if fit.spec.is_generalized else fit.estimates.sigma
    variance = sigma**2 * (factor @ factor.T).diagonal()
    shape = (block.n_groups, block.n_columns)
    own = variance - table["std_error"].reshape(shape) ** 2
    with np.errstate(all="ignore"):
        own = np.where(own > 1e-12 * variance, own, np.nan)
        scaled = table["estimate"].reshape(shape) / np.sqrt(own)
    return [(name, scaled[:, k]) for k, name in enumerate(block.column_names)]


def _rows(fit: Fit, generator: np.random.Generator) -> tuple[FloatArray, str]:
    if fit.spec.is_generalized:
        return residuals(fit, "quantile", seed=generator), "quantile residual"
    if fit.estimates.n_estimated == 0:
        return residuals(fit, "standardized"), "residual / sigma"
    table = leverage(fit)
    known = 1 - table["leverage"] > OWN_ROW
    values = np.where(known, table["standardized_residual"], np.nan)
    return values, "residual / (sigma × √(1 - leverage))"


def _panel(
    fit: Fit, values: FloatArray, names: Any, title: str, count: int, generator: np.random.Generator
) -> tuple[Any, tuple[str, ...]]:
    order = np.argsort(values)[: int(np.isfinite(values).sum())]
    n = len(order)
    if n == 0:
        raise _nothing(title)
    kept = kept_places(n)
    low, middle, high = envelope(kept, n, count, generator)
    rows = order[kept]
    y = values[rows]
    is_outside = (y < low) | (y > high)
    if names is None:
        places = np.arange(fit.design.n_obs) if fit.rows.kept is None else fit.rows.kept
        shown = [row_name(fit, int(row), int(places[row])) for row in rows]
    else:
        shown = [str(names[row]) for row in rows]
    drawn = {"x": middle, "y": y, "low": low, "high": high, "name": shown}
    notes = [f"Points drawn outside of it: {int(is_outside.sum()):,} of {len(y):,}."]
    if n > MANY:
        notes.append("With so many the band is thin: what counts is the distance from the line.")
    if n < len(values):
        notes.append(f"{len(values) - n:,} without a residual (the fit follows them exactly).")
    if len(kept) < n:
        notes.append(f"Of {n:,} the {TAIL} smallest and largest, and {MIDDLE} between.")
    return _layers(drawn, is_outside, title, names is not None), tuple(notes)


def kept_places(n: int) -> IndexArray:
    """Choose places in the order of n values: all, or both tails and some of the middle."""
    if n <= MOST_POINTS:
        return np.arange(n)
    ends = normal_quantiles(np.array([TAIL, n - TAIL]) / n)
    share = np.linspace(float(ends[0]), float(ends[1]), MIDDLE)
    inside = np.round(n * normal_cdf(share)).astype(np.int64)
    return np.unique(np.concatenate([np.arange(TAIL), inside, np.arange(n - TAIL, n)]))


def envelope(
    places: IndexArray, n: int, count: int, generator: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Simulate ordered standard normals at some places of n, and bound 95% of them.

    Parameters
    ----------
    places : (m,) ascending, from 0 to n - 1.
    n : size of a sample.
    count : samples.
    generator : of random numbers.

    Returns
    -------
    Lower bound, normal quantile and upper bound, (m,) each.
    """
    gaps = np.diff(np.concatenate([[0], places + 1, [n + 1]])).astype(float)
    sums = np.cumsum(generator.gamma(gaps, size=(count, len(gaps))), axis=1)
    drawn = normal_quantiles(sums[:, :-1] / sums[:, -1:])
    low, high = np.quantile(drawn, [(1 - SHARE) / 2, (1 + SHARE) / 2], axis=0)
    return low, normal_quantiles((places + 0.5) / n), high


def _layers(drawn: dict[str, Any], is_outside: Any, title: str, has_labels: bool) -> Any:
    x = alt.X("x:Q", title="standard normal quantile")
    y = alt.Y("y:Q", title=title)
    base = alt.Chart(records(**drawn, outside=["outside" if o else "inside" for o in is_outside]))
    colour = alt.Scale(domain=["inside", "outside"], range=[DATA, ALERT])
    tooltip = [
        alt.Tooltip("name:N", title="unit"),
        alt.Tooltip("y:Q", title=title, format=".3f"),
        alt.Tooltip("low:Q", title="band from", format=".3f"),
        alt.Tooltip("high:Q", title="band to", format=".3f"),
    ]
    band = base.mark_area(color=MODEL, opacity=BAND).encode(
        x=x, y=alt.Y("low:Q", title=title), y2=alt.Y2("high:Q")
    )
    ends = np.array([drawn["x"][0], drawn["x"][-1]])
    line = alt.Chart(records(x=ends, y=ends)).mark_line(color=REFERENCE, strokeDash=[4, 3])
    points = base.mark_circle(size=24, opacity=0.8).encode(
        x=x, y=y, color=alt.Color("outside:N", scale=colour, legend=None), tooltip=tooltip
    )
    layers = [band, line.encode(x=x, y=y), points]
    layers += _names(drawn, (x, y), MOST_NAMED if has_labels else MOST_ROWS)
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


def _names(drawn: dict[str, Any], axes: tuple[Any, Any], most: int) -> list[Any]:
    """Name what lies further out than the band, the furthest first, where there is room."""
    x, y = drawn["x"], drawn["y"]
    far = np.flatnonzero(((x < -1) & (y < drawn["low"])) | ((x > 1) & (y > drawn["high"])))
    far = far[np.argsort(-np.abs(y[far]))]
    named = spaced(x, y, far.tolist(), most)
    layers = []
    for align, dx in SIDES:
        places = [i for i in named if (x[i] < 0) == (align == "left")]
        some = {key: [drawn[key][i] for i in places] for key in ("x", "y", "name")}
        text = alt.Chart(records(**some)).mark_text(limit=200, dx=dx, fontSize=10, align=align)
        layers.append(text.encode(x=axes[0], y=axes[1], text=alt.Text("name:N")))
    return layers


def _band(count: int) -> str:
    return (
        f"Band: at each place the middle 95% of {count:,} samples of this size from the model, "
        "estimates taken as true."
    )


def _read_simulations(count: object) -> int:
    if isinstance(count, int | np.integer) and FEWEST <= count <= MOST:
        return int(count)
    raise SpecError(
        f"The number of simulations cannot be {count!r:.40}.",
        where=f"{WHERE}, argument simulations",
        got=f"{count!r:.80}",
        need=f"a whole number from {FEWEST} to {MOST:,}",
        do="write simulations=99, for example.",
        slug="simulations",
    )


def _nothing(title: str) -> NotEstimableError:
    return NotEstimableError(
        "There is nothing to draw: under this fit none of these values can vary.",
        where=f"{WHERE}, {title}",
        got="a variance of zero, or rows that the fit follows exactly",
        need="a variance above zero",
        do="leave out the random term that is zero, or draw another level: qq(level=1).",
        slug="residuals-do-not-vary",
    )

"""Compose the stages: a specification and a frame become a fit.

Room: fit. Composes; computes nothing itself.
Takes: `ModelSpec` and `ModelFrame`.
Gives: `Fit`, numbers only: it pickles, copies and compares.
Source: docs/decisions (architecture).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon import engine
from echelon.design.build import build_design
from echelon.design.lags import resolve_lags
from echelon.design.parts import Design
from echelon.engine.estimate import estimate
from echelon.engine.estimates import Estimates
from echelon.engine.kernel import CrossProducts
from echelon.errors import NotEstimableError
from echelon.frame.columns import ModelFrame, RowAccount
from echelon.sameness import is_same
from echelon.spec import ModelSpec


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted model.

    `products` are the cross-products of the data, all that inference needs of the rows; None for
    a generalized model, whose likelihood depends on the rows themselves. `frame` holds the
    columns of the table that was fitted, row by row; None where the rows are others (resampled,
    with a new response) or were left out of a saved fit.
    """

    spec: ModelSpec
    design: Design
    products: CrossProducts | None
    estimates: Estimates
    rows: RowAccount
    source: str
    frame: ModelFrame | None = None

    @property
    def crossprod(self) -> CrossProducts:
        """The cross-products of a Gaussian fit; others are refused, with the family's name."""
        if self.products is None:
            raise _without_products(self.spec)
        return self.products

    @property
    def has_rows(self) -> bool:
        """Whether the rows are here; a fit that was saved without them has none."""
        return len(self.design.y) == self.design.n_obs

    # Without a __hash__ beside it, this makes a fit unhashable: equal by value, like an array.
    def __eq__(self, other: object) -> bool:
        return is_same(self, other) if isinstance(other, Fit) else NotImplemented


def _without_products(spec: ModelSpec) -> NotEstimableError:
    return NotEstimableError(
        "This is defined for Gaussian models with the identity link only.",
        where=f"a fit with family = '{spec.family}', link = '{spec.link}'",
        got="a generalized model: its likelihood is no function of cross-products",
        need="family = 'gaussian' with link = 'identity'",
        do="for tests use compare() (likelihood ratio), for intervals conf_int('profile') or\n"
        "bootstrap(); docs/explanation/generalized.md lists what each family has.",
        slug="gaussian-only",
    )


def design_with_rows(fit: Fit, purpose: str) -> Design:
    """Give the design of a fit, for what needs its rows.

    Parameters
    ----------
    fit : a fitted model.
    purpose : what the rows are needed for, as the user called it: 'simulate()'.

    Raises
    ------
    NotEstimableError : the fit was saved without its rows.
    """
    if fit.has_rows:
        return fit.design
    raise NotEstimableError(
        "This fit was saved without its rows.",
        where=purpose,
        got=f"a loaded fit that keeps 0 of its {fit.design.n_obs:,} rows",
        need="the rows that the model was fitted to",
        do="save with rows=True, or fit the model again; predict(new_data) needs no rows.",
        slug="fit-without-rows",
    )


def frame_of(fit: Fit, purpose: str) -> ModelFrame:
    """Give the columns of the table of a fit, for what needs them as they were read.

    Parameters
    ----------
    fit : a fitted model.
    purpose : what they are needed for, as the user called it: 'check()'.

    Raises
    ------
    NotEstimableError : the fit was saved without its rows, or its response is not the table's.
    """
    design_with_rows(fit, purpose)
    if fit.frame is not None:
        return fit.frame
    raise NotEstimableError(
        "This fit does not hold the columns of a table.",
        where=purpose,
        got="a fit to resampled rows, or to a response that was not in the table",
        need="a fit to a table",
        do="put the response in a column of the table, and fit the model to that.",
        slug="fit-without-table",
    )


def fit_model(spec: ModelSpec, frame: ModelFrame) -> Fit:
    """Fit a model to a frame: build the design, estimate.

    Parameters
    ----------
    spec : the model as asked for.
    frame : its rows.

    Returns
    -------
    `Fit`.

    Raises
    ------
    DesignError : formula and data do not make a model together.
    EngineError : the estimation could not be carried out.
    """
    with np.errstate(all="ignore"):  # what overflows is refused by name, not announced by NumPy
        frame = resolve_lags(spec.formula, frame)
        design = build_design(spec, frame)
        products, estimates = estimate_design(design, spec)
    return Fit(spec, design, products, estimates, frame.rows, frame.source, frame)


def estimate_design(design: Design, spec: ModelSpec) -> tuple[CrossProducts | None, Estimates]:
    """Estimate a design: from cross-products if it is Gaussian, from its rows otherwise.

    Parameters
    ----------
    design : n rows, encoded.
    spec : the model as asked for.

    Returns
    -------
    The cross-products of a Gaussian model or None, and the estimates.
    """
    if spec.is_generalized:
        return None, engine.estimate_family(design, spec)
    return estimate(design, spec)

"""Marginal means: what the fixed part predicts for categories, averaged over the rest.

Room: infer/. Lays out the grid, averages, and tabulates; comparisons are in `contrasts`.
Takes: a `Fit`, names of variables, and how to weigh, count and adjust.
Gives: `MarginalMeans`: a table that also gives contrasts, letters and joint tests.
Source: docs/theory.md (23); Searle, Speed & Milliken (1980).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon.fit import Fit
from echelon.infer.coefficients.inference import Counted
from echelon.infer.means.back_transform import read_transform
from echelon.infer.means.contrasts import contrast_table
from echelon.infer.means.joint_tests import joint_table
from echelon.infer.means.letters import letter_table
from echelon.infer.means.mean_notes import back_note, mean_notes
from echelon.infer.means.mean_rows import MeanRows, back_transformed, judge
from echelon.infer.means.multiplicity import read_adjust
from echelon.infer.means.reference_grid import WEIGHTS, marginal_rows, reference_grid
from echelon.infer.means.response_means import (
    Asked,
    generalized_rows,
    read_asked,
    refuse_transform,
    scale_of,
)
from echelon.infer.means.specs import listed_names, read_specs
from echelon.infer.sandwich.chosen import inference_of
from echelon.options import read_choice, read_conf_level
from echelon.table import Table

NOT_FOR_MEANS = ("tukey", "dunnett", "dunnettx")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MarginalMeans:
    """Marginal means: `table` tabulates them, the methods compare them.

    It reads like its table: columns by name, `rows()`, `row(...)`, a length, and any dataframe
    library takes it.
    """

    table: Table
    means: MeanRows
    adjust: str | None

    def contrasts(
        self,
        kind: Any = "pairwise",
        by: str | Sequence[str] | None = None,
        adjust: str | None = None,
        *,
        reference: object = 0,
        reverse: bool = False,
        interaction: Any = None,
        null: float = 0.0,
        conf_level: float | None = None,
        scale: str | None = None,
    ) -> Table:
        """Compare the means within each group of `by`.

        Parameters
        ----------
        kind : 'pairwise', 'control', 'consecutive', 'polynomial', 'effects', 'helmert' or
            'mean_change'; or weights: lists by name, or an array (contrasts, means).
        by : names of variables; None for those of the means, [] for none.
        adjust : 'none', 'bonferroni', 'sidak', 'holm', 'bh', 'tukey', 'dunnett', 'dunnettx',
            'scheffe' or 'mvt'; None for that of the means, or else what is usual for the kind.
        reference : label or position of the control.
        reverse : the other sign.
        interaction : kinds by variable, or one for all: contrasts of contrasts.
        null : value that is tested, in units of the linear predictor.
        conf_level : of the intervals together; None for that of the means.
        scale : of a generalized model, 'link' for differences of the linear predictor, 'ratio'
            for their exponentials (odds ratios, rate ratios), 'response' for differences of
            means: of probabilities, of counts. None: ratios of means on the response's scale
            where they have a name, else differences.

        Returns
        -------
        Table with columns contrast, those of `by`, and estimate, std_error, statistic, df,
        p_value, conf_low, conf_high. Differences of back-transformed logarithms are ratios.
        """
        return contrast_table(
            self.means,
            kind,
            by=listed_names(by),
            adjust=adjust if adjust is not None else self.adjust,
            reference=reference,
            is_reversed=reverse,
            interaction=interaction,
            null=null,
            conf_level=conf_level,
            scale=scale,
        )

    def letters(self, alpha: float = 0.05, adjust: str | None = None) -> Table:
        """Add letters to the means: two that share a letter do not differ at `alpha`.

        Parameters
        ----------
        alpha : in (0, 1), of the adjusted p values of all pairs.
        adjust : as in `contrasts`.

        Returns
        -------
        The table of means with a column letters; 'a' is among the highest means.
        """
        chosen = adjust if adjust is not None else self.adjust
        return letter_table(self.table, self.means, alpha, chosen)

    def joint_tests(self, by: str | Sequence[str] | None = None) -> Table:
        """Test main effects and interactions of the variables of these means.

        Parameters
        ----------
        by : names of variables; None for those of the means, [] for none.

        Returns
        -------
        Table with columns term, those of `by`, statistic, df_num, df_den, p_value.
        """
        return joint_table(self.means, listed_names(by))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return self.table.columns

    def rows(self) -> list[dict[str, Any]]:
        """List the rows as dicts."""
        return self.table.rows()

    def row(self, **conditions: Any) -> dict[str, Any]:
        """Find the one row whose columns have the values given."""
        return self.table.row(**conditions)

    def to_dict(self) -> dict[str, list[Any]]:
        """Give the columns as lists."""
        return self.table.to_dict()

    def to_polars(self) -> Any:
        """Make a polars DataFrame."""
        return self.table.to_polars()

    def to_pandas(self) -> Any:
        """Make a pandas DataFrame."""
        return self.table.to_pandas()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[str]:
        return iter(self.table)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.table[name]

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def marginal_means(
    fit: Fit,
    specs: str | Sequence[str],
    by: str | Sequence[str] | None = None,
    at: Mapping[str, Any] | None = None,
    weights: str = "equal",
    *,
    df_method: str | None = None,
    robust: str | Counted | None = None,
    conf_level: float | None = None,
    adjust: str | None = None,
    transform: str | None = None,
    null: float | None = None,
    scale: str = "link",
    target: str = "conditional",
    outcome: str | None = None,
) -> MarginalMeans:
    """Predict the mean response of categories, averaged over the other predictors.

    Theory (23): a mean is L beta, L the average of the rows of X over a grid of all categories,
    with numbers at their mean over the rows of the fit (a deviation `cwc(x, g)` at 0, a group
    mean `gm(x, g)` at the grand mean); random effects are zero. With equal weights these are the
    estimated marginal means of R's emmeans, SPSS EMMEANS and SAS LSMEANS.

    Means of a generalized model are averaged on the scale of the link and then transformed, as in
    emmeans; quantities of several linear predictors (probabilities of categories, means of
    zero-inflated counts) are averaged themselves. Theory (28).

    Parameters
    ----------
    fit : a fitted model.
    specs : names of variables of the fixed part: a name, a list, or text such as "a * b" and
        "a * b | g"; "1" for the mean of all.
    by : names of variables to take the means, and later their contrasts, by.
    at : values by name, of numbers or a choice of categories: {"ses": [-1, 0, 1]}. A number of
        `specs` or `by` needs them unless it has two values only.
    weights : of the categories that are averaged over: 'equal'; 'proportional' to their rows;
        'outer', the product of the shares of each variable; 'cells', rows of each cell.
    df_method : how degrees of freedom are counted; None for the fit's way.
    robust : a kind of cluster-robust errors, such as 'CR2', or what `robust_inference` gives.
    conf_level : of the intervals; None for that of the fit.
    adjust : of the intervals of each group of `by` together, and of the contrasts later: see
        `MarginalMeans.contrasts`. Methods for differences adjust means by Sidak's.
    transform : None; 'response' to undo a response log(y), log2(y), log10(y), log1p(y) or
        sqrt(y); 'exp' where the column held logarithms. Without a bias correction: what comes
        back from a logarithm is a median of the response, not its mean.
    null : tests each mean against this value (before any back-transformation).
    scale : of a generalized model: 'link', or 'response' for means, probabilities and counts.
    target : 'conditional' means are those of a group whose random effects are zero, 'population'
        means are averaged over the random effects of all groups.
    outcome : 'mean'; of ordered categories 'latent', 'probability', 'cumulative' or 'score' (1 to
        J); of nominal ones 'logit' or 'probability'; with a zero part 'counts' (of the counts'
        own distribution), 'mean' (of all), 'positive' (of counts above zero), 'zero' (their
        share) or 'zero_part' (of structural zeros); 'dispersion'. None: what is usual.

    Returns
    -------
    `MarginalMeans` with columns of `specs` and `by`, then estimate, std_error, df, conf_low,
    conf_high, and with `null` also statistic and p_value; NaN where the data do not determine a
    mean (a note names it). The first variable varies fastest.

    Raises
    ------
    SpecError : a name is not in the fixed part, a category does not exist, an option is unknown.

    Notes
    -----
    Reads no rows. A number with two values is held at its mean, where emmeans averages the two
    values equally (cov.keep); `at` with both values does that, too.

    Source
    ------
    Theory (23). emmeans 1.8.4, cases lmm_cake_reml, lmm_oats_splitplot_reml and others.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ ses * sector + (1 | school)", ec.datasets.load("hsb")).fit
    >>> marginal_means(fit, "sector")["estimate"].round(3).tolist()
    [11.798, 13.936]
    """
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    names, groups = read_specs(specs, tuple(p.name for p in fit.design.recipe.profiles))
    groups = (*groups, *[name for name in listed_names(by) or () if name not in groups])
    names = tuple([name for name in names if name not in groups])
    method = None if adjust is None else read_adjust(adjust)
    chosen = read_choice("weights", weights, WEIGHTS)
    asked = read_asked(fit, scale, target, outcome, chosen, df_method, robust)
    if asked is not None and transform is not None:
        raise refuse_transform(fit)
    grid = reference_grid(fit, (*names, *groups), at)
    if asked is not None:
        means = generalized_rows(fit, grid, groups, asked, level)
        table = _table(fit, means, method, null, chosen, asked)
        return MarginalMeans(table, means, method)
    L, offset = marginal_rows(fit.design.recipe, grid, chosen)
    means = MeanRows(
        grid=grid,
        L=L,
        offset=offset,
        is_known=np.asarray(np.isfinite(L).all(axis=1)),
        by=groups,
        inference=inference_of(fit, df_method, robust),
        conf_level=level,
        inverse=read_transform(fit, transform),
        response=fit.design.response_name,
    )
    return MarginalMeans(_table(fit, means, method, null, chosen), means, method)


def _table(
    fit: Fit,
    means: MeanRows,
    method: str | None,
    null: float | None,
    weights: str,
    asked: Asked | None = None,
) -> Table:
    _, families, _ = means.groups(means.by)
    own = "none" if method is None else "sidak" if method in NOT_FOR_MEANS else method
    found = judge(
        means.inference,
        means.L,
        offset=means.offset,
        is_known=means.is_known,
        families=families,
        method=own,
        conf_level=means.conf_level,
        by=means.by,
        null=0.0 if null is None else null,
    )
    values = found.values
    notes = mean_notes(fit, means, weights, np.isnan(values["std_error"]), asked)
    if found.note and null is None:
        notes.append(found.note.replace("p values and intervals", "Intervals"))
    elif found.note:
        notes.append(found.note[:1].upper() + found.note[1:])
    if means.inverse is not None:
        values = back_transformed(values, means.inverse)
        notes += [] if asked is not None else [back_note(means.response, means.inverse)]
    kept = ["estimate", "std_error", "df", "conf_low", "conf_high"]
    if null is not None:
        kept = ["estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"]
    unit = "response" if means.inverse is None else "response, back-transformed"
    unit = unit if asked is None else scale_of(fit, means, asked)
    named = " x ".join(a.name for a in means.grid.shown if a.name not in means.by) or "all rows"
    title = f"Marginal means: {named}" + (f" by {', '.join(means.by)}" if means.by else "")
    return Table(
        {**means.grid.columns(), **{name: values[name] for name in kept}},
        dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), unit),
        title,
        tuple(notes),
    )

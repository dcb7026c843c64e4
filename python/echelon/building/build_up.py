"""Build a multilevel model step by step: null model, predictors, slopes, interactions.

Room: building/. Decides what to try next; composes fit, infer and compare.
Takes: an outcome, predictors by level, a grouping factor or several, a table.
Gives: `BuildUp`.
Source: Raudenbush & Bryk (2002), chapter 4; Hox, Moerbeek & van de Schoot (2018), section 4.1;
    Snijders & Bosker (2012), section 6.4.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from echelon.building.compare import compare, neighbours
from echelon.building.comparison import Neighbours
from echelon.building.predictors import (
    Plan,
    check_predictor_levels,
    label_of,
    read_interactions,
    read_plan,
    read_slopes,
    short_name,
)
from echelon.building.steps import BuildUp, Step
from echelon.errors import DesignError, EngineError
from echelon.fit import Fit, fit_model
from echelon.formula.parse import parse_formula
from echelon.formula.render import render
from echelon.frame.build import build_frame
from echelon.frame.columns import Categorical, ModelFrame
from echelon.frame.source import column_names
from echelon.options import option_fault, read_choice
from echelon.spec import columns_needed, resolve_spec

NAN = float("nan")
CENTRINGS = ("cwc", "cgm")


def build_up(
    outcome: str,
    data: Any,
    *,
    level1: str | Sequence[str] = (),
    level2: str | Sequence[str] = (),
    level3: str | Sequence[str] = (),
    group: str | Sequence[str],
    slopes: str | Sequence[str] | None = "all",
    cross_level: str | Sequence[str] | None = "all",
    center: str | None = None,
    method: str = "REML",
    alpha: float = 0.05,
    subset: Any = None,
    missing: str = "drop",
    source: str = "",
    **options: Any,
) -> BuildUp:
    """Build a model in the textbook's steps; `result.built_up.build_up` says what each means.

    Parameters
    ----------
    outcome, level1, level2, level3, group, slopes, cross_level, center, method, alpha : as there.
    data : a table, opened.
    subset, missing, options : as for `echelon.fit`; weights, offset, control, conf_level,
        df_method and contrasts go to every step.
    source : what to call the table in print.

    Returns
    -------
    `BuildUp`.

    Raises
    ------
    SpecError : an option, a predictor or its level is not as needed.
    FrameError, DesignError, EngineError : a model without random slopes cannot be fitted.

    Notes
    -----
    One fit per step, two more by ML where fixed parts are compared: those read no row.
    """
    alpha = _read_alpha(alpha)
    center = None if center is None else read_choice("center", center, CENTRINGS)
    columns = column_names(data)
    read = (outcome, (level1, level2, level3), group)
    plan = read_plan(*read, None, columns, frozenset())
    is_listed = cross_level not in (None, "all")
    written = read_interactions(cross_level, plan, columns) if is_listed else []
    spec = resolve_spec(
        plan.formula((*plan.predictors, *written), {}), subset=subset, missing=missing, **options
    )
    frame = build_frame(
        data, columns_needed(spec), subset=spec.subset, missing=spec.missing, source=source
    )
    if center is not None:
        plan = read_plan(*read, center, columns, _categorical(frame))
    below = [term for level in plan.levels[: len(plan.groupings)] for term in level]
    wanted = read_slopes("slopes", slopes, below, columns)
    crossed = read_interactions(cross_level, plan, columns) if is_listed else cross_level
    steps = _Steps(plan, frame, {"method": method, "missing": missing, **options}, alpha)
    steps.fixed_parts()
    steps.slopes(wanted)
    steps.interactions(crossed)
    kept = [step for step in steps.made if step.is_kept and step.fit is not None]
    return BuildUp(
        outcome=plan.outcome,
        alpha=alpha,
        rows=frame.rows,
        source=frame.source,
        steps=tuple(steps.made),
        comparison=compare({step.name: step.fit for step in kept}),
    )


def _read_alpha(alpha: Any) -> float:
    if isinstance(alpha, int | float) and 0 < alpha < 1:
        return float(alpha)
    raise option_fault(
        f"The option alpha cannot be {alpha!r}.",
        "alpha",
        repr(alpha),
        "a number between 0 and 1",
        "write alpha=0.05.",
        "build-up-alpha",
    )


def _categorical(frame: ModelFrame) -> frozenset[str]:
    columns = frame.columns.items()
    return frozenset(name for name, column in columns if isinstance(column, Categorical))


@dataclass(slots=True)
class _Steps:
    """The sequence while it is made: fixed terms and slopes so far, and the last model kept."""

    plan: Plan
    frame: ModelFrame
    options: Mapping[str, Any]
    alpha: float
    made: list[Step] = field(default_factory=list)
    fixed: tuple[str, ...] = ()
    varying: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def fixed_parts(self) -> None:
        """Fit the null model, then add the predictors level by level; they all stay."""
        self._keep("null", "null", (), {}, "kept: it shows at which level the variance lies.")
        names = ["predictors of level " + str(k) for k in range(1, len(self.plan.levels) + 1)]
        self._check_levels()
        for k, (name, terms) in enumerate(zip(names, self.plan.levels, strict=True), 1):
            if terms:
                reason = f"kept as asked, whatever the test: {', '.join(map(label_of, terms))}."
                self._keep(f"level {k}", name, (*self.fixed, *terms), self.varying, reason)

    def slopes(self, wanted: Sequence[str]) -> None:
        """Let the slope of one predictor after the other vary, over every level above its own."""
        for level, terms in enumerate(self.plan.levels):
            groupings = self.plan.groupings[level:]
            for term in (term for term in terms if term in wanted):
                for grouping in self._most_likely_first(term, groupings):
                    self._try_slope(term, grouping)

    def _most_likely_first(self, term: str, groupings: Sequence[str]) -> Sequence[str]:
        """Order groupings by the likelihood of a slope over each alone.

        What varies over schools varies over their classes too: the level that fits best comes
        first, and the other must add to it.
        """
        if len(groupings) < 2:
            return groupings
        reached = {g: self._log_likelihood(self._with_slope(term, g)) for g in groupings}
        return sorted(groupings, key=lambda grouping: -reached[grouping])

    def _log_likelihood(self, varying: Mapping[str, Sequence[str]]) -> float:
        try:
            fit = self._fit(self.plan.formula(self.fixed, varying))
        except (DesignError, EngineError):
            return -math.inf
        return fit.estimates.log_likelihood

    def _with_slope(self, term: str, grouping: str) -> dict[str, tuple[str, ...]]:
        return {**self.varying, grouping: (*self.varying.get(grouping, ()), term)}

    def _try_slope(self, term: str, grouping: str) -> None:
        name, varying = short_name(term), self._with_slope(term, grouping)
        differs = f"the slope of {name} differs between groups of {grouping}"
        said = (differs, f"no sign that {differs}")
        over = f" over {grouping}" if len(self.plan.groupings) > 1 else ""
        self._try(f"slope of {name}{over}", "random slopes", self.fixed, varying, said)

    def interactions(self, crossed: str | Sequence[str] | None) -> None:
        """Explain the slopes kept by the predictors of their groups, one interaction at a time.

        What was not kept is tried again once others have been: one may hide another.
        """
        found = list(crossed or ()) if crossed != "all" else self._all_interactions()
        found = [term for term in found if term not in self.fixed]
        kept = [self._try_interaction(term, "") for term in found]
        last = max((k for k, is_kept in enumerate(kept) if is_kept), default=0)
        for term, is_kept in zip(found[:last], kept[:last], strict=True):
            if not is_kept:
                self._try_interaction(term, " again")

    def _try_interaction(self, term: str, again: str) -> bool:
        name = short_name(term)
        said = (f"{name} tells where the slope is steeper", f"no sign of {name}")
        stage, fixed = "cross-level interactions", (*self.fixed, term)
        self._try(f"{name}{again}", stage, fixed, self.varying, said)
        return self.made[-1].is_kept

    def _all_interactions(self) -> list[str]:
        """Pair each slope kept with the predictors of the groups over which it varies."""
        pairs = []
        for place, grouping in enumerate(self.plan.groupings):
            moderators = self.plan.levels[place + 1] if place + 1 < len(self.plan.levels) else ()
            slopes = self.varying.get(grouping, ())
            pairs += [f"{slope}:{moderator}" for slope in slopes for moderator in moderators]
        return list(dict.fromkeys(pairs))

    def _check_levels(self) -> None:
        fit = self._fit(self.plan.formula(self.plan.predictors, {}))
        check_predictor_levels(self.plan, fit.design)

    def _fit(self, formula: str) -> Fit:
        return fit_model(resolve_spec(parse_formula(formula), **self.options), self.frame)

    def _keep(
        self,
        name: str,
        stage: str,
        fixed: tuple[str, ...],
        varying: dict[str, tuple[str, ...]],
        reason: str,
    ) -> None:
        """Fit a step that stays, with its test for the record."""
        fit = self._fit(self.plan.formula(fixed, varying))
        test = self._test(fit)
        self.fixed = fixed
        self.made.append(_step(name, stage, fit, test, True, reason))

    def _try(
        self,
        name: str,
        stage: str,
        fixed: tuple[str, ...],
        varying: dict[str, tuple[str, ...]],
        said: tuple[str, str],
    ) -> None:
        """Fit a step that must earn its place."""
        formula = self.plan.formula(fixed, varying)
        try:
            fit = self._fit(formula)
        except (DesignError, EngineError) as error:
            reason = f"not kept: it cannot be fitted. {error.what}"
            nothing = Neighbours(self._last.name, NAN, NAN, NAN, "", "", "")
            step = _step(name, stage, None, nothing, False, reason)
            self.made.append(replace(step, formula=formula))
            return
        test = self._test(fit)
        is_slope = varying != self.varying
        objection = self._objection(fit, test, said, is_slope)
        reason = f"not kept: {objection}" if objection else f"kept: {said[0]}"
        if not objection and self._is_newly_singular(fit):
            reason += f"; on the boundary now: {'; '.join(fit.estimates.verdict.boundary)}"
        self.made.append(_step(name, stage, fit, test, not objection, f"{reason}."))
        if not objection:
            self.fixed, self.varying = fixed, varying

    @property
    def _last(self) -> Step:
        return next(step for step in reversed(self.made) if step.is_kept)

    def _test(self, fit: Fit) -> Neighbours:
        if not self.made or self._last.fit is None:
            return Neighbours("", NAN, NAN, NAN, "", "", "")
        return neighbours(self._last.name, self._last.fit, fit)

    def _objection(self, fit: Fit, test: Neighbours, said: tuple[str, str], is_slope: bool) -> str:
        """Say why a step is not kept; empty if nothing speaks against it.

        A slope that makes the fit singular is more than the data can tell; an interaction that
        does has explained all that was left of a slope's variance.
        """
        verdict = fit.estimates.verdict
        if not verdict.is_converged:
            return f"the fit did not converge ({verdict.reason})"
        if math.isnan(test.p_value):
            return test.reason.rstrip(".")
        if test.p_value >= self.alpha:
            return f"{said[1]} (p not below {self.alpha:g})"
        if is_slope and self._is_newly_singular(fit):
            return f"the fit is singular: {'; '.join(verdict.boundary)}"
        return ""

    def _is_newly_singular(self, fit: Fit) -> bool:
        before = self._last.fit
        was_singular = before is not None and before.estimates.verdict.is_singular
        return fit.estimates.verdict.is_singular and not was_singular


def _step(
    name: str, stage: str, fit: Fit | None, test: Neighbours, is_kept: bool, reason: str
) -> Step:
    return Step(
        name=name,
        stage=stage,
        formula="" if fit is None else render(fit.spec.formula),
        against=test.against,
        statistic=test.statistic,
        df=test.df,
        p_value=test.p_value,
        mixture=test.mixture,
        method=test.method,
        is_kept=is_kept,
        reason=reason,
        fit=fit,
    )

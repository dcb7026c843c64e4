"""The predictors of a model that is built up: as terms, at their levels, centred.

Room: building/. Reads names and terms; looks at columns to see at which level they vary.
Takes: predictors by level, grouping factors from the innermost out.
Gives: `Plan`, with the formula of any set of terms and slopes; errors for a wrong level.
Source: Raudenbush & Bryk (2002), chapters 2 and 5; Enders & Tofighi (2007) for centring.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from echelon.design.parts import Design
from echelon.design.variable_levels import is_constant_within
from echelon.errors import SpecError, near_matches, offenders
from echelon.formula.expression import Name, deparse, quote_name
from echelon.formula.parse import parse_formula
from echelon.formula.render import term_text
from echelon.formula.terms import Term

WHERE = "build_up(), option {}"
CENTRED = re.compile(r"\b(?:cwc|cgm)\(([^(),]+)(?:, [^()]*)?\)")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to build with: `levels[0]` are the predictors of level 1, and so on, as terms.

    `groupings` are the texts right of the bar, the innermost first: 'school:class', 'school'.
    """

    outcome: str
    levels: tuple[tuple[str, ...], ...]
    groupings: tuple[str, ...]

    def formula(self, fixed: Sequence[str], slopes: Mapping[str, Sequence[str]]) -> str:
        """Write a model with these fixed terms, and these slopes by grouping factor."""
        random = [
            f"({' + '.join(['1', *slopes.get(grouping, ())])} | {grouping})"
            for grouping in reversed(self.groupings)
        ]
        return f"{self.outcome} ~ {' + '.join([*(fixed or ['1']), *random])}"

    @property
    def predictors(self) -> tuple[str, ...]:
        """All predictors, level by level."""
        return tuple(term for level in self.levels for term in level)


def read_plan(
    outcome: Any,
    levels: Sequence[Any],
    group: Any,
    center: str | None,
    columns: Sequence[str],
    categorical: frozenset[str],
) -> Plan:
    """Read outcome, predictors and groups.

    Parameters
    ----------
    outcome : column or expression.
    levels : predictors of level 1, 2, ...: a name, a term of the formula language, or a list.
    group : grouping factor, or several from the innermost out.
    center : "cwc", "cgm" or None, for the plain numeric predictors of level 1.
    columns : names in the data; a name of several words needs no back-quotes.
    categorical : those of them that hold categories, which are not centred.

    Returns
    -------
    `Plan`.

    Raises
    ------
    SpecError : a list is not one, a predictor is no single term or is named twice, a level
        without a grouping factor.
    """
    factors = _texts("group", group, columns)
    if not factors:
        raise _no_group(group)
    read = [_terms(f"level{k}", given, columns) for k, given in enumerate(levels, 1)]
    _check_levels(read, factors)
    groupings = [":".join(reversed(factors[k:])) for k in range(len(factors))]
    if center is not None:
        inside = f", {', '.join(factors)}" if center == "cwc" else ""
        read[0] = [_centred(term, center, inside, categorical) for term in read[0]]
    texts = [[term_text(term) for term in level] for level in read]
    _check_twice([text for level in texts for text in level])
    names = _texts("outcome", outcome, columns)
    if len(names) != 1:
        raise _not_a_list("outcome", outcome, "the name of one column")
    return Plan(names[0], tuple(map(tuple, texts)), tuple(groupings))


def _centred(term: Term, center: str, inside: str, categorical: frozenset[str]) -> Term:
    """Centre a predictor that is one numeric column; anything else stays as it was written."""
    factor = term.factors[0]
    if len(term.factors) > 1 or not isinstance(factor, Name) or factor.name in categorical:
        return term
    return _one_term(f"{center}({deparse(factor, quoted=True)}{inside})", "level1")


def read_slopes(option: str, given: Any, known: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Read which predictors may have a random slope: None, "all", or a list of them."""
    if given is None:
        return []
    if given == "all":
        return list(known)
    found = []
    for term in _terms(option, given, columns):
        text = term_text(term)
        matches = [each for each in known if text in (each, CENTRED.sub(r"\1", each))]
        if not matches:
            hint = near_matches(text, known)
            raise SpecError(
                f"'{text}' is no predictor that could have a random slope.",
                where=WHERE.format(option),
                got=f"'{text}'",
                need=f"predictors below the highest level: {offenders(known) or 'there are none'}",
                do=hint if hint.startswith("did") else "give it in level1, if it varies in groups.",
                slug="build-up-slope",
            )
        found.append(matches[0])
    return found


def short_name(term: str) -> str:
    """Leave centrings and back-quotes out: 'ses:sector' for 'cwc(ses, school):sector'."""
    return CENTRED.sub(r"\1", label_of(term))


def read_interactions(given: Any, plan: Plan, columns: Sequence[str]) -> list[str]:
    """Read a list of interactions such as 'ses:sector'; a centred predictor stays centred."""
    centred = {CENTRED.sub(r"\1", term): term for term in plan.predictors}
    found = []
    for term in _terms("cross_level", given, columns):
        parts = [deparse(factor, quoted=True) for factor in term.factors]
        found.append(":".join(centred.get(part, part) for part in parts))
    return found


def _terms(option: str, given: Any, columns: Sequence[str]) -> list[Term]:
    return [_one_term(text, option) for text in _texts(option, given, columns)]


def _texts(option: str, given: Any, columns: Sequence[str]) -> list[str]:
    """Read one name or a list of them; a name of a column is quoted if it must be."""
    if given is None:
        return []
    items = [given] if isinstance(given, str) else given
    if not isinstance(items, list | tuple) or not all(isinstance(i, str) for i in items):
        raise _not_a_list(option, given, "a name, or a list of names")
    return [quote_name(item) if item in columns else item for item in items]


def _one_term(text: str, option: str) -> Term:
    formula = parse_formula(f"~ {text}")
    if len(formula.fixed) == 1 and not formula.random and formula.intercept:
        return formula.fixed[0]
    raise SpecError(
        f"'{text}' is not one term.",
        where=WHERE.format(option),
        got=f"{len(formula.fixed):,} terms" if not formula.random else "a random term",
        need="one column, function or interaction per entry: 'ses', 'log(size)', 'ses:female'",
        do="list the terms one by one; random parts are built from group and slopes.",
        slug="build-up-term",
    )


def _check_levels(read: Sequence[Sequence[Term]], factors: Sequence[str]) -> None:
    for k, terms in enumerate(read[len(factors) + 1 :], len(factors) + 2):
        if terms:
            raise SpecError(
                f"There are predictors of level {k}, and no groups of that level.",
                where=WHERE.format(f"level{k}"),
                got=f"{offenders(term_text(t) for t in terms)}, with group = {list(factors)!r}",
                need=f"{k - 1} grouping factors for {k} levels, the innermost first",
                do="write group=['class', 'school'], for example.",
                slug="build-up-group",
            )


def _check_twice(texts: Sequence[str]) -> None:
    twice = next((text for i, text in enumerate(texts) if text in texts[:i]), None)
    if twice is not None:
        raise SpecError(
            f"The predictor '{twice}' is given twice.",
            where="build_up(), options level1, level2, ...",
            got=f"predictors {offenders(texts)}",
            need="every predictor once, at the level at which it varies",
            do="take one of them out.",
            slug="build-up-twice",
        )


def _no_group(given: Any) -> SpecError:
    return SpecError(
        "There are no groups to build a multilevel model with.",
        where=WHERE.format("group"),
        got=repr(given),
        need="a grouping factor, or several from the innermost out",
        do="write group='school', or group=['class', 'school'].",
        slug="build-up-group",
    )


def _not_a_list(option: str, given: Any, need: str) -> SpecError:
    return SpecError(
        f"The option {option} of build_up names no column.",
        where=WHERE.format(option),
        got=f"{given!r:.60}",
        need=need,
        do=f"write {option}=['ses', 'minority'], for example."
        if option != "outcome"
        else "write build_up('mathach', data, ...), for example.",
        slug="build-up-names",
    )


def check_predictor_levels(plan: Plan, design: Design) -> None:
    """Refuse predictors that are given at a level at which they do not vary, or not only.

    Parameters
    ----------
    plan : predictors by level.
    design : of a model with all of them as fixed terms, and the random intercepts.

    Raises
    ------
    SpecError : a predictor of level 1 has one value per group, or one of a higher level several.
    """
    blocks = {block.grouping: block for block in design.rows.blocks}
    ordered = [blocks[name] for name in map(_plain_grouping, plan.groupings) if name in blocks]
    columns = _columns_by_term(design)
    for level, terms in enumerate(plan.levels, 1):
        for term in terms:
            own = columns.get(label_of(term), ())
            inside = [b for b in ordered if all(is_constant_within(c, b) for c in own)]
            found = 1 + len(inside)
            if own and found != level:
                outermost = inside[-1].grouping if inside else ordered[0].grouping
                raise _wrong_level(label_of(term), level, found, outermost, bool(inside))


def _plain_grouping(text: str) -> str:
    return parse_formula(f"~ (1 | {text})").random[0].grouping.label


def label_of(text: str) -> str:
    """Write a term as it is printed, without back-quotes."""
    return _one_term(text, "level1").label


def _columns_by_term(design: Design) -> dict[str, tuple[Any, ...]]:
    found, start = {}, 0
    recipe = design.recipe
    for plan, size in zip(recipe.fixed, recipe.fixed_sizes, strict=True):
        label = ":".join(deparse(part.expression) for part in plan.parts)
        found[label] = design.rows.fixed_columns[start : start + size]
        start += size
    return found


def _wrong_level(term: str, level: int, found: int, grouping: str, is_constant: bool) -> SpecError:
    what = (
        f"has one value in each group of {grouping}"
        if is_constant
        else (f"varies within groups of {grouping}")
    )
    mean = "" if found > 1 else f", and its group mean, gm({term}, {grouping}), in level{level}"
    return SpecError(
        f"'{term}' is given at level {level}, but {what}.",
        where=WHERE.format(f"level{level}"),
        got=f"a predictor of level {found}",
        need="predictors at the level at which they vary",
        do=f"give it in level{found}{mean}.",
        slug="build-up-level",
    )

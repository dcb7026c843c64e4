"""Names of coefficients and random effects, as sentences say them.

Room: report/wording. Words names; knows nothing of numbers.
Takes: names of columns ('(Intercept)', 'zero.(Intercept)', 'sector[Catholic]:ses'), and a `Fit`.
Gives: 'the intercept of the zero part', 'slopes of days', 'the variance of the intercepts ...'.
Source: docs/reference, formula (names of columns).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from echelon.families import family_of
from echelon.fit import Fit
from echelon.report.verdict import names_in_words
from echelon.report.wording.apa import term_text

INTERCEPT = "(Intercept)"
PARTS: Mapping[str, str] = {
    "zero": "the zero part",
    "hurdle": "the hurdle part",
    "dispersion": "the dispersion",
    "scale": "the scale",
}
_BOUNDARY = re.compile(r"(variance|correlation|a combination) of (.+) \| (.+)", re.DOTALL)


def parts_of(fit: Fit) -> dict[str, str]:
    """Name the linear predictors besides the first, as names of columns begin with them."""
    if family_of(fit.spec.family).response == "nominal":
        return {label: f"category {label}" for label in fit.design.categories[1:]}
    names = (channel.name for channel in fit.design.channels)
    return {name: PARTS[name] for name in names if name in PARTS}


def split_name(name: str, parts: Mapping[str, str]) -> tuple[str, str]:
    """Part a name of a column into its linear predictor ('' for the first) and the rest.

    An intercept tells its part by itself; other names are parted where `parts` has their beginning.
    """
    if name.endswith(f".{INTERCEPT}"):
        part = name.removesuffix(f".{INTERCEPT}")
        return parts.get(part, PARTS.get(part, f"category {part}")), INTERCEPT
    for part, words in parts.items():
        if name.startswith(f"{part}."):
            return words, name.removeprefix(f"{part}.")
    return "", name


def effect_text(name: str, parts: Mapping[str, str] | None = None) -> str:
    """Write one effect: 'the intercept', 'the effect of urban (Y) on category car'."""
    part, rest = split_name(name, parts or {})
    if rest == INTERCEPT:
        return f"the intercept of {part}" if part else "the intercept"
    return f"the effect of {term_text(rest)}{f' on {part}' if part else ''}"


def effects_text(names: Sequence[str], parts: Mapping[str, str] | None = None) -> str:
    """Write the effects of a random term: 'intercepts and slopes of days'."""
    found: dict[str, list[str]] = {}
    for name in names:
        part, rest = split_name(name, parts or {})
        found.setdefault(part, []).append(rest)
    by_kind: dict[str, list[str]] = {}
    for part, rests in found.items():
        by_kind.setdefault(_kinds(rests), []).append(part)
    return names_in_words([f"{kinds}{_of(where)}" for kinds, where in by_kind.items()])


def boundary_text(direction: str) -> str:
    """Word what lies on the boundary: 'the variance of the slopes of ses by school'."""
    found = _BOUNDARY.fullmatch(direction)
    if found is None:
        return direction
    what, effects, grouping = found.groups()
    if what == "a combination":
        return f"a combination of the {effects_text(effects.split(', '))} by {grouping}"
    names = effects.split(" and ") if what == "correlation" else [effects]
    about = names_in_words([f"the {effects_text([name])}" for name in names])
    return f"the {what} of {about} by {grouping}"


def coefficient_text(name: str) -> str:
    """Write one coefficient, with its name as tables have it: 'the coefficient of urban[Y]'."""
    part, rest = split_name(name, {})
    if rest == INTERCEPT:
        return f"the intercept of {part}" if part else "the intercept"
    return f"the coefficient of {name}"


def _kinds(names: Sequence[str]) -> str:
    slopes = [term_text(name) for name in names if name != INTERCEPT]
    parts = ["intercepts"] if len(slopes) < len(names) else []
    parts += [f"slopes of {names_in_words(slopes)}"] if slopes else []
    return " and ".join(parts)


def _of(parts: Sequence[str]) -> str:
    """Say of which linear predictors: ' of the zero part', ' of categories car and train'."""
    where = [part for part in parts if part]
    if not where:
        return ""
    categories = [part.removeprefix("category ") for part in where if part.startswith("category ")]
    if len(categories) == len(where) > 1:
        return f" of categories {names_in_words(categories)}"
    return f" of {names_in_words(where)}"

"""Laws of formulas: what is written can be read, and nothing but FormulaError ever comes out."""

from __future__ import annotations

import random
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.errors import FormulaError
from echelon.formula.expression import Name
from echelon.formula.levels import levels
from echelon.formula.parse import parse_formula, parse_with_dot
from echelon.formula.render import latex_equations, level_equations, render
from echelon.formula.terms import Formula

NAMES = ["a", "b", "c", "d", "IQ.verb", "größe", "`my var`", "`a:b`", "`50%`", "_z", "`q\\`s`"]
CALLS = [
    "log({0})",
    "I({0}^2)",
    "I({0} > 2 * {1})",
    'I({0} == "x")',
    "I(-{0} / ({1} - 1))",
    "poly({0}, 2)",
    "bs({0}, df=5)",
    "factor({0}, ref='b')",
    "cwc({0}, {1})",
    "gm(log({0}), {1})",
    "scale({0})",
]
SIGNS = "+ - * / : ^ ~ | || %in% ( ) , . = 0 1 2 1e3 < == ' \" ` \\ $ # \u00e9 \u00b2 \u00bd \u0663"
OPENINGS = "cs( mm( log( I( poly( factor( offset( cbind( weights= ref= df="
PIECES = [*NAMES, *SIGNS.split(" "), *OPENINGS.split(" "), "\n", "\u0308"]

names = st.sampled_from(NAMES)
calls = st.builds(lambda call, x, y: call.format(x, y), st.sampled_from(CALLS), names, names)
atoms = st.one_of(names, calls)
algebra = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("{} + {}".format, inner, inner),
        st.builds("({} + {})".format, inner, inner),
        st.builds("({}):({})".format, inner, inner),
        st.builds("({})*({})".format, inner, inner),
        st.builds("({})/({})".format, inner, inner),
        st.builds("({}) %in% ({})".format, inner, inner),
        st.builds("({} + {})^2".format, inner, inner),
        st.builds("({0} + {1} + z1) - ({0})".format, inner, inner),
    ),
    max_leaves=6,
)
sides = st.builds(
    lambda start, body: start + body, st.sampled_from(["", "0 + ", "1 + ", "-1 + "]), algebra
)
groupings = st.sampled_from(
    [
        "g",
        "h",
        "`my g`",
        "g/h",
        "g/h/k",
        "g:h",
        "g:h/k",
        "factor(g)",
        "mm(g, h)",
        "mm(g,h,weights=(v,w))",
    ]
)
randoms = st.builds(
    lambda structure, side, bar, grouping: f"{structure}({side} {bar} {grouping})",
    st.sampled_from(["", "", "", "diag"]),
    sides,
    st.sampled_from(["|", "||"]),
    groupings,
)
structured = st.builds("{}({} | {})".format, st.sampled_from(["cs", "ar1", "us"]), sides, groupings)
offsets = st.just("offset(log(t))")
counts = ["s / n", "s / (s + `f 2`)", "cbind(s, f)", "cbind(s, n - s)"]
responses = st.sampled_from([*counts, "y", "log(y)", "`my y`", "I(y / 2)", ""])
formulas = st.builds(
    lambda response, side, extras: f"{response} ~ {' + '.join([side, *extras])}",
    responses,
    sides,
    st.lists(st.one_of(randoms, structured, offsets), max_size=3),
)
noise = st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join)
tight_noise = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def read(text: str) -> Formula | None:
    """Parse; None when the text is refused, as generated formulas may be for good reasons."""
    try:
        return parse_formula(text)
    except FormulaError:
        return None


@given(formulas)
def test_what_is_rendered_is_read_back(text: str) -> None:
    formula = read(text)
    if formula is not None:
        assert parse_formula(render(formula)) == formula
        assert render(parse_formula(render(formula))) == render(formula)


@given(sides)
def test_a_right_side_without_bars_is_always_read(text: str) -> None:
    assert read(f"y ~ {text}") is not None or " - (" in text


@given(formulas)
def test_terms_are_unique_and_in_order(text: str) -> None:
    formula = read(text)
    if formula is not None:
        for terms in (formula.fixed, *(term.terms for term in formula.random)):
            orders = [len(term.factors) for term in terms]
            assert orders == sorted(orders)
            assert len({frozenset(term.factors) for term in terms}) == len(terms)
            assert all(len(set(term.factors)) == len(term.factors) for term in terms)


@given(formulas)
def test_blanks_do_not_matter(text: str) -> None:
    assert read(text) == read(f"  {text.replace(' + ', '+').replace(' ~ ', chr(10) + '~')}\t")


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True))
def test_a_dot_is_the_sum_of_the_columns(columns: list[str]) -> None:
    for shape in ("{}", "0 + {}", "({}):x", "x/({})", "{} - x + (1 | g)"):
        dotted, plain = shape.format("."), shape.format(" + ".join(columns))
        if "- x" in shape:
            plain = plain.replace("- x", "+ x - x")
        expanded = parse_with_dot(f"y ~ {dotted}", columns)
        assert expanded.fixed == parse_formula(f"y ~ {plain}").fixed


@given(formulas, st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["g", "g:h"])))
def test_every_model_has_equations(text: str, term_levels: dict[str, str | None]) -> None:
    formula = read(text)
    if formula is not None:
        lines = level_equations(formula, term_levels)
        assert any(
            line.rstrip().endswith(("e", "e_i", "e_ij", "e_ijk", "e_ijkl")) for line in lines
        )
        assert latex_equations(formula, term_levels).startswith("\\begin{aligned}")


@given(names, names)
def test_a_random_intercept_written_as_levels(x: str, w: str) -> None:
    text = f"""level 1: y = b0 + b1*{x} + r
               level 2 (g): b0 = g00 + g01*{w}.w + u0
                            b1 = g10 + u1"""
    if "`" not in w:
        assert levels(text) == parse_formula(f"y ~ {x} + {w}.w + (1 + {x} | g)")


@given(st.text(min_size=1).filter(lambda name: name.strip() and name != "y"))
def test_any_name_can_be_quoted(name: str) -> None:
    quoted = "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
    formula = parse_formula(f"y ~ {quoted} + (1 | {quoted})")
    assert formula.random[0].grouping.factors == (Name(name),)
    assert formula.fixed[0].factors == (Name(name),)
    assert parse_formula(render(formula)) == formula


@settings(max_examples=300)
@given(st.one_of(st.text(), noise, tight_noise, noise.map("y ~ {}".format)))
def test_random_text_raises_nothing_but_formula_errors(text: str) -> None:
    formula = read(text)
    if formula is not None:
        assert parse_formula(render(formula)) == formula


@given(st.one_of(noise, tight_noise))
def test_random_level_equations_raise_nothing_but_formula_errors(text: str) -> None:
    for head in ("", "level 1: ", "level 1: y = b0 + r\nlevel 2 (g): b0 = g00 + u0 + "):
        with suppress(FormulaError):
            assert levels(head + text).random


@pytest.mark.slow
def test_fuzz_for_a_bounded_time() -> None:
    """Mutate valid formulas for twenty seconds; print the seed of what fails."""
    seed = time.time_ns()
    rng = random.Random(seed)
    grown = ["y ~ a * b + (1 + a | g/h)", "s / n ~ 0 + poly(a, 2):c + cs(0 + d | g)", "y ~ .^2"]
    end = time.monotonic() + 20
    while time.monotonic() < end:
        text = rng.choice(grown)
        for _ in range(rng.randint(1, 6)):
            place, width = rng.randint(0, len(text)), rng.choice([0, 0, 1, 3, 10])
            piece = rng.choice([rng.choice(PIECES), chr(rng.randint(1, 0x2FFFF)), text[:place]])
            text = text[:place] + piece + text[place + width :]
        try:
            formula = parse_with_dot(text[:2000], None)
        except FormulaError:
            continue
        assert parse_formula(render(formula)) == formula, (seed, text)
        if len(text) < 200:
            grown = [*grown[-50:], text]

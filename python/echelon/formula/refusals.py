"""Say what the right-hand side of a formula cannot hold.

Room: formula/. Knows text, not data.
Takes: the cursor at the fault, and what was found there.
Gives: the FormulaError to raise; no rule is decided here.
Source: docs/errors.md lists each message by its slug.
"""

from __future__ import annotations

from echelon.errors import FormulaError, near_matches
from echelon.formula.cursor import Cursor, describe
from echelon.formula.expression import Span
from echelon.formula.terms import Term
from echelon.formula.tokens import Token


def no_operator(cursor: Cursor) -> FormulaError:
    """Refuse two terms side by side, or what is no operator after a term."""
    token = cursor.token
    do = "join terms with '+'."
    if token.kind == "~":
        do = "keep one '~', between the response and the terms."
    elif token.kind in ("<", ">", "<=", ">=", "==", "!=", "="):
        do = "write a comparison inside I(): I(x > 3)."
    elif token.kind == ",":
        do = "join terms with '+', not with a comma."
    return cursor.unexpected("an operator (+ - * / : ^ %in%) or the end of the term", do)


def bare_bar(cursor: Cursor, bar: Token) -> FormulaError:
    """Refuse a bar outside brackets, beside a sum."""
    return cursor.error(
        "A bar stands outside brackets, so it is not clear which terms vary.",
        (bar.start, bar.end),
        got=f"'{bar.value}' after more than one term",
        need="each random term in brackets of its own",
        do="write y ~ x + (1 + x | group), with your names.",
        slug="random-term-bars",
    )


def extra_removed(cursor: Cursor, span: Span) -> FormulaError:
    """Refuse a minus sign before a random term or an offset."""
    return cursor.error(
        "A random term or an offset cannot be removed with '-'.",
        span,
        got=cursor.text[slice(*span)],
        need="'-' before terms of the fixed effects, or before 1",
        do="leave it out of the formula.",
        slug="random-term-place",
    )


def nothing_to_remove(
    cursor: Cursor, label: str, span: Span, terms: tuple[Term, ...]
) -> FormulaError:
    """Refuse to remove a term that is not there."""
    labels = [term.label for term in terms]
    more = f" and {len(labels) - 5:,} more" if len(labels) > 5 else ""
    hint = near_matches(label, labels)
    return cursor.error(
        f"There is no term '{label}' to remove.",
        span,
        got=f"the terms before it: {', '.join(labels[:5])}{more}"
        if labels
        else "no terms before it",
        need="a term that is in the formula before the '-'",
        do=hint if hint.startswith("did") else f"take '- {label}' out.",
        slug="formula-remove",
    )


def no_terms(cursor: Cursor, operator: Token) -> FormulaError:
    """Refuse an operator beside the intercept, a random term or an offset."""
    return cursor.error(
        f"The operator '{operator.value}' needs terms of the fixed effects on both sides.",
        (operator.start, operator.end),
        got="a random term, an offset, 0 or 1, or no term at all beside it",
        need="variables, functions of variables, or sums of them",
        do="join random terms, offsets, 0 and 1 with '+' or '-' only.",
        slug="random-term-place",
    )


def too_many(cursor: Cursor, operator: Token, count: int, limit: int) -> FormulaError:
    """Refuse an operator that expands to more terms than any data can support."""
    return cursor.error(
        f"The operator '{operator.value}' expands to {count:,} terms.",
        (operator.start, operator.end),
        got=f"{count:,} terms",
        need=f"at most {limit:,} terms from one operator",
        do="lower the degree, or name the interactions you need.",
        slug="formula-too-many-terms",
    )


def too_wide(cursor: Cursor, operator: Token, limit: int) -> FormulaError:
    """Refuse an interaction of too many variables."""
    return cursor.error(
        f"An interaction has more than {limit} variables.",
        (operator.start, operator.end),
        got=f"more than {limit} variables joined with '{operator.value}'",
        need=f"at most {limit} variables in one interaction",
        do="name the interactions you need.",
        slug="formula-too-many-terms",
    )


def bad_exponent(cursor: Cursor) -> FormulaError:
    """Refuse an exponent that is not a whole number."""
    return cursor.error(
        "The degree after '^' is not a whole number.",
        cursor.span(),
        got=describe(cursor.token),
        need="a whole number of at least 1: (a + b)^2",
        do="write the arithmetic power of a column inside I(): I(x^0.5).",
        slug="formula-power",
    )


def power_of_one(cursor: Cursor, operator: Token, degree: int, span: Span) -> FormulaError:
    """Refuse a single variable crossed with itself, which R reads as the variable."""
    name = cursor.text[slice(*span)]
    return cursor.error(
        "A single term crossed with itself is that term: '^' is no arithmetic here.",
        (operator.start, operator.end),
        got=f"one term before '^{degree}'",
        need="a sum of terms before '^', or arithmetic inside I()",
        do=f"write I({name}^{degree}), or poly({name}, {degree}) for all powers up to it.",
        slug="formula-power",
    )


def text_as_term(cursor: Cursor) -> FormulaError:
    """Refuse quoted text as a term."""
    return cursor.error(
        "Text in quotes is not a term.",
        cursor.span(),
        got=describe(cursor.token),
        need="a variable, a function, 0, 1, '.' or '('",
        do=f"write a column name in back-quotes: `{cursor.token.value}`.",
        slug="formula-syntax",
    )


def number_as_term(cursor: Cursor) -> FormulaError:
    """Refuse a number other than 0 and 1 as a term."""
    number = cursor.token.value
    return cursor.error(
        f"The number {number} is not a term.",
        cursor.span(),
        got=number,
        need="1 (with intercept), 0 (without), or variables",
        do=f"write arithmetic inside I(): I(x + {number}).",
        slug="formula-number",
    )


def dot_in_random(cursor: Cursor) -> FormulaError:
    """Refuse a dot among random effects."""
    return cursor.error(
        "The '.' stands in a random term.",
        cursor.span(),
        got="'.' left of a bar",
        need="'.' only as a term of the fixed effects",
        do="name the columns that vary over the groups.",
        slug="formula-dot",
    )


def structure_without_bar(cursor: Cursor, name: str, start: int) -> FormulaError:
    """Refuse a structure without a bar."""
    return cursor.error(
        f"The structure {name}() holds no random term.",
        (start, cursor.token.end),
        got=f"{name}( without a bar",
        need=f"effects, a bar and a grouping factor: {name}(1 + x | group)",
        do=f"add the bar, or write a column named '{name}' without '('.",
        slug="random-term-structure",
    )


def misplaced(cursor: Cursor, name: str) -> FormulaError:
    """Refuse a function where it has no meaning."""
    if name == "mm":
        where, do = "right of a bar", "write (1 | mm(g1, g2))."
    else:
        where, do = "left of the '~'", "write cbind(successes, failures) ~ ..."
    return cursor.error(
        f"The function {name}() stands among the terms.",
        cursor.span(),
        got=f"{name}(",
        need=f"{name}() {where}",
        do=do,
        slug="function-place",
    )


def offset_in_random(cursor: Cursor) -> FormulaError:
    """Refuse an offset left of a bar."""
    return cursor.error(
        "An offset stands in a random term.",
        cursor.span(),
        got="offset( left of a bar",
        need="offset() as a term of its own",
        do="move it out of the brackets.",
        slug="function-place",
    )


def random_in_random(cursor: Cursor) -> FormulaError:
    """Refuse a random term inside another."""
    return cursor.error(
        "A random term stands inside another.",
        cursor.span(),
        got="a bar within the brackets of another bar",
        need="random terms side by side",
        do="write (1 | a) + (1 | b), or (1 | a/b) for b nested in a.",
        slug="random-term-place",
    )


def empty_effects(cursor: Cursor) -> FormulaError:
    """Refuse a bar with nothing left of it."""
    return cursor.error(
        "Nothing stands left of the bar.",
        cursor.span(),
        got="an empty place before the bar",
        need="the effects that vary: 1 for the intercept, names for slopes",
        do="write (1 | group) for a random intercept.",
        slug="random-term-empty",
    )


def no_effects(cursor: Cursor, span: Span) -> FormulaError:
    """Refuse a random term with neither an intercept nor a slope."""
    return cursor.error(
        "A random term has no effects.",
        span,
        got=cursor.text[slice(*span)],
        need="an intercept, a slope, or both, left of the bar",
        do="write (1 | group), or (0 + x | group) for a slope without an intercept.",
        slug="random-term-empty",
    )


def double_bar(cursor: Cursor, structure: str | None, bar: Token) -> FormulaError:
    """Refuse a structure with correlations together with '||'."""
    return cursor.error(
        f"The structure {structure}() and '||' contradict each other.",
        (bar.start, bar.end),
        got=f"{structure}( ... || ... )",
        need="one statement of the structure: '||' says that nothing is correlated",
        do=f"write {structure}(... | group), or (... || group).",
        slug="random-term-structure",
    )


def after_grouping(cursor: Cursor) -> FormulaError:
    """Refuse what cannot follow a grouping factor."""
    return cursor.unexpected(
        "':', '/' or ')' after a grouping factor",
        "close the brackets of the random term; random terms are joined with '+'.",
    )

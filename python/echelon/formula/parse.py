"""Parse a formula.

Room: formula/. Knows text, not data.
Takes: the text of a formula.
Gives: `parse_formula`: a Formula; `parse_expression`: one expression, as in `offset="log(t)"`.
Source: the formula section of docs/reference; R's meaning of each operator.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from echelon.errors import FormulaError
from echelon.formula.arithmetic import parse_arithmetic
from echelon.formula.cursor import Cursor
from echelon.formula.expression import Expression
from echelon.formula.overlap import check_random_terms
from echelon.formula.response import parse_response
from echelon.formula.right_side import parse_right_side
from echelon.formula.terms import Formula, Response


def parse_formula(text: str) -> Formula:
    """Parse a formula; the same text is parsed once.

    Parameters
    ----------
    text : a formula, such as 'mathach ~ ses + (ses | school)'. The response may be absent.

    Returns
    -------
    The Formula, expanded: terms in R's order, each once; `a/b` right of a bar as two random
    terms. While `has_dot` is True, `fixed` is provisional: see `resolve.expand_dot`.

    Raises
    ------
    FormulaError : the text is not a formula; the message points at the character.

    Examples
    --------
    >>> [term.label for term in parse_formula("y ~ a * b - a").fixed]
    ['b', 'a:b']
    """
    if not isinstance(text, str):
        raise FormulaError(
            "The formula is not text.",
            where="the formula",
            got=f"{text!r:.60} ({type(text).__name__})",
            need='text, such as "y ~ x + (1 | group)"',
            do="put the formula in quotes.",
            slug="formula-not-text",
        )
    return _parse_cached(text)


@lru_cache(maxsize=512)
def _parse_cached(text: str) -> Formula:
    return parse_with_dot(text, None)


def parse_with_dot(text: str, dot_names: Sequence[str] | None) -> Formula:
    """Parse a formula in which `.` stands for these columns (None: it stays a dot)."""
    cursor = Cursor(text, dot_names)
    response = _left_side(cursor)
    start = cursor.token.start
    if cursor.token.kind == "end":
        raise cursor.unexpected(
            "the terms of the model after '~'", "write '1' for a model with an intercept only."
        )
    right = parse_right_side(cursor)
    fixed = right.side.terms(right.found)
    has_dot = cursor.saw_dot and dot_names is None
    formula = Formula(
        text=text,
        response=response,
        intercept=right.side.intercept,
        fixed=fixed,
        random=tuple(right.random),
        offsets=tuple(right.offsets),
        has_dot=has_dot,
        dot_text=_respaced(cursor, start) if has_dot else "",
    )
    check_random_terms(text, formula.random)
    _check_response_unused(cursor, formula)
    return formula


def _left_side(cursor: Cursor) -> Response | None:
    if cursor.token.kind == "end":
        raise cursor.error(
            "The formula is empty.",
            (0, 0),
            got="no text" if not cursor.text else "blanks only",
            need="a response, '~' and the terms of the model",
            do="write y ~ x + (1 | group), with your names.",
            slug="formula-empty",
        )
    if not any(token.kind == "~" for token in cursor.tokens):
        raise cursor.error(
            "The formula has no '~'.",
            (len(cursor.text), len(cursor.text)),
            got=cursor.text.strip()[:60],
            need="a '~' between the response and the terms of the model",
            do="write y ~ x + (1 | group), with your names.",
            slug="formula-tilde",
        )
    response = None if cursor.token.kind == "~" else parse_response(cursor)
    cursor.expect("~", "'~' after the response")
    return response


def _respaced(cursor: Cursor, start: int) -> str:
    """Write the tokens of the right-hand side with blanks around the operators of sums."""
    pieces: list[str] = []
    before = ""
    for token in cursor.tokens[:-1]:
        if token.start < start:
            continue
        is_call = token.kind == "(" and before == "name"
        is_tight = token.kind in (")", ",", ":", "^") or before in ("(", ":", "^")
        pieces += [
            "" if is_call or is_tight or not pieces else " ",
            cursor.text[token.start : token.end],
        ]
        before = token.kind
    return "".join(pieces)


def _check_response_unused(cursor: Cursor, formula: Formula) -> None:
    if formula.response is None or formula.response.kind != "single":
        return
    response = formula.response.expressions[0]
    for term in formula.fixed + tuple(t for random in formula.random for t in random.terms):
        if term.factors == (response,):
            raise cursor.error(
                f"The response '{formula.response.text}' is also a term.",
                term.span,
                got=f"'{term.label}' on both sides of '~'",
                need="terms that do not contain the response itself",
                do="take it out of the right-hand side.",
                slug="response-as-term",
            )


@lru_cache(maxsize=512)
def parse_expression(text: str) -> Expression:
    """Parse one expression, such as a weight 'w' or an offset 'log(pop)'.

    Parameters
    ----------
    text : an expression of the formula language; text that is a plain column name, with any
        characters, must be in back-quotes if it is not a name of letters, digits, '.' and '_'.

    Returns
    -------
    The expression tree.

    Raises
    ------
    FormulaError : the text is not one expression; the message points at the character.

    Examples
    --------
    >>> parse_expression("log(pop)").function
    'log'
    """
    cursor = Cursor(text)
    node = parse_arithmetic(cursor)
    if cursor.token.kind != "end":
        raise cursor.unexpected("one column or expression", "give one expression only.")
    return node

"""The closed table of functions of a formula, and the check of a call against it.

Room: formula/. Knows text, not data; what a function computes is known in design/.
Takes: the name, arguments and options of a call, as parsed.
Gives: `check_call`: the call in its canonical form, or a FormulaError.
Source: docs/reference, formula functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from echelon.errors import FormulaError, near_matches
from echelon.formula.cursor import Cursor
from echelon.formula.expression import (
    Call,
    Expression,
    Name,
    Number,
    Operation,
    Sequence,
    Span,
    String,
    deparse,
)

Gives: TypeAlias = Literal["number", "columns", "categories", "special"]
OptionKind: TypeAlias = Literal["count", "category", "contrast", "truth", "knots"]
CONTRASTS = ("treatment", "sum", "helmert", "poly")
_TRUTH = {"TRUE": "TRUE", "True": "TRUE", "true": "TRUE"}
_TRUTH |= {"FALSE": "FALSE", "False": "FALSE", "false": "FALSE"}


@dataclass(frozen=True, slots=True)
class Function:
    """A row of the table: how a function is called and what it gives.

    `usage` is shown in messages; `least` and `most` count the arguments given by position;
    `second` is the option that may also stand second, and `keeps_name` says that the canonical
    form writes it as an option.
    """

    usage: str
    least: int = 1
    most: int = 1
    options: tuple[tuple[str, OptionKind], ...] = ()
    gives: Gives = "number"
    second: str = ""
    keeps_name: bool = False


_MANY = 20
FUNCTIONS: dict[str, Function] = {
    name: Function(f"{name}(x)")
    for name in ("log", "log2", "log10", "log1p", "exp", "sqrt", "abs", "center", "cgm")
}
FUNCTIONS |= {
    "scale": Function("scale(x)", options=(("center", "truth"), ("scale", "truth"))),
    "poly": Function(
        "poly(x, degree)", 1, 2, (("degree", "count"), ("raw", "truth")), "columns", "degree"
    ),
    "bs": Function(
        "bs(x, df=, degree=)",
        1,
        2,
        (("df", "count"), ("degree", "count"), ("knots", "knots")),
        "columns",
        "df",
        True,
    ),
    "ns": Function(
        "ns(x, df=)", 1, 2, (("df", "count"), ("knots", "knots")), "columns", "df", True
    ),
    "factor": Function(
        "factor(x, ref=, contrast=)",
        options=(("ref", "category"), ("contrast", "contrast")),
        gives="categories",
    ),
    "ordered": Function("ordered(x)", gives="categories"),
    "I": Function("I(arithmetic)"),
    "lag": Function("lag(x, k)", 1, 2, (("k", "count"),), second="k"),
    "cwc": Function("cwc(x, grouping)", 1, _MANY),
    "gm": Function("gm(x, grouping)", 1, _MANY),
    "offset": Function("offset(x)", gives="special"),
    "cbind": Function("cbind(successes, failures)", 2, 2, gives="special"),
    "mm": Function("mm(g1, g2, weights=(w1, w2))", gives="special"),
}
STRUCTURES = ("us", "diag", "cs", "hcs", "ar1", "toep", "id")
_OTHER_WORDS = {
    "C": "write factor(x, contrast=...) for a categorical column.",
    "as.factor": "write factor(x).",
    "relevel": 'write factor(x, ref="category").',
    "as.numeric": "convert the column in the data; formulas take numbers as they are.",
    "ln": "write log(x) for the natural logarithm.",
    "pow": "write I(x^2) for a power.",
    "standardize": "write scale(x) to centre and divide by the standard deviation.",
    "zscore": "write scale(x) to centre and divide by the standard deviation.",
    "Q": "put the column name in back-quotes: `my column`.",
    "s": "smooth terms are not part of the formula; bs(x, df=5) and ns(x, df=5) are.",
    "rcs": "write ns(x, df=4) for a natural cubic spline.",
    "cr": "write ns(x, df=4) for a natural cubic spline.",
    "ave": "write gm(x, grouping) for the group mean.",
    "mean": "write cgm(x) to centre at the mean, or gm(x, grouping) for the group mean.",
    "ifelse": "write I(x > 3), which is 1 where it holds and 0 elsewhere.",
}


def unknown_function(cursor: Cursor, name: str, span: Span) -> FormulaError:
    """Build the error for a function that is not in the table."""
    hint = _forgotten_plus(cursor.text, name, span[1]) or _OTHER_WORDS.get(name)
    if hint is None:
        known = (*FUNCTIONS, *STRUCTURES)
        last = name.rsplit(".", 1)[-1]
        hint = f"write {last}(x)." if last in known else near_matches(name, known)
    return cursor.error(
        f"There is no function '{name}' in formulas.",
        span,
        got=f"{name}(",
        need="\n".join(_listed()),
        do=hint,
        slug="unknown-function",
    )


def _forgotten_plus(text: str, name: str, end: int) -> str | None:
    """See whether the bracket after a name at `end` is a random term, so that '+' was forgotten."""
    bracket, depth = text.find("(", end), 0
    for at in range(bracket, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 1 and text[at] == "|":
            return f"write a '+' before the bracket, if it is a random term: {name} + (... | ...)."
        if depth == 0:
            return None
    return None


def _listed() -> list[str]:
    """List the table in lines that fit a message."""
    names = list(FUNCTIONS)
    rows = [", ".join(names[start : start + 12]) for start in range(0, len(names), 12)]
    return [",\n".join(rows) + ",", f"or a structure: {', '.join(STRUCTURES)}"]


def check_call(cursor: Cursor, call: Call) -> Call:
    """Check a call against the table and put it into its canonical form."""
    function = FUNCTIONS[call.function]
    call = _place_second(cursor, call, function)
    count = len(call.arguments)
    if not function.least <= count <= function.most:
        raise _miscounted(cursor, call, function)
    for argument in call.arguments:
        _check_argument(cursor, call, argument)
    if call.function in ("cwc", "gm"):
        _check_group(cursor, call)
    elif call.function in ("factor", "ordered"):
        _check_column(cursor, call)
    elif call.function == "bs":
        _check_bs(cursor, call)
    return call


def _place_second(cursor: Cursor, call: Call, function: Function) -> Call:
    """Check the options; move the second argument to where the canonical form has it."""
    known = dict(function.options)
    options: list[tuple[str, Expression]] = []
    for name, value in call.options:
        if name not in known:
            raise _unknown_option(cursor, call, function, name)
        if any(name == other for other, _ in options):
            raise _given_twice(cursor, call, name)
        options.append((name, _option_value(cursor, call, name, known[name], value)))
    arguments = call.arguments
    if function.second and len(arguments) == 2:
        if any(name == function.second for name, _ in options):
            raise _given_twice(cursor, call, function.second)
        kind = known[function.second]
        second = _option_value(cursor, call, function.second, kind, arguments[1])
        arguments = (arguments[0],)
        options.insert(0, (function.second, second))
    if function.second and not function.keeps_name and len(arguments) == 1:
        arguments += tuple(value for name, value in options if name == function.second)
        options = [(name, value) for name, value in options if name != function.second]
    return Call(call.function, arguments, tuple(options), call.span)


def _option_value(
    cursor: Cursor, call: Call, name: str, kind: OptionKind, value: Expression
) -> Expression:
    match kind, value:
        case "count", Number(number) if number >= 1 and number == int(number):
            return value
        case "category", String() | Number():
            return value
        case "contrast", String(word) | Name(word) if word in CONTRASTS:
            return String(word, value.span)
        case "truth", Name(word) if word in _TRUTH:
            return Name(_TRUTH[word], value.span)
        case "knots", Number():
            return Sequence((value,), value.span)
        case "knots", Sequence(items) if all(_is_constant(item) for item in items):
            return value
    raise _bad_option(cursor, call, name, kind, value)


def _is_constant(node: Expression) -> bool:
    if isinstance(node, Operation) and node.operator == "-" and len(node.operands) == 1:
        return isinstance(node.operands[0], Number)
    return isinstance(node, Number)


_NEEDS: dict[OptionKind, str] = {
    "count": "a whole number of at least 1",
    "category": 'a category, as text in quotes or as a number: ref="b"',
    "contrast": "one of " + ", ".join(f'"{name}"' for name in CONTRASTS),
    "truth": "TRUE or FALSE",
    "knots": "numbers in brackets: knots=(1, 2.5)",
}


_EXAMPLES: dict[OptionKind, str] = {
    "count": "3",
    "category": '"b"',
    "contrast": '"sum"',
    "truth": "FALSE",
    "knots": "(1, 2.5)",
}


def _bad_option(
    cursor: Cursor, call: Call, name: str, kind: OptionKind, value: Expression
) -> FormulaError:
    do = f"write {name}={_EXAMPLES[kind]}, with your value."
    if kind == "category" and isinstance(value, Name):
        do = f'write {name}="{value.name}", with quotes.'
    if isinstance(value, String | Name) and kind == "contrast":
        word = value.value if isinstance(value, String) else value.name
        do = near_matches(word, CONTRASTS)
    return cursor.error(
        f"The option '{name}' of {call.function}() cannot be {deparse(value)}.",
        value.span,
        got=f"{name} = {deparse(value)}",
        need=_NEEDS[kind],
        do=do,
        slug="function-option",
    )


def _unknown_option(cursor: Cursor, call: Call, function: Function, name: str) -> FormulaError:
    known = [option for option, _ in function.options]
    return cursor.error(
        f"{call.function}() has no option '{name}'.",
        call.span,
        got=f"{name} = ...",
        need=", ".join(f"{option} =" for option in known) or "no option at all",
        do=near_matches(name, known) if known else f"write {function.usage}.",
        slug="function-option",
    )


def _given_twice(cursor: Cursor, call: Call, name: str) -> FormulaError:
    return cursor.error(
        f"The option '{name}' of {call.function}() is given twice.",
        call.span,
        got=deparse(call),
        need=f"one value for '{name}'",
        do="take one of them out.",
        slug="function-option",
    )


def _miscounted(cursor: Cursor, call: Call, function: Function) -> FormulaError:
    least, most = function.least, function.most
    need = f"{least}" if least == most else f"{least} to {most}"
    count = len(call.arguments)
    return cursor.error(
        f"{call.function}() has {count} argument{'s' * (count != 1)}.",
        call.span,
        got=deparse(call),
        need=f"{need} argument{'s' * (most != 1)}: {function.usage}",
        do=f"write it as {function.usage}.",
        slug="function-arguments",
    )


def _check_argument(cursor: Cursor, call: Call, argument: Expression) -> None:
    """Refuse functions that are not one number per row inside other functions."""
    pending = [argument]
    while pending:
        node = pending.pop()
        if isinstance(node, Operation):
            pending.extend(node.operands)
        if isinstance(node, Sequence):
            raise _not_inside(cursor, call, node, "A list in brackets")
        if isinstance(node, Call):
            gives = FUNCTIONS[node.function].gives
            if gives != "number":
                words = {"columns": "several columns", "categories": "categories"}
                kind = words.get(gives, "no number of its own")
                raise _not_inside(cursor, call, node, f"{node.function}(), which gives {kind},")
    if isinstance(argument, String):
        raise _not_inside(cursor, call, argument, "Text in quotes")


def _not_inside(cursor: Cursor, call: Call, node: Expression, what: str) -> FormulaError:
    return cursor.error(
        f"{what} cannot stand inside {call.function}().",
        node.span,
        got=deparse(node),
        need="a column, or an expression that gives one number per row",
        do=f"write it as {FUNCTIONS[call.function].usage}.",
        slug="function-arguments",
    )


def _check_group(cursor: Cursor, call: Call) -> None:
    if len(call.arguments) == 1 and not cursor.infers_group:
        first = deparse(call.arguments[0])
        raise cursor.error(
            f"{call.function}() needs the grouping factor of the means.",
            call.span,
            got=deparse(call),
            need=f"a grouping factor after '{first}'",
            do=f"write {call.function}({first}, school), with your grouping factor for 'school'.",
            slug="centring-group",
        )
    for group in call.arguments[1:]:
        if not isinstance(group, Name):
            raise cursor.error(
                f"'{deparse(group)}' is not the name of a grouping factor.",
                group.span,
                got=deparse(group),
                need="the name of a column",
                do=f"write it as {FUNCTIONS[call.function].usage}.",
                slug="centring-group",
            )


def _check_column(cursor: Cursor, call: Call) -> None:
    first = call.arguments[0]
    if not isinstance(first, Name):
        raise cursor.error(
            f"{call.function}() takes the name of a column.",
            first.span,
            got=deparse(first),
            need="the name of a column",
            do="make the column in the data first, and name it here.",
            slug="function-arguments",
        )


def _check_bs(cursor: Cursor, call: Call) -> None:
    numbers = {k: v.value for k, v in call.options if isinstance(v, Number)}
    degree = numbers.get("degree", 3)
    if numbers.get("df", degree) < degree:
        raise cursor.error(
            f"bs() cannot have df = {numbers['df']:g} with degree {degree:g}.",
            call.span,
            got=deparse(call),
            need=f"df of at least the degree, {degree:g}",
            do=f"write df={degree:g}, or a lower degree.",
            slug="function-option",
        )

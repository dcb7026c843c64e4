"""The equations of a fit, one coefficient per column, and the coefficients' estimates.

Room: report/. Matches columns of the design with symbols; sets no type.
Takes: a `Fit`, and which of its linear predictors.
Gives: `predictor_of`: lines of the levels, the combined line, values and residual symbols.
Source: Raudenbush & Bryk (2002), chapter 2: the combined model by substitution.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from echelon.design.parts import RandomBlock
from echelon.design.variable_levels import variable_levels
from echelon.families import family_of
from echelon.fit import Fit
from echelon.formula.equations import Line, Product, Symbol, Variable, equations_of
from echelon.formula.expression import Expression, Name, deparse
from echelon.formula.terms import Formula, RandomTerm, Term
from echelon.measure.nesting import nesting_order

INTERCEPT = "(Intercept)"
_COEFFICIENTS = "bgpa"  # letters of coefficients; all others are residuals
Key: TypeAlias = frozenset[str]  # texts of the predictors of a product


@dataclass(frozen=True, slots=True)
class Predictor:
    """One linear predictor.

    `lines` are its equations by level, `mixed` the combined one. `values` has the estimate of
    each coefficient that is left in `mixed`; `effects` the symbol of each random effect, by
    grouping factor and column name.
    """

    lines: tuple[Line, ...]
    mixed: Line
    values: Mapping[Symbol, float]
    effects: Mapping[tuple[str, str], Symbol]


def predictor_of(fit: Fit, category: int = 0) -> Predictor:
    """Write the linear predictor of the mean, or of one contrast of a multinomial model.

    Parameters
    ----------
    fit : a fitted model that has its rows.
    category : number of the contrast; 0 for models with one linear predictor.

    Returns
    -------
    `Predictor`; the left side of its first line is the response.
    """
    levels = dict(variable_levels(fit.design))
    columns = _columns(fit, category)
    formula, names = _fixed(fit, columns, levels)
    random, effect_names = _random(fit, category, levels)
    whole = replace(formula, random=random)
    lines = equations_of(whole, levels, order=nesting_order(fit.design))
    if fit.spec.is_generalized:  # what is modelled has no residual
        first = tuple(p for p in lines[0].right if p[0] != Symbol("e", "", lines[0].left.units))
        lines = (replace(lines[0], right=first), *lines[1:])
    lines = tuple(_unquoted(line) for line in lines)
    mixed = combined(lines)
    values = {
        symbol: names[key]
        for product in mixed.right
        for symbol, key in [_keyed(product)]
        if symbol is not None and is_coefficient(symbol) and key in names
    }
    return Predictor(lines, mixed, values, _effects(fit, lines, mixed, effect_names))


def is_coefficient(symbol: Symbol) -> bool:
    """Tell a coefficient from a residual."""
    return symbol.letter in _COEFFICIENTS


def _columns(fit: Fit, category: int) -> list[tuple[str, float]]:
    """Pair the columns of a linear predictor with their estimates."""
    names, beta = fit.design.fixed_names, fit.estimates.beta.tolist()
    pairs = list(zip(names, beta, strict=True))
    if family_of(fit.spec.family).response != "nominal":
        return pairs
    size = len(pairs) // max(len(fit.design.categories) - 1, 1)
    prefix = f"{fit.design.categories[category + 1]}."
    own = pairs[category * size : (category + 1) * size]
    return [(name.removeprefix(prefix), value) for name, value in own]


def _fixed(
    fit: Fit, columns: Sequence[tuple[str, float]], levels: dict[str, str | None]
) -> tuple[Formula, dict[Key, float]]:
    """Make a formula with one term per column, and the estimates by the column's predictors."""
    terms: list[Term] = []
    values: dict[Key, float] = {}
    has_intercept, start = False, 0
    recipe = fit.design.recipe
    for plan, size in zip(recipe.fixed, recipe.fixed_sizes, strict=True):
        for name, value in columns[start : start + size]:
            factors = _factors([part.expression for part in plan.parts], name, levels)
            has_intercept = has_intercept or not factors
            values[_key(factors)] = value
            terms += [Term(factors)] if factors else []
        start += size
        if start >= len(columns):
            break
    formula = fit.spec.formula
    offsets = formula.offsets if fit.spec.offset is None else (*formula.offsets, fit.spec.offset)
    return replace(formula, intercept=has_intercept, fixed=tuple(terms), offsets=offsets), values


def _key(factors: Sequence[Expression]) -> Key:
    return frozenset(f.name if isinstance(f, Name) else deparse(f, quoted=True) for f in factors)


def _factors(
    expressions: Sequence[Expression], name: str, levels: dict[str, str | None]
) -> tuple[Expression, ...]:
    """Name the factors of a column 'ses:sector[Catholic]' after its parts."""
    if not expressions:
        return ()
    pieces = split_name(name)
    if len(pieces) != len(expressions):
        return (Name(name),)
    found: list[Expression] = []
    for piece, expression in zip(pieces, expressions, strict=True):
        text = deparse(expression)
        if piece == text:
            found.append(expression)
        else:
            levels.setdefault(piece, levels.get(text))
            found.append(Name(piece))
    return tuple(found)


def split_name(name: str) -> list[str]:
    """Cut the name of a column at the ':' that stand outside brackets and quotes."""
    pieces, depth, quote = [""], 0, ""
    for character in name:
        if quote:
            quote = "" if character == quote else quote
        elif character in '`"':
            quote = character
        depth += (character in "([") - (character in ")]") if not quote else 0
        if character == ":" and depth == 0 and not quote:
            pieces.append("")
        else:
            pieces[-1] += character
    return pieces


def _random(
    fit: Fit, category: int, levels: dict[str, str | None]
) -> tuple[tuple[RandomTerm, ...], dict[tuple[str, Key], str]]:
    """Make random terms with one effect per column; and the columns' names by their factors."""
    terms: list[RandomTerm] = []
    names: dict[tuple[str, Key], str] = {}
    is_nominal = family_of(fit.spec.family).response == "nominal"
    prefix = f"{fit.design.categories[category + 1]}." if is_nominal else ""
    for block in fit.design.rows.blocks:
        source = _source(fit, block)
        if source is None:
            continue
        known = _expressions(fit, block.grouping)
        for term in block.terms:
            factors = []
            for place in range(term.start, term.stop):
                if block.channels and block.channels[place] != category:
                    continue
                name = block.column_names[place]
                own = _effect_factors(name.removeprefix(prefix), known, levels)
                names[block.grouping, _key(own)] = name
                factors.append(own)
            if factors:
                effects = tuple(Term(own) for own in factors if own)
                terms.append(replace(source, intercept=() in factors, terms=effects, nested_in=()))
    return tuple(terms), names


def _source(fit: Fit, block: RandomBlock) -> RandomTerm | None:
    """Find the random term of the formula that a block's grouping factor is written in."""
    same = [t for t in fit.spec.formula.random if t.grouping.label == block.grouping]
    return same[0] if same else None


def _expressions(fit: Fit, grouping: str) -> dict[str, Expression]:
    terms = [term for random in fit.spec.formula.random for term in random.terms]
    return {deparse(factor): factor for term in terms for factor in term.factors}


def _effect_factors(
    name: str, known: Mapping[str, Expression], levels: dict[str, str | None]
) -> tuple[Expression, ...]:
    if name == INTERCEPT:
        return ()
    found: list[Expression] = []
    for piece in split_name(name):
        base = known.get(piece)
        source = piece if base is not None else piece.rpartition("[")[0]
        if base is None and source in levels:
            levels.setdefault(piece, levels[source])
        found.append(Name(piece) if base is None else base)
    return tuple(found)


def combined(lines: Sequence[Line]) -> Line:
    """Put the equations of higher levels into that of level 1."""
    higher = {line.left: line for line in lines[1:]}
    products = list(_expanded(lines[0], higher))
    products.sort(key=_order)
    return Line(0, "", lines[0].left, tuple(products))


def _expanded(line: Line, higher: Mapping[Symbol | Variable, Line]) -> Iterator[Product]:
    for product in line.right:
        place = next((k for k, part in enumerate(product) if part in higher), None)
        if place is None:
            yield product
            continue
        others = (*product[:place], *product[place + 1 :])
        for inner in _expanded(higher[product[place]], higher):
            yield (*inner, *others)


def _order(product: Product) -> int:
    symbol, _ = _keyed(product)
    if symbol is None:
        return 1
    return 0 if is_coefficient(symbol) else 2


def _keyed(product: Product) -> tuple[Symbol | None, Key]:
    symbol = next((part for part in product if isinstance(part, Symbol)), None)
    return symbol, frozenset(part.text for part in product if isinstance(part, Variable))


def _unquoted(line: Line) -> Line:
    """Take the back-quotes off the names of columns; they are for formulas."""
    right = tuple(tuple(map(_bare, product)) for product in line.right)
    left = line.left if isinstance(line.left, Symbol) else _bare(line.left)
    return replace(line, left=left, right=right)


def _bare(part: Symbol | Variable) -> Symbol | Variable:
    if isinstance(part, Symbol) or not part.text.startswith("`") or part.text.count("`") != 2:
        return part
    inner = part.text[1:]
    return replace(part, text=inner[:-1]) if inner.endswith("`") else part


def _effects(
    fit: Fit, lines: Sequence[Line], mixed: Line, names: Mapping[tuple[str, Key], str]
) -> dict[tuple[str, str], Symbol]:
    """Find the symbol of each random effect."""
    units = {
        part: line.unit
        for line in lines
        for product in line.right
        for part in product[:1]
        if isinstance(part, Symbol) and line.level > 1
    }
    same = _same_groupings(fit)
    found: dict[tuple[str, str], Symbol] = {}
    for product in mixed.right:
        symbol, key = _keyed(product)
        if symbol is None or is_coefficient(symbol):
            continue
        label = symbol.group or units.get(symbol, "")
        name = names.get((same.get(label, label), key))
        if name is not None:
            found[same.get(label, label), name] = symbol
    return found


def _same_groupings(fit: Fit) -> dict[str, str]:
    """Give the label of the block for every label of its grouping factor: a:b is b:a."""
    blocks = {frozenset(split_name(b.grouping)): b.grouping for b in fit.design.rows.blocks}
    labels = [random.grouping.label for random in fit.spec.formula.random]
    return {label: blocks.get(frozenset(split_name(label)), label) for label in labels}

from echelon.formula.algebra import (
    Side,
    cross,
    interact,
    nest,
    order,
    power,
    power_size,
    size,
    within,
)
from echelon.formula.expression import Name

A, B, C = {(0,): (0, 1)}, {(1,): (2, 3)}, {(2,): (4, 5)}
AB = A | B
ABC = AB | C


def test_interact() -> None:
    assert list(interact(AB, C)) == [(0, 2), (1, 2)]
    assert list(interact(B, A)) == [(0, 1)]
    assert list(interact(A, A)) == [(0,)]


def test_cross() -> None:
    assert list(cross(A, B)) == [(0,), (1,), (0, 1)]


def test_nest_takes_the_whole_left_side() -> None:
    assert list(nest(AB, C)) == [(0,), (1,), (0, 1, 2)]


def test_within() -> None:
    assert list(within(A, B | C)) == [(0, 1, 2)]


def test_power_gives_each_term_once() -> None:
    pairs = [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    assert sorted(power(ABC, 2), key=lambda key: (len(key), key)) == pairs
    assert set(power(ABC, 3)) == {*pairs, (0, 1, 2)}
    assert power(ABC, 1) == ABC
    assert set(power(ABC, 10**9)) == set(power(ABC, 3))


def test_sizes_bound_what_operators_give() -> None:
    assert size(":", AB, C) == 2
    assert size("*", AB, C) == 5
    assert size("/", AB, C) == 3
    assert size("%in%", AB, C) == 2
    assert power_size(ABC, 2) == 6
    assert power_size(ABC, 99) == 7
    assert order(interact(A, B), C) == 3


def test_side_numbers_variables_by_appearance() -> None:
    side = Side(is_random=False)
    b, a = side.single(Name("b")), side.single(Name("a"))
    found = interact(a, b) | a
    assert [term.label for term in side.terms(found)] == ["a", "b:a"]
    assert side.label((0, 1)).label == "b:a"

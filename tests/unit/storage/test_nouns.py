"""Nouns to plain values and back."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from echelon import api
from echelon.formula.expression import Name
from echelon.sameness import is_same
from echelon.storage.nouns import Pool, decode, encode, restock
from tests.property.models import MODELS, table


def there_and_back(value: Any) -> Any:
    pool = Pool()
    text = json.dumps([encode(value, pool), pool.objects], allow_nan=False)
    content, objects = json.loads(text)
    return decode(content, restock([a.copy() for a in pool.arrays], objects))


VALUES = [
    None,
    True,
    3,
    "text",
    0.1,
    float("nan"),
    float("-inf"),
    (1, (2.0, "a"), ()),
    [1, 2],
    {Name("x"): 1.5, "plain": (None,)},
    np.float64(0.1),
    np.int64(4),
    np.array([1.5, np.nan]),
    np.array([[1, 2], [3, 4]], dtype=np.int32),
    np.array(["a", None, 3, 2.5, True], dtype=object),
    np.array(["2026-01-31", "NaT"], dtype="datetime64[us]"),
    np.array([True, False]),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    again = there_and_back(value)
    assert type(again) is type(value)
    assert is_same(again, value)


@pytest.mark.parametrize("model", sorted(MODELS))
@pytest.mark.parametrize("options", [{}, {"weights": "prior", "offset": "exposure"}])
def test_every_kind_of_fit_comes_back(model: str, options: dict[str, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = api.fit(MODELS[model], table(4), **options).fit
    assert there_and_back(fit) == fit


def test_everything_a_recipe_can_learn_comes_back() -> None:
    formula = (
        "y ~ poly(x, 2) + bs(z) + ns(w) + scale(v) + center(prior) + cwc(x, g) + gm(x, g) "
        "+ factor(f, ref = 'f1') + I(x > 0) + (1 | g:h)"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = api.fit(formula, table(4), contrasts={"f": "sum"}, subset="x < 2").fit
    assert there_and_back(fit) == fit


def test_an_array_that_is_shared_stays_shared() -> None:
    one = np.arange(3.0)
    left, right, other = there_and_back((one, one, one.copy()))
    assert left is right
    assert left is not other
    assert not left.flags.writeable


def test_a_class_that_is_not_in_the_list_is_refused() -> None:
    @dataclass
    class Stranger:
        name: str

    with pytest.raises(TypeError, match="Stranger"):
        encode(Stranger("x"), Pool())
    with pytest.raises(KeyError):
        decode({"noun": "Path", "fields": {}}, restock([], []))
    with pytest.raises(KeyError):
        decode({"pickle": ""}, restock([], []))

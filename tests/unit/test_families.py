from __future__ import annotations

import pytest

from echelon.families import FAMILIES, family_of
from tests.contract.source import ROOT


@pytest.mark.parametrize("name", FAMILIES)
def test_facts_are_consistent(name: str) -> None:
    family = family_of(name)
    assert family.name == name
    assert len(set(family.links)) == len(family.links) >= 1
    assert ("dispersion" in family.options) == ("dispersion" in family.parameters)
    assert ("thresholds" in family.options) == (family.response == "ordered")


def test_every_family_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "families.md").read_text("utf-8")
    assert not [name for name in FAMILIES if f"| `{name}` |" not in page]

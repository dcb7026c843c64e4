"""Versions and machine, and how two of them differ."""

from __future__ import annotations

import getpass
import platform
from importlib import metadata

from echelon.publish.bundle.environment import differences, environment, requirements_text


def test_versions_are_those_installed() -> None:
    facts = environment()
    assert facts["numpy"] == metadata.version("numpy")
    assert facts["python"] == f"{platform.python_implementation()} {platform.python_version()}"


def test_no_fact_names_a_person_or_a_machine() -> None:
    text = " ".join(environment().values())
    assert platform.node() not in text
    assert getpass.getuser() not in text


def test_requirements_are_pinned() -> None:
    facts = environment()
    lines = requirements_text(facts).splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins[:2] == [f"echelon=={facts['echelon']}", f"numpy=={facts['numpy']}"]
    assert f"# python: {facts['python']}" in lines


def test_differences_in_words() -> None:
    then, now = {"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "4"}
    assert differences(then, now) == ["b 4 (the study: 2)", "c unknown (the study: 3)"]
    assert differences(now, now) == []

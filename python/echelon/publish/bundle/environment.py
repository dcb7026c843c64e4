"""What a study was run with: versions, machine, and the file that installs the same again.

Room: publish/bundle/. Reads; decides nothing.
Takes: this Python.
Gives: facts by name, requirements.txt, and how two lists of facts differ.
Source: PEP 440, version specifiers.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata

from echelon.engine.kernel import build_info

PACKAGES = ("echelon", "numpy", "scipy", "narwhals", "polars", "click")


def environment() -> dict[str, str]:
    """Say which versions, processor and system compute here; nothing names a person or machine."""
    core = build_info()
    features = core["cpu_features"]
    facts = {name: metadata.version(name) for name in PACKAGES}
    return facts | {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "core": f"{core['core']} ({core['profile']})",
        "system": f"{platform.system()} {platform.machine()}",
        "processor features": ", ".join(map(str, features)) if isinstance(features, list) else "",
    }


def requirements_text(facts: Mapping[str, str]) -> str:
    """Write requirements.txt: the packages at their versions; the rest as comments."""
    others = [f"# {name}: {value}" for name, value in facts.items() if name not in PACKAGES]
    pins = [f"{name}=={facts[name]}" for name in PACKAGES]
    return "\n".join(["# The study was fitted with:", *others, *pins]) + "\n"


def differences(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Name what has changed, in words: 'numpy 2.1.0, then 1.26.4'."""
    return [
        f"{name} {now.get(name, 'unknown')} (the study: {value})"
        for name, value in then.items()
        if now.get(name) != value
    ]

"""The documentation says what the code does: examples, slugs, equations, repository files."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest

import echelon
from echelon.formula.functions import FUNCTIONS, STRUCTURES
from tests.contract.pages import DOCS, is_same, pages, with_outputs
from tests.contract.source import ROOT, sources

EQUATIONS = 30
THEORY = ("theory.md", "theory-inference.md", "theory-generalized.md")
CITATION = re.compile(r"theory(?:\.md)? ?((?:\(\d{1,2}\)[^()\n]{0,9})+)", re.IGNORECASE)
KINDS = {"feature", "fix", "numbers", "api", "speed", "docs"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_examples_print_what_the_page_says(path: Path) -> None:
    """When an output changes for a reason, `make golden` pastes the new one."""
    text = path.read_text("utf-8")
    assert is_same(text, after := with_outputs(text)), after


def slugs_in_the_code() -> set[str]:
    """Words given as `slug`, by keyword or as the last argument of `option_fault`."""
    found: set[str] = set()
    for source in sources():
        for node in source.walk(ast.Call):
            given = [k.value for k in node.keywords if k.arg == "slug"]
            if isinstance(node.func, ast.Name) and node.func.id == "option_fault":
                given += node.args[-1:]
            constants = [each.value for each in given if isinstance(each, ast.Constant)]
            found |= {value for value in constants if isinstance(value, str)}
    return found


def test_every_slug_has_its_section_and_no_other() -> None:
    text = (DOCS / "errors.md").read_text("utf-8")
    sections = re.findall(r"^### (\S+)$", text, re.MULTILINE)
    assert len(sections) == len(set(sections))
    assert set(sections) == slugs_in_the_code()


def test_every_section_of_errors_says_something() -> None:
    text = (DOCS / "errors.md").read_text("utf-8")
    bodies = re.split(r"^### \S+$|^## .*$", text, flags=re.MULTILINE)
    assert not [b for b in bodies[1:] if b.strip() and len(b.split()) < 6]


def test_equations_are_numbered_in_order() -> None:
    text = "".join((DOCS / name).read_text("utf-8") for name in THEORY)
    assert re.findall(r"\\tag\{(\d+)\}", text) == [str(i + 1) for i in range(EQUATIONS)]


def test_citations_of_theory_exist() -> None:
    rust = [
        p.read_text("utf-8") for p in (ROOT / "crates").rglob("*.rs") if "target" not in p.parts
    ]
    texts = [source.text for source in sources()] + rust
    cited = {
        int(number)
        for text in texts
        for match in CITATION.finditer(text)
        for number in re.findall(r"\((\d+)\)", match.group(1))
    }
    assert cited == set(range(1, EQUATIONS + 1))


def test_reference_names_what_there_is() -> None:
    formula = (DOCS / "reference" / "formula.md").read_text("utf-8")
    api = (DOCS / "reference" / "api.md").read_text("utf-8")
    functions = {*FUNCTIONS, *STRUCTURES}
    assert not {name for name in functions if not re.search(rf"`{name}\b", formula)}
    public = set(echelon.__all__) - {"datasets"}
    assert not {name for name in public if not re.search(rf":: (echelon\.)?{name}$", api, re.M)}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_of_the_front_door(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text("utf-8"))
    assert links
    assert not [link for link in links if "://" not in link and not (ROOT / link).exists()]


def test_change_fragments() -> None:
    """changes/<id>.<kind>.md, one sentence for users."""
    fragments = [p for p in (ROOT / "changes").glob("*.md") if p.name != "README.md"]
    strange = [p.name for p in fragments if not _is_fragment(p)]
    assert not strange


def _is_fragment(path: Path) -> bool:
    parts = path.name.split(".")
    is_named = len(parts) in (3, 4) and parts[0].isdigit() and parts[1] in KINDS
    return is_named and path.read_text("utf-8").strip().endswith(".")


def test_makefile_has_at_most_ten_targets() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert len(" ".join(targets).split()) <= 10


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ci.yml", [".ci/run"]),
        ("wheels.yml", ["ubuntu", "macos", "windows", "aarch64", "universal2", "sdist"]),
    ],
)
def test_workflows(name: str, words: list[str]) -> None:
    path = ROOT / ".github" / "workflows" / name
    text = path.read_text("utf-8")
    assert "\t" not in text
    assert [word for word in words if word in text] == words
    if importlib.util.find_spec("yaml"):
        parsed = importlib.import_module("yaml").safe_load(text)
        assert parsed["jobs"]
        assert all("steps" in job for job in parsed["jobs"].values())

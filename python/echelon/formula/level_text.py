"""Cut the text of level equations into equations: headings, remarks, lines that go on.

Room: formula/. Knows text, not data.
Takes: text as typed, as a textbook has it, or as the HLM program printed it.
Gives: `read_pieces`: the text of each equation with its level and unit, and what remarks say.
Source: Raudenbush & Bryk (2002); the output of HLM 6 and 7.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from echelon.errors import FormulaError
from echelon.formula.pointing import formula_error

_HEADER = re.compile(
    r"\s*level[\s-]*([0-9]+)(?:\s+(?:model|equations?))?\s*"
    r"(?:\(([^()]*)\)|[,-]\s*([^\W\d][\w.]*|`[^`]+`))?\s*(?:model)?\s*(?::|$)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\s*(?:([^\W\d][\w.]*|`[^`]+`)[\s-]+level(?:\s+(?:model|equations?))?"
    r"|level\s+\(?([^\W\d][\w.]*|`[^`]+`)\)?)\s*:",
    re.IGNORECASE,
)
_END = re.compile(r"\s*(?:mixed|combined)(?:[\s-]+model)?\s*(?::|$)", re.IGNORECASE)
_REMARK = re.compile(
    r"\s*(?:[-_=*.\s]{3,}|\\(?:begin|end)\{.*|summary of the model.*|the model specified.*)$", re.I
)
_CENTRED = re.compile(
    r"\s*(?P<names>.+?)\s+(?:has|have)\s+been\s+cent(?:er|r)ed\s+(?:around|at)\s+"
    r"the(?:ir)?\s+(?P<which>group|grand)[\s-]+means?\.?\s*$",
    re.IGNORECASE,
)
_DISTRIBUTIONS = (
    "n|normal|mvn|bernoulli|binomial|poisson|negbin\\w*|nbinom\\w*|negative\\s+binomial|gamma|beta"
    "|betabinomial|t|student|tweedie|lognormal|inversegaussian|inverse\\s+gaussian|multinomial"
)
_DISTRIBUTED = re.compile(
    rf"\s*(?:where\s+|with\s+)?(?P<left>[^=]*?)\s*(?:~|∼|\\sim)\s*\\?(?:text\{{|mathcal\{{)?"
    rf"(?P<name>{_DISTRIBUTIONS})\}}?\s*\((?P<inside>.*)\)[\s,.;]*(?:\\\\)?$",
    re.IGNORECASE,
)
_NAMED_MEAN = re.compile(
    r"\s*([^\W\d]\w*)\s*=\s*(?:P|Pr|Prob|E)\s*[(\[]\s*([^=|)\]]+?)\s*(?:=.*)?[)\]]"
)
_FIRST_ARGUMENT = ("n", "normal", "mvn")
_JOINING = ("+", "-", "*", "/", "=", "(", ",", "^", "~")


@dataclass(slots=True)
class Piece:
    """An equation's text with its level and unit, before it is parsed."""

    level: int
    unit: str | None
    text: str


@dataclass(slots=True)
class Pieces:
    """Equations, and what is said beside them.

    `means`: by the symbol of a mean, as written, the response it belongs to ('p': 'use');
    `centred`: by predictor, 'cwc' or 'cgm'.
    """

    equations: list[Piece] = field(default_factory=list)
    means: dict[str, str] = field(default_factory=dict)
    centred: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Place:
    """Where the reading stands: level, unit, the named levels so far, and the groupings given."""

    groupings: Sequence[str]
    level: int = 0
    unit: str | None = None
    named: list[str] = field(default_factory=list)

    def enter(self, raw: str, line: str) -> str | None:
        """Read a heading; give what follows it on the line, None where there is none."""
        header = _HEADER.match(line)
        if header is not None:
            self.level = int(header[1])
            self.unit = _unit(header[2] or header[3]) or self._given()
            _check_level(raw.strip(), self.level, self.unit)
            return line[header.end() :]
        named = _NAMED.match(line)
        if named is None:
            return None
        self.unit = _unit(named[1] or named[2])
        assert self.unit is not None
        if self.unit not in self.named:
            self.named.append(self.unit)
        self.level = self.named.index(self.unit) + 1
        return line[named.end() :]

    def _given(self) -> str | None:
        place = self.level - 2
        return self.groupings[place] if 0 <= place < len(self.groupings) else None


def read_pieces(text: str, groupings: Sequence[str] = ()) -> Pieces:
    """Cut a text into equations; `groupings` name the units from level 2 up, where it does not."""
    found, place, continues = Pieces(), _Place(groupings), False
    for raw in text.splitlines():
        line = _without_comment(raw)
        if _END.match(line):
            break
        rest = place.enter(raw, line)
        line = (line if rest is None else rest).strip()
        if not line or _remark(line, found):
            continues = continues and rest is None
            continue
        if place.level == 0 and not groupings:
            raise _no_level(line)
        continues = continues and rest is None
        if found.equations and rest is None and (continues or line.startswith(_JOINING)):
            found.equations[-1].text += " " + line
        else:
            found.equations.append(Piece(place.level, place.unit, line))
        continues = line.endswith(_JOINING)
    if not found.equations:
        raise _no_level("")
    return found


def _remark(line: str, found: Pieces) -> bool:
    """Take in a line that is no equation: a rule, a distribution, a word about centring."""
    centred = _CENTRED.match(line)
    if centred is not None:
        which = "cwc" if centred["which"].lower() == "group" else "cgm"
        found.centred |= dict.fromkeys(
            re.findall(r"`[^`]+`|[^\s,]+", _and(centred["names"])), which
        )
        return True
    named = _NAMED_MEAN.fullmatch(line)
    if named is not None:
        found.means.setdefault(named[1], named[2])
        return True
    stated = _DISTRIBUTED.match(line)
    if stated is None:
        return _REMARK.match(line) is not None
    if stated["name"].lower() not in _FIRST_ARGUMENT:
        means = stated["inside"].split(",")
        is_binomial = stated["name"].lower() == "binomial" and len(means) > 1
        found.means[means[int(is_binomial)].strip()] = stated["left"].strip()
    return True


def _and(names: str) -> str:
    return re.sub(r"\s+and\s+", " ", names)


def _without_comment(line: str) -> str:
    """Cut from the first '#' that does not stand in quotes."""
    quote = ""
    for place, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in '`"' or (character == "'" and not line[:place].endswith(")")):
            quote = character
        elif character == "#":
            return line[:place]
    return line


def _unit(text: str | None) -> str | None:
    name = (text or "").strip().strip("`")
    return name or None


def _check_level(line: str, level: int, unit: str | None) -> None:
    if level < 1:
        what, need, do = "There is no level 0.", "levels 1, 2, 3, ...", "call it level 1."
    elif level > 1 and unit is None:
        what = f"Level {level} has no unit."
        need = "the grouping factor of the level, in brackets"
        do = f"write level {level} (school): ..., with your grouping factor for 'school'."
    else:
        return
    place = re.search(r"[0-9]+", line)
    at = place.end() if place else 0
    raise formula_error(what, line, (at, at), got=line[:60], need=need, do=do, slug="levels-header")


def _no_level(line: str) -> FormulaError:
    return formula_error(
        "The level equations do not start with a level." if line else "There are no equations.",
        line,
        (0, 0),
        got=line[:60] or "no text",
        need="lines such as: level 1 (student): y = b0 + b1*x + r",
        do="start the first line with 'level 1:'.",
        slug="levels-header",
    )

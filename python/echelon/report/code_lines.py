"""Python that fits a page: long calls broken inside their brackets.

Room: report/. Knows brackets, commas and strings; runs nothing.
Takes: one statement per line.
Gives: the same statements in lines of at most a width, as far as names allow.
Source: the Python reference, implicit line joining and string literal concatenation.
"""

from __future__ import annotations

import ast
import re

WIDTH = 76
_STRING = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def wrapped_code(code: str, width: int = WIDTH) -> str:
    """Break the lines of a code that are longer than a page is wide.

    Parameters
    ----------
    code : Python, one statement per line.
    width : of a line.

    Returns
    -------
    Python that means the same. A name or a word of a string is never broken.
    """
    return "\n".join(part for line in code.splitlines() for part in _wrapped(line, width, ""))


def _wrapped(line: str, width: int, indent: str) -> list[str]:
    if len(indent) + len(line) <= width:
        return [indent + line]
    head, inside, tail = _outermost(line)
    if not inside:
        return _split_string(line, width, indent)
    arguments = _arguments(inside)
    while len(arguments) == 1 and inside.endswith((")", "]")):
        deeper, within, closing = _outermost(inside)
        if not within:
            break
        head, inside, tail = head + deeper, within, closing + tail
        arguments = _arguments(inside)
    lines = [indent + head]
    for i, argument in enumerate(arguments):
        comma = "," if i < len(arguments) - 1 or len(arguments) > 1 else ""
        lines += _wrapped(argument + comma, width, f"{indent}    ")
    return [*lines, indent + tail]


def _outermost(line: str) -> tuple[str, str, str]:
    """Part a line into what stands before, inside and after its first bracket that closes last."""
    text = line.removesuffix(",")
    masked = _masked(text)
    start = re.search(r"[(\[{]", masked)
    if start is None or masked[-1:] not in (")", "]", "}"):
        return "", "", ""
    depth = 0
    for place in range(start.start(), len(masked)):
        depth += (masked[place] in _CLOSING) - (masked[place] in ")]}")
        if depth == 0 and place < len(masked) - 1:
            return "", "", ""
    return text[: start.end()], text[start.end() : -1], line[len(text) - 1 :]


def _arguments(inside: str) -> list[str]:
    """Part what stands in a bracket at the commas outside further brackets and strings."""
    masked, depth, start, found = _masked(inside), 0, 0, []
    for place, character in enumerate(masked):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            found.append(inside[start:place].strip())
            start = place + 1
    last = inside[start:].strip()
    return [*found, last] if last else found


def _masked(text: str) -> str:
    """Blank out the strings, so that brackets and commas in them do not count."""
    return _STRING.sub(lambda found: "_" * len(found[0]), text)


def _split_string(line: str, width: int, indent: str) -> list[str]:
    """Break the one string of an argument into strings that follow each other."""
    found = _STRING.search(line)
    if found is None:
        return [indent + line]
    before, after = line[: found.start()], line[found.end() :]
    words = re.findall(r"\S+\s*|\s+", ast.literal_eval(found[0]))
    pieces, room = [""], width - len(indent) - len(before) - len(after) - 2
    for word in words:
        if pieces[-1] and len(pieces[-1]) + len(word) > room:
            pieces.append("")
            room = width - len(indent) - len(after) - 2
        pieces[-1] += word
    lines = [f"{indent}{before if i == 0 else ''}{piece!r}" for i, piece in enumerate(pieces)]
    return [*lines[:-1], lines[-1] + after]

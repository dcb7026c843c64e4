"""The report of a bundle: the same bytes for the same fit.

Room: publish/bundle/. Composes; the words are those of every report.
Takes: a `Fit`.
Gives: report.html.
Source: docs/reference, reports.
"""

from __future__ import annotations

import re

from echelon.fit import Fit
from echelon.publish.assemble import assemble
from echelon.publish.html import html

REPORT = "report.html"
_PLACE = re.compile(rb"(figure\d+-[a-z_]+)(\d+)\b")


def report_parts(fit: Fit) -> dict[str, bytes]:
    """Write a fit up as a page that asks the network for nothing.

    Parameters
    ----------
    fit : the model, fitted to the table of the bundle: labels are those of the table.

    Returns
    -------
    report.html as bytes.

    Raises
    ------
    MissingDependencyError : a library of echelon[report] is not installed.
    """
    return {REPORT: _numbered(html(assemble(fit)).content)}


def _numbered(page: bytes) -> bytes:
    """Count the places in each chart from 1: the renderer counts on through the process."""
    numbers: dict[bytes, dict[bytes, int]] = {}

    def own(match: re.Match[bytes]) -> bytes:
        prefix, number = match.groups()
        known = numbers.setdefault(prefix, {})
        return prefix + str(known.setdefault(number, len(known) + 1)).encode()

    return _PLACE.sub(own, page)

"""What the commands do: read, call the interface, and hand the answer on.

Room: cli/. Loaded when a command runs; calls `echelon.api` and nothing below it.
Takes: options as `app` read them.
Gives: text on standard output, or a file.
Source: docs/reference, command line.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from echelon import api
from echelon.cli.delivery import DOCUMENTS, PRINTED, deliver, kind_of, width_for
from echelon.cli.messages import leave_verdicts_to_the_summary
from echelon.cli.streams import patience, say, show

Renderings = Mapping[str, Callable[[], str]]


def fit(
    data: str,
    formula: str,
    options: Mapping[str, Any],
    output_format: str | None,
    output: Path | None,
    *,
    explain: bool,
    exponentiate: bool | None,
) -> None:
    """Fit a model and deliver its summary, record or table."""
    kind = kind_of(output_format, output, (*PRINTED, *DOCUMENTS, "zip"))
    if kind == "text" and output is None and sys.stdout.isatty():
        leave_verdicts_to_the_summary()
    fitted = fitted_model(data, formula, options)
    if output is not None and kind in (*DOCUMENTS, "zip"):
        with patience(f"Writing {output} ..."):
            written = fitted.bundle(output) if kind == "zip" else fitted.report(output)
        say(f"Wrote {written}")
        return
    renderings: Renderings = {
        "text": lambda: _summary(fitted, output, explain, exponentiate),
        "json": fitted.to_json,
        "csv": fitted.to_csv,
    }
    deliver(renderings[kind](), output)


def fitted_model(data: str, formula: str, options: Mapping[str, Any]) -> api.Result:
    """Fit a model, given as a formula or as level equations."""
    with patience(f"Fitting {formula} to {data} ..."):
        return api.fit(as_formula(formula), data, **options)


def compare(
    data: str,
    formulas: Sequence[str],
    options: Mapping[str, Any],
    output_format: str | None,
    output: Path | None,
) -> None:
    """Fit models to the same rows and deliver them side by side."""
    kind = kind_of(output_format, output, (*PRINTED, *DOCUMENTS))
    models = [as_formula(formula) for formula in formulas]
    given = {**options, "names": options["names"] or None}
    with patience(f"Fitting {len(models)} models to {data} ..."):
        compared = api.compare(*models, data=data, **given)
    if output is not None and kind in DOCUMENTS:
        say(f"Wrote {compared.report(output)}")
        return
    renderings: Renderings = {
        "text": lambda: compared.summary(width=width_for(output)),
        "json": compared.to_json,
        "csv": compared.to_csv,
    }
    deliver(renderings[kind](), output)


def describe(
    data: str,
    group: Sequence[str],
    outcome: str | None,
    conf_level: float,
    output_format: str | None,
    output: Path | None,
) -> None:
    """Describe the groups of a table."""
    kind = kind_of(output_format, output, ("text", "json", "csv"))
    with patience(f"Reading {data} ..."):
        description = api.describe(data, group, outcome, conf_level=conf_level)
    renderings: Renderings = {
        "text": lambda: description.summary(width=width_for(output)),
        "json": description.to_json,
        "csv": description.to_csv,
    }
    deliver(renderings[kind](), output)


def datasets(name: str | None, output_format: str | None) -> None:
    """List the bundled data sets, or say what one of them holds."""
    names = api.datasets.names() if name is None else [name]
    found = [api.datasets.describe(each) for each in names]
    records = [asdict(each) for each in found]
    if output_format == "json":
        show(json.dumps(records if name is None else records[0], ensure_ascii=False, indent=1))
    elif output_format == "csv":
        columns = ("name", "title", "n_rows", "levels", "source", "terms")
        show(_csv(columns, [[record[column] for column in columns] for record in records]))
    elif name is not None:
        show(str(found[0]))
    else:
        rows = [(each.name, f"{each.n_rows:,} rows", each.title) for each in found]
        show("\n".join(_aligned(rows, right=1)))
        show("\nechelon datasets NAME says more about one.")


def info(output_format: str | None) -> None:
    """Print versions, threads and features of the processor."""
    facts = dict(api.info())
    if output_format == "json":
        show(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    rows = [(str(name), _words(value)) for name, value in facts.items()]
    if output_format == "csv":
        show(_csv(("name", "value"), rows))
    else:
        show("\n".join(_aligned(rows)))


def as_formula(text: str) -> Any:
    """Take level equations as well as a mixed formula."""
    is_levels = "~" not in text and text.lstrip().casefold().startswith("level")
    return api.levels(text) if is_levels else text


def _summary(result: Any, output: Path | None, explain: bool, exponentiate: bool | None) -> str:
    text: str = result.summary(width=width_for(output), exponentiate=exponentiate)
    return f"{text}\n\n{result.plan}" if explain else text


def _csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([columns, *rows])
    return stream.getvalue().removesuffix("\n")


def _words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value is None else str(value)


def _aligned(rows: Sequence[Sequence[str]], right: int | None = None) -> list[str]:
    """Pad all cells but the last of each row to the width of their column."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    lines = []
    for *cells, last in rows:
        sized = list(zip(cells, widths, strict=True))
        padded = [c.rjust(w) if i == right else c.ljust(w) for i, (c, w) in enumerate(sized)]
        lines.append("  ".join([*padded, last]))
    return lines

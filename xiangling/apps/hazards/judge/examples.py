"""The labelled findings that the judge learns from (`packs/findings/`) and is scored on.

Sheets (`*.tsv`) were written for the criteria one by one: what meets each, what only looks like it,
what is ordinary. `labelled.jsonl` holds findings labelled one by one, with their copies.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .verdict import Depth, Finding

FOLDER = Path(__file__).resolve().parents[3] / "packs" / "findings"
NONE = "none"
MAJOR, NEAR, SHALLOW, GENERAL = "+", "-", "s", "g"
ANNOTATED_TRUST = 3.0
"""Weight of a finding labelled by itself against one written for a criterion: it comes as inspectors write."""


@dataclass(frozen=True)
class Example:
    """A finding with its labels. `topic` is the criterion it meets or nearly meets, or "none";
    `group` ties copies together, so that no copy of a tested row is learned from; `trust` is the
    weight in training."""

    finding: Finding
    is_major: bool
    topic: str
    depth: Depth
    reason: str = ""
    group: str = ""
    id: str = ""
    duplicate_of: str | None = None
    trust: float = 1.0

    @property
    def criterion(self) -> str | None:
        return self.topic if self.is_major else None


class ExampleError(ValueError):
    """A labelled finding cannot be read; the words say where and why."""


def sheet(path: Path) -> Iterator[Example]:
    """The rows of one sheet: kind, criterion or reason, sector, venue, text. Raises ExampleError."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 5 or cells[0] not in (MAJOR, NEAR, SHALLOW, GENERAL):
            raise ExampleError(
                f"{path.name} line {number}: not kind, criterion, sector, venue, text"
            )
        kind, about, sector, venue, text = cells
        is_criterion = "-" in about
        yield Example(
            Finding(text, sector, venue),
            is_major=kind == MAJOR,
            topic=about if kind in (MAJOR, NEAR) and is_criterion else NONE,
            depth=Depth.SHALLOW if kind == SHALLOW else Depth.SUBSTANTIVE,
            reason="" if is_criterion else about,
            id=f"{path.stem}:{number}",
            group=f"{path.stem}:{number}",
        )


def labelled(rows: Iterable[dict[str, Any]]) -> Iterator[Example]:
    """Rows labelled one by one. Raises ExampleError for one without id, text or label."""
    for number, row in enumerate(rows, 1):
        try:
            major, depth = bool(row["major"]), Depth(row["depth"])
            on = date.fromisoformat(row["date"]) if row.get("date") else None
            finding = Finding(row["text"], row.get("sector") or "", row.get("venue") or "", on)
            yield Example(
                finding,
                is_major=major,
                topic=(row.get("criterion") or NONE) if major else NONE,
                depth=depth,
                id=str(row["id"]),
                group=str(row.get("duplicates_of") or row["id"]),
                duplicate_of=row.get("duplicates_of"),
                trust=ANNOTATED_TRUST,
            )
        except (KeyError, ValueError) as error:
            raise ExampleError(f"row {number}: {error}") from error


def read_lines(path: Path) -> list[dict[str, Any]]:
    """A file of one JSON object a line. Raises ExampleError naming the first bad line."""
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise ExampleError(f"{path.name} line {number}: {error}") from error
    return rows


def written(folder: Path = FOLDER) -> list[Example]:
    """All rows of the sheets, in the order of their names."""
    return [row for path in sorted(folder.glob("*.tsv")) for row in sheet(path)]


def annotated(folder: Path = FOLDER) -> list[Example]:
    """The findings labelled one by one."""
    return list(labelled(read_lines(folder / "labelled.jsonl")))


@dataclass(frozen=True)
class Group:
    """Findings that belong together: copies of one another, or look-alikes that are not."""

    texts: tuple[str, ...]
    are_copies: bool


def groups(folder: Path = FOLDER) -> list[Group]:
    """The groups of `copies.pairs`: number of the group ("x…": look-alikes), sector, venue, text.

    Raises ExampleError for a line of another shape.
    """
    found: dict[str, list[str]] = {}
    lines = (folder / "copies.pairs").read_text("utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        cells = line.split("\t")
        if len(cells) != 4:
            raise ExampleError(f"copies.pairs line {number}: not group, sector, venue, text")
        found.setdefault(cells[0], []).append(cells[3].strip())
    return [Group(tuple(texts), not key.startswith("x")) for key, texts in found.items()]

"""Imports: a sheet of rows becomes records, in the background, in batches, each row exactly once.

An app declares an Importer; page, API and command run it the same way. Each batch of rows, its
refusals and the cursor are committed together, so a killed worker loses and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from . import actor as actors
from . import jobs, registry
from .actor import Actor
from .digest import digest
from .models import Job, RefusedRow
from .refusal import Refused
from .scope import use
from .sheets import (
    Column,
    Row,
    Sheet,
    SheetError,
    match_columns,
    missing_columns,
    open_sheet,
    refused_sheet,
)

BATCH = 1000


@dataclass(frozen=True)
class Outcome:
    """What became of a row: new, merged into a known record, or refused with the reason."""

    status: str
    reason: str = ""


NEW, MERGED = Outcome("new"), Outcome("merged")


def refused(reason: Any) -> Outcome:
    return Outcome("refused", str(reason))


@dataclass(frozen=True)
class Line:
    """A row under the importer's own column keys; `uid_seed` tells the same row of the same file."""

    number: int
    values: dict[str, Any]
    uid_seed: str


@dataclass(frozen=True)
class Importer:
    """What an app takes in. ``take(lines, actor)`` writes a batch and says, in order, what became
    of each line; it runs inside a transaction and the actor's scope, with no query per row."""

    key: str
    label: Any
    columns: tuple[Column, ...]
    duty: str
    take: Callable[[Sequence[Line], Actor], Sequence[Outcome]]
    help: Any = ""
    list_key: str = ""
    sample: tuple[dict[str, Any], ...] = field(default=())


def keep_upload(data: bytes | Iterator[bytes], name: str) -> Path:
    """Put an uploaded sheet where the worker finds it; returns its path."""
    folder = Path(settings.DATA_DIR) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    content = data if isinstance(data, bytes) else b"".join(data)
    path = folder / f"{digest(content)[:32]}{Path(name).suffix[:8].lower()}"
    path.write_bytes(content)
    return path


def matched(importer: Importer, sheet: Sheet) -> dict[str, str | None]:
    """Which column of the sheet serves each field. Raises Refused if a required one is missing."""
    found = match_columns(sheet.header, importer.columns)
    lacking = missing_columns(found, importer.columns)
    if lacking:
        raise Refused(
            "columns_missing",
            _("The sheet lacks these columns: %(columns)s.")
            % {"columns": "、".join(str(column.label) for column in lacking)},
            todo=_("Add them, or start from the sample sheet, and upload again."),
            status=422,
        )
    return found


def start(importer: Importer, path: Path, name: str, *, actor: Actor) -> Job:
    """Check a sheet's form and queue its import. Raises Refused or SheetError with what to do."""
    if not actor.may(importer.duty):
        raise Refused("no_duty", _("This import is not a duty of your post."), status=403)
    sheet = open_sheet(path, name=name)
    columns = matched(importer, sheet)
    return jobs.start(
        "import",
        title=f"{importer.label}：{name}",
        actor=actor,
        params={
            "importer": importer.key,
            "path": str(path.relative_to(settings.DATA_DIR)),
            "name": name,
            "columns": columns,
            "language": translation.get_language() or settings.LANGUAGE_CODE,
        },
    )


def lines(
    sheet: Sheet, columns: dict[str, str | None], seed: str, start: int
) -> Iterator[tuple[Row, Line]]:
    """The sheet's rows from data row `start` on, each as it came and under the importer's keys."""
    wanted = {key: name for key, name in columns.items() if name}
    for row in sheet.rows(start):
        values = {key: row.values.get(name) for key, name in wanted.items()}
        yield row, Line(row.number, values, f"{seed}:{row.number}")


def run(work: jobs.Run) -> None:
    """Job handler: take in a sheet batch by batch, from the cursor on."""
    job = work.job
    importer = registry.shelf("importers")[job.params["importer"]]
    path = Path(settings.DATA_DIR) / job.params["path"]
    actor = actors.load(job.person, job.post)
    with translation.override(job.params["language"]), use(actor.scope):
        sheet = open_sheet(path, name=job.params["name"])
        if job.total is None:
            work.advance(total=sum(1 for _row in sheet.rows()))
        done = job.cursor.get("row", 0)
        pairs = lines(sheet, job.params["columns"], path.stem, done)
        while batch := list(islice(pairs, BATCH)):
            work.check_stop()
            _take_batch(work, importer, batch, actor)
        _write_refused(work, sheet)


def _take_batch(
    work: jobs.Run, importer: Importer, batch: list[tuple[Row, Line]], actor: Actor
) -> None:
    job = work.job
    good = [line for row, line in batch if row.problem is None]
    with transaction.atomic():
        outcomes = dict(
            zip([line.number for line in good], importer.take(good, actor), strict=True)
        )
        counts = {key: job.counts.get(key, 0) for key in ("new", "merged", "refused")}
        bad = []
        for row, line in batch:
            outcome = outcomes.get(line.number) or refused(row.problem)
            counts[outcome.status] += 1
            if outcome.status == "refused":
                values = {key: _shown(value) for key, value in row.values.items()}
                bad.append(
                    RefusedRow(job=job, number=row.number, values=values, reason=outcome.reason)
                )
        RefusedRow.objects.bulk_create(bad)
        done = job.cursor.get("row", 0) + len(batch)
        work.advance(done=done, cursor={"row": done}, counts=counts)


def _shown(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _write_refused(work: jobs.Run, sheet: Sheet) -> None:
    rows = work.job.refused_rows.order_by("number")
    if not rows.exists():
        return
    name = f"imports/refused-{work.job.uid}.xlsx"
    refused_sheet(
        Path(settings.DATA_DIR) / name,
        sheet.header,
        ((row.number, row.values, row.reason) for row in rows.iterator()),
    )
    work.advance(result=name)


registry.add("jobs", "import", run)

__all__ = [
    "MERGED",
    "NEW",
    "Column",
    "Importer",
    "Line",
    "Outcome",
    "SheetError",
    "keep_upload",
    "matched",
    "refused",
    "start",
]

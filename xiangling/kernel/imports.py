"""Imports: a sheet of rows becomes records, in the background, in batches, each row exactly once.

An app declares an Importer; page, API and command run it the same way. Each batch of rows, its
refusals and the cursor are committed together, so a killed worker loses and doubles nothing.
"""

from __future__ import annotations

import gc
import hashlib
import io
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import xlsxwriter
from django.conf import settings
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_range_abs

from . import actor as actors
from . import duty, jobs, registry, wording
from .actor import Actor
from .models import Job, RefusedRow
from .refusal import Refused
from .scope import use
from .sheets import (
    DEFAULT_LIMITS,
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
ROUND = 10
"""Batches for which the duty map is read once."""
LOOKS = 10
"""Times a batch is looked at: each clash means that somebody else has written some of its records."""
_INTERVAL = 0.0005
"""Seconds after which the thread that looks ahead lets the one that writes send its next message."""
EXCEL_ROWS = 1_048_576


@dataclass(frozen=True)
class Outcome:
    """What became of a row: new, merged into a known record, or refused with the reason."""

    status: str
    reason: str = ""


NEW, MERGED = Outcome("new"), Outcome("merged")


def refused(reason: Any) -> Outcome:
    return Outcome("refused", str(reason))


class Line(NamedTuple):
    """A row under the importer's own column keys; `uid_seed` tells the same row of the same file."""

    number: int
    values: dict[str, Any]
    uid_seed: str


Writing = Callable[[], Sequence[Outcome]]
"""Writes a batch of lines that has been looked at, once."""


@dataclass(frozen=True)
class Importer:
    """What an app takes in. ``take(lines, actor)`` writes a batch and says, in order, what became
    of each line; it runs inside a transaction and the actor's scope, with no query per row.

    An importer with much to check may split it: ``look(lines, actor)`` checks a batch and gives what
    writes it. It is called by another connection while the batch before is being written, so what it
    gives sees to it, in the transaction, that what was looked up still holds.
    """

    key: str
    label: Any
    columns: tuple[Column, ...]
    duty: str
    take: Callable[[Sequence[Line], Actor], Sequence[Outcome]]
    look: Callable[[Sequence[Line], Actor], Writing] | None = None
    help: Any = ""
    list_key: str = ""
    sample: tuple[dict[str, Any], ...] = field(default=())
    notes: Mapping[str, Any] = field(default_factory=dict)
    """Column key -> how to fill it, for the template."""
    choices: Mapping[str, Callable[[], Sequence[str]]] = field(default_factory=dict)
    """Column key -> the words to choose from, for the template's drop-down lists."""


def keep_upload(data: bytes | Iterable[bytes], name: str) -> Path:
    """Put an uploaded sheet where the worker finds it, named by its content (SM3); returns its path.

    Reading stops soon after the size limit: what is kept is then refused as too large when opened.
    """
    folder = Path(settings.DATA_DIR) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{os.getpid()}-{uuid4().hex}"
    total, size = hashlib.new("sm3"), 0
    with draft.open("wb") as file:
        for block in (data,) if isinstance(data, bytes) else data:
            file.write(block)
            total.update(block)
            size += len(block)
            if size > DEFAULT_LIMITS.file_bytes:
                break
    path = folder / f"{total.hexdigest()[:32]}{Path(name).suffix[:8].lower()}"
    draft.replace(path)
    return path


def matched(importer: Importer, sheet: Sheet) -> dict[str, str | None]:
    """Which column of the sheet serves each field. Raises Refused if a required one is missing."""
    found = match_columns(sheet.header, importer.columns)
    lacking = missing_columns(found, importer.columns)
    if lacking:
        raise Refused(
            "columns_missing",
            _("The sheet lacks these columns: %(columns)s.")
            % {"columns": wording.listed(column.label for column in lacking)},
            todo=_("Add them, or start from the sample sheet, and upload again."),
            status=422,
        )
    return found


def start(importer: Importer, path: Path, name: str, *, actor: Actor) -> Job:
    """Check a sheet's form and queue its import. Raises Refused or SheetError with what to do.

    A file that is refused here is not kept.
    """
    if not actor.may(importer.duty):
        raise Refused("no_duty", _("This import is not a duty of your post."), status=403)
    try:
        sheet = open_sheet(path, name=name)
        columns = matched(importer, sheet)
    except (Refused, SheetError):
        if not _jobs_on(importer, path).exists():
            path.unlink(missing_ok=True)
        raise
    return jobs.start(
        "import",
        title=f"{importer.label}：{name}",
        actor=actor,
        total=sheet.n_rows,
        params={
            "importer": importer.key,
            "path": _stored(path),
            "name": name,
            "columns": columns,
            "language": translation.get_language() or settings.LANGUAGE_CODE,
        },
    )


def _stored(path: Path) -> str:
    return str(path.relative_to(settings.DATA_DIR))


def _jobs_on(importer: Importer, path: Path) -> QuerySet[Job]:
    return Job.objects.filter(
        kind="import", params__importer=importer.key, params__path=_stored(path)
    )


def unfinished(importer: Importer, path: Path, *, actor: Actor) -> Job | None:
    """The actor's own import of this very file that has not come to its end, to be gone on with."""
    rows = _jobs_on(importer, path).filter(person=actor.person, post=actor.post)
    return rows.exclude(state=Job.State.DONE).order_by("-id").first()


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
    path = Path(settings.DATA_DIR) / job.params["path"]
    with translation.override(job.params["language"]):
        importer = registry.shelf("importers")[job.params["importer"]]
        actor = _acting(job, importer)
        if not path.is_file():
            raise Refused("file_gone", _("The uploaded file is gone."), todo=_("Upload it again."))
        with use(actor.scope):
            sheet = open_sheet(path, name=job.params["name"], n_rows=job.total or 0)
            if job.total is None:
                work.advance(total=sheet.n_rows)
            pairs = lines(sheet, job.params["columns"], path.stem, job.cursor.get("row", 0))
            looked = _looked_at(pairs, importer, actor)
            looked = _ahead(looked) if _may_look_ahead() else looked
            with _many_objects(), closing(looked) as batches:
                for batch in batches:
                    work.check_stop()
                    _take(work, importer, batch, actor)
            _write_refused(work, sheet)


@contextmanager
def _many_objects() -> Iterator[None]:
    """Spare the search for dead cycles all that was there before: a batch makes it begin again and again."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@dataclass(frozen=True)
class Batch:
    """Rows as they came and under the importer's keys, and what writes the good ones."""

    pairs: Sequence[tuple[Row, Line]]
    write: Writing


def _looked_at(
    pairs: Iterator[tuple[Row, Line]], importer: Importer, actor: Actor
) -> Generator[Batch, None, None]:
    """The rows in batches, each looked at; the duty map is read once for a round of them."""
    while True:
        with duty.one_resolver():
            for _turn in range(ROUND):
                batch = list(islice(pairs, BATCH))
                if not batch:
                    return
                yield Batch(batch, _writing(importer, batch, actor))


def _writing(importer: Importer, pairs: Sequence[tuple[Row, Line]], actor: Actor) -> Writing:
    good = [line for row, line in pairs if row.problem is None]
    return importer.look(good, actor) if importer.look else partial(importer.take, good, actor)


def _may_look_ahead() -> bool:
    """Whether another connection sees what this one has written, and leaves it time to think.

    SQLite works in this very process: whoever looks ahead there only keeps it from writing.
    """
    return connection.vendor == "postgresql" and not connection.in_atomic_block


def _ahead(batches: Generator[Batch, None, None]) -> Generator[Batch, None, None]:
    """The batches, the next one looked at while one is being written, in a thread with a connection of its own."""
    language, context = translation.get_language() or settings.LANGUAGE_CODE, copy_context()

    def look() -> Batch | None:
        with translation.override(language):
            return next(batches, None)

    interval = sys.getswitchinterval()
    with ThreadPoolExecutor(1, "looking") as thread:
        sys.setswitchinterval(_INTERVAL)
        try:
            coming = thread.submit(context.run, look)
            while batch := coming.result():
                coming = thread.submit(context.run, look)
                yield batch
        finally:
            sys.setswitchinterval(interval)
            thread.submit(context.run, batches.close)
            thread.submit(connections.close_all)


def _take(work: jobs.Run, importer: Importer, batch: Batch, actor: Actor) -> None:
    looked: Batch | None = batch
    for left in reversed(range(LOOKS)):
        try:
            with transaction.atomic():
                _take_batch(
                    work, looked or Batch(batch.pairs, _writing(importer, batch.pairs, actor))
                )
            return
        except IntegrityError:  # another import has just written the same record: look again
            if not left:
                raise
            looked = None


def _acting(job: Job, importer: Importer) -> Actor:
    """Who started the import, as of now. Raises Refused if they may no longer do it."""
    try:
        actor = actors.load(job.person, job.post)
    except LookupError:
        actor = None
    if actor is None or not actor.may(importer.duty):
        raise Refused(
            "no_duty",
            _("Whoever started this import no longer holds the post for it."),
            todo=_("Let somebody who does upload the file again; rows already in are kept."),
            status=403,
        )
    return actor


def _take_batch(work: jobs.Run, batch: Batch) -> None:
    job = work.job
    with transaction.atomic():
        good = [row.number for row, _line in batch.pairs if row.problem is None]
        outcomes = dict(zip(good, batch.write(), strict=True))
        counts = {key: job.counts.get(key, 0) for key in ("new", "merged", "refused")}
        bad = []
        for row, _line in batch.pairs:
            outcome = outcomes.get(row.number) or refused(row.problem)
            counts[outcome.status] += 1
            if outcome.status == "refused":
                values = {key: _shown(value) for key, value in row.values.items()}
                bad.append(
                    RefusedRow(job=job, number=row.number, values=values, reason=outcome.reason)
                )
        RefusedRow.objects.bulk_create(bad)
        done = job.cursor.get("row", 0) + len(batch.pairs)
        total = max(job.total or 0, done)
        work.advance(done=done, total=total, cursor={"row": done}, counts=counts)


def _shown(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else str(value)


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


def template(importer: Importer) -> bytes:
    """An empty XLSX sheet to fill in: column names, drop-down lists, and a page of notes with examples."""
    content = io.BytesIO()
    heads = [f"{column.label}{'*' if column.required else ''}" for column in importer.columns]
    lists = {key: [str(word) for word in words()] for key, words in importer.choices.items()}
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#E9EDF2", "bottom": 1})
        text, wrapped = book.add_format({"num_format": "@"}), book.add_format({"text_wrap": True})
        sheet = book.add_worksheet(str(importer.label)[:25])
        notes, hidden = book.add_worksheet(_("Notes")), book.add_worksheet("lists")
        hidden.hide()
        sheet.freeze_panes(1, 0)
        notes.write_row(0, 0, [_("Column"), _("How to fill it"), _("Example")], head)
        notes.set_column(0, 0, 20)
        notes.set_column(1, 2, 44)
        for index, (column, title) in enumerate(zip(importer.columns, heads, strict=True)):
            sheet.write_string(0, index, title, head)
            sheet.set_column(index, index, max(12, 2 * len(title) + 2), text)
            examples = [str(row[column.key]) for row in importer.sample if row.get(column.key)]
            note = str(importer.notes.get(column.key, ""))
            if column.required:
                note = f"{_('Required.')} {note}".strip()
            notes.write_row(
                index + 1, 0, [title, note, wording.clauses(dict.fromkeys(examples))], wrapped
            )
            words = lists.get(column.key)
            if words:
                hidden.write_column(0, index, words)
                place = xl_range_abs(0, index, len(words) - 1, index)
                rule = {"validate": "list", "source": f"=lists!{place}", "error_type": "warning"}
                sheet.data_validation(1, index, EXCEL_ROWS - 1, index, rule)
    return content.getvalue()


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
    "template",
    "unfinished",
]

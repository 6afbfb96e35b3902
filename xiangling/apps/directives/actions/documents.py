"""Taking documents in: the file is kept by its hash, read by a job, and saved whole or not at all."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from xiangling.apps.directives import drafting
from xiangling.apps.directives.models import Clause, Document, Draft, Genre, TextRepair
from xiangling.apps.directives.reader import ocr
from xiangling.apps.directives.reader.reading import Reading, Unreadable, read
from xiangling.kernel import actor as actors
from xiangling.kernel import clock, jobs, ledger
from xiangling.kernel.actor import Actor
from xiangling.kernel.digest import digest
from xiangling.kernel.models import Job
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import use
from xiangling.kernel.search import bigrams
from xiangling.org.models import Unit

JOB = "document.read"
MAX_BYTES = 20 * 1024 * 1024
STAGES = 3
FACTS = ("title", "issued_on", "speaker", "medium", "genre")


def storage() -> FileSystemStorage:
    """Where the files of documents lie: below DATA_DIR, never below the static root."""
    return FileSystemStorage(location=Path(settings.DATA_DIR) / "files", base_url=None)


def stored_name(key: str) -> str:
    return f"documents/{key[:2]}/{key}"


def check_taker(actor: Actor, document: Document | None = None) -> None:
    """Raise Refused unless the actor's post takes documents in; for a document, the unit that took it in."""
    if not actor.may("document.take"):
        raise Refused(
            "no_duty",
            _("Taking documents in is not a duty of your post."),
            todo=_("Ask the office that keeps the documents."),
            status=403,
        )
    if document is not None and document.unit_id != actor.unit:
        raise Refused(
            "other_unit",
            _("This document is worked on by the unit that took it in."),
            ask=document.unit.name,
            status=403,
        )


def known_document(data: bytes, actor: Actor) -> Document | None:
    """The document of the actor's unit with these very bytes, if there is one."""
    rows = Document._base_manager.filter(digest=digest(data), unit_id=actor.unit or 0)
    return rows.order_by("id").first()


def take_in(
    data: bytes,
    name: str,
    *,
    actor: Actor,
    media_type: str = "",
    facts: dict[str, Any] | None = None,
    implements: Document | None = None,
    keep_anyway: bool = False,
) -> Job:
    """Keep a file by its hash and queue its reading. Raises Refused in words.

    `facts` are title, date, speaker, medium and genre where a person gave them; `keep_anyway` keeps
    a document in which no directive was found.
    """
    check_taker(actor)
    if not data.strip():
        raise _not_taken("empty", _("The document holds no text."), _("Choose another file."))
    if len(data) > MAX_BYTES:
        raise _not_taken(
            "too_large",
            _("The file is larger than 20 MB."),
            _("Split it, or save it as text."),
        )
    key = digest(data)
    if not storage().exists(stored_name(key)):
        storage().save(stored_name(key), ContentFile(data))
    given = {name: _plain(value) for name, value in (facts or {}).items() if value}
    return jobs.start(
        JOB,
        title=gettext("Reading: %(name)s") % {"name": given.get("title") or name},
        actor=actor,
        params={
            "digest": key,
            "name": Path(name).name[:200],
            "media_type": media_type,
            "facts": given,
            "implements": implements.pk if implements else None,
            "keep_anyway": keep_anyway,
            "language": translation.get_language() or settings.LANGUAGE_CODE,
        },
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _not_taken(code: str, why: Any, todo: Any = "") -> Refused:
    return Refused(
        code,
        _("The document was not taken in."),
        why=why,
        todo=todo,
        fields={"file": why},
        status=422,
    )


def read_document(run: jobs.Run) -> None:
    """Job handler: read a kept file and save its reading in one piece; the same file twice is one document."""
    job = run.job
    with translation.override(job.params["language"]):
        actor = _acting(job)
        key = job.params["digest"]
        _say(run, 0, gettext("Opening the file"))
        if not storage().exists(stored_name(key)):
            raise _not_taken("file_gone", _("The uploaded file is gone."), _("Upload it again."))
        with storage().open(stored_name(key)) as file:
            data = file.read()
        _say(run, 1, gettext("Reading the text"))
        try:
            reading = _read(data, run)
            _check_found(reading, keep_anyway=job.params["keep_anyway"])
        except Unreadable as error:
            _forget(job)
            raise _not_taken(error.code, gettext(error.message) % error.values) from error
        except Refused:
            _forget(job)
            raise
        run.check_stop()
        _say(run, 2, gettext("Matching the units"))
        with use(actor.scope), transaction.atomic():
            document = _saved(reading, job, actor)
            run.advance(
                done=STAGES,
                total=STAGES,
                cursor={"open_url": f"/documents/{document.uid}/"},
                message=_found_words(document),
            )
        _pages_of(job).unlink(missing_ok=True)


def _read(data: bytes, run: jobs.Run) -> Reading:
    """The reading of a file; the text of a scan is recognised first. Raises Unreadable."""
    job = run.job
    given_on = clock.local_date(job.created_at)
    try:
        return read(data, job.params["name"], media_type=job.params["media_type"], today=given_on)
    except Unreadable as error:
        if error.code not in ocr.READABLE or not ocr.is_installed():
            raise
    known = _pages_kept(job)

    def keep(page: ocr.Page, done: int, total: int) -> None:
        """A page that was recognised is not lost when the worker dies: it stands beside the file."""
        with _pages_of(job).open("a", encoding="utf-8") as file:
            file.write(json.dumps([line.plain() for line in page], ensure_ascii=False) + "\n")
        run.check_stop()
        words = gettext("Recognising the scan: page %(n)d of %(total)d")
        run.advance(done=done, total=total, message=words % {"n": done, "total": total})

    found = ocr.recognise(data, known=known, keep=keep)
    reading = read(found.text, job.params["name"], today=given_on)
    return replace(reading, warnings=(*reading.warnings, "recognised"), doubtful=found.doubtful)


def _pages_of(job: Job) -> Path:
    """Where the recognised pages of a scan lie while it is read; one file for one job."""
    return Path(storage().path(f"{stored_name(job.params['digest'])}.{job.uid}.pages"))


def _pages_kept(job: Job) -> list[ocr.Page]:
    """Pages of an earlier try of this job; a line that was cut off ends them, and is taken away."""
    path = _pages_of(job)
    pages: list[ocr.Page] = []
    if not path.exists():
        return pages
    whole = ""
    for line in path.read_text("utf-8").splitlines(keepends=True):
        try:
            pages.append(tuple(ocr.Line(*row) for row in json.loads(line)))
        except (ValueError, TypeError):
            break
        whole += line
    path.write_text(whole, "utf-8")
    return pages


def _say(run: jobs.Run, done: int, words: str) -> None:
    run.check_stop()
    run.advance(done=done, total=STAGES, message=words)


def _acting(job: Job) -> Actor:
    try:
        actor = actors.load(job.person, job.post)
    except LookupError as error:
        raise Refused("no_post", _("You no longer hold the post you uploaded this for.")) from error
    check_taker(actor)
    return actor


def _forget(job: Job) -> None:
    """A file that was refused is not kept, unless a document stands on it."""
    key = job.params["digest"]
    _pages_of(job).unlink(missing_ok=True)
    if not Document._base_manager.filter(digest=key).exists():
        storage().delete(stored_name(key))


def _check_found(reading: Reading, *, keep_anyway: bool) -> None:
    if not reading.directives and not keep_anyway:
        raise _not_taken(
            "no_directive",
            _("No task, principle or figure was found in the text."),
            _(
                "Check that it is the right document. To mark tasks by hand, take it in with “Keep it all the same”."
            ),
        )


def _found_words(document: Document) -> str:
    n_drafts = document.drafts.count()
    n_clauses = document.clauses.filter(drafts=None, level=0).exclude(text__regex=r"^\s*$").count()
    return gettext("Tasks proposed: %(drafts)d; clauses not taken as tasks: %(clauses)d.") % {
        "drafts": n_drafts,
        "clauses": n_clauses,
    }


# --- saving a reading ---------------------------------------------------------------------------


def _saved(reading: Reading, job: Job, actor: Actor) -> Document:
    key = job.params["digest"]
    unit = Unit.objects.select_for_update().get(pk=actor.unit or 0)
    known = Document._base_manager.filter(digest=key, unit=unit).first()
    if known is not None:
        return known
    given = job.params["facts"]
    issued = date.fromisoformat(given["issued_on"]) if given.get("issued_on") else None
    genre = given.get("genre") or reading.genre
    title = given.get("title") or reading.title or job.params["name"]
    document = Document(
        region=unit.region,
        unit=unit,
        title=" ".join(title.split())[:200],
        issued_on=issued or reading.issued_on,
        speaker=(given.get("speaker") or reading.speaker)[:120],
        medium=(given.get("medium") or reading.medium)[:120],
        genre=genre if genre in Genre.values else Genre.OTHER,
        digest=key,
        file_name=job.params["name"],
        raw=reading.raw,
        warnings=list(reading.warnings),
        doubtful=list(reading.doubtful),
        implements_id=job.params["implements"],
        read_at=clock.now(),
        read_by=actor.label[:200],
    )
    document.search = bigrams(document.title, document.speaker, document.medium)
    document.save()
    clauses = _save_clauses(document, reading)
    TextRepair.objects.bulk_create(
        TextRepair(
            document=document,
            paragraph=row.paragraph,
            start=row.start,
            end=row.end,
            raw=row.raw[:200],
            fixed=row.fixed[:200],
            is_certain=row.is_certain,
            state=TextRepair.State.APPLIED if row.is_certain else TextRepair.State.OFFERED,
        )
        for row in reading.repairs
    )
    _save_drafts(document, reading, clauses, actor)
    return document


def _save_clauses(document: Document, reading: Reading) -> dict[int, list[Clause]]:
    """The numbered pieces as rows, by paragraph; those a directive that is no open task covers say so."""
    rows = [
        Clause(
            document=document,
            number=number,
            paragraph=piece.paragraph,
            sentence=piece.sentence,
            start=piece.start,
            end=piece.end,
            level=piece.level,
            text=piece.text,
        )
        for number, piece in enumerate(reading.pieces, 1)
    ]
    by_paragraph: dict[int, list[Clause]] = defaultdict(list)
    for row in rows:
        by_paragraph[row.paragraph].append(row)
    for found in reading.directives:
        if not found.is_open:
            for row in _within(by_paragraph[found.paragraph], found.offset, found.end):
                row.kind = "report" if found.kind == "task" else found.kind
    Clause.objects.bulk_create(rows, batch_size=500)
    return by_paragraph


def _within(rows: Iterable[Clause], start: int, end: int) -> list[Clause]:
    return [row for row in rows if row.sentence and row.start < end and start < row.end]


def _save_drafts(
    document: Document, reading: Reading, clauses: dict[int, list[Clause]], actor: Actor
) -> None:
    wanted = [found for found in reading.directives if found.is_open]
    matcher = drafting.UnitMatcher(document.unit, actor, reading)
    rows = [
        drafting.proposed(document, reading, found, order, matcher)
        for order, found in enumerate(wanted, 1)
    ]
    Draft.objects.bulk_create(rows, batch_size=500)
    links = Draft.clauses.through
    links._default_manager.bulk_create(
        (
            links(draft_id=row.pk, clause_id=clause.pk)
            for row in rows
            for clause in _within(clauses[row.paragraph], row.start, row.end)
        ),
        batch_size=500,
    )


# --- the document itself ------------------------------------------------------------------------


def change_document(document: Document, facts: dict[str, Any], *, actor: Actor) -> None:
    """Correct what is said about a document; its text is never changed."""
    check_taker(actor, document)
    with transaction.atomic():
        before = {name: getattr(document, name) for name in FACTS}
        for name in FACTS:
            if name in facts:
                setattr(document, name, facts[name])
        document.search = bigrams(document.title, document.speaker, document.medium)
        document.save()
        ledger.record_edit(document, actor=actor, before=before)


def ask_for_plans(document: Document, units: Sequence[Unit], due: date, *, actor: Actor) -> None:
    """Name the lower units that owe a plan of their own under this one, and until when (R-006)."""
    check_taker(actor, document)
    with transaction.atomic():
        before = {"plans_due_on": document.plans_due_on}
        document.plans_due_on = due
        document.save(update_fields=["plans_due_on"])
        document.addressees.set(units)
        ledger.record_edit(document, actor=actor, before=before)


def decide_repair(repair: TextRepair, *, accept: bool, actor: Actor) -> None:
    """A person accepts or refuses an offered repair. The raw text stays; open drafts read as repaired."""
    check_taker(actor, repair.document)
    with transaction.atomic():
        before = {"state": repair.state}
        repair.state = TextRepair.State.APPLIED if accept else TextRepair.State.REFUSED
        repair.save(update_fields=["state"])
        ledger.record_edit(repair, actor=actor, before=before)
        if accept:
            for draft in repair.document.drafts.filter(
                state=Draft.State.OPEN,
                paragraph=repair.paragraph,
                start__lt=repair.end,
                end__gt=repair.start,
            ):
                draft.what = draft.what.replace(repair.raw, repair.fixed)
                draft.save(update_fields=["what"])


def set_aside(clause: Clause, *, is_aside: bool, actor: Actor) -> None:
    """A person has looked at an unmapped clause: there is nothing to do in it (or there is, after all)."""
    check_taker(actor, clause.document)
    with transaction.atomic():
        before = {"is_set_aside": clause.is_set_aside}
        clause.is_set_aside = is_aside
        clause.save(update_fields=["is_set_aside"])
        ledger.record_edit(clause, actor=actor, before=before)


def kind_label(kind: str) -> str:
    """What a clause was taken for, in words."""
    return {
        "principle": pgettext("clause", "Principle"),
        "statistic": pgettext("clause", "Figure"),
        "report": pgettext("clause", "Done already"),
    }.get(kind, "")

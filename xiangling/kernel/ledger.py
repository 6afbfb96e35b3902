"""The ledger: append-only entries, hash-chained per case, sealed per day, provable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction

from . import bulk, clock, registry
from .actor import Actor
from .digest import canonical, digest, merkle_root, plain
from .models import Access, Arrival, Case, Edit, Entry, ProofUse, Seal


def entry_hash(entry: Entry) -> str:
    """The hash that entry must carry: of all its facts and of the entry before it."""
    return digest(
        canonical(
            [
                entry.prev,
                entry.uid.hex,
                entry.case_kind,
                entry.case_uid.hex,
                entry.seq,
                entry.kind,
                entry.step,
                entry.source,
                entry.target,
                entry.actor_person,
                entry.actor_post,
                entry.actor_label,
                entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
                entry.data,
                entry.region,
                entry.sector,
            ]
        )
    )


def make_entry(
    case: Case,
    *,
    uid: UUID,
    kind: str,
    step: str,
    source: str,
    target: str,
    actor: Actor,
    at: datetime,
    data: dict[str, Any],
    seq: int,
) -> Entry:
    """The next entry of a case, hashed but not yet written; it keeps the due date it leaves behind."""
    if case.due_at is not None:
        data = {"due": case.due_at, **data}
    entry = bulk.new(
        Entry,
        uid=uid,
        case_kind=registry.kind_of(type(case)).key,
        case_uid=case.uid,
        seq=seq,
        kind=kind,
        step=step,
        source=source,
        target=target,
        actor_person=actor.person,
        actor_post=actor.post,
        actor_label=actor.label[:200],
        at=at,
        data=plain(data),
        region=case.region,
        sector=case.sector,
        prev=case.head,
    )
    entry.hash = entry_hash(entry)
    return entry


def announce(entries: Iterable[Entry]) -> None:
    """Say that these cases have new entries; call in the transaction that writes them."""
    cases = dict.fromkeys((entry.case_kind, entry.case_uid) for entry in entries)
    bulk.write(Arrival, ("case_kind", "case_uid"), cases)


def timeline(case: Case) -> models.QuerySet[Entry]:
    """A case's entries, first to last, with the proof behind each."""
    rows = Entry.objects.filter(case_uid=case.uid).order_by("seq")
    with_files = ProofUse.objects.select_related("file")
    return rows.prefetch_related(models.Prefetch("proofs", with_files))


def record_edit(row: models.Model, *, actor: Actor, before: dict[str, Any]) -> Edit | None:
    """Keep what a plain edit changed. `before` holds the old values by field name; call after save.

    Returns None when nothing changed.
    """
    edits = record_edits([(row, before)], actor=actor)
    return edits[0] if edits else None


def record_edits(
    rows: Iterable[tuple[models.Model, dict[str, Any]]], *, actor: Actor
) -> list[Edit]:
    """Keep what plain edits changed in many rows, each with its old values; unchanged rows leave none."""
    made = [_edit(row, actor, before) for row, before in rows]
    return Edit.objects.bulk_create([edit for edit in made if edit.changes])


def _edit(row: models.Model, actor: Actor, before: dict[str, Any]) -> Edit:
    changes = {
        name: [plain(old), plain(getattr(row, name))]
        for name, old in before.items()
        if plain(old) != plain(getattr(row, name))
    }
    return Edit(
        model=row._meta.label_lower,
        row_id=str(row.pk),
        label=str(row)[:200],
        changes=changes,
        actor_person=actor.person,
        actor_post=actor.post,
        actor_label=actor.label[:200],
        at=clock.now(),
    )


def record_access(
    actor: Actor,
    what: str,
    *,
    kind: str = "",
    uid: UUID | None = None,
    detail: str = "",
    address: str = "",
) -> None:
    """Keep who saw or took out what."""
    Access.objects.create(
        person=actor.person,
        post=actor.post,
        label=actor.label[:200],
        what=what,
        kind=kind,
        uid=uid,
        detail=detail[:300],
        address=address[:64],
        at=clock.now(),
    )


# --- proof of the chain -------------------------------------------------------------------------


@dataclass(frozen=True)
class Break:
    """The first place where a chain, a case or a seal does not hold, and what is wrong there."""

    case_uid: UUID | None
    seq: int
    problem: str
    kind: str = ""

    def __str__(self) -> str:
        where = f"{self.kind} {self.case_uid} entry {self.seq}" if self.case_uid else self.kind
        return f"{where}: {self.problem}"


def check_chain(
    entries: Iterable[Entry], case: Case | None = None, *, prev: str = "", seq: int = 0
) -> Break | None:
    """The first break in one case's entries, given in order of seq; None when all holds.

    They follow entry number `seq` with the hash `prev` (the first of all by default). With `case`, its
    head and state must be those of the last entry.
    """
    last = None
    for entry in entries:
        seq += 1
        problem = ""
        if entry.seq != seq:
            problem = f"entry {seq} is missing"
        elif entry.prev != prev:
            problem = "does not follow the entry before it"
        elif entry.hash != entry_hash(entry):
            problem = "has been changed: its content does not match its hash"
        if problem:
            return Break(entry.case_uid, seq, problem, entry.case_kind)
        prev, last = entry.hash, entry
    if case is None:
        return None
    kind = registry.kind_of(type(case)).key
    if last is None:
        return Break(case.uid, 0, "has no entry", kind)
    if case.head != last.hash:
        return Break(case.uid, seq + 1, "entry is missing: the case knows a later one", kind)
    if case.state != last.target:
        return Break(case.uid, seq, f"the case says {case.state}, its ledger {last.target}", kind)
    return None


def verify_case(case: Case) -> Break | None:
    """Prove one case against its ledger."""
    return check_chain(Entry.objects.filter(case_uid=case.uid).order_by("seq"), case)


def _chains(batch: int) -> Iterator[tuple[UUID, list[Entry]]]:
    rows = Entry.objects.order_by("case_uid", "seq").iterator(chunk_size=batch)
    chain: list[Entry] = []
    for entry in rows:
        if chain and chain[0].case_uid != entry.case_uid:
            yield chain[0].case_uid, chain
            chain = []
        chain.append(entry)
    if chain:
        yield chain[0].case_uid, chain


def verify_all(batch: int = 2000) -> Iterator[Break | None]:
    """Prove every chain, every case and every seal; yields one result for each, breaks included.

    Memory stays bounded by the longest chain plus one batch; call within an unscoped block.
    """
    models_by_kind = {kind.key: kind.model for kind in registry.kinds()}
    buffer: list[tuple[UUID, list[Entry]]] = []

    def settle() -> Iterator[Break | None]:
        cases: dict[UUID, Case] = {}
        for kind in {chain[0].case_kind for _, chain in buffer} & models_by_kind.keys():
            uids = [uid for uid, chain in buffer if chain[0].case_kind == kind]
            manager = models_by_kind[kind]._base_manager
            cases.update({case.uid: case for case in manager.filter(uid__in=uids)})
        for uid, chain in buffer:
            found = check_chain(chain, cases.get(uid))
            if found is None and uid not in cases:
                found = Break(uid, len(chain), "the case itself is gone", chain[0].case_kind)
            yield found
        buffer.clear()

    for chain in _chains(batch):
        buffer.append(chain)
        if len(buffer) >= 500:
            yield from settle()
    yield from settle()
    for model in models_by_kind.values():
        known = Entry.objects.filter(case_uid=models.OuterRef("uid"))
        for case in model._base_manager.filter(~models.Exists(known)).iterator():
            yield check_chain((), case)
    yield from verify_seals()


# --- daily seal ---------------------------------------------------------------------------------


def _seal_hash(day: date, count: int, root: str, prev: str) -> str:
    return digest(canonical([prev, day.isoformat(), count, root]))


def _arrived_after(last: int) -> list[tuple[int, str]]:
    """(id, hash) of every entry after id `last`, with no smaller id still on its way.

    PostgreSQL commits out of id order: the SHARE lock waits for writers under way. SQLite has one.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{Entry._meta.db_table}" IN SHARE MODE')
    return list(Entry.objects.filter(id__gt=last).order_by("id").values_list("id", "hash"))


def seal_day(now: datetime) -> Seal | None:
    """Seal the local day that has ended, once: everything that arrived since the seal before.

    Seals follow the order of arrival (the entry id), so an offline record or an import of old
    findings is sealed with the day on which it reached the ledger. None when there is nothing.
    """
    yesterday = clock.local_date(now) - timedelta(days=1)
    with transaction.atomic():
        last = Seal.objects.order_by("-day").first()
        if last and last.day >= yesterday:
            return None
        arrived = _arrived_after(last.last_entry if last else 0)
        if not arrived:
            return None
        root, prev = merkle_root([hash_ for _, hash_ in arrived]), last.hash if last else ""
        return Seal.objects.create(
            day=yesterday,
            last_entry=arrived[-1][0],
            n_entries=len(arrived),
            root=root,
            prev=prev,
            hash=_seal_hash(yesterday, len(arrived), root, prev),
            sealed_at=now,
        )


def verify_seals() -> Iterator[Break | None]:
    """Recompute every daily seal from the entries it covers."""
    prev, after = "", 0
    for seal in Seal.objects.order_by("day"):
        rows = Entry.objects.filter(id__gt=after, id__lte=seal.last_entry).order_by("id")
        hashes = list(rows.values_list("hash", flat=True))
        problem = ""
        if seal.prev != prev or seal.hash != _seal_hash(
            seal.day, seal.n_entries, seal.root, seal.prev
        ):
            problem = "the seal has been changed"
        elif len(hashes) != seal.n_entries or merkle_root(hashes) != seal.root:
            problem = "the day's entries are not those that were sealed"
        yield Break(None, 0, problem, f"seal {seal.day}") if problem else None
        prev, after = seal.hash, seal.last_entry

"""How nodes stand: who is late or refused below, how sending upward goes, and the proof of what was taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Q

from xiangling.kernel import clock, ledger
from xiangling.kernel.models import Entry

from . import sending
from .models import Node, Sending, SentBatch, TakenBatch, TakenEntry

LATE, REFUSED, NEVER, GOOD, ENDED = "late", "refused", "never", "good", "ended"


def is_late() -> Q:
    return Q(ended_at__isnull=True, due_at__lt=clock.now())


def is_refused() -> Q:
    return Q(ended_at__isnull=True, refused_at__isnull=False)


def standing(node: Node) -> str:
    """One word for how a node stands."""
    if node.ended_at:
        return ENDED
    if node.refused_at:
        return REFUSED
    if node.due_at < clock.now():
        return LATE
    return GOOD if node.last_at else NEVER


MOST_COUNTED = 100_000


def n_waiting() -> int:
    """Entries of this node that the upper node has not taken; counted up to MOST_COUNTED."""
    taken = SentBatch.objects.filter(node=settings.NODE).exclude(taken_at=None)
    last = taken.order_by("-number").first()
    return Entry.objects.filter(id__gt=last.last_entry if last else 0)[:MOST_COUNTED].count()


def sending_state() -> dict[str, Any] | None:
    """How sending upward goes; None where this node has no upper one."""
    if not sending.is_set():
        return None
    taken = SentBatch.objects.filter(node=settings.NODE).exclude(taken_at=None)
    last = taken.order_by("-number").first()
    return {"state": Sending.objects.filter(pk=1).first(), "last": last, "n_waiting": n_waiting()}


def prove() -> Iterator[str]:
    """Recompute everything taken from below: one line for each break, none where all holds."""
    for node in Node.objects.order_by("id"):
        prev = ""
        batches = TakenBatch.objects.filter(node=node).order_by("number").iterator()
        for number, batch in enumerate(batches, 1):
            if (batch.number, batch.prev) != (number, prev):
                yield f"{node.code}: batch {number} is missing or does not follow the one before"
                break
            prev = batch.digest
    yield from _broken_chains()


def _broken_chains() -> Iterator[str]:
    """Entries whose hash is not that of their contents, or that follow none that is here."""
    hashes: set[tuple[int, str]] = set()
    case = None
    rows = TakenEntry.objects.order_by("case_uid", "seq", "id").iterator(chunk_size=2000)
    for entry in rows:
        if entry.case_uid != case:
            case, hashes = entry.case_uid, {(0, "")}
        row: Any = entry
        if entry.hash != ledger.entry_hash(row):
            yield f"case {case} entry {entry.seq}: its content does not match its hash"
        elif (entry.seq - 1, entry.prev) not in hashes:
            yield f"case {case} entry {entry.seq}: does not follow the entry before it"
        hashes.add((entry.seq, entry.hash))

"""The upper node: prove a batch, take each of its entries once, or refuse it and say why."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from xiangling.kernel import clock, crypto, ledger

from . import wire
from .models import BatchRefusal, Node, TakenBatch, TakenCase, TakenEntry
from .wire import BatchIn, CaseIn, EntryIn

log = logging.getLogger(__name__)

MOST_REFUSALS = 60
"""Refusals of one node that are written down in an hour; a flood beyond that is only logged."""
_STATUS = {"taken": 200, "known": 200, "gap": 409, "fork": 409, "unknown_node": 403, "forged": 403}
_QUIET = frozenset({"gap"})
"""Not worth a refusal on paper: the sender goes back by itself."""


@dataclass(frozen=True)
class Sent:
    """A batch as it arrived: the headers' words, the packed body, and from where."""

    node: str
    number: int
    signature: str
    body: bytes
    address: str = ""


@dataclass(frozen=True)
class Answer:
    """What the sender is told: a code, a sentence, and the last batch that was taken."""

    code: str
    detail: str = ""
    number: int = 0
    digest: str = ""
    n_new: int = 0

    @property
    def status(self) -> int:
        return _STATUS.get(self.code, 422)

    def said(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "detail": self.detail,
            "last": {"number": self.number, "digest": self.digest},
            "n_new": self.n_new,
        }


class NotTaken(Exception):
    """Why a batch is not taken."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def take(sent: Sent) -> Answer:
    """Take a batch, or refuse it and keep that; never raises for what a sender can do."""
    node = Node.objects.filter(code=sent.node, ended_at__isnull=True).first()
    if node is None:
        log.warning("a batch of an unknown node was refused, from %s", sent.address)
        return Answer("unknown_node", "this node is not registered here, or was ended")
    body_digest, is_signed = "", False
    try:
        body = wire.unpack(sent.body)
        body_digest = wire.digest_of(body)
        _check_signature(node, sent, body_digest)
        is_signed = True
        batch = wire.parse(body)
        if (batch.node, batch.number) != (sent.node, sent.number):
            raise NotTaken("bad_batch", "the headers name another node or number")
        return _take(node.pk, batch, sent, body_digest)
    except wire.BadBatch as error:
        refusal = NotTaken("bad_batch", str(error))
    except NotTaken as error:
        refusal = error
    return _refuse(node, sent, body_digest, refusal, is_signed=is_signed)


def _check_signature(node: Node, sent: Sent, body_digest: str) -> None:
    message = wire.signed_words(sent.node, sent.number, body_digest)
    try:
        is_real = crypto.is_signed(node.key, message, sent.signature)
    except crypto.BadKey as error:
        raise NotTaken("no_key", str(error)) from error
    if not is_real:
        raise NotTaken("forged", "the signature is not that of this node's key")


@transaction.atomic
def _take(pk: int, batch: BatchIn, sent: Sent, body_digest: str) -> Answer:
    node = Node.objects.select_for_update().get(pk=pk)
    if batch.number <= node.last_number:
        return _known(node, batch.number, body_digest)
    if batch.number > node.last_number + 1:
        raise NotTaken("gap", f"batch {node.last_number + 1} comes first")
    if batch.prev != node.last_digest:
        raise NotTaken(
            "fork", f"batch {batch.number} does not follow the batch {node.last_number} taken here"
        )
    for region in {row.region for row in batch.entries} | {row.region for row in batch.cases}:
        if not region.startswith(node.region):
            raise NotTaken("outside", f"region {region} is not this node's to report on")
    fresh = _unknown(batch.entries)
    _prove(fresh, node)
    _check_cases(batch.cases, batch.entries)
    _write(node, batch, sent, body_digest, fresh)
    return Answer("taken", "", node.last_number, node.last_digest, len(fresh))


def _known(node: Node, number: int, body_digest: str) -> Answer:
    """The answer to a batch whose number was taken before: the same one again, or another history."""
    taken = TakenBatch.objects.get(node=node, number=number)
    if taken.digest == body_digest:
        return Answer("known", "", node.last_number, node.last_digest)
    raise NotTaken(
        "fork",
        f"batch {number} was taken here with other contents: this node goes on from an older copy of "
        "itself",
    )


def _unknown(entries: Sequence[EntryIn]) -> list[TakenEntry]:
    """The entries that are not here yet. Raises NotTaken for one that is here with other contents."""
    uids = [entry.uid for entry in entries]
    if len(set(uids)) != len(uids):
        raise NotTaken("bad_batch", "an entry stands twice in the batch")
    held = dict(TakenEntry.objects.filter(uid__in=uids).values_list("uid", "hash"))
    fresh = []
    for entry in entries:
        if entry.uid in held:
            if held[entry.uid] != entry.hash:
                raise NotTaken("altered", f"entry {entry.uid} was taken with another hash")
        else:
            fresh.append(TakenEntry(**{name: getattr(entry, name) for name in wire.ENTRY_FIELDS}))
    return fresh


def _prove(fresh: Sequence[TakenEntry], node: Node) -> None:
    """Check that new entries follow, case by case, what was taken before. Raises NotTaken."""
    by_case: dict[UUID, list[TakenEntry]] = defaultdict(list)
    for entry in fresh:
        by_case[entry.case_uid].append(entry)
    held = TakenEntry.objects.filter(case_uid__in=by_case)
    rows = list(held.values_list("case_uid", "seq", "hash", "node_id"))
    heads = {(case, seq, hash_) for case, seq, hash_, _node in rows}
    own = {(case, seq) for case, seq, _hash, node_id in rows if node_id == node.pk}
    for uid, entries in by_case.items():
        entries.sort(key=lambda entry: entry.seq)
        first = entries[0]
        if (uid, first.seq) in own:
            raise NotTaken("fork", f"case {uid} has another entry {first.seq} here")
        if first.seq > 1 and (uid, first.seq - 1, first.prev) not in heads:
            raise NotTaken("altered", f"case {uid}: entry {first.seq} does not follow what is here")
        chain: Any = entries
        if broken := ledger.check_chain(chain, prev=first.prev, seq=first.seq - 1):
            raise NotTaken("altered", str(broken))
        if first.seq == 1 and first.prev:
            raise NotTaken("altered", f"case {uid}: the first entry names one before it")


def _check_cases(cases: Sequence[CaseIn], entries: Sequence[EntryIn]) -> None:
    """Check that what is said of a case is what its last entry says. Raises NotTaken."""
    last: dict[UUID, EntryIn] = {}
    for entry in entries:
        if entry.case_uid not in last or entry.seq > last[entry.case_uid].seq:
            last[entry.case_uid] = entry
    for case in cases:
        entry_ = last.get(case.uid)
        if entry_ is None:
            raise NotTaken("bad_batch", f"case {case.uid} has no entry in the batch")
        if case.version < entry_.seq:
            raise NotTaken("altered", f"case {case.uid} knows fewer entries than were sent")
        agrees = (case.head, case.state) == (entry_.hash, entry_.target)
        if case.version == entry_.seq and not agrees:
            raise NotTaken("altered", f"case {case.uid} is not as its last entry says")


def _write(
    node: Node, batch: BatchIn, sent: Sent, body_digest: str, fresh: Sequence[TakenEntry]
) -> None:
    now = clock.now()
    for entry in fresh:
        entry.node_id, entry.batch = node.pk, batch.number
    TakenEntry.objects.bulk_create(fresh, batch_size=500)
    said = [
        TakenCase(
            node=node, batch=batch.number, uid=case.uid, kind=case.kind, version=case.version,
            facts=case.model_dump(mode="json"),
        )
        for case in batch.cases
    ]  # fmt: skip
    TakenCase.objects.bulk_create(said, batch_size=500, ignore_conflicts=True)
    TakenBatch.objects.create(
        node=node,
        number=batch.number,
        prev=batch.prev,
        digest=body_digest,
        signature=sent.signature,
        key=node.key,
        n_entries=len(batch.entries),
        n_new=len(fresh),
        made_at=batch.made_at,
        taken_at=now,
    )
    node.last_number, node.last_digest, node.last_at = batch.number, body_digest, now
    node.due_at = now + timedelta(hours=node.every_hours)
    node.n_entries += len(fresh)
    node.refused_at = None
    node.save()


def _refuse(
    node: Node, sent: Sent, body_digest: str, refusal: NotTaken, *, is_signed: bool
) -> Answer:
    """Keep a refusal, once for the same batch and reason, and answer it.

    Only what the node itself signed marks it as refused: nobody else can spoil its standing.
    """
    now = clock.now()
    node.refresh_from_db()
    if refusal.code not in _QUIET:
        rows = BatchRefusal.objects.filter(node=node)
        is_known = rows.filter(number=sent.number, code=refusal.code, digest=body_digest).exists()
        if not is_known and rows.filter(at__gt=now - timedelta(hours=1)).count() < MOST_REFUSALS:
            BatchRefusal.objects.create(
                node=node,
                number=sent.number,
                code=refusal.code,
                detail=refusal.detail[:300],
                digest=body_digest,
                address=sent.address[:64],
                at=now,
            )
        if is_signed:
            Node.objects.filter(pk=node.pk, refused_at=None).update(refused_at=now)
        log.warning("batch %s of node %s was refused: %s", sent.number, node.code, refusal.code)
    return Answer(refusal.code, refusal.detail, node.last_number, node.last_digest)

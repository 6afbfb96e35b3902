"""The tallies: the worker's round that takes what the ledger has announced into traces and cells.

One transaction replaces the traces of a batch of cases, moves the cells by the difference and takes
the announcements away: a worker killed in the middle leaves nothing half counted, and an announcement
read twice moves nothing.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from xiangling.kernel import clock, registry
from xiangling.kernel.models import Arrival, Case, Entry
from xiangling.kernel.registry import Kind
from xiangling.kernel.scope import unscoped

from . import visits
from .cells import Deltas
from .facts import Fact, Words, facts_of, row_values, words_of
from .models import Lease, Trace

log = logging.getLogger(__name__)

BATCH = 200
MOST_BATCHES = 25
"""Batches of one round, so that reminders and seals are not kept waiting by a large import."""
LEASE = "tallies"
Counted = tuple[Words, list[Fact]]


def follow(now: datetime) -> int:
    """The worker's round: count what has been announced; returns how many announcements were taken."""
    taken = 0
    with clock.at(now):
        for _batch in range(MOST_BATCHES):
            done = take_batch()
            taken += done
            if done < BATCH:
                break
    return taken


def catch_up() -> int:
    """Count all that has been announced (commands, tests)."""
    taken = 0
    while done := take_batch():
        taken += done
    return taken


def take_batch(size: int = BATCH) -> int:
    """Take one batch of announcements, oldest first; 0 when there are none or another worker is at it."""
    with unscoped("the tallies count every place"), transaction.atomic():
        if not hold():
            return 0
        rows = list(Arrival.objects.order_by("id")[:size])
        if rows:
            _count(rows)
        return len(rows)


def hold() -> bool:
    """Hold the tallies until the transaction ends; False when another worker does."""
    if Lease.objects.select_for_update(skip_locked=True).filter(name=LEASE).exists():
        return True
    _lease, created = Lease.objects.get_or_create(name=LEASE)
    return created


def hold_in_turn() -> None:
    """Hold the tallies until the transaction ends, waiting for whoever does now."""
    Lease.objects.get_or_create(name=LEASE)
    Lease.objects.select_for_update().get(name=LEASE)


def _count(rows: Sequence[Arrival]) -> None:
    by_kind: dict[str, set[UUID]] = defaultdict(set)
    for row in rows:
        by_kind[row.case_kind].add(row.case_uid)
    for key, uids in by_kind.items():
        try:
            with transaction.atomic():
                recount_cases(key, uids)
        except Exception:
            log.exception("tallies: a batch of %s failed, taken case by case", key)
            _one_by_one(key, uids)
    Arrival.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _one_by_one(key: str, uids: Iterable[UUID]) -> None:
    """Count what can be counted; a case that fails is announced again and holds nobody up."""
    for uid in sorted(uids):
        try:
            with transaction.atomic():
                recount_cases(key, [uid])
        except Exception:
            log.exception("tallies: %s %s could not be counted; it is tried again", key, uid)
            Arrival.objects.create(case_kind=key, case_uid=uid)


def recount_cases(key: str, uids: Iterable[UUID]) -> None:
    """Bring traces and cells of these cases of one kind up to their rows and entries."""
    wanted = list(uids)
    now, before = count_afresh(key, wanted), traced(key, wanted)
    changed = [uid for uid in wanted if now.get(uid) != before.get(uid)]
    deltas, fresh = Deltas(), []
    for uid in changed:
        for counted, sign in ((before.get(uid), -1), (now.get(uid), 1)):
            if counted:
                words, facts = counted
                deltas.add(key, facts, words, sign)
        if uid in now:
            words, facts = now[uid]
            fresh += [Trace(kind=key, case_uid=uid, **row_values(fact, words)) for fact in facts]
    Trace.objects.filter(kind=key, case_uid__in=changed).delete()
    Trace.objects.bulk_create(fresh, batch_size=500)
    deltas.write()
    visits.keep(key, changed)


def count_afresh(key: str, uids: Sequence[UUID]) -> dict[UUID, Counted]:
    """The words and facts of cases, from their rows and entries; nothing for one that is gone."""
    kind: Kind | None = registry.shelf("kinds").get(key)
    if kind is None:
        return {}
    entries: dict[UUID, list[Entry]] = defaultdict(list)
    for entry in Entry.objects.filter(case_uid__in=uids).order_by("case_uid", "seq"):
        entries[entry.case_uid].append(entry)
    rows: Any = kind.model._base_manager.filter(uid__in=uids)
    cases: list[Case] = list(rows.select_related(*kind.related))
    return {
        case.uid: (
            words_of(kind, case),
            sorted(facts_of(kind, case, entries[case.uid]), key=_order),
        )
        for case in cases
    }


def traced(key: str, uids: Sequence[UUID]) -> dict[UUID, Counted]:
    """The words and facts of cases as they were last counted."""
    found: dict[UUID, Counted] = {}
    for row in Trace.objects.filter(kind=key, case_uid__in=uids):
        words = Words(row.region, row.sector, row.grade, row.source)
        fact = Fact(row.what, row.state, row.first_on, row.until_on, row.weight)
        found.setdefault(row.case_uid, (words, []))[1].append(fact)
    for _words, facts in found.values():
        facts.sort(key=_order)
    return found


def _order(fact: Fact) -> tuple[str, str, Any]:
    return fact.what, fact.state, fact.first_on


registry.add("clocks", LEASE, follow)

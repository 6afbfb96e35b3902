"""The sweep: reminders and the escalation ladder, fired from the docket when they are due."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from . import clock, docket, duty, engine, registry, together
from .actor import system
from .models import Case, Docket, Entry, Notice
from .scope import unscoped

log = logging.getLogger(__name__)

SWEEPER = system("值守程序", "sweep")


def sweep(now: datetime, limit: int = 500) -> int:
    """Fire what is due; returns how many rungs fired. Safe with several workers at once.

    Each docket is its own transaction under the lock of its case; one that fails is tried again
    an hour later and does not hold up the rest.
    """
    fired = 0
    with unscoped("the sweep serves every place"), clock.at(now), clock.calendar_read():
        resolver = duty.resolver()
        due = Docket.objects.filter(alarm_at__lte=now).order_by("alarm_at")
        for pk in list(due.values_list("pk", flat=True)[:limit]):
            try:
                fired += _fire(pk, now, resolver)
            except Exception:
                log.exception("sweep: docket %s failed, next try in an hour", pk)
                Docket.objects.filter(pk=pk).update(alarm_at=now + timedelta(hours=1))
    return fired


def _fire(pk: int, now: datetime, resolver: duty.Resolver) -> int:
    with transaction.atomic():
        row = Docket.objects.filter(pk=pk).first()
        if row is None:
            return 0
        kind = registry.kind(row.case_kind)
        locked = kind.model._base_manager.select_for_update(skip_locked=True)
        case = locked.filter(uid=row.case_uid).first()
        if case is None or case.closed_at is not None:
            return 0
        row.refresh_from_db()
        fired, rungs = 0, docket.rungs_for(case, clock.local_date(now))
        while row.alarm_at is not None and row.alarm_at <= now and row.rung < len(rungs):
            rung = rungs[row.rung]
            told, before = recipients(rung, case, now, resolver), together.stored(case)
            entry = engine.append(
                case,
                past=rung["do"],
                source=case.state,
                actor=SWEEPER,
                at=max(now, case.changed_at),
                data=facts(case, rung, row.rung, told),
                before=before,
            )
            Notice.objects.bulk_create(notices(case, entry, told))
            fired += 1
            row.rung += 1
            more = row.rung < len(rungs)
            row.alarm_at = docket.rung_at(rungs[row.rung], row.due_at) if more else None
        if row.rung >= len(rungs):
            row.alarm_at = None
        row.save(update_fields=["rung", "alarm_at"])
        return fired


def facts(
    case: Case, rung: dict[str, Any], index: int, told: Sequence[duty.Holder]
) -> dict[str, Any]:
    """What the ledger keeps of a rung: which, for which deadline, and who was told, by name."""
    return {
        "rung": index,
        "label": rung["label"],
        "due": case.due_at,
        "told": [f"{h.unit_name} {h.title} {h.person_name}".strip() for h in told],
    }


def notices(case: Case, entry: Entry, told: Sequence[duty.Holder]) -> list[Notice]:
    """One notice for each post told (not yet saved)."""
    return [
        Notice(
            post=post,
            case_kind=entry.case_kind,
            case_uid=case.uid,
            code=case.code,
            title=case.title()[:200],
            entry_kind=entry.kind,
            at=entry.at,
        )
        for post in sorted({h.post for h in told if h.post is not None})
    ]


def recipients(
    rung: dict[str, Any], case: Case, now: datetime, resolver: duty.Resolver
) -> list[duty.Holder]:
    """Whom a rung tells: each of its `to` is "turn" or a duty; `level` is the division level to climb to."""
    state = registry.kind_of(type(case)).loop.states[case.state]
    found: list[duty.Holder] = []
    for target in rung["to"]:
        code = state.turn_of(case) if target == "turn" else target
        found += resolver.recipients(code, case, clock.local_date(now), rung.get("level"))
    return list(dict.fromkeys(found))

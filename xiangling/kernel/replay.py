"""Histories from elsewhere: records that ran their loop on paper or in an older system.

The second door into the ledger besides `engine`, for bulk only: it checks every step against the
loop's declaration (state, duty, person) and writes the same entries, marked as replayed. It cannot
check proof that was never stored, and says so by that mark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid5

from django.db import transaction

from . import bulk, clock, docket, duty, engine, ledger, registry, sweep
from .actor import Actor
from .loop import BACK, Loop
from .models import Case, Docket, Entry, Notice, ProofUse
from .proof import Proof

BATCH = 1000


class BadHistory(ValueError):
    """A history that the loop does not allow; the message names the record and the step."""


@dataclass(frozen=True)
class Past:
    """A step as it was taken: by whom, when, with what answers and proof."""

    step: str
    at: datetime
    actor: Actor
    data: Mapping[str, Any] = field(default_factory=dict)
    proofs: Sequence[Proof] = ()


@dataclass(frozen=True)
class History:
    """A case, with the columns its last step left, and its way there; the first step is "open"."""

    case: Case
    steps: Sequence[Past]


def replay_many(histories: Sequence[History]) -> int:
    """Write cases with their whole ledger and docket; returns the number of entries.

    Raises BadHistory before anything of the batch is written.
    """
    if not histories:
        return 0
    kind = registry.kind_of(type(histories[0].case))
    written = 0
    resolver, now = duty.resolver(), clock.now()
    for start in range(0, len(histories), BATCH):
        batch = histories[start : start + BATCH]
        with transaction.atomic(), clock.calendar_read():
            written += _write(batch, kind, resolver, now)
    return written


def _write(
    batch: Sequence[History], kind: registry.Kind, resolver: duty.Resolver, now: datetime
) -> int:
    cases = [history.case for history in batch]
    for history in batch:
        history.case.opened_at = history.steps[0].at
    engine.number(cases, kind)
    entries: list[Entry] = []
    written: list[tuple[Case, Entry]] = []
    proofs: list[tuple[Entry, Sequence[Proof]]] = []
    for history in batch:
        for past, entry in _entries(history, kind.loop):
            entries.append(entry)
            written.append((history.case, entry))
            if past.proofs:
                proofs.append((entry, past.proofs))
        history.case.search = engine.search_text(history.case)
    rows: list[Docket] = []
    told: list[Notice] = []
    for case in (case for case in cases if case.closed_at is None):
        row = docket.fill(Docket(), case, case.changed_at, resolver, clock.local_date(now))
        rows.append(row)
        _fire_past_rungs(case, row, resolver, now, entries, told)
    bulk.create(cases)
    bulk.create(entries)
    ledger.announce(entries)
    bulk.create(told)
    bulk.create(
        [
            ProofUse(
                file=given.file,
                entry=entry,
                case_kind=entry.case_kind,
                case_uid=entry.case_uid,
                role=given.role,
            )
            for entry, given_all in proofs
            for given in given_all
        ]
    )
    bulk.create(rows)
    if kind.noted:
        kind.noted(written)
    return len(entries)


def _fire_past_rungs(
    case: Case,
    row: Docket,
    resolver: duty.Resolver,
    now: datetime,
    entries: list[Entry],
    told: list[Notice],
) -> None:
    """Let the ladder of an open case fire as it would have, each rung at its own moment."""
    rungs = docket.rungs_for(case, clock.local_date(now))
    while row.alarm_at is not None and row.alarm_at <= now and row.rung < len(rungs):
        rung, at = rungs[row.rung], max(row.alarm_at, case.changed_at)
        holders = sweep.recipients(rung, case, now, resolver)
        entry = ledger.make_entry(
            case,
            uid=uuid5(case.uid, f"replay-rung-{row.rung}"),
            kind=f"{registry.kind_of(type(case)).key}.{rung['do']}",
            step="",
            source=case.state,
            target=case.state,
            actor=sweep.SWEEPER,
            at=at,
            data={**sweep.facts(case, rung, row.rung, holders), "replayed": True},
            seq=case.version + 1,
        )
        case.head, case.version, case.changed_at = entry.hash, case.version + 1, at
        entries.append(entry)
        told += sweep.notices(case, entry, holders)
        row.rung += 1
        more = row.rung < len(rungs)
        row.alarm_at = docket.rung_at(rungs[row.rung], row.due_at) if more else None


def _entries(history: History, loop: Loop) -> list[tuple[Past, Entry]]:
    """The entries of one history, in order; leaves the case in the state they end in."""
    case, made = history.case, list[tuple[Past, Entry]]()
    takers: dict[str, set[int | None]] = {}
    arrived_from: dict[str, str] = {}
    arrived_at = history.steps[0].at
    case.state = ""
    for seq, past in enumerate(history.steps, 1):
        source = case.state
        word, case.state = _checked(case, loop, past, source, takers, arrived_from)
        if source != case.state:
            arrived_from[case.state], arrived_at = source, past.at
        takers.setdefault(past.step, set()).add(past.actor.person)
        state = loop.states[case.state]
        if state.is_final:
            case.due_at = None
        elif source != case.state or loop.steps[past.step].restarts_clock or state.due:
            case.due_at = docket.due_in(state, case, past.at)
        data: dict[str, Any] = {**past.data, "replayed": True}
        if past.proofs:
            data["proof"] = [given.named() for given in past.proofs]
        entry = ledger.make_entry(
            case,
            uid=engine.request_uid(case.uid) if seq == 1 else uuid5(case.uid, f"replay-{seq}"),
            kind=f"{loop.kind}.{word}",
            step=past.step,
            source=source,
            target=case.state,
            actor=past.actor,
            at=past.at,
            data=data,
            seq=seq,
        )
        case.head, case.version, case.changed_at = entry.hash, seq, past.at
        made.append((past, entry))
    state = loop.states[case.state]
    case.closed_at = case.changed_at if state.is_final else None
    case.due_at = None if state.is_final else docket.due_in(state, case, arrived_at)
    return made


def _checked(
    case: Case,
    loop: Loop,
    past: Past,
    source: str,
    takers: Mapping[str, set[int | None]],
    arrived_from: Mapping[str, str],
) -> tuple[str, str]:
    """The entry word and the state that a step leads to. Raises BadHistory where the loop forbids it."""

    def bad(why: str) -> BadHistory:
        return BadHistory(f"{case} {past.step} at {past.at:%F}: {why}")

    if not source:
        if past.step != "open" or not past.actor.may(loop.opened_by):
            raise bad("a history begins with an opening by a post that may open")
        return loop.opened_past, loop.start
    step = loop.steps.get(past.step)
    if step is None or source not in loop.sources(step):
        raise bad(f"not a step of state {source}")
    if not past.actor.may(step.by):
        raise bad(f"{past.actor.label} lacks the duty {step.by}")
    if any(past.actor.person in takers.get(name, ()) for name in step.not_by):
        raise bad(f"{past.actor.label} judges their own work")
    if past.at < case.changed_at:
        raise bad("earlier than the step before it")
    target = {"=": source, BACK: arrived_from.get(source, loop.start)}.get(step.target, step.target)
    return step.past, target

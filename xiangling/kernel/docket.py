"""The docket: one row per open case. Whose turn, until when, and the alarms that are to come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q, QuerySet

from . import clock, duty, packs, registry, together
from .actor import Actor
from .loop import State
from .models import Case, Docket

BLIND_DUTY = "docket.blind"
"""Posts with this duty see the open cases that nobody answers for."""

_REMINDER_HOUR = time(8, 30)


def limit_for(key: str, case: Any, on: date) -> clock.Limit:
    """The time limit in force. Raises ImproperlyConfigured if the pack has none for this case."""
    row = packs.find("clocks", key, case, on)
    if row is None:
        raise ImproperlyConfigured(f"no clock {key!r} is in force on {on}")
    return clock.Limit(row["amount"], row["unit"])


def due_in(state: State, case: Case, at: datetime) -> datetime:
    """When the case, having come to `state` at `at`, is due."""
    deadline = getattr(case, state.due) if state.due else None
    if deadline is not None:
        return deadline if isinstance(deadline, datetime) else clock.end_of(deadline)
    return limit_for(state.clock, case, clock.local_date(at)).after(at)


def rungs_for(case: Case, on: date) -> list[dict[str, Any]]:
    """The escalation ladder in force for a case, first rung first; [] where it has none."""
    loop = registry.kind_of(type(case)).loop
    row = packs.find("ladders", loop.ladder, case, on)
    return row["rungs"] if row else []


def rung_at(rung: dict[str, Any], due_at: datetime) -> datetime:
    """When a rung fires: its offset in days from the due moment, before (negative) or after."""
    amount = rung["at"]
    if amount == 0:
        return due_at
    day = clock.local_date(due_at)
    if rung["unit"] == "working":
        day = clock.add_working_days(day, amount)
    else:
        day += timedelta(days=amount)
    if amount < 0:
        return clock.local(day, _REMINDER_HOUR)
    return clock.end_of(day)


def first_rung(case: Case, due_at: datetime, at: datetime) -> tuple[int, datetime | None]:
    """The rung to wait for, and its moment: the last one already passed, or else the first."""
    rungs = rungs_for(case, clock.local_date(at))
    # a ladder is read once and stays: it is known by its place
    return clock.kept((id(rungs), due_at, at), lambda: _first_rung(rungs, due_at, at))


def _first_rung(
    rungs: list[dict[str, Any]], due_at: datetime, at: datetime
) -> tuple[int, datetime | None]:
    times = [rung_at(rung, due_at) for rung in rungs]
    passed = [index for index, moment in enumerate(times) if moment <= at]
    index = passed[-1] if passed else 0
    return (index, times[index]) if times else (0, None)


def fill(
    row: Docket, case: Case, at: datetime, resolver: duty.Resolver, on: date | None = None
) -> Docket:
    """Bring a docket row up to the state a case came to at `at` (not saved).

    `on` is the day whose duty map names the holder, where that is not the day of `at`.
    """
    answer(row, case, at, resolver, on)
    name(row, case)
    return row


def name(row: Docket, case: Case) -> None:
    """What the docket calls a case, which follows from its number."""
    row.code, row.title = case.code, case.title()[:200]


def answer(
    row: Docket, case: Case, at: datetime, resolver: duty.Resolver, on: date | None = None
) -> None:
    """As `fill` does, but for the name: a case that is still to be numbered."""
    kind = registry.kind_of(type(case))
    state = kind.loop.states[case.state]
    assert case.due_at is not None
    if row.due_at != case.due_at or row.state != case.state:
        row.rung, row.alarm_at = first_rung(case, case.due_at, at)
    if row.state != case.state:
        row.since = at
    turn = state.turn_of(case)
    holder = resolver.resolve(turn, case, on or clock.local_date(at))
    row.case_kind, row.case_uid, row.mark = kind.key, case.uid, kind.mark(case)
    row.region, row.sector, row.unit_id = case.region, case.sector, case.unit_id
    row.state, row.turn = case.state, turn
    row.holder_unit, row.holder_post = holder.unit, holder.post
    row.opened_at, row.due_at = case.opened_at, case.due_at


def update(row: Docket | None, case: Case, at: datetime) -> together.Statement | None:
    """What brings the docket up to a case: its row put on, changed, or taken off at its end."""
    if case.closed_at is not None:
        return together.removed(row) if row else None
    if row is None:
        return together.inserted(fill(Docket(), case, at, duty.resolver()))
    before = together.stored(row)
    return together.changed(fill(row, case, at, duty.resolver()), before)


def my_turn(actor: Actor, rows: QuerySet[Docket] | None = None) -> QuerySet[Docket]:
    """The open cases whose next move is this post's, soonest due first.

    Every post of the holding unit that has the duty may take the step, so each sees the case. Cases
    held by nobody are the turn of posts with `docket.blind`.
    """
    rows = Docket.objects.all() if rows is None else rows
    mine = Q(holder_unit=actor.unit, turn__in=sorted(actor.duties))
    if actor.may(BLIND_DUTY):
        mine |= Q(holder_unit=None)
    return rows.filter(mine).order_by("due_at", "id")


def waiting_on_others(actor: Actor, uids: Iterable[Any]) -> QuerySet[Docket]:
    """Open cases among `uids` whose move is not this post's."""
    rows = Docket.objects.filter(case_uid__in=list(uids))
    return rows.exclude(pk__in=my_turn(actor).values("pk")).order_by("due_at", "id")

"""Giving tasks out: single ones, shares of a split, and the next one of a standing duty."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import transaction

from xiangling.apps.directives import rules, terms
from xiangling.apps.directives.models import Document, Draft, Part, Recurrence, Task
from xiangling.kernel import clock, duty, engine, sweep
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Notice
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import Scope, unscoped

log = logging.getLogger(__name__)
_CARRIED = (
    "document",
    "basis",
    "source",
    "what",
    "object_text",
    "indicator",
    "sector",
    "proof_kind",
    "words",
)


@dataclass(frozen=True)
class TaskFacts:
    """What a task needs before it can be given to somebody."""

    what: str
    unit: int
    checker: int
    due_on: date
    proof_kind: str
    basis: str
    source: str
    object_text: str = ""
    indicator: str = ""
    sector: str = ""
    words: str = ""
    document: Document | None = None
    draft: Draft | None = None
    part: str = Part.WHOLE
    parent: Task | None = None
    share: Decimal | None = None
    recurrence: Recurrence | None = None
    supplied: tuple[str, ...] = field(default=())


def open_task(facts: TaskFacts, *, actor: Actor, uid: UUID | None = None) -> Task:
    """Give a task to a unit and tell its post. The same `uid` twice is one task.

    Raises Refused in words beside the wrong field, OutOfScope for a doer outside the actor's area.
    """
    task = Task(
        uid=uid or uuid4(),
        unit_id=facts.unit,
        checker_id=facts.checker,
        supplied=list(facts.supplied),
        **{
            name: getattr(facts, name)
            for name in (*_CARRIED, "draft", "due_on", "part", "parent", "share", "recurrence")
        },
    )
    return give(task, actor)


def give(task: Task, actor: Actor) -> Task:
    """Open a task whose columns are set, and tell the post whose turn it is."""
    complete(task, actor)
    entry = engine.open_case(task, actor=actor, data=opening_facts(task))
    tell(task, entry)
    return task


def complete(task: Task, actor: Actor) -> None:
    """Place a task and hold it against the rules of opening. Raises Refused."""
    if not getattr(task, "issuer_id", None):
        assert actor.unit is not None, "only a post gives tasks, and a post has a unit"
        task.issuer_id = actor.unit
    rules.check_due(task.due_on)
    rules.check_proof_kind(task.proof_kind)
    rules.settle(task)


def tell(task: Task, entry: Any) -> None:
    """A notice to the post whose turn a new task is."""
    holders = duty.recipients("task.do", task, clock.local_date(entry.at))
    Notice.objects.bulk_create(sweep.notices(task, entry, list(holders)))


def tell_doer(case: Task, *, entry: Any, **_kw: Any) -> None:
    """The unit that a ruling names learns of it."""
    tell(case, entry)


def opening_facts(task: Task) -> dict[str, Any]:
    """What the first ledger entry keeps of a task, and which of it a person supplied."""
    return {
        "what": task.what,
        "unit": task.unit.name,
        "checker": task.checker.name,
        "issuer": task.issuer.name,
        "due_on": task.due_on,
        "proof": terms.proof_label(task.proof_kind),
        "basis": task.basis,
        "source": task.source,
        "part": task.get_part_display(),
        "share": task.share,
        "supplied": list(task.supplied),
    }


# --- effects of steps ---------------------------------------------------------------------------


def open_shares(case: Task, *, actor: Actor, data: dict[str, Any], **_kw: Any) -> None:
    """One task for each lower unit, checked by the unit that split it."""
    for plan in rules.read_parts(data["parts"], case.unit):
        task = Task(
            uid=uuid5(case.uid, f"share:{plan.unit.pk}"),
            issuer_id=case.unit_id,
            unit=plan.unit,
            checker_id=case.unit_id,
            due_on=data["due_on"],
            part=Part.SHARE,
            parent=case,
            share=plan.share,
            **{name: getattr(case, name) for name in _CARRIED},
        )
        if plan.unit.sectors and task.sector not in plan.unit.sectors:
            task.sector = ""
        give(task, actor)


def keeper(unit: int | None) -> Actor:
    """The platform acting for a unit where a rule, and no person, moves a task."""
    return Actor(
        person=None,
        post=None,
        name="值守程序",
        title="",
        unit=unit,
        duties=frozenset({"task.assign"}),
        scope=Scope(reason="tasks that follow from another task"),
    )


def withdraw_parts(case: Task, *, data: dict[str, Any], **_kw: Any) -> None:
    """What belongs to a task that is given up is given up with it."""
    for part in Task._base_manager.filter(parent=case, closed_at__isnull=True):
        if part.state in ("assigned", "disputed", "doing"):
            reason = f"{case.code} {data.get('reason', '')}".strip()
            engine.move(part, "withdraw", actor=keeper(part.issuer_id), data={"reason": reason})


def end_recurrence(case: Task, *, at: datetime | None = None, **_kw: Any) -> None:
    today = clock.local_date(at or clock.now())
    Recurrence.objects.filter(tasks=case, ended_on=None).update(ended_on=today)


# --- standing duties ----------------------------------------------------------------------------


def renew_standing(now: datetime) -> None:
    """Make the next task of every standing duty whose period has begun, done or not (R-016)."""
    today = clock.local_date(now)
    due = Recurrence.objects.filter(ended_on=None, next_on__lte=today).values_list("pk", flat=True)
    for pk in list(due[:200]):
        try:
            with unscoped("standing duties come round everywhere"), transaction.atomic():
                _renew(pk, today)
        except Refused as refusal:
            log.warning("standing duty %s was not renewed: %s", pk, refusal)
            Recurrence.objects.filter(pk=pk).update(next_on=today + timedelta(days=1))


def _renew(pk: int, today: date) -> None:
    row = Recurrence.objects.select_for_update().filter(pk=pk, next_on__lte=today).first()
    last = Task.objects.filter(recurrence=pk).order_by("-due_on", "-id").first() if row else None
    if row is None or last is None:
        return
    dues = [terms.next_period(last.due_on, row.cycle)]
    while dues[-1] < today:
        dues.append(terms.next_period(dues[-1], row.cycle))
    due = dues[-1]
    task = Task(
        uid=uuid5(last.uid, due.isoformat()),
        issuer_id=last.issuer_id,
        unit_id=last.unit_id,
        checker_id=last.checker_id,
        due_on=due,
        recurrence=row,
        part=last.part,
        draft=last.draft,
        supplied=last.supplied,
        **{name: getattr(last, name) for name in _CARRIED},
    )
    give(task, keeper(last.issuer_id))
    row.next_on = due + timedelta(days=1)
    row.save(update_fields=["next_on"])


def start_recurrence(cycle: str, due: date) -> Recurrence:
    """A standing duty whose first task is due on `due`."""
    return Recurrence.objects.create(cycle=cycle, next_on=due + timedelta(days=1))

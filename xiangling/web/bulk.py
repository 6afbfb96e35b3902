"""One step for many marked cases: tried first and undone, so that everyone sees who would be refused and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from xiangling.kernel import engine
from xiangling.kernel.actor import Actor
from xiangling.kernel.loop import Step
from xiangling.kernel.models import Case
from xiangling.kernel.refusal import Refused
from xiangling.kernel.registry import Kind

MOST_CASES = 50
MOST_STEPS = 5


def steps_for_many(kind: Kind, actor: Actor) -> list[Step]:
    """Steps that can be taken for many at once: no proof, no answer that depends on the single case."""
    fitting = [
        step
        for step in kind.loop.steps.values()
        if step.is_primary
        and not step.is_dangerous
        and step.proof is None
        and actor.may(step.by)
        and not any(
            callable(asked.choices) or callable(asked.initial) or asked.when
            for asked in step.fields
        )
    ]
    return fitting[:MOST_STEPS]


@dataclass(frozen=True)
class Outcome:
    """What became, or would become, of one case."""

    case: Case
    refusal: Refused | None


def cases_of(kind: Kind, uids: Iterable[str]) -> list[Case]:
    """The marked cases that lie in the actor's area, in the order of the list."""
    wanted: list[UUID] = []
    for text in list(uids)[:MOST_CASES]:
        try:
            wanted.append(UUID(text))
        except ValueError:
            continue
    rows = kind.model._default_manager.select_related(*kind.related).filter(uid__in=wanted)
    found = {case.uid: case for case in rows}
    return [found[uid] for uid in wanted if uid in found]


def try_out(cases: Iterable[Case], step: Step, actor: Actor, data: dict[str, Any]) -> list[Outcome]:
    """Take the step for each case and undo everything, the log of refusals included."""
    outcomes = []
    for case in cases:
        with transaction.atomic():
            outcomes.append(_take(case, step, actor, data, None))
            transaction.set_rollback(True)
        case.refresh_from_db()
    return outcomes


def take(
    cases: Iterable[Case], step: Step, actor: Actor, data: dict[str, Any], request_uid: UUID
) -> list[Outcome]:
    """Take the step for each case, each in its own transaction; the same request again changes nothing."""
    return [_take(case, step, actor, data, uuid5(request_uid, str(case.uid))) for case in cases]


def _take(case: Case, step: Step, actor: Actor, data: dict[str, Any], uid: UUID | None) -> Outcome:
    try:
        engine.move(case, step.name, actor=actor, data=data, uid=uid)
    except Refused as refusal:
        return Outcome(case, refusal)
    return Outcome(case, None)

"""What stands between a person and a step, before they fill in its form; taking it checks again."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from xiangling.kernel import clock, duty, engine, wording
from xiangling.kernel.actor import Actor
from xiangling.kernel.loop import Loop, Step
from xiangling.kernel.models import Case, Entry
from xiangling.kernel.refusal import Refused


def own_earlier_steps(loop: Loop, step: Step, actor: Actor, entries: Iterable[Entry]) -> list[str]:
    """The labels of the steps this person took of the case that bar them from `step`."""
    taken = {entry.step for entry in entries if entry.actor_person == actor.person}
    barred = taken & set(step.not_by) if actor.person is not None else set()
    labels = {"open": loop.opened_told}
    return [
        str(loop.steps[name].label if name in loop.steps else labels.get(name, name))
        for name in step.not_by
        if name in barred
    ]


def obstacle(
    case: Case, loop: Loop, step: Step, actor: Actor, entries: Iterable[Entry]
) -> Refused | None:
    """Why this actor would be refused the step as the case stands; None when it may be tried."""
    if case.state not in loop.sources(step):
        return _wrong_state(case, loop, step)
    if not actor.may(step.by):
        return _no_duty(case, step)
    if step.shown is not None and not step.shown(case):
        return Refused(
            "not_now",
            _("“%(step)s” does not apply to this record as it stands.") % {"step": step.label},
            todo=_("Take the step that the record offers."),
        )
    try:
        engine.check_holder(case, step, actor)
    except Refused as stands:
        return stands
    if earlier := own_earlier_steps(loop, step, actor, entries):
        return Refused(
            "same_person",
            _("“%(step)s” must be taken by another person.") % {"step": step.label},
            why=_("You took “%(earlier)s” of this record yourself; nobody judges their own work.")
            % {"earlier": wording.listed(earlier)},
            todo=_("Ask a colleague with the same duty."),
            status=403,
        )
    return None


def _wrong_state(case: Case, loop: Loop, step: Step) -> Refused:
    wanted = wording.listed(loop.states[name].label for name in loop.sources(step))
    return Refused(
        "wrong_state",
        _("“%(step)s” cannot be taken: the record is in “%(state)s”.")
        % {"step": step.label, "state": loop.states[case.state].label},
        why=_("It can be taken in: %(states)s. No stage may be skipped.") % {"states": wanted},
        todo=_("Finish the stage the record is in first."),
    )


def _no_duty(case: Case, step: Step) -> Refused:
    holder = duty.resolve(step.by, case, clock.local_date(clock.now()))
    who = " ".join(filter(None, [holder.unit_name, holder.title, holder.person_name, holder.phone]))
    return Refused(
        "no_duty",
        _("“%(step)s” is not a duty of your post.") % {"step": step.label},
        why=step.law,
        ask=_("Answerable: %(who)s.") % {"who": who} if who else "",
        status=403,
    )


def steps_of(
    case: Case, loop: Loop, actor: Actor, entries: Iterable[Entry]
) -> tuple[list[Step], list[tuple[Step, list[str]]]]:
    """The steps to offer, and those only the person's own earlier steps bar them from."""
    known = list(entries)
    offered: list[Step] = []
    barred: list[tuple[Step, list[str]]] = []
    for step in loop.from_state(case.state):
        if not engine.may_take(case, step, actor):
            continue
        if earlier := own_earlier_steps(loop, step, actor, known):
            barred.append((step, earlier))
        else:
            offered.append(step)
    return offered, barred

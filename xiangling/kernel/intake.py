"""Opening a case from a person's answers: one way in for page, API and phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from . import engine, forms, proof
from .actor import Actor
from .models import Case
from .proof import Proof
from .registry import Intake, Kind


def with_initials(asked: Intake, answers: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """The answers, with the declared initial value where a choice was left out altogether."""
    given = dict(answers)
    for field in asked.fields:
        if field.name not in given and field.initial is not None:
            initial = field.initial
            given[field.name] = initial(None, actor) if callable(initial) else initial
    return given


def clean(asked: Intake, answers: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """The answers, checked and typed. Raises Refused with a sentence beside each wrong field."""
    return forms.clean(asked.fields, with_initials(asked, answers, actor), None, actor)


def take_in(
    kind: Kind,
    answers: Mapping[str, Any],
    *,
    actor: Actor,
    proofs: Sequence[Proof] = (),
    uid: UUID | None = None,
) -> Case:
    """Open a case of a kind from the answers to its intake. The same `uid` twice is one case.

    Raises Refused (kept in the refusal log) in words, OutOfScope for what is not the actor's.
    """
    asked = kind.intake
    assert asked is not None, "only kinds with an intake are opened by people"
    case = kind.model(uid=uid or uuid4())

    def work() -> Case:
        engine.check_may_open(kind, actor)
        data = clean(asked, answers, actor)
        for field in asked.fields:
            if field.to and field.name in data:
                setattr(case, field.to, data[field.name])
        asked.prepare(case, data, actor)
        if asked.proof:
            proof.check(asked.proof, case, proofs, asked.label or kind.label)
        engine.open_case(case, actor=actor, data=data, proofs=proofs)
        return case

    return engine.logged(
        work,
        kind=kind.key,
        uid=case.uid,
        step="open",
        actor=actor,
        region=actor.scope.region,
    )

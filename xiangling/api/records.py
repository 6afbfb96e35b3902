"""A case on the wire: as a row of a list, as a whole record, as entries of its timeline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import OuterRef, QuerySet, Subquery
from pydantic import BaseModel, Field, create_model

from xiangling.kernel import engine, once, reading, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.forms import choices_for
from xiangling.kernel.loop import Field as Asked
from xiangling.kernel.loop import Step
from xiangling.kernel.models import Case, Docket, Entry, ProofUse
from xiangling.kernel.prepared import Given, Prepared, prepare
from xiangling.kernel.registry import Kind
from xiangling.org.models import Holding, Post, Unit

from .fields import facts_model, facts_of, named_rows, ref
from .schemas import Offer, Place, Ref, Turn

ROOT = "/api/v1"


def camel(key: str) -> str:
    return "".join(part.capitalize() for part in key.replace("-", "_").split("_"))


@cache
def row_model(key: str) -> type[BaseModel]:
    """The schema of one kind's rows."""
    kind = registry.kind(key)
    states: dict[str, Any] = {"enum": list(kind.loop.states)}
    return create_model(
        f"{camel(key)}Row",
        __doc__=f"A record of the kind {key}, as lists show it.",
        uid=(UUID, ...),
        kind=(str, Field(json_schema_extra={"enum": [key]})),
        code=(str, ...),
        title=(str, ...),
        state=(str, Field(json_schema_extra=states)),
        state_label=(str, ...),
        mark=(str, ...),
        mark_label=(str, ...),
        region=(str, ...),
        sector=(str, ...),
        unit=(Ref, ...),
        place=(Place | None, ...),
        version=(int, ...),
        head=(str, Field(description="Hash of the last entry of its chain.")),
        opened_at=(datetime, ...),
        changed_at=(datetime, ...),
        due_at=(datetime | None, ...),
        closed_at=(datetime | None, ...),
        turn=(Turn | None, ...),
        facts=(facts_model(f"{camel(key)}Facts", kind.model), ...),
        url=(str, ...),
        page=(str, ...),
    )


@cache
def record_model(key: str) -> type[BaseModel]:
    """The schema of one kind's record: the row, and what the caller may do with it."""
    return create_model(
        f"{camel(key)}Record",
        __base__=row_model(key),
        __doc__=f"A record of the kind {key}.",
        steps=(list[Offer], ...),
    )


@cache
def opened_model(key: str) -> type[BaseModel]:
    """The schema of a record just opened: with those that look like it."""
    alike: Any = list[row_model(key)]  # type: ignore[misc]
    return create_model(
        f"{camel(key)}Opened",
        __base__=record_model(key),
        __doc__=f"A record of the kind {key} just opened, and open ones that look the same.",
        suggestions=(alike, ...),
    )


def rows_out(cases: list[Case], kind: Kind) -> list[dict[str, Any]]:
    """Rows with their turns; the number of queries does not grow with the rows."""
    if len(cases) == 1:
        reading.read_related(cases[0], named_rows(kind))
    else:
        models.prefetch_related_objects(cases, *named_rows(kind))
    turns = _turns([case.uid for case in cases])
    return [_row(case, kind, turns.get(case.uid)) for case in cases]


def record_out(case: Case, kind: Kind, actor: Actor) -> dict[str, Any]:
    """One record with the steps this actor may take."""
    with once.block():
        offered = [
            step for step in kind.loop.from_state(case.state) if engine.may_take(case, step, actor)
        ]
        row = rows_out([case], kind)[0]
        return {**row, "steps": [_offer(step, case, kind, actor) for step in offered]}


def _row(case: Case, kind: Kind, turn: dict[str, Any] | None) -> dict[str, Any]:
    mark = kind.mark(case) or ""
    return {
        "uid": case.uid,
        "kind": kind.key,
        "code": case.code,
        "title": case.title(),
        "state": case.state,
        "state_label": str(kind.loop.states[case.state].label),
        "mark": mark,
        "mark_label": str(kind.mark_label(mark)) if mark else "",
        "region": case.region,
        "sector": case.sector,
        "unit": ref(case.unit),
        "place": place_out(kind.place(case)),
        "version": case.version,
        "head": case.head,
        "opened_at": case.opened_at,
        "changed_at": case.changed_at,
        "due_at": case.due_at,
        "closed_at": case.closed_at,
        "turn": turn,
        "facts": facts_of(case),
        "url": f"{ROOT}/{kind.plural}/{case.uid}",
        "page": f"/{kind.key}/{case.uid}/",
    }


def place_out(place: tuple[float | None, float | None] | None) -> dict[str, float] | None:
    if place is None or place[0] is None or place[1] is None:
        return None
    return {"lat": place[0], "lng": place[1]}


def _turns(uids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """Who holds each of these open cases, by uid (one query whatever their number)."""
    labels = registry.shelf("duties")
    found = {}
    for uid, turn, since, unit, post, unit_name, title, person_name in _turn_rows(uids):
        found[uid] = {
            "duty": turn,
            "label": str(labels[turn].label) if turn in labels else turn,
            "since": since,
            "unit": unit,
            "unit_name": unit_name or "",
            "post": post,
            "title": title or "",
            "person_name": person_name or "",
        }
    return found


def _turn_rows(uids: list[UUID]) -> Iterable[tuple[Any, ...]]:
    if len(uids) == 1:
        return _turn_of(connection.vendor).all(uid=uids[0])
    return _held(Docket._base_manager.filter(case_uid__in=uids))


@cache
def _turn_of(vendor: str) -> Prepared:
    uid = Given("uid", models.UUIDField())
    return prepare(_held(Docket._base_manager.filter(case_uid=uid)))


def _held(rows: QuerySet[Docket]) -> QuerySet[Docket, tuple[Any, ...]]:
    """Turns with unit, post and person by name: of several on a post the first who is no deputy."""
    sitting = Holding.objects.filter(post=OuterRef("holder_post"), ends_on__isnull=True)
    return rows.annotate(
        unit_name=Subquery(Unit.objects.filter(pk=OuterRef("holder_unit")).values("name")),
        post_title=Subquery(Post.objects.filter(pk=OuterRef("holder_post")).values("title")),
        person_name=Subquery(sitting.order_by("is_deputy", "id").values("person__name")[:1]),
    ).values_list(
        *("case_uid", "turn", "since", "holder_unit", "holder_post"),
        *("unit_name", "post_title", "person_name"),
    )


# --- steps --------------------------------------------------------------------------------------


def _offer(step: Step, case: Case, kind: Kind, actor: Actor) -> dict[str, Any]:
    rule = step.proof if step.proof and step.proof.applies(case) else None
    return {
        "name": step.name,
        "label": str(step.label),
        "law": step.law,
        "url": f"{ROOT}/{kind.plural}/{case.uid}/{step.name}",
        "is_primary": step.is_primary,
        "is_dangerous": step.is_dangerous,
        "proof": dict(rule.roles) if rule else {},
        "fields": [_answer(asked, case, actor) for asked in step.fields_for(case)],
    }


def _answer(asked: Asked, case: Case, actor: Actor) -> dict[str, Any]:
    initial = asked.initial(case, actor) if callable(asked.initial) else asked.initial
    choices = choices_for(asked, case, actor)
    is_text = asked.kind in ("text", "long")
    return {
        "name": asked.name,
        "label": str(asked.label),
        "kind": asked.kind,
        "required": asked.required and asked.kind != "bool",
        "help": str(asked.help),
        "max_length": asked.max_length if is_text else None,
        "choices": [{"value": value, "label": str(label)} for value, label in choices],
        "initial": initial,
    }


# --- timeline and to-do -------------------------------------------------------------------------


def entry_out(entry: Entry, kind: Kind) -> dict[str, Any]:
    """One ledger line with its proofs."""
    return {
        "uid": entry.uid,
        "seq": entry.seq,
        "kind": entry.kind,
        "step": entry.step,
        "told": str(kind.loop.told(entry.kind)),
        "source": entry.source,
        "target": entry.target,
        "by": entry.actor_label,
        "at": entry.at,
        "data": entry.data,
        "proofs": [_proof(use) for use in entry.proofs.all()],
        "prev": entry.prev,
        "hash": entry.hash,
    }


def _proof(use: ProofUse) -> dict[str, Any]:
    file = use.file
    return {
        "file": file.uid,
        "role": use.role,
        "name": file.name,
        "media_type": file.media_type,
        "sha": file.digest,
        "taken_at": file.taken_at,
        "place": place_out((file.lat, file.lng)),
    }


def todo_out(rows: Iterable[Docket]) -> list[dict[str, Any]]:
    """Docket rows as a to-do list."""
    found = []
    for row in rows:
        kind = registry.kind(row.case_kind)
        found.append(
            {
                "kind": row.case_kind,
                "uid": row.case_uid,
                "code": row.code,
                "title": row.title,
                "mark": row.mark,
                "state": row.state,
                "state_label": str(kind.loop.states[row.state].label),
                "region": row.region,
                "sector": row.sector,
                "turn": row.turn,
                "opened_at": row.opened_at,
                "since": row.since,
                "due_at": row.due_at,
                "url": f"{ROOT}/{kind.plural}/{row.case_uid}",
            }
        )
    return found

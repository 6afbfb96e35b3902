"""The endpoints of every kind and list, made from their declarations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI, Status
from ninja.params.models import Body, Path, Query
from pydantic import BaseModel

from xiangling.kernel import engine
from xiangling.kernel.lists import List
from xiangling.kernel.loop import Step
from xiangling.kernel.models import Docket
from xiangling.kernel.refusal import OutOfScope
from xiangling.kernel.registry import Kind

from . import intake, paging, sources
from .auth import caller
from .fields import Uid, body_model
from .problems import STATUSES, Problem
from .records import (
    camel,
    entry_out,
    opened_model,
    record_model,
    record_out,
    row_model,
    rows_out,
    todo_out,
)
from .schemas import EntryOut, TodoRow

_: Any = gettext_lazy  # titles and summaries stay lazy; ninja's annotations know plain text only

View = Callable[..., Any]
PROBLEMS = {frozenset(STATUSES): Problem}


def typed(view: View, **types: Any) -> View:
    """Give an endpoint the types of parameters that are known only at run time."""
    view.__annotations__ = {**view.__annotations__, **types}
    return view


def uid_typed(view: View) -> View:
    return typed(view, uid=Annotated[Uid, Path(...)])


def query_typed(view: View, model: type[BaseModel]) -> View:
    return typed(view, query=Annotated[model, Query(...)])


def body_typed(view: View, model: type[BaseModel]) -> View:
    return typed(view, body=Annotated[model, Body(...)])


def answers_in(body: BaseModel) -> dict[str, Any]:
    """What the caller answered, without what belongs to the request itself."""
    given = body.model_dump(exclude_unset=True, exclude={"uid", "version", "proofs"})
    return {key: value for key, value in given.items() if value is not None}


def add_kind(api: NinjaAPI, kind: Kind) -> None:
    """List, record, timeline, intake and every step of one kind."""
    tags = [kind.plural]
    shown = sources.list_of(kind)
    add_list(api, shown, kind, path=kind.plural)
    api.get(
        f"/{kind.plural}/{{uid}}",
        response={200: record_model(kind.key), **PROBLEMS},
        operation_id=f"get_{kind.key}",
        summary=_("Read a record"),
        tags=tags,
    )(_record_view(kind))
    api.get(
        f"/{kind.plural}/{{uid}}/entries",
        response={200: paging.page_model(f"{camel(kind.key)}Entries", EntryOut), **PROBLEMS},
        operation_id=f"list_{kind.key}_entries",
        summary=_("Read a record's timeline"),
        tags=tags,
    )(_entries_view(kind))
    if kind.intake:
        opened = opened_model(kind.key)
        api.post(
            f"/{kind.plural}",
            response={200: opened, 201: opened, **PROBLEMS},
            operation_id=f"open_{kind.key}",
            summary=kind.intake.label or _("Open a record"),
            tags=tags,
        )(_open_view(kind))
    for step in kind.loop.steps.values():
        api.post(
            f"/{kind.plural}/{{uid}}/{step.name}",
            response={200: record_model(kind.key), **PROBLEMS},
            operation_id=f"{kind.key}_{step.name}",
            summary=step.label,
            description=_step_words(kind, step),
            tags=tags,
        )(_step_view(kind, step))


def _step_words(kind: Kind, step: Step) -> str:
    """Where a step leads, the duty that may take it, its proof and its law."""
    words = [f"`{step.path}`", f"duty `{step.by}`"]
    if step.by_holder:
        words.append("only by the unit that answers for it")
    if step.not_by:
        words.append(f"not by who took {', '.join(f'`{name}`' for name in step.not_by)}")
    if step.proof:
        words.append(f"proof {step.proof.roles}")
    if step.law:
        words.append(step.law)
    return "; ".join(words)


def add_list(api: NinjaAPI, shown: List, kind: Kind | None, *, path: str) -> None:
    """The pages of one list."""
    name = camel(path)
    row, rows = _rows_of(shown, kind)
    query = paging.query_model(f"{name}Query", shown)

    def view(request: HttpRequest, query: Any) -> Any:
        actor = caller(request)
        sources.require_list(shown, actor)
        sources.keep_look(request, "export", kind.key if kind else shown.key)
        return paging.answer(request, shown, query, actor, rows)

    api.get(
        f"/{path}",
        response={200: paging.page_model(f"{name}Page", row), **PROBLEMS},
        operation_id=f"list_{path}",
        summary=shown.title,
        tags=[path],
    )(query_typed(view, query))
    if kind is None and paging.has_uid(shown):
        _add_row(api, shown, row, path)


def _rows_of(shown: List, kind: Kind | None) -> tuple[type[BaseModel], paging.Rows]:
    """The schema of a list's rows, and what makes them."""
    if kind:
        return row_model(kind.key), lambda found: rows_out(list(found), kind)
    if shown.model is Docket:
        return TodoRow, todo_out
    return paging.columns_model(shown), lambda found: paging.column_rows(shown, found)


def _add_row(api: NinjaAPI, shown: List, row: type[BaseModel], path: str) -> None:
    def view(request: HttpRequest, uid: UUID) -> Any:
        actor = caller(request)
        sources.require_list(shown, actor)
        found = shown.base(actor).select_related(*shown.related).filter(Q(uid=uid)).first()
        if found is None:
            raise OutOfScope()
        sources.keep_look(request, "see", shown.key.removesuffix("s"), uid)
        shown.dress([found])
        return paging.column_rows(shown, [found])[0]

    api.get(
        f"/{path}/{{uid}}",
        response={200: row, **PROBLEMS},
        operation_id=f"get_{path}",
        summary=_("Read a record"),
        tags=[path],
    )(uid_typed(view))


def _record_view(kind: Kind) -> View:
    def view(request: HttpRequest, uid: UUID) -> Any:
        actor = caller(request)
        case = sources.record(kind, uid, actor)
        sources.keep_look(request, "see", kind.key, uid)
        return record_out(case, kind, actor)

    return uid_typed(view)


def _entries_view(kind: Kind) -> View:
    def view(request: HttpRequest, uid: UUID, query: Any) -> Any:
        actor = caller(request)
        timeline = sources.Timeline(sources.record(kind, uid, actor))
        sources.keep_look(request, "see", kind.key, uid)

        def rows(found: Any) -> list[Any]:
            return [entry_out(entry, kind) for entry in found]

        return paging.answer(request, timeline, query, actor, rows)

    model = paging.query_model(f"{camel(kind.key)}EntriesQuery", sources.Timeline)
    return query_typed(uid_typed(view), model)


def _open_view(kind: Kind) -> View:
    assert kind.intake is not None
    roles = kind.intake.proof.roles if kind.intake.proof else ()
    model = body_model(f"{camel(kind.key)}Intake", kind.intake.fields, roles=roles, is_step=False)

    def view(request: HttpRequest, body: Any) -> Any:
        actor = caller(request)
        proofs = intake.proofs_of(getattr(body, "proofs", []), actor)
        done = intake.open_record(kind, answers_in(body), uid=body.uid, proofs=proofs, actor=actor)
        answer = {
            **record_out(done.case, kind, actor),
            "suggestions": rows_out(done.suggestions, kind),
        }
        return Status(201 if done.is_new else 200, answer)

    return body_typed(view, model)


def _step_view(kind: Kind, step: Step) -> View:
    roles = step.proof.roles if step.proof else ()
    name = f"{camel(kind.key)}{camel(step.name)}"
    model = body_model(name, step.fields, roles=roles, is_step=True)

    def view(request: HttpRequest, uid: UUID, body: Any) -> Any:
        actor = caller(request)
        case = sources.record(kind, uid, actor)
        proofs = intake.proofs_of(getattr(body, "proofs", []), actor)
        engine.move(
            case,
            step.name,
            actor=actor,
            data=answers_in(body),
            proofs=proofs,
            version=body.version,
            uid=body.uid,
        )
        return record_out(case, kind, actor)

    return body_typed(uid_typed(view), model)

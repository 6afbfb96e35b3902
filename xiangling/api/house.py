"""The endpoints that belong to no kind: me, to-do, files, imports, jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from ninja import File, NinjaAPI, Status
from ninja.files import UploadedFile
from ninja.params.models import Path as PathParam
from pydantic import Field

from xiangling.kernel import imports, proof, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Job
from xiangling.kernel.refusal import OutOfScope, Refused

from . import paging, sources
from .auth import caller
from .endpoints import PROBLEMS, query_typed, uid_typed
from .records import place_out, todo_out
from .schemas import FileOut, JobOut, Me, RefusedRowOut, TodoRow

_: Any = gettext_lazy  # titles and summaries stay lazy; ninja's annotations know plain text only

ADDRESSES = {"me", "todo", "files", "imports", "jobs", "docs", "openapi.json"}


def add(api: NinjaAPI) -> None:
    """Put these endpoints on the API."""
    _add_me(api)
    _add_todo(api)
    _add_files(api)
    _add_imports(api)
    _add_jobs(api)


def _add_me(api: NinjaAPI) -> None:
    @api.get(
        "/me",
        response={200: Me, **PROBLEMS},
        operation_id="me",
        summary=_("Who the caller is"),
        tags=["me"],
    )
    def me(request: HttpRequest) -> Any:
        actor = caller(request)
        labels = registry.shelf("duties")
        scope = actor.scope
        return {
            "name": actor.name,
            "title": actor.title,
            "unit": actor.unit,
            "unit_name": actor.unit_name,
            "is_deputy": actor.is_deputy,
            "duties": [
                {"code": code, "label": str(labels[code].label) if code in labels else code}
                for code in sorted(actor.duties)
            ],
            "scope": {
                "region": scope.region,
                "sectors": None if scope.sectors is None else sorted(scope.sectors),
                "units": None if scope.units is None else sorted(scope.units),
            },
        }


def _add_todo(api: NinjaAPI) -> None:
    todo = sources.Todo()

    def view(request: HttpRequest, query: Any) -> Any:
        return paging.answer(request, todo, query, caller(request), todo_out)

    api.get(
        "/todo",
        response={200: paging.page_model("TodoPage", TodoRow), **PROBLEMS},
        operation_id="list_todo",
        summary=_("Open records whose next move is the caller's"),
        tags=["me"],
    )(query_typed(view, paging.query_model("TodoQuery", todo)))


def _add_files(api: NinjaAPI) -> None:
    @api.post(
        "/files",
        response={201: FileOut, **PROBLEMS},
        operation_id="send_file",
        summary=_("Send a photo or paper, to be named as proof"),
        tags=["files"],
    )
    def send_file(request: HttpRequest, file: Annotated[UploadedFile, File()]) -> Any:
        kept = proof.store(cast(proof.Upload, file), actor=_sender(request))
        answer = {
            "uid": kept.uid,
            "name": kept.name,
            "media_type": kept.media_type,
            "size": kept.size,
            "sha": kept.digest,
            "taken_at": kept.taken_at,
            "place": place_out((kept.lat, kept.lng)),
        }
        return Status(201, answer)


def _sender(request: HttpRequest) -> Actor:
    """The caller, who must be able to take or open something that wants proof."""
    actor = caller(request)
    acting = {step.by for kind in registry.kinds() for step in kind.loop.steps.values()}
    opening = {kind.loop.opened_by for kind in registry.kinds() if kind.intake}
    if not (acting | opening) & actor.duties:
        raise Refused("no_duty", _("Giving proof is not a duty of your post."), status=403)
    return actor


def _add_imports(api: NinjaAPI) -> None:
    known = sorted(registry.shelf("importers"))
    key = Annotated[
        str, PathParam(...), Field(json_schema_extra={"enum": known} if known else None)
    ]

    def send_import(request: HttpRequest, importer: str, file: UploadedFile) -> Any:
        found = registry.shelf("importers").get(importer)
        if found is None:
            raise OutOfScope()
        actor = caller(request)
        if not actor.may(found.duty):
            raise Refused("no_duty", _("This import is not a duty of your post."), status=403)
        name = Path(file.name or "").name[:200]
        path = imports.keep_upload(file.chunks(), name)
        return Status(202, _job(imports.start(found, path, name, actor=actor)))

    send_import.__annotations__ |= {"importer": key, "file": Annotated[UploadedFile, File()]}
    api.post(
        "/imports/{importer}",
        response={202: JobOut, **PROBLEMS},
        operation_id="start_import",
        summary=_("Take in a sheet of records"),
        tags=["imports"],
    )(send_import)


def _add_jobs(api: NinjaAPI) -> None:
    def job(request: HttpRequest, uid: UUID) -> Any:
        return _job(_own_job(uid, caller(request)))

    def refused(request: HttpRequest, uid: UUID, query: Any) -> Any:
        actor = caller(request)
        shown = sources.RefusedRows(_own_job(uid, actor))

        def rows(found: Any) -> list[Any]:
            return [
                {"number": row.number, "reason": row.reason, "values": row.values} for row in found
            ]

        return paging.answer(request, shown, query, actor, rows)

    api.get(
        "/jobs/{uid}",
        response={200: JobOut, **PROBLEMS},
        operation_id="get_job",
        summary=_("How far a job is"),
        tags=["imports"],
    )(uid_typed(job))
    model = paging.query_model("RefusedRowsQuery", sources.RefusedRows)
    api.get(
        "/jobs/{uid}/refused",
        response={200: paging.page_model("RefusedRowsPage", RefusedRowOut), **PROBLEMS},
        operation_id="list_refused_rows",
        summary=_("The rows an import did not take in"),
        tags=["imports"],
    )(query_typed(uid_typed(refused), model))


def _own_job(uid: UUID, actor: Actor) -> Job:
    """A job this person started. Raises OutOfScope for any other."""
    found = Job.objects.filter(uid=uid, person=actor.person).first()
    if found is None:
        raise OutOfScope()
    return found


def _job(job: Job) -> dict[str, Any]:
    return {
        "uid": job.uid,
        "kind": job.kind,
        "title": job.title,
        "state": job.state,
        "total": job.total,
        "done": job.done,
        "counts": job.counts,
        "message": job.message,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }

"""A person's long jobs as the pages show them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from xiangling.kernel import clock, registry
from xiangling.kernel.models import Job
from xiangling.org.actors import WORK_SHOWN_FOR

from . import words

_SEEN = "seen_jobs"
_STATES = {
    Job.State.QUEUED: "waiting",
    Job.State.RUNNING: "running",
    Job.State.STOPPED: "failed",
    Job.State.FAILED: "failed",
    Job.State.DONE: "done",
}
ACTIVE = (Job.State.QUEUED, Job.State.RUNNING)
FIRST_ERRORS = 20


def jobs_for(request: HttpRequest) -> list[dict[str, Any]]:
    """The jobs under way, and those that ended and have not been looked at; newest first."""
    actor = request.actor  # type: ignore[attr-defined]
    since = clock.now() - WORK_SHOWN_FOR
    rows = Job.objects.filter(person=actor.person, created_at__gte=since).order_by("-id")[:20]
    seen = set(request.session.get(_SEEN, ()))
    return [in_tray(job) for job in rows if job.state in ACTIVE or str(job.uid) not in seen]


def mark_seen(request: HttpRequest, job: Job) -> None:
    """A finished job that was looked at leaves the tray."""
    if job.state not in ACTIVE:
        seen = list(request.session.get(_SEEN, ()))
        if str(job.uid) not in seen:
            request.session[_SEEN] = [*seen, str(job.uid)][-50:]


def in_tray(job: Job) -> dict[str, Any]:
    """`job`, as the tray asks for it."""
    return {
        "label": job.title,
        "state": _STATES[Job.State(job.state)],
        "done": job.done,
        "total": job.total or 0,
        "line": line_of(job),
        "url": f"/jobs/{job.uid}/",
    }


def line_of(job: Job) -> str:
    """How far it is, in words."""
    if job.state == Job.State.QUEUED:
        return _("Waiting for its turn")
    if job.state == Job.State.DONE and job.counts:
        return _("%(new)s new, %(merged)s merged, %(refused)s refused") % counted(job)
    if job.message and job.state in ACTIVE:
        return job.message
    if job.state == Job.State.DONE and job.message:
        return job.message
    if job.total:
        return _("%(done)s of %(total)s rows") % {
            "done": words.number(job.done),
            "total": words.number(job.total),
        }
    return job.message


def counted(job: Job) -> dict[str, str]:
    return {key: words.number(job.counts.get(key, 0)) for key in ("new", "merged", "refused")}


def page_of(job: Job) -> dict[str, Any]:
    """`job`, as web/_job.html asks for it."""
    importer = registry.shelf("importers").get(str(job.params.get("importer", "")))
    listed = f"/{importer.list_key}/" if importer and importer.list_key else ""
    is_import = job.kind == "import"
    n_refused = job.counts.get("refused", 0)
    file_url = f"/jobs/{job.uid}/file/" if job.result else ""
    halted = job.state in (Job.State.STOPPED, Job.State.FAILED)
    return in_tray(job) | {
        "poll_url": f"/jobs/{job.uid}/?part=1",
        "outcome": {**counted(job), "new_url": listed, "merged_url": ""}
        if is_import and job.counts
        else None,
        "refused_url": file_url if is_import and n_refused else "",
        "errors": _errors(job) if n_refused else [],
        "file_url": "" if is_import else file_url,
        "file_label": _("Download"),
        "error": {
            "what": job.message,
            "todo": _("Go on: what is in stays in, nothing is doubled.") if is_import else "",
        }
        if halted
        else None,
        "open_url": (job.cursor or {}).get("open_url", "") if job.state == Job.State.DONE else "",
        "note": job.message if job.state == Job.State.DONE and not is_import else "",
        "cancel_url": f"/jobs/{job.uid}/stop/" if job.state in ACTIVE else "",
        "resume_url": f"/jobs/{job.uid}/resume/" if halted else "",
        "again_url": f"/import/{importer.key}/" if importer and job.state == Job.State.DONE else "",
    }


def _errors(job: Job) -> list[dict[str, Any]]:
    rows = job.refused_rows.order_by("number")[:FIRST_ERRORS]
    return [{"row": row.number, "head": "", "value": "", "reason": row.reason} for row in rows]

"""Long jobs: the tray, one job's progress, stop, go on, and its file. A person sees their own only."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiangling.kernel import jobs as work
from xiangling.kernel.models import Job
from xiangling.kernel.refusal import OutOfScope
from xiangling.web import tray
from xiangling.web.access import actor_of, log_look

STOP_POLLING = 286


def own(request: HttpRequest, uid: UUID) -> Job:
    """A job of this person. Raises OutOfScope for anybody else's."""
    job = Job.objects.filter(uid=uid, person=actor_of(request).person).first()
    if job is None:
        raise OutOfScope
    return job


def jobs(request: HttpRequest) -> HttpResponse:
    """The tray for htmx, or the page of this person's latest jobs."""
    if request.headers.get("HX-Request"):
        rows = tray.jobs_for(request)
        is_busy = any(row["state"] in ("waiting", "running") for row in rows)
        return render(
            request, "web/_jobs.html", {"jobs": rows}, status=200 if is_busy else STOP_POLLING
        )
    latest = Job.objects.filter(person=actor_of(request).person).order_by("-id")[:30]
    return render(request, "web/jobs.html", {"rows": [tray.in_tray(job) for job in latest]})


def job(request: HttpRequest, uid: UUID) -> HttpResponse:
    found = own(request, uid)
    tray.mark_seen(request, found)
    template = "web/_job.html" if "part" in request.GET else "web/job.html"
    return render(request, template, {"job": tray.page_of(found), "title": found.title})


@require_POST
def stop(request: HttpRequest, uid: UUID) -> HttpResponse:
    work.stop(own(request, uid))
    return redirect(f"/jobs/{uid}/")


@require_POST
def resume(request: HttpRequest, uid: UUID) -> HttpResponse:
    work.resume(own(request, uid))
    return redirect(f"/jobs/{uid}/")


def file(request: HttpRequest, uid: UUID) -> FileResponse:
    """What a job left to take away: the sheet of refused rows, or an export."""
    found = own(request, uid)
    base = Path(settings.DATA_DIR).resolve()
    path = (base / found.result).resolve() if found.result else base
    if not path.is_file() or base not in path.parents:
        raise OutOfScope
    log_look(request, "export", found.kind, found.uid, found.title)
    refused = _("Refused rows") if found.kind == "import" else found.title
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"{refused}-{found.params.get('name', '')}"[:80] + path.suffix,
    )

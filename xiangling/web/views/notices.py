"""What my post was told, and taking note of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from xiangling.kernel import clock, registry
from xiangling.kernel.models import Notice
from xiangling.kernel.refusal import OutOfScope
from xiangling.web.access import actor_of
from xiangling.web.views.lists import show


def notices(request: HttpRequest) -> HttpResponseBase:
    return show(request, registry.shelf("lists")["notices"])


def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """To the record or matter a notice is about; the notice then counts as read."""
    row = Notice.objects.filter(pk=pk, post=actor_of(request).post or 0).first()
    matters = registry.shelf("matters")
    if row is None or row.case_kind not in {*registry.shelf("kinds"), *matters}:
        raise OutOfScope
    if row.read_at is None:
        Notice.objects.filter(pk=row.pk).update(read_at=clock.now())
    if row.case_kind in matters:
        return redirect(matters[row.case_kind].address(row.case_uid))
    return redirect(f"/{row.case_kind}/{row.case_uid}/")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    rows = Notice.objects.filter(post=actor_of(request).post or 0, read_at__isnull=True)
    rows.update(read_at=clock.now())
    return redirect("/notices/")

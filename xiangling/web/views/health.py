"""A sign of life for whoever watches the machines: no sign-in, no details."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from xiangling.kernel import clock
from xiangling.kernel.models import WorkerBeat

SILENT_AFTER = timedelta(minutes=2)


@login_not_required
def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and a worker was heard of lately, else 503."""
    try:
        alive = WorkerBeat.objects.filter(at__gte=clock.now() - SILENT_AFTER).exists()
    except DatabaseError:
        return JsonResponse({"database": "down", "worker": "unknown"}, status=503)
    state = {"database": "up", "worker": "up" if alive else "down"}
    return JsonResponse(state, status=200 if alive else 503)

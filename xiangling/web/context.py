"""What the frame of every page shows: menu, person, posts, notices, long jobs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from xiangling.kernel.models import Notice

from . import menu, tray, words


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor; nothing for a person who is not (or not completely) signed in."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return {}
    held = [row for row in getattr(request, "holdings", []) if row.post_id == actor.post]
    unread = 0
    if not held or held[0].has_unread:
        unread = Notice.objects.filter(post=actor.post, read_at__isnull=True)[:100].count()
    return {
        "menu": menu.entries(actor, request.path),
        "phone_tabs": menu.phone_tabs(actor, request.path),
        "person": {
            "id": actor.person,
            "name": actor.name,
            "post": actor.title,
            "unit": actor.unit_name,
        },
        "posts": _posts(request, actor),
        "may_hold_tokens": actor.may("token.own"),
        "notices_count": "99+" if unread >= 100 else words.number(unread) if unread else "",
        "jobs": tray.jobs_for(request) if not held or held[0].has_jobs else [],
        "idle_seconds": int(settings.SESSION_IDLE_AFTER.total_seconds()),
        "search": {"query": request.GET.get("q", "")[:100] if request.path == "/search" else ""},
    }


def _posts(request: HttpRequest, actor: Any) -> list[dict[str, Any]]:
    return [
        {
            "key": row.post_id,
            "label": row.post.title,
            "line": row.post.unit.name,
            "active": row.post_id == actor.post,
        }
        for row in getattr(request, "holdings", [])
    ]

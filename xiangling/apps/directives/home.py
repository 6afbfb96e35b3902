"""What documents and tasks add to the home page."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from xiangling.kernel import registry
from xiangling.kernel.actor import Actor

from .lists import OPEN, late
from .models import Draft, Task


def facts(actor: Actor) -> list[dict[str, Any]]:
    """Late tasks of the area, and the proposals that wait for the actor's own unit to confirm."""
    if not actor.may("task.see"):
        return []
    n = Task.objects.aggregate(open=Count("pk", filter=OPEN), late=Count("pk", filter=late()))
    found = []
    if n["open"]:
        found.append(
            {
                "label": _("Tasks overdue"),
                "value": n["late"],
                "url": "/tasks/?view=overdue",
                "note": _("of %(n)d open") % {"n": n["open"]},
                "late": n["late"] > 0,
            }
        )
    if actor.may("document.take") and actor.unit:
        waiting = Draft.objects.filter(document__unit_id=actor.unit, state=Draft.State.OPEN).count()
        if waiting:
            found.append(
                {"label": _("Tasks to confirm"), "value": waiting, "url": "/documents/?view=open"}
            )
    return found


registry.add("home", "directives", facts)

"""What the object register adds to the home page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from xiangling.kernel import registry
from xiangling.kernel.actor import Actor

from . import queries


def facts(actor: Actor) -> list[dict[str, Any]]:
    """Objects that nobody answers for, target 0: for authorities, not for a firm."""
    if not actor.may("object.see") or actor.scope.units is not None:
        return []
    n = queries.count_blind_spots(actor)
    url = "/objects/?view=blind"
    return [
        {"label": _("Blind spots"), "value": n, "url": url, "note": _("target 0"), "late": n > 0}
    ]


registry.add("home", "objects", facts)

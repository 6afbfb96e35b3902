"""The left menu and the phone's tabs: by what people do, only what a post can use."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from xiangling.kernel import registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.registry import Kind, MenuItem

registry.add("menu", "today", MenuItem("today", _("Today"), "/", "calendar-check", 10))
registry.add(
    "menu", "audit", MenuItem("audit", _("Audit"), "/audit/", "archive", 80, ("audit.see",))
)

ADMINISTRATION = 90
"""From this order on the entries stand under a heading of their own."""
_DRAWN = {"list-check": "list-details"}
"""Icon names that the sprite holds under another name."""


def items_for(actor: Actor) -> list[MenuItem]:
    rows = [
        item
        for item in registry.shelf("menu").values()
        if not item.duties or any(map(actor.may, item.duties))
    ]
    return sorted(rows, key=lambda item: (item.order, item.key))


def entries(actor: Actor, path: str) -> list[dict[str, Any]]:
    """`menu`, as web/base.html asks for it; the first of administration carries its `head`."""
    items = items_for(actor)
    first = next((item for item in items if item.order >= ADMINISTRATION), None)
    return [
        {
            "label": item.label,
            "url": item.url,
            "icon": _DRAWN.get(item.icon, item.icon),
            "active": _is_here(item.url, path) or path.startswith(item.also),
            "count": "",
            "head": _("Administration") if item is first else "",
        }
        for item in items
    ]


def _is_here(url: str, path: str) -> bool:
    return path == "/" if url == "/" else path.startswith(url)


def main_kind(actor: Actor) -> Kind | None:
    """The kind that this post reports from the field: it has an intake form and a chain of duty."""
    fitting = [kind for kind in registry.kinds() if kind.chain is not None and kind.intake]
    return next((kind for kind in fitting if actor.may(kind.loop.opened_by)), None)


def phone_tabs(actor: Actor, path: str) -> list[dict[str, Any]]:
    """Today, the ledger, the report form, and "mine"."""
    tabs: list[tuple[Any, str, str]] = [(_("Today"), "/", "calendar-check")]
    items = {item.key: item for item in items_for(actor)}
    if ledger := items.get("ledger"):
        tabs.append((ledger.label, ledger.url, "list-details"))
    if kind := main_kind(actor):
        tabs.append((_("Scan or report"), f"/{kind.key}/new/", "scan"))
    tabs.append((_("Mine"), "/mine/", "user-circle"))
    return [
        {"label": label, "url": url, "icon": icon, "active": _is_here(url, path)}
        for label, url, icon in tabs
    ]

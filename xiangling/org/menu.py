"""What this part puts in the left menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from xiangling.kernel import registry
from xiangling.kernel.registry import MenuItem

registry.add(
    "menu",
    "duties",
    MenuItem("duties", _("Duties"), "/duties/", "users-group", 40, ("duty.see",)),
)
registry.add(
    "menu",
    "people",
    MenuItem("people", _("Units, posts and people"), "/people/", "settings", 90, ("org.people",)),
)
registry.add(
    "menu",
    "security",
    MenuItem(
        "security", _("Accounts and security"), "/security/", "shield-lock", 91, ("org.security",)
    ),
)
registry.add(
    "menu",
    "calendar",
    MenuItem("calendar", _("Calendar"), "/calendar/", "clock", 92, ("calendar.edit",)),
)

"""Duties of the figures and their place in the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from xiangling.kernel import registry
from xiangling.kernel.registry import Duty, MenuItem

SEE, ENTER, PUBLISH = "statistics.see", "statistics.enter", "statistics.publish"

registry.add_duties(
    Duty("honesty.see", _("See ledger honesty")),
    Duty("honesty.answer", _("Answer figures about one's own unit")),
    Duty(SEE, _("See statistics")),
    Duty(ENTER, _("Enter official figures and mergers of divisions"), ("committee",)),
    Duty(PUBLISH, _("Publish figures, which freezes them"), ("committee",)),
)
registry.add(
    "menu",
    "honesty",
    MenuItem("honesty", _("Ledger honesty"), "/honesty/", "chart-bar", 60, ("honesty.see",)),
)
registry.add(
    "menu",
    "cockpit",
    MenuItem("cockpit", _("Cockpit"), "/cockpit/", "map", 15, (SEE,)),
)
registry.add(
    "menu",
    "statistics",
    MenuItem(
        "statistics", _("Statistics"), "/statistics/", "chart-bar", 70, (SEE,), ("/bulletins/",)
    ),
)

"""Duty codes of the figures and their place in the menu."""

from django.utils.translation import gettext_lazy as _

from xiangling.kernel import registry
from xiangling.kernel.registry import Duty, MenuItem

registry.add_duties(
    Duty("honesty.see", _("See ledger honesty")),
    Duty("honesty.answer", _("Answer figures about one's own unit")),
)
registry.add(
    "menu",
    "honesty",
    MenuItem("honesty", _("Ledger honesty"), "/honesty/", "chart-bar", 60, ("honesty.see",)),
)

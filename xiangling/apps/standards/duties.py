"""Duty codes of the criteria library and its place in the menu."""

from django.utils.translation import gettext_lazy as _

from xiangling.kernel import registry
from xiangling.kernel.registry import Duty, MenuItem

registry.add_duties(
    Duty("standard.see", _("See standards and criteria")),
    Duty("standard.edit", _("Keep standards and criteria")),
    Duty("standard.import", _("Import standards and criteria")),
)
registry.add(
    "menu",
    "standards",
    MenuItem("standards", _("Criteria"), "/criteria/", "clipboard-check", 35, ("standard.see",)),
)

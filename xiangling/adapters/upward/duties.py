"""Who may see which nodes report, and the entry of the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from xiangling.kernel import registry
from xiangling.kernel.registry import Duty, MenuItem

SEE = "node.see"

registry.add_duties(Duty(SEE, _("See how nodes report upward")))
registry.add(
    "menu", "upward", MenuItem("upward", _("Reporting upward"), "/upward/", "upload", 93, (SEE,))
)

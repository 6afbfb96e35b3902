"""Duty codes of the object register and its place in the menu."""

from django.utils.translation import gettext_lazy as _

from xiangling.kernel import registry
from xiangling.kernel.registry import Duty, MenuItem

registry.add_duties(
    Duty("object.see", _("See supervised objects")),
    Duty("object.edit", _("Keep supervised objects")),
    Duty("object.import", _("Import supervised objects")),
)
registry.add(
    "menu",
    "objects",
    MenuItem(
        "objects",
        _("Objects"),
        "/objects/",
        "building-factory-2",
        30,
        ("object.see",),
        ("/object/",),
    ),
)

"""Which parts the product is made of: the house, every package under `xiangling/apps`, and the read side."""

from __future__ import annotations

import pkgutil
from importlib.util import find_spec
from pathlib import Path

APPS = Path(__file__).resolve().parent.parent / "apps"
ADAPTERS = ("xiangling.adapters.upward",)
READ_SIDE = ("xiangling.insight",)
HOUSE = (
    "xiangling.kernel",
    "xiangling.org",
    "xiangling.web",
    "xiangling.api",
    "xiangling.documents",
)


def domain_apps() -> list[str]:
    """The domain apps by name; to put a package there is to install it."""
    found = pkgutil.iter_modules([str(APPS)])
    return sorted(f"xiangling.apps.{module.name}" for module in found if module.ispkg)


def pages_of(apps: list[str]) -> list[str]:
    """The `urls` modules of the apps that have pages of their own."""
    return [f"{app}.urls" for app in apps if find_spec(f"{app}.urls")]

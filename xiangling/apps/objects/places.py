"""Which town a word or a number means."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _

from xiangling.kernel.sheets import BadValueError, parse_code
from xiangling.org.models import Region


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


class Places:
    """The divisions of the installation, read once; answers for a batch of rows."""

    def __init__(self) -> None:
        rows = list(Region.objects.order_by("code"))
        self._by_code = {region.code: region for region in rows}
        self._named: dict[str, list[Region]] = defaultdict(list)
        for region in rows:
            for name in self._names(region):
                self._named[name].append(region)

    def _names(self, region: Region) -> set[str]:
        """The town's name alone, after its district's, and after city's and district's."""
        if region.level != 9:
            return set()
        district = self._name(region.code[:6].ljust(12, "0"))
        city = self._name(region.code[:4].ljust(12, "0"))
        own = _plain(region.name)
        return {own, district + own, city + district + own}

    def _name(self, code: str) -> str:
        region = self._by_code.get(code)
        return _plain(region.name) if region else ""

    def town(self, value: Any, district: Any = "") -> Region:
        """The town of a division code (9 or 12 digits) or a name, helped by the district's name.

        Raises BadValueError for a place that is unknown, elsewhere or ambiguous.
        """
        text = _plain(str(value if value is not None else ""))
        if not text:
            raise BadValueError("town.missing", _("The town is missing."))
        code = parse_code(value) if text.replace(".0", "").isdecimal() else ""
        if code:
            return self._by_number(code)
        near = _plain(str(district or ""))
        found = self._named.get(near + text) or self._named.get(text) or []
        if len(found) == 1:
            return found[0]
        if found:
            raise BadValueError(
                "town.ambiguous",
                _("There are several towns called %(name)s; give the district too.")
                % {"name": text[:40]},
            )
        raise BadValueError(
            "town.unknown", _("There is no town called %(name)s here.") % {"name": text[:40]}
        )

    def _by_number(self, code: str) -> Region:
        region = self._by_code.get(code.ljust(12, "0")[:9].ljust(12, "0"))
        if len(code) in (9, 12) and region and region.level == 9:
            return region
        if code[:4].ljust(12, "0") not in self._by_code:
            raise BadValueError(
                "town.elsewhere",
                _("The division code %(code)s is another city's.") % {"code": code[:20]},
            )
        raise BadValueError(
            "town.unknown",
            _("The division code %(code)s is no town here; it has 9 or 12 digits.")
            % {"code": code[:20]},
        )

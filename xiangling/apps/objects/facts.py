"""What is known about an object, read from a form, an API call or a row: one check for all three."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from xiangling.kernel import packs
from xiangling.kernel.scope import Scope
from xiangling.kernel.sheets import BadValueError, parse_code, parse_date

from .codes import name_key, read_device_code, read_uscc
from .models import SupervisedObject
from .places import Places

Kind, Status = SupervisedObject.Kind, SupervisedObject.Status

KIND_WORDS = {
    "企业": Kind.FIRM, "单位": Kind.FIRM, "公司": Kind.FIRM, "个体工商户": Kind.FIRM, "firm": Kind.FIRM,
    "场所": Kind.VENUE, "经营场所": Kind.VENUE, "venue": Kind.VENUE,
    "设备": Kind.EQUIPMENT, "特种设备": Kind.EQUIPMENT, "equipment": Kind.EQUIPMENT,
    "工地": Kind.SITE, "项目": Kind.SITE, "在建工程": Kind.SITE, "建筑工地": Kind.SITE, "site": Kind.SITE,
}  # fmt: skip
STATUS_WORDS = {
    "在用": Status.ACTIVE, "正常": Status.ACTIVE, "在营": Status.ACTIVE, "存续": Status.ACTIVE, "active": Status.ACTIVE,
    "停用": Status.IDLE, "停业": Status.IDLE, "停产": Status.IDLE, "闲置": Status.IDLE, "idle": Status.IDLE,
    "注销": Status.GONE, "报废": Status.GONE, "拆除": Status.GONE, "完工": Status.GONE, "gone": Status.GONE,
}  # fmt: skip
LENGTHS = {"name": 120, "type": 40, "address": 200, "liable_name": 40, "liable_phone": 20}
LAT, LNG = (3.0, 54.0), (73.0, 136.0)
"""Bounds of the country in degrees, WGS 84: outside them latitude and longitude are swapped or wrong."""
MOST_STAFF = 1_000_000
FARTHEST = 30
"""Years ahead beyond which a test date is a slip of the pen."""


@dataclass
class Draft:
    """An object as somebody describes it: checked values by column, and the firm it belongs to."""

    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    firm_code: str = ""
    firm_name: str = ""

    @property
    def key(self) -> str:
        return name_key(self.values.get("name", ""))

    @property
    def town(self) -> str:
        return str(self.values.get("region", ""))[:9]

    @property
    def identifier(self) -> str:
        return str(self.values.get("identifier", ""))


class Reader:
    """Reads descriptions for one actor's scope, on one day; one instance serves a batch."""

    def __init__(self, scope: Scope, today: date) -> None:
        self._scope, self._today = scope, today
        self._places = Places()
        self._sectors: dict[str, str] = {}
        for row in packs.load("sectors"):
            for word in (row["code"], row["zh"], row["en"]):
                self._sectors[_plain(word)] = row["code"]

    def read(self, raw: Mapping[str, Any]) -> Draft:
        """The checked facts of one description; what is wrong stands in `errors` by column."""
        draft = Draft(Kind.FIRM)
        self._put(draft, "kind", lambda: self._kind(raw.get("kind")))
        draft.kind = draft.values.pop("kind", Kind.FIRM)
        for name, most in LENGTHS.items():
            self._put(draft, name, partial(_text, raw.get(name), most))
        if not draft.values.get("name") and "name" not in draft.errors:
            draft.errors["name"] = _("The name is missing.")
        self._put(draft, "identifier", lambda: self._identifier(draft.kind, raw.get("identifier")))
        self._put(draft, "sector", lambda: self._sector(raw.get("sector")))
        if raw.get("region") not in (None, "") or draft.kind == Kind.FIRM:
            self._put(draft, "region", lambda: self._region(raw))
        self._put(draft, "staff_count", lambda: _staff(raw.get("staff_count")))
        self._put(draft, "next_test_on", lambda: self._test_day(raw.get("next_test_on")))
        self._put(draft, "status", lambda: _word(raw.get("status"), STATUS_WORDS, _("status")))
        self._put(draft, "lat", lambda: _degrees(raw.get("lat"), LAT))
        self._put(draft, "lng", lambda: _degrees(raw.get("lng"), LNG))
        if ("lat" in draft.values) != ("lng" in draft.values) and not draft.errors.keys() & {
            "lat",
            "lng",
        }:
            draft.errors["lat"] = _("Latitude and longitude come together or not at all.")
        self._firm(draft, raw)
        return draft

    def _put(self, draft: Draft, name: str, read: Callable[[], Any]) -> None:
        try:
            value = read()
        except BadValueError as error:
            draft.errors[name] = str(error)
        else:
            if value not in (None, ""):
                draft.values[name] = value

    def _kind(self, value: Any) -> str:
        return _word(value, KIND_WORDS, _("kind")) or Kind.FIRM

    def _identifier(self, kind: str, value: Any) -> str:
        if kind == Kind.FIRM:
            return read_uscc(value)
        if kind == Kind.EQUIPMENT:
            return read_device_code(value)
        code = parse_code(value)
        if len(code) > 40:
            raise BadValueError("code.long", _("The number is longer than 40 characters."))
        return code

    def _sector(self, value: Any) -> str:
        text = _plain(str(value or ""))
        if not text:
            return ""
        if text not in self._sectors:
            raise BadValueError(
                "sector.unknown", _("There is no sector called %(name)s.") % {"name": text[:40]}
            )
        code = self._sectors[text]
        if self._scope.sectors is not None and code not in self._scope.sectors:
            raise BadValueError(
                "sector.scope", _("The sector %(name)s is not your unit's.") % {"name": text[:40]}
            )
        return code

    def _region(self, raw: Mapping[str, Any]) -> str:
        region = self._places.town(raw.get("region"), raw.get("district"))
        if not region.code.startswith(self._scope.region):
            raise BadValueError(
                "town.scope", _("%(name)s lies outside your area.") % {"name": region.name}
            )
        return region.code

    def _test_day(self, value: Any) -> date | None:
        day = parse_date(value)
        if day and not self._today.year - FARTHEST <= day.year <= self._today.year + FARTHEST:
            raise BadValueError(
                "date.far", _("The next test cannot be on %(day)s.") % {"day": day.isoformat()}
            )
        return day

    def _firm(self, draft: Draft, raw: Mapping[str, Any]) -> None:
        if draft.kind == Kind.FIRM:
            return
        try:
            draft.firm_code = read_uscc(raw.get("firm_code"))
        except BadValueError as error:
            draft.errors["firm_code"] = str(error)
        draft.firm_name = _text(raw.get("firm_name"), 400)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _text(value: Any, most: int) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = " ".join(str(value if value is not None else "").split())
    if len(text) > most:
        raise BadValueError(
            "text.long",
            _("“%(text)s…” is longer than %(n)d characters.") % {"text": text[:20], "n": most},
        )
    return text


def _word(value: Any, words: Mapping[str, str], what: str) -> str:
    text = _plain(str(value or ""))
    if text and text not in words:
        raise BadValueError(
            "word.unknown",
            _("There is no %(what)s called %(name)s.") % {"what": what, "name": text[:40]},
        )
    return words[text] if text else ""


def _number(value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        return float(unicodedata.normalize("NFKC", str(value)).strip())
    except ValueError:
        raise BadValueError(
            "number.form", _("“%(text)s” is not a number.") % {"text": str(value)[:20]}
        ) from None


def _staff(value: Any) -> int | None:
    number = _number(value)
    if number is None:
        return None
    if not (0 <= number <= MOST_STAFF and number.is_integer()):
        raise BadValueError(
            "staff.range", _("“%(text)s” cannot be a number of people.") % {"text": str(value)[:20]}
        )
    return int(number)


def _degrees(value: Any, bounds: tuple[float, float]) -> float | None:
    number = _number(value)
    if number is None or number == 0:
        return None
    if not bounds[0] <= number <= bounds[1]:
        raise BadValueError(
            "place.range",
            _("%(text)s degrees lie outside the country; are latitude and longitude exchanged?")
            % {"text": str(value)[:20]},
        )
    return round(number, 6)

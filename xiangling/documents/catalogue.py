"""The papers there are: what each asks for and how it reads, as dated data of the packs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.utils import timezone
from django.utils.functional import lazystr

from xiangling.kernel import packs, wording
from xiangling.kernel.loop import FieldKind

_KINDS: dict[str, FieldKind] = {
    "text": "text",
    "long": "long",
    "lines": "long",
    "date": "date",
    "datetime": "datetime",
}


class Bilingual:
    """A label of a pack in the reader's language, decided when it is read."""

    def __init__(self, row: dict[str, Any], key: str = "label") -> None:
        self.chinese = str(row.get(key, ""))
        self.english = str(row.get(f"{key}_en", "") or self.chinese)

    def __str__(self) -> str:
        return self.chinese if wording.is_chinese() else self.english


@dataclass(frozen=True)
class Asked:
    """One thing that papers are filled with."""

    key: str
    kind: str
    label: Any
    help: Any
    most: int
    least: int
    is_remembered: bool

    @property
    def form_kind(self) -> FieldKind:
        return _KINDS[self.kind]

    def kept(self, value: Any) -> Any:
        """A value as the content of a paper keeps it: text, or a list of lines; "" and [] for nothing."""
        if self.kind == "lines":
            lines = value if isinstance(value, list | tuple) else str(value or "").splitlines()
            return [line.strip() for line in lines if str(line).strip()]
        if isinstance(value, datetime):
            local = timezone.localtime(value) if timezone.is_aware(value) else value
            return local.strftime("%Y-%m-%dT%H:%M")
        if isinstance(value, date):
            return value.isoformat()
        return str(value or "").strip()

    def typed(self, value: Any) -> Any:
        """A kept value as a form shows it."""
        return "\n".join(value) if isinstance(value, list) else value

    def said(self, value: Any) -> str:
        """A kept value as a paper says it: 2026年6月10日, 2026年6月10日10时30分, 甲、乙."""
        if not value:
            return ""
        if self.kind == "lines":
            return "、".join(value)
        if self.kind == "date":
            return day_said(date.fromisoformat(value))
        if self.kind == "datetime":
            moment = datetime.fromisoformat(value)
            return f"{day_said(moment.date())}{moment.hour}时{moment.minute:02d}分"
        return str(value)


def day_said(day: date) -> str:
    """A date as papers write it."""
    return f"{day.year}年{day.month}月{day.day}日"


@dataclass(frozen=True)
class PaperType:
    """One sort of paper, as its pack row says it on some day."""

    row: dict[str, Any]

    @property
    def key(self) -> str:
        return str(self.row["key"])

    @property
    def label(self) -> str:
        return str(Bilingual(self.row))

    @property
    def name(self) -> str:
        """What it is called on paper."""
        return str(self.row["label"])

    @property
    def fields(self) -> list[tuple[Asked, bool]]:
        """(what it asks for, whether it must be given), in order."""
        known, free = asked_for(), self.row["may"]
        return [(known[name], name not in free) for name in self.row["fields"]]

    @property
    def is_for_unit(self) -> bool:
        return bool(self.row["recipient"] == "unit")

    @property
    def after(self) -> list[str]:
        return list(self.row.get("after", []))

    def missing(self, content: dict[str, Any]) -> list[Asked]:
        """What must be given and is not, or not often enough."""
        return [
            asked
            for asked, is_needed in self.fields
            if is_needed and not _is_enough(asked, content.get(asked.key))
        ]


def _is_enough(asked: Asked, value: Any) -> bool:
    return bool(value) and (not isinstance(value, list) or len(value) >= asked.least)


@cache
def asked_for() -> dict[str, Asked]:
    """Everything that papers may ask for, by key."""
    return {
        row["key"]: Asked(
            row["key"],
            row["kind"],
            lazystr(Bilingual(row)),
            lazystr(Bilingual(row, "help")),
            row.get("most", 40),
            row.get("least", 1),
            bool(row.get("remember")),
        )
        for row in packs.load("paper_fields")
    }


def types(on: date) -> list[PaperType]:
    """The papers in force on a day."""
    return [PaperType(row) for row in packs.load("papers") if packs.in_force(row, on)]


def find(key: str, on: date) -> PaperType:
    """One sort of paper as of a day. Raises LookupError."""
    for found in types(on):
        if found.key == key:
            return found
    raise LookupError(f"no paper {key} in force on {on}")


def labels() -> list[tuple[str, Any]]:
    """Every sort of paper there ever was, for choices: (key, label)."""
    return list({row["key"]: lazystr(Bilingual(row)) for row in packs.load("papers")}.items())

"""From what a reading found to a proposed task: units looked up, dates taken over, nothing made up."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import packs
from xiangling.kernel.actor import Actor
from xiangling.org.models import Unit
from xiangling.org.sectors import is_sector

from . import queries, terms
from .models import Cycle, Document, Draft
from .reader.reading import Directive, Owner, Reading

SUPPLIABLE = (
    "what",
    "object_text",
    "sector",
    "indicator",
    "doers",
    "assists",
    "checker",
    "due_on",
    "cycle",
    "proof_kind",
)
"""Columns of a draft that are extracted from the text or supplied by a person."""
NEEDED = {
    "doers": _("Doer"),
    "checker": _("Checking unit"),
    "due_on": _("Due"),
    "proof_kind": _("Proof"),
    "quote": _("Source"),
}
"""What a task lacks while it is 不完整 (R-004)."""
HOW = {
    "anaphora": pgettext_lazy("owner", "referred to, not named here"),
    "elided": pgettext_lazy("owner", "left out, taken from before"),
    "heading": pgettext_lazy("owner", "from the heading"),
}
_CYCLES = (
    (Cycle.WEEK, r"每周|周调度|每星期"),
    (Cycle.QUARTER, r"每季|季度|按季"),
    (Cycle.HALF, r"每半年|半年"),
    (Cycle.MONTH, r"每月|逐月|按月|月调度"),
    (Cycle.YEAR, r"每年|年度|逐年"),
)


class UnitMatcher:
    """Looks the named units of one reading up in the units tree, each name once; keeps its sentences."""

    def __init__(self, unit: Unit, actor: Actor, reading: Reading) -> None:
        self.unit = unit
        self.sentences: dict[tuple[int, int], str] = {}
        for piece in reading.pieces:
            key = (piece.paragraph, piece.sentence)
            self.sentences[key] = self.sentences.get(key, "") + piece.text
        self.near = set(queries.doer_units(actor).values_list("pk", flat=True))
        self._known: dict[str, dict[str, Any]] = {}

    def look_up(self, owner: Owner) -> dict[str, Any]:
        """An owner as a draft keeps it: the words, how they stand there, and the units they can mean."""
        name = owner.norm or owner.name
        if name not in self._known:
            group = queries.group_units(name, self.unit)
            units = group or queries.unit_named(name, self.unit)
            self._known[name] = {"units": [unit.pk for unit in units], "is_group": bool(group)}
        return {
            "name": owner.name,
            "norm": owner.norm,
            "is_explicit": owner.is_explicit,
            "how": owner.how,
            **self._known[name],
        }


def proposed(
    document: Document, reading: Reading, found: Directive, order: int, matcher: UnitMatcher
) -> Draft:
    """The draft of an open directive (not saved). Only units named outright and known for one are filled in.

    The first named unit is proposed as doer and the others as co-handling; a group is only offered.
    """
    line = reading.text_lines[found.paragraph - 1]
    owners = [matcher.look_up(owner) for owner in found.owners]
    named = [
        row["units"][0]
        for row in owners
        if row["is_explicit"]
        and not row["is_group"]
        and len(row["units"]) == 1
        and row["units"][0] in matcher.near
    ]
    named = list(dict.fromkeys(named))
    sentence = matcher.sentences.get((found.paragraph, found.sentence), line)
    what = mended(line, found.paragraph, found.offset, found.end, reading).strip("，；、 \t")
    if found.action and any(owner.how == "table" for owner in found.owners):
        what = found.action  # a row of a table also holds the unit and the date
    deadline = found.deadline
    is_cyclic = deadline is not None and deadline.type == "recurring"
    draft = Draft(
        document=document,
        order=order,
        paragraph=found.paragraph,
        sentence=found.sentence,
        start=found.offset,
        end=found.end,
        quote=sentence.strip(),
        owners=owners,
        deadline_text=deadline.text[:120] if deadline else "",
        deadline_type=deadline.type[:12] if deadline else "",
        what=what or sentence.strip(),
        object_text=found.object[:200],
        sector=sector_code(found.sector),
        indicator=found.indicator[:200],
        doers=named[:1],
        assists=named[1:],
        due_on=deadline.iso if deadline else None,
        cycle=cycle_of(deadline.text) if deadline and is_cyclic else "",
        words=terms.suggested_words(what),
    )
    draft.extracted = snapshot(draft)
    return draft


def mended(line: str, paragraph: int, start: int, end: int, reading: Reading) -> str:
    """A part of a line with its certain repairs made."""
    text, rest = "", start
    for row in sorted(reading.repairs, key=lambda row: row.start):
        inside = row.paragraph == paragraph and rest <= row.start and row.end <= end
        if inside and row.is_certain:
            text += line[rest : row.start] + row.fixed
            rest = row.end
    return text + line[rest:end]


def cycle_of(text: str) -> str:
    """The cycle that words of a text name; "" where they name none."""
    return next((cycle.value for cycle, words in _CYCLES if re.search(words, text)), "")


def sector_code(text: str) -> str:
    """The code of a sector named by code or in words (燃气 for 城镇燃气); "" for anything else."""
    if is_sector(text):
        return text
    found = [row["code"] for row in packs.load("sectors") if len(text) > 1 and text in row["zh"]]
    return found[0] if len(found) == 1 else ""


def snapshot(draft: Draft) -> dict[str, Any]:
    """The suppliable columns as plain values."""
    return {name: plain(draft, name) for name in SUPPLIABLE}


def plain(draft: Draft, name: str) -> Any:
    value = draft.checker_id if name == "checker" else getattr(draft, name)
    return value.isoformat() if isinstance(value, date) else value


def origin(draft: Draft, name: str) -> str:
    """Where a column's value comes from: "extracted", "supplied", or "" where it has none."""
    value = plain(draft, name)
    if value in (None, "", []):
        return ""
    return "extracted" if draft.extracted.get(name) == value else "supplied"


def supplied(draft: Draft) -> list[str]:
    return [name for name in SUPPLIABLE if origin(draft, name) == "supplied"]


def lacks(draft: Draft) -> list[str]:
    """The columns still missing before a draft can be confirmed; empty when it is whole."""
    given = {
        "doers": draft.doers,
        "checker": draft.checker_id,
        "due_on": draft.due_on,
        "proof_kind": draft.proof_kind,
        "quote": draft.quote,
    }
    return [name for name in NEEDED if not given[name]]


def basis(draft: Draft) -> str:
    """The document and the place in it, as a task cites them."""
    issued = draft.document.issued_on
    day = f"{issued:%Y-%m-%d} " if issued else ""
    place = f" 第{draft.paragraph}段第{draft.sentence}句"
    return f"{day}《{draft.document.title}》"[: 200 - len(place)] + place

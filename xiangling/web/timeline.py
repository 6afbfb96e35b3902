"""A case's ledger as prose: who, when, did what, on what ground, with the proof behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from xiangling.kernel import images, wording
from xiangling.kernel.loop import Field, Loop
from xiangling.kernel.models import Case, Entry, ProofUse
from xiangling.kernel.proof import ROLE_LABELS
from xiangling.kernel.registry import Kind

from . import people, words

Event = dict[str, Any]


@dataclass
class Timeline:
    """The entries of one case, read once and told in several ways."""

    kind: Kind
    case: Case
    entries: Sequence[Entry]

    def events(self) -> list[Event]:
        """Every entry as prose, newest first."""
        return [self.event(entry) for entry in reversed(self.entries)]

    def event(self, entry: Entry) -> Event:
        name, _sep, seat = entry.actor_label.partition(" · ")
        step = self.kind.loop.steps.get(entry.step)
        return {
            "who": name,
            "post": seat,
            "at": words.short_moment(entry.at),
            "at_iso": timezone.localtime(entry.at).isoformat(timespec="seconds"),
            "text": self.told(entry),
            "note": self._note(entry),
            "basis": step.law if step else "",
            "tone": self._tone(entry),
            "proof": [self._proof(entry, use) for use in entry.proofs.all()],
        }

    def told(self, entry: Entry) -> str:
        """What was done, as the loop tells it; a rung of the ladder by its own name."""
        said = self.kind.loop.told(entry.kind)
        return str(said or words.rung(entry.kind.partition(".")[2], entry.data.get("label", "")))

    def _tone(self, entry: Entry) -> str:
        loop = self.kind.loop
        target = loop.states.get(entry.target)
        if target is not None and target.is_final and entry.source != entry.target:
            return "close"
        main = [name for name, state in loop.states.items() if not state.is_side]
        if entry.source in main and entry.target in main:
            return "refusal" if main.index(entry.target) < main.index(entry.source) else ""
        return ""

    # --- the answers that were given

    def _note(self, entry: Entry) -> str:
        lines = [
            _("%(label)s: %(value)s") % {"label": asked.label, "value": value}
            for asked in self._fields(entry)
            if asked.name in entry.data and (value := self._answer(asked, entry.data[asked.name]))
        ]
        if self.kind.remarks:
            lines += self.kind.remarks(entry)
        if told := entry.data.get("told"):
            lines.append(_("Told: %(who)s") % {"who": wording.clauses(told)})
        return "\n".join(lines)

    def _fields(self, entry: Entry) -> Iterable[Field]:
        if entry.seq == 1 and self.kind.intake:
            return self.kind.intake.fields
        step = self.kind.loop.steps.get(entry.step)
        return step.fields if step else ()

    def _answer(self, asked: Field, value: Any) -> str:
        if asked.kind == "unit":
            return self._units.get(value, "") if isinstance(value, int) else ""
        if asked.kind == "post":
            title, person = self._posts.get(value, ("", ""))
            return f"{title} {person}".strip()
        if asked.kind == "choice" and not callable(asked.choices):
            return next((str(label) for code, label in asked.choices if code == value), str(value))
        if asked.kind == "choice":
            return self._choice(asked, value)
        return words.stored(value)

    def _choice(self, asked: Field, value: Any) -> str:
        """The wording of an answer whose choices depend on the case; the model's own wording first."""
        for column in self.case._meta.get_fields():
            flat = getattr(column, "flatchoices", None)
            if column.name == (asked.to or asked.name) and flat:
                return str(dict(flat).get(value, value))
        return str(value)

    def _ids(self, kind: str) -> set[int]:
        found = {
            entry.data.get(asked.name)
            for entry in self.entries
            for asked in self._fields(entry)
            if asked.kind == kind
        }
        return {value for value in found if isinstance(value, int)}

    @cached_property
    def _units(self) -> dict[int, str]:
        known = {self.case.unit_id: self.case.unit.name}
        return known | people.unit_names(self._ids("unit") - set(known))

    @cached_property
    def _posts(self) -> dict[int, tuple[str, str]]:
        return people.post_holders(self._ids("post"))

    # --- proof

    def _address(self, use: ProofUse, version: str) -> str:
        return f"/proof/{self.kind.key}/{self.case.uid}/{use.file.uid}/{version}"

    def _proof(self, entry: Entry, use: ProofUse) -> dict[str, str]:
        label = f"{ROLE_LABELS.get(use.role, use.role)} {use.file.name}"
        if not use.file.is_photo:
            return {
                "url": self._address(use, "original"),
                "thumb_url": "",
                "label": label,
                "kind": "paper",
            }
        return {
            "url": self._address(use, "clean"),
            "thumb_url": self._address(use, "thumb"),
            "label": label,
            "kind": "photo",
        }

    def photos(self, *roles: str) -> list[dict[str, str]]:
        """The photos given in these roles, with time, distance from the object and giver."""
        return [
            {
                "url": self._address(use, "clean"),
                "thumb_url": self._address(use, "thumb"),
                "alt": f"{ROLE_LABELS.get(use.role, use.role)} {use.file.name}",
                "at": words.short_moment(use.file.taken_at)
                if use.file.taken_at
                else _("time unknown"),
                "place": self._distance(use),
                "by": entry.actor_label.partition(" · ")[0],
            }
            for entry, use in self._uses()
            if use.file.is_photo and use.role in roles
        ]

    def papers(self) -> list[dict[str, str]]:
        return [
            {
                "label": use.file.name,
                "url": self._address(use, "original"),
                "at": words.short_moment(entry.at),
            }
            for entry, use in self._uses()
            if not use.file.is_photo
        ]

    def _uses(self) -> list[tuple[Entry, ProofUse]]:
        return [(entry, use) for entry in self.entries for use in entry.proofs.all()]

    @cached_property
    def _place(self) -> tuple[float, float] | None:
        return self.kind.place(self.case)

    def _distance(self, use: ProofUse) -> str:
        if use.file.lat is None or use.file.lng is None:
            return _("place unknown")
        if self._place is None:
            return ""
        metres = images.distance_m(*self._place, use.file.lat, use.file.lng)
        if metres < 1000:
            return _("%(n)d m from the object") % {"n": metres}
        return _("%(n).1f km from the object") % {"n": metres / 1000}


def stages(loop: Loop, case: Case, entries: Sequence[Entry]) -> list[dict[str, str]]:
    """The main states in order, each with the day it was first reached; a side state stands where it arose."""
    first: dict[str, Any] = {}
    last_main, reached_at = loop.start, 0
    for entry in entries:
        first.setdefault(entry.target, entry.at)
        if not loop.states[entry.target].is_side:
            last_main = entry.target
    main = [name for name, state in loop.states.items() if not state.is_side]
    reached_at = main.index(last_main)
    aside = loop.states[case.state].is_side

    def status(index: int, name: str) -> str:
        if index > reached_at:
            return "todo"
        if index == reached_at:
            ended = aside or loop.states[name].is_final
            return "done" if ended else "current"
        return "done" if name in first else "skipped"

    def stage(name: str, how: str) -> dict[str, str]:
        moment = first.get(name) if how != "todo" else None
        day = words.short_day(timezone.localtime(moment).date()) if moment else ""
        return {"label": str(loop.states[name].label), "date": day, "status": how}

    line = [stage(name, status(index, name)) for index, name in enumerate(main)]
    if aside:
        line.insert(reached_at + 1, stage(case.state, "current"))
        if loop.states[case.state].is_final:
            return line[: reached_at + 2]
    return line

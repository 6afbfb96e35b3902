"""The record page of any kind of case: what it is, whose turn, how long, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from xiangling.kernel import clock, docket, duty, ledger, registry, wording
from xiangling.kernel.actor import Actor
from xiangling.kernel.loop import Step
from xiangling.kernel.models import Case, Docket, Entry
from xiangling.kernel.refusal import Refused
from xiangling.kernel.registry import Kind

from . import marks, obstacles, words
from .people import as_holder
from .timeline import Timeline, stages

_WIDE_FROM = 40
"""A fact longer than this many characters takes a line of its own."""


def address(kind: Kind, case: Any, *more: str) -> str:
    """The address of a record, or of something below it."""
    return "/".join(["", kind.key, str(case.uid), *more, ""])


@dataclass
class RecordPage:
    """Everything the record page shows of one case to one actor."""

    kind: Kind
    case: Case
    actor: Actor

    def __post_init__(self) -> None:
        self.loop = self.kind.loop
        self.now = clock.now()
        self.today: date = clock.local_date(self.now)
        self.entries: list[Entry] = list(ledger.timeline(self.case))
        self.row = Docket._base_manager.filter(case_uid=self.case.uid).first()
        self.timeline = Timeline(self.kind, self.case, self.entries)
        self.due = marks.DueWords(self.now)

    def short(self) -> dict[str, Any]:
        """`record`, as web/_preview.html asks for it: no chain of duty, the latest entry alone."""
        offered, _barred = obstacles.steps_of(self.case, self.loop, self.actor, self.entries)
        primary = next((step for step in offered if step.is_primary), None)
        return {
            **self.head(),
            "facts": self._facts(),
            "photos": self._photos(),
            "turn": self._turn(),
            "primary": self._action(primary) if primary else None,
            "timeline": [self.timeline.event(entry) for entry in self.entries[-1:]],
        }

    def context(self, refusal: Refused | None = None) -> dict[str, Any]:
        """`record`, as web/record.html asks for it."""
        with duty.one_resolver(), clock.calendar_read():
            return self._context(refusal)

    def _context(self, refusal: Refused | None) -> dict[str, Any]:
        offered, barred = obstacles.steps_of(self.case, self.loop, self.actor, self.entries)
        primary = next((step for step in offered if step.is_primary), None)
        return {
            **self.head(),
            "list_url": f"/{self.kind.plural}/",
            "stages": stages(self.loop, self.case, self.entries),
            "refusal": refusal,
            "facts": self._facts(),
            "photos": self._photos(),
            "turn": self._turn(),
            "primary": self._action(primary) if primary else None,
            "others": self._others(offered, primary),
            "waiting": self._barred_words(barred),
            "duty_chain": self._duty_chain(),
            "clock": self._clock_words(),
            "escalations": self._escalations(),
            "timeline": self.timeline.events(),
            "papers": self.timeline.papers(),
            "panels": self._panels(),
            "chain": {
                "ok": ledger.check_chain(self.entries, self.case) is None,
                "url": address(self.kind, self.case, "verify"),
                "length": len(self.entries),
            },
        }

    def head(self) -> dict[str, Any]:
        return {
            "code": self.case.code,
            "title": self.case.title(),
            "url": address(self.kind, self.case),
            "kind_label": str(self.kind.label),
            "grade": marks.grade_chip(self.kind, self.kind.mark(self.case)),
            "state": marks.state_chip(self.loop, self.case.state),
        }

    # --- what it is

    def _facts(self) -> list[dict[str, Any]]:
        groups = []
        for title, facts in self.kind.facts(self.case):
            rows = [
                {"label": label, "value": said, "url": url, "wide": len(said) > _WIDE_FROM}
                for label, value, url in facts
                if (said := words.shown(value))
            ]
            if rows:
                groups.append({"title": title, "rows": rows})
        return groups

    def _photos(self) -> dict[str, Any] | None:
        found: dict[str, Any] = {
            "before": self.timeline.photos("before"),
            "after": self.timeline.photos("after", "site"),
        }
        proven = {name for name, step in self.loop.steps.items() if step.proof}
        if any(entry.step in proven for entry in self.entries):
            found["waiting"] = _("Handed in without a photo")
        ended_aside = self.case.closed_at is not None and self.loop.states[self.case.state].is_side
        wants = not ended_aside and any(
            {"before", "after"} & step.proof.roles.keys()
            for step in self.loop.steps.values()
            if step.proof
        )
        return found if wants or found["before"] or found["after"] else None

    # --- whose turn

    def _turn(self) -> dict[str, Any]:
        if self.row is None or self.case.closed_at is not None:
            ended = self.case.closed_at or self.case.changed_at
            return {"closed": True, "time": marks.closed_chip(ended)}
        holder = duty.resolve(self.row.turn, self.case, self.today)
        return {
            "holder": as_holder(holder),
            "time": self.due.chip(self.row.due_at),
            "late": self.row.due_at < self.now,
            "closed": False,
            "line": "",
        }

    def _clock_words(self) -> str:
        if self.row is None:
            return ""
        state = self.loop.states[self.row.state]
        due = words.long_day(clock.local_date(self.row.due_at))
        return _("%(state)s: next step by %(day)s") % {"state": state.label, "day": due}

    # --- what this person may do

    def _action(self, step: Step) -> dict[str, Any]:
        return {
            "label": str(step.label),
            "url": address(self.kind, self.case, step.name),
            "danger": step.is_dangerous,
        }

    def _others(self, offered: list[Step], primary: Step | None) -> list[dict[str, Any]]:
        calm = [step for step in offered if step is not primary and not step.is_dangerous]
        harsh = [step for step in offered if step is not primary and step.is_dangerous]
        label = {
            "label": _("Print the label"),
            "url": address(self.kind, self.case, "label"),
            "danger": False,
        }
        return [*map(self._action, calm), label, *map(self._action, harsh)]

    def _barred_words(self, barred: list[tuple[Step, list[str]]]) -> str:
        return " ".join(
            _("“%(step)s” must be taken by another person: you took “%(earlier)s” yourself.")
            % {"step": step.label, "earlier": wording.listed(earlier)}
            for step, earlier in barred
            if step.is_primary
        )

    # --- who answers, and what the clock will do

    def _panels(self) -> list[dict[str, Any]]:
        """What other parts have to show about this record."""
        found = [
            show(self.kind, self.case, self.actor) for show in registry.shelf("panels").values()
        ]
        return [
            {
                "title": str(shown.title),
                "rows": [
                    {"label": str(label), "url": url, "note": str(note), "more": [*further]}
                    for label, url, note, further in shown.rows
                ],
                "actions": [{"label": str(label), "url": url} for label, url in shown.actions],
            }
            for shown in found
            if shown is not None
        ]

    def _duty_chain(self) -> list[dict[str, Any]]:
        if self.kind.chain is None:
            return []
        return [
            {
                "layer": link["layer"],
                "label": link["label"],
                "names": [as_holder(holder) for holder in link["holders"]],
                "gap": link["gap"],
            }
            for link in self.kind.chain(self.case, self.today)
        ]

    def _escalations(self) -> list[dict[str, Any]]:
        """Rungs that fired, in order, then those still to come; the next one is marked."""
        fired = [
            {
                "at": words.short_moment(entry.at),
                "label": words.rung(entry.kind.partition(".")[2], entry.data.get("label", "")),
                "fired": True,
                "next": False,
            }
            for entry in self.entries
            if "rung" in entry.data and not entry.step
        ]
        if self.row is None or self.row.alarm_at is None:
            return fired
        rungs = docket.rungs_for(self.case, self.today)[self.row.rung :]
        coming = []
        for offset, rung in enumerate(rungs):
            at: datetime = docket.rung_at(rung, self.row.due_at) if offset else self.row.alarm_at
            coming.append(
                {
                    "at": words.short_moment(at),
                    "label": words.rung(rung["do"], rung["label"]),
                    "fired": False,
                    "next": not offset,
                }
            )
        return fired + coming

"""Chips: grade, state and time as a word with a tone, never a colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from xiangling.kernel import clock
from xiangling.kernel.lists import due_words
from xiangling.kernel.loop import BACK, Loop
from xiangling.kernel.models import SERIOUS
from xiangling.kernel.registry import Kind

from . import words

Chip = dict[str, str]
_GRADE_TONES = {SERIOUS, "general"}
_UNMARKED = Kind.__dataclass_fields__["mark_label"].default


def chip(kind: str, tone: str, label: Any) -> Chip:
    return {"kind": kind, "tone": tone, "label": str(label)}


def grade_chip(kind: Kind, mark: str) -> Chip | None:
    """The grade of a case; None for a kind that has no grades."""
    if kind.mark_label is _UNMARKED:
        return None
    label = kind.mark_label(mark) if mark else ""
    if not label:
        return chip("grade", "none", _("Not graded"))
    return chip("grade", mark if mark in _GRADE_TONES else "none", label)


def state_chip(loop: Loop, name: str) -> Chip:
    """A state with the tone of its place in the loop: begun, in work, waiting for a judgement, ended."""
    state = loop.states.get(name)
    if state is None:
        return chip("state", "void", name)
    key = (loop.kind, name)
    if key not in _state_tones:
        _state_tones[key] = _tone(loop, name)
    return chip("state", _state_tones[key], state.label)


_state_tones: dict[tuple[str, str], str] = {}


def _tone(loop: Loop, name: str) -> str:
    state = loop.states[name]
    if state.is_final:
        return "void" if state.is_side else "done"
    if state.is_side:
        return "stopped"
    if name == loop.start:
        return "open"
    return "wait" if _awaits_judgement(loop, name) else "doing"


def _awaits_judgement(loop: Loop, name: str) -> bool:
    onward = (step for step in loop.from_state(name) if step.target not in ("=", BACK, name))
    return any(step.is_primary and step.not_by for step in onward)


@dataclass
class DueWords:
    """Time left in words for many rows: the calendar is read once."""

    now: datetime = field(default_factory=clock.now)
    _calendar: Mapping[date, bool] | None = None

    def chip(self, due_at: datetime | None) -> Chip | None:
        """None where no time limit runs."""
        if due_at is None:
            return None
        if self._calendar is None:
            today = clock.local_date(self.now)
            self._calendar = clock.exceptions_between(today, today + timedelta(days=16))
        said = due_words(due_at, self.now, self._calendar)
        tone = "ok" if said["tone"] == "calm" else said["tone"]
        return chip("time", tone, said["text"])


def closed_chip(closed_at: datetime) -> Chip:
    day = words.long_day(clock.local_date(closed_at))
    return chip("time", "done", _("Closed on %(day)s") % {"day": day})

"""Words that are data: kinds of proof, the ten words, and what a cycle means on the calendar."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from xiangling.kernel import clock, packs, wording

from .models import Cycle

_MONTHS = {Cycle.MONTH: 1, Cycle.QUARTER: 3, Cycle.HALF: 6, Cycle.YEAR: 12}


def _rows(pack: str, on: date | None = None) -> list[packs.Row]:
    day = on or clock.local_date(clock.now())
    return [row for row in packs.load(pack) if packs.in_force(row, day)]


def _label(row: packs.Row) -> str:
    return str(row["label"] if wording.is_chinese() else row["label_en"])


def proof_row(kind: str) -> packs.Row | None:
    """The rule for a kind of proof: which file it wants and whether it can finish a task."""
    return next((row for row in _rows("task_proof") if row["key"] == kind), None)


def proof_label(kind: str) -> str:
    row = proof_row(kind)
    return _label(row) if row else kind


def proof_why(row: packs.Row) -> str:
    """Why a kind of proof finishes nothing."""
    return str(row["why"] if wording.is_chinese() else row["why_en"])


def proof_choices(*, all_kinds: bool = False) -> list[tuple[str, str]]:
    """The kinds of proof that can be asked for; with `all_kinds` those that finish nothing too."""
    return [(row["key"], _label(row)) for row in _rows("task_proof") if all_kinds or row["counts"]]


def ten_words() -> list[str]:
    return [row["key"] for row in _rows("ten_words")]


def word_choices() -> list[tuple[str, str]]:
    """The ten words, each with its label."""
    return [
        (row["key"], row["key"] if wording.is_chinese() else str(row["label_en"]))
        for row in _rows("ten_words")
    ]


def word_labels(words: str) -> str:
    """Some of the ten words in the reader's language."""
    labels = dict(word_choices())
    return wording.listed(labels.get(word, word) for word in words)


def suggested_words(text: str, most: int = 3) -> str:
    """The words of the ten that a task's text suggests, in their order."""
    found = [row["key"] for row in _rows("ten_words") if any(cue in text for cue in row["cues"])]
    return "".join(found[:most])


def first_lists() -> list[packs.Row]:
    return _rows("task_lists")


def next_period(due: date, cycle: str) -> date:
    """The same day one period later; a month without that day ends the period on its last."""
    if cycle == Cycle.WEEK:
        return due + timedelta(days=7)
    months = due.year * 12 + due.month - 1 + _MONTHS[Cycle(cycle)]
    year, month = divmod(months, 12)
    was_last = due.day == monthrange(due.year, due.month)[1]
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, last if was_last else min(due.day, last))


def unit_groups() -> list[dict[str, Any]]:
    return _rows("unit_groups")

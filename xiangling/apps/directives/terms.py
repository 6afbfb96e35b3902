"""Words that are data: kinds of proof, the ten words and other sets, and what a cycle means on the calendar."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

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


# --- named sets of words ---------------------------------------------------------------------------

TEN_WORDS = "ten_words"


def word_sets() -> list[packs.Row]:
    return _rows("word_sets")


def word_set(key: str) -> packs.Row:
    """The set of this name that is in force; one without members where there is none."""
    empty: packs.Row = {"key": key, "members": ()}
    return next((row for row in word_sets() if row["key"] == key), empty)


def set_choices() -> list[tuple[str, str]]:
    """The sets, each with its label."""
    return [(row["key"], _label(row)) for row in word_sets()]


def members(chosen: packs.Row) -> list[tuple[str, str]]:
    """The members of a set, each with its label: in Chinese the key is the name."""
    is_chinese = wording.is_chinese()
    return [
        (row["key"], row["key"] if is_chinese else str(row["label_en"]))
        for row in chosen["members"]
    ]


def member_choices() -> list[tuple[str, str]]:
    """`set.member` of every set that is read off a task's text, with both labels."""
    return [
        (f"{chosen['key']}.{key}", f"{_label(chosen)} · {label}")
        for chosen in word_sets()
        if not chosen.get("is_kept")
        for key, label in members(chosen)
    ]


def holds_any(cues: list[str]) -> Q:
    """Tasks whose text holds one of these words."""
    return reduce(or_, (Q(what__contains=cue) for cue in cues))


def of_member(chosen: packs.Row, key: str) -> Q:
    """The tasks of one member: those marked with it where a task keeps its words, else those whose text has its cues."""
    if chosen.get("is_kept"):
        return Q(words__contains=key)
    member = next(row for row in chosen["members"] if row["key"] == key)
    found = holds_any(member["cues"])
    return holds_any(chosen["about"]) & found if chosen.get("about") else found


def of_choice(choice: str) -> Q:
    """The tasks of one of `member_choices`."""
    name, _dot, key = choice.partition(".")
    return of_member(word_set(name), key)


def ten_words() -> list[str]:
    return [row["key"] for row in word_set(TEN_WORDS)["members"]]


def word_choices() -> list[tuple[str, str]]:
    """The ten words, each with its label."""
    return members(word_set(TEN_WORDS))


def word_labels(words: str) -> str:
    """Some of the ten words in the reader's language."""
    labels = dict(word_choices())
    return wording.listed(labels.get(word, word) for word in words)


def suggested_words(text: str, most: int = 3) -> str:
    """The words of the ten that a task's text suggests, in their order."""
    ten = word_set(TEN_WORDS)["members"]
    found = [row["key"] for row in ten if any(cue in text for cue in row["cues"])]
    return "".join(found[:most])


# --- lists and periods -----------------------------------------------------------------------------


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

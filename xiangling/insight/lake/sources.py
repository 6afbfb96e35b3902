"""Where the lake's rows come from: this node's own ledger."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from django.db.models import F, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from xiangling.kernel import clock, horizon, registry
from xiangling.kernel.models import Entry
from xiangling.kernel.summary import summary_of

CHUNK = 5000
FACTS = ("id", "case_uid", "case_kind", "seq", "kind", "step", "source", "target", "at")
WHO = ("actor_person", "actor_post", "region", "sector", "hash", "actor_label")
Row = dict[str, Any]


class Source(Protocol):
    """A growing table of entries, and the cases they belong to."""

    key: str

    def settled(self) -> int | None:
        """The largest id below which nothing more will appear; None where that is not known now."""

    def hash_at(self, last: int) -> str:
        """The hash of the entry with this id; "" where there is none."""

    def entries(self, after: int, until: int, size: int) -> list[Row]:
        """At most `size` entries with ids above `after` up to `until`, in order of id."""

    def cases(self, kind: str, uids: Sequence[UUID]) -> Iterator[Row]:
        """The cases of one kind with these uids as they stand now."""


@dataclass(frozen=True)
class Life:
    """What a case's entries say about its way so far."""

    due_when_closed: datetime | None = None
    closed_at: datetime | None = None
    n_reopened: int = 0

    @property
    def was_on_time(self) -> bool | None:
        """Whether it was closed by its due date; None where it is open or that is not known."""
        if self.closed_at is None or self.due_when_closed is None:
            return None
        return self.closed_at <= self.due_when_closed


class Own:
    """The ledger of this node."""

    key = "own"

    def __init__(self, node: str) -> None:
        self.node = node

    def settled(self) -> int | None:
        return horizon.settled(Entry)

    def hash_at(self, last: int) -> str:
        return Entry.objects.filter(id=last).values_list("hash", flat=True).first() or ""

    def entries(self, after: int, until: int, size: int) -> list[Row]:
        rows = Entry.objects.filter(id__gt=after, id__lte=until).order_by("id")
        found = rows.values(*FACTS, *WHO, text=Cast(F("data"), TextField()))[:size]
        return [entry_row(row, self.node) for row in found]

    def cases(self, kind: str, uids: Sequence[UUID]) -> Iterator[Row]:
        found = registry.shelf("kinds").get(kind)
        if found is None:
            return
        rows: Any = found.model._base_manager.filter(uid__in=uids).defer("search")
        lives = lives_of(kind, Entry.objects.filter(case_uid__in=uids))
        for case in rows.select_related("unit", *found.related):
            yield case_row(summary_of(found, case), lives.get(case.uid, Life()), self.node)


# --- rows ---------------------------------------------------------------------------------------


@cache
def final_states(kind: str) -> frozenset[str]:
    """The states that end a case of this kind; none for a kind this version does not know."""
    found = registry.shelf("kinds").get(kind)
    states = found.loop.states.items() if found else ()
    return frozenset(name for name, state in states if state.is_final)


def effect_of(kind: str, seq: int, source: str, target: str) -> str:
    """What an entry did to its case: opened, closed, reopened, or "" for none of them."""
    if seq == 1:
        return "opened"
    final = final_states(kind)
    if (source in final) == (target in final):
        return ""
    return "closed" if target in final else "reopened"


@cache
def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _day(moment: datetime | None) -> date | None:
    return clock.local_date(moment) if moment else None


def entry_row(row: Row, node: str) -> Row:
    """A row of the lake from the columns of an entry; `text` is its data as JSON."""
    text = row.pop("text")
    day = clock.local_date(row["at"])
    made = {
        **row,
        "node": node,
        "city": row["region"][:4],
        "month": _month(day),
        "case_uid": row["case_uid"].hex,
        "effect": effect_of(row["case_kind"], row["seq"], row["source"], row["target"]),
        "day": day,
        "due_at": _moment(json.loads(text).get("due")) if '"due"' in text else None,
        "data": text,
    }
    made["case"] = row["case_uid"]
    return made


def lives_of(kind: str, entries: Any) -> dict[UUID, Life]:
    """What the entries of some cases (a query set) say about each."""
    made: dict[UUID, Life] = {}
    due: dict[UUID, datetime | None] = defaultdict(lambda: None)
    rows = entries.order_by("case_uid", "seq").values_list(
        "case_uid", "seq", "source", "target", "at", KT("data__due")
    )
    for uid, seq, source, target, at, left in rows.iterator(chunk_size=CHUNK):
        life = made.get(uid) or Life()
        effect = effect_of(kind, seq, source, target)
        if effect == "closed":
            life = Life(due[uid], at, life.n_reopened)
        elif effect == "reopened":
            life = Life(None, None, life.n_reopened + 1)
        made[uid] = life
        due[uid] = _moment(left) or due[uid]
    return made


def case_row(facts: Row, life: Life, node: str) -> Row:
    """A row of the lake from what is said about a case and what its entries tell."""
    opened, closed, due = (_day(facts[f"{name}_at"]) for name in ("opened", "closed", "due"))
    assert opened is not None
    region = facts["region"]
    return {
        **facts,
        "node": node,
        "city": region[:4],
        "month": _month(opened),
        "district": region[:6],
        "town": region[:9],
        "is_open": closed is None,
        "opened_on": opened,
        "opened_day": opened.toordinal(),
        "closed_on": closed,
        "closed_month": _month(closed) if closed else None,
        "n_days": (closed - opened).days if closed else None,
        "due_on": due,
        "due_day": due.toordinal() if due else None,
        "was_on_time": life.was_on_time if closed else None,
        "n_reopened": life.n_reopened,
    }


def chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The items in lists of at most `size`."""
    chunk: list[Any] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk

"""All ledgers an installation can bring into its lake: its own, and what nodes below have sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, TextField
from django.db.models.functions import Cast

from xiangling.adapters.upward.models import TakenCase, TakenEntry
from xiangling.kernel import horizon

from .sources import FACTS, WHO, Life, Own, Row, Source, case_row, entry_row, lives_of

_TIMES = ("opened_at", "closed_at", "due_at")


class Below:
    """What nodes below have sent. A node that took over from an ended one speaks for its cases."""

    key = "below"

    def settled(self) -> int | None:
        return horizon.settled(TakenEntry)

    def hash_at(self, last: int) -> str:
        return TakenEntry.objects.filter(id=last).values_list("hash", flat=True).first() or ""

    def entries(self, after: int, until: int, size: int) -> list[Row]:
        rows = TakenEntry.objects.filter(id__gt=after, id__lte=until).order_by("id")
        texts = rows.annotate(text=Cast(F("data"), TextField()), said_by=F("node__code"))
        found = texts.values(*FACTS, *WHO, "text", "said_by")[:size]
        return [entry_row(row, row.pop("said_by")) for row in found]

    def cases(self, kind: str, uids: Sequence[UUID]) -> Iterator[Row]:
        said: dict[UUID, TakenCase] = {}
        rows = TakenCase.objects.filter(uid__in=uids).select_related("node")
        for case in rows.order_by("uid", "node_id", "version"):
            said[case.uid] = case
        lives = lives_of(kind, TakenEntry.objects.filter(case_uid__in=uids))
        for uid, case in said.items():
            yield case_row(_facts(case), lives.get(uid, Life()), case.node.code)


def _facts(case: TakenCase) -> dict[str, Any]:
    """What a node said about a case, times and number as this node writes them."""
    times = {
        name: datetime.fromisoformat(case.facts[name]) if case.facts[name] else None
        for name in _TIMES
    }
    return {**case.facts, **times, "uid": case.uid.hex}


def origins() -> Sequence[Source]:
    """This node's own ledger, and those of the nodes below."""
    return [Own(settings.NODE or "own"), Below()]

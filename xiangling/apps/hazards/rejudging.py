"""The whole ledger judged again: when a standard changes, what would be said today. Changes no state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from xiangling.apps.standards import queries as standards
from xiangling.apps.standards.library import Library

from . import suggestions
from .judge import Judgement, Verdict
from .models import Hazard

BATCH = 500
NOT_JUDGED = "not_judged"
"""What stands in the ledger of a finding that the judge has not read yet."""
COLUMNS = (
    "id", "code", "object", "sector", "found_on", "state", "was", "was_standard", "was_article", "now", "probability",
    "now_standard", "now_article", "criterion", "what", "text",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One hazard of which the judge says something else than stands in the ledger.

    ``what`` is "grade" (another grade than the officer's, or one where none was certain), "clause"
    (another clause than the one cited) or "suggestion" (not graded yet; another suggestion than before).
    """

    hazard: Hazard
    judgement: Judgement
    what: str
    was: str
    criterion: str
    standard: str

    def values(self, library: Library) -> dict[str, object]:
        """The change as a row, under COLUMNS."""
        row, best = self.hazard, library.by_id.get(self.criterion)
        return {
            "id": row.pk,
            "code": row.code,
            "object": row.object.name,
            "sector": row.sector,
            "found_on": suggestions.finding_of(row).on,
            "state": row.state,
            "was": self.was,
            "was_standard": row.standard,
            "was_article": row.article,
            "now": self.judgement.verdict.value,
            "probability": round(self.judgement.major_probability, 4),
            "now_standard": library.by_key[best.standard].name if best else "",
            "now_article": library.cite(best.id) if best else "",
            "criterion": self.criterion,
            "what": self.what,
            "text": " ".join(row.text.split()),
        }


@dataclass(frozen=True)
class Step:
    """A batch that was judged: the last hazard's id, how many there were, and what differs."""

    last: int
    n: int
    changes: list[Change]


def steps(*, after: int = 0, on: date | None = None, standard: str = "") -> Iterator[Step]:
    """The ledger from `after` on, batch by batch in the order of arrival; call within an unscoped block.

    ``on`` judges every finding by the editions in force on that day instead of its own; ``standard``
    keeps only changes from or to this standard. Memory stays bounded by one batch.
    """
    library = standards.library()
    while True:
        rows = Hazard.objects.filter(pk__gt=after).order_by("pk")
        batch = list(rows.select_related("object", "judged")[:BATCH])
        if not batch:
            return
        judged = zip(batch, suggestions.judge_many(batch, on), strict=True)
        found = [change for row, answer in judged if (change := compare(row, answer, library))]
        after = batch[-1].pk
        kept = [change for change in found if _concerns(change, standard, library)]
        yield Step(after, len(batch), kept)


def compare(hazard: Hazard, answer: Judgement, library: Library) -> Change | None:
    """What differs between the ledger and a new judgement; None where they agree."""
    cites = answer.verdict in (Verdict.MAJOR, Verdict.UNSURE)
    best = answer.matches[0].criterion if answer.matches and cites else ""
    key, cited = standards.find_clause(library, hazard.standard, hazard.article)
    if not hazard.grade:
        before = getattr(hazard, "judged", None)
        was = before.verdict if before else NOT_JUDGED
        criterion = before.criterion if before and before.standard else ""
        if (was, criterion) == (answer.verdict.value, best):
            return None
        return Change(hazard, answer, "suggestion", was, best, before.standard if before else "")
    if answer.verdict.value == hazard.grade:
        fitting = {match.criterion for match in answer.matches}
        if not hazard.is_major or cited in fitting:
            return None
        return Change(hazard, answer, "clause", hazard.grade, best, key)
    if answer.verdict in (Verdict.UNSURE, Verdict.NOT_COVERED) and not hazard.is_major:
        return None
    return Change(hazard, answer, "grade", hazard.grade, best, key)


def _concerns(change: Change, standard: str, library: Library) -> bool:
    if not standard:
        return True
    now = library.by_id[change.criterion].standard if change.criterion in library.by_id else ""
    return standard in (change.standard, now)

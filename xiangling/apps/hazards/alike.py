"""Look-alikes: an index of sketches of texts, and the exact comparison of what it brings up (S09, R-071)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from .judge import duplicates
from .models import Hazard, TextBand

PER_BAND = 24
"""Newest texts read for one band key: a band shared by thousands is shared by copies of one another."""
COMPARED = 12
"""Candidates compared word by word, those that share most bands first."""
SQLITE_TERMS = 400
"""Parts of one compound SELECT; SQLite refuses more than 500."""


@dataclass(frozen=True)
class Alike:
    """A stored finding that says much the same: id of the hazard, likeness from 0 to 1."""

    hazard: int
    likeness: float


def sharing(keys: Iterable[int]) -> dict[int, list[int]]:
    """Band key -> ids of the newest hazards whose text has it; two index seeks' worth of work per key."""
    wanted = list(dict.fromkeys(keys))
    found: dict[int, list[int]] = defaultdict(list)
    if not wanted:
        return found
    table = TextBand._meta.db_table
    one = (
        f'SELECT band, hazard_id FROM "{table}" WHERE band = %s '  # noqa: S608 - our own table
        f"ORDER BY hazard_id DESC LIMIT {PER_BAND}"
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT found.band, found.hazard_id "  # noqa: S608
                "FROM unnest(%s::bigint[]) AS asked(band), LATERAL "
                f"({one.replace('%s', 'asked.band')}) AS found",
                [wanted],
            )
            rows = cursor.fetchall()
        else:
            rows = []
            for start in range(0, len(wanted), SQLITE_TERMS):
                part = wanted[start : start + SQLITE_TERMS]
                each = f"SELECT * FROM ({one})"  # noqa: S608
                cursor.execute(" UNION ALL ".join([each] * len(part)), part)
                rows += cursor.fetchall()
    for band, hazard in rows:
        found[band].append(hazard)
    return found


def _ranked(keys: Sequence[int], holders: dict[int, list[int]], leave_out: set[int]) -> list[int]:
    shared = Counter(hazard for key in keys for hazard in holders.get(key, ()))
    ranked = sorted(shared, key=lambda hazard: (-shared[hazard], -hazard))
    return [hazard for hazard in ranked if hazard not in leave_out][:COMPARED]


def texts_of(hazards: Iterable[int]) -> dict[int, str]:
    """The texts of stored hazards, whoever's they are: to compare, never to show."""
    rows = Hazard._base_manager.filter(pk__in=set(hazards))
    return dict(rows.values_list("pk", "text"))


def alike(
    text: str, *, least: float = duplicates.COPY, leave_out: Iterable[int] = ()
) -> list[Alike]:
    """Stored findings at least so alike to `text`, most alike first; in nobody's scope."""
    keys = duplicates.sketch(text)
    candidates = _ranked(keys, sharing(keys), set(leave_out))
    compared = [
        Alike(hazard, duplicates.likeness(text, other))
        for hazard, other in texts_of(candidates).items()
    ]
    found = [one for one in compared if one.likeness >= least]
    return sorted(found, key=lambda one: (-one.likeness, one.hazard))


def index(hazards: Sequence[Hazard]) -> dict[int, Alike]:
    """Enter saved hazards into the index; returns the copies among them: hazard id -> what it copies.

    A copy is a text that says the same as an earlier one, stored or of this batch. Call inside the
    transaction that wrote the hazards.
    """
    keys = {hazard.pk: duplicates.sketch(hazard.text) for hazard in hazards}
    holders = sharing(key for found in keys.values() for key in found)
    texts = texts_of(_candidates(keys, holders))
    copies: dict[int, Alike] = {}
    for hazard in sorted(hazards, key=lambda row: row.pk):
        ranked = [pk for pk in _ranked(keys[hazard.pk], holders, {hazard.pk}) if pk < hazard.pk]
        best = max(
            (
                Alike(pk, duplicates.likeness(hazard.text, texts[pk]))
                for pk in ranked
                if pk in texts
            ),
            key=lambda one: (one.likeness, -one.hazard),
            default=None,
        )
        if best and best.likeness >= duplicates.COPY:
            copies[hazard.pk] = best
        texts[hazard.pk] = hazard.text
        for key in keys[hazard.pk]:
            holders[key].insert(0, hazard.pk)
            del holders[key][PER_BAND:]
    TextBand.objects.bulk_create(
        (TextBand(band=key, hazard_id=pk) for pk, found in keys.items() for key in set(found)),
        batch_size=2000,
    )
    return copies


def _candidates(keys: dict[int, tuple[int, ...]], holders: dict[int, list[int]]) -> Iterable[int]:
    for pk, found in keys.items():
        yield from _ranked(found, holders, {pk})

"""Look-alikes: an index of sketches of texts, and the exact comparison of what it brings up (S09, R-071)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from django.db import connection

from xiangling.kernel import bulk

from .judge import duplicates
from .models import Hazard, TextSlice

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
    table = TextSlice._meta.db_table
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
    """Holders of these keys, those that share most first, of equals the newest."""
    shared: dict[int, int] = {}
    for key in keys:
        for hazard in holders.get(key, ()):
            shared[hazard] = shared.get(hazard, 0) + 1
    order = sorted(((n, hazard) for hazard, n in shared.items()), reverse=True)
    ranked = (hazard for _n, hazard in order if hazard not in leave_out)
    return list(islice(ranked, COMPARED))


@lru_cache(maxsize=4096)
def _taken_in(text: str) -> duplicates.Text:
    """A text made ready to be compared; an import meets the same ones again and again."""
    return duplicates.take_in(text)


def _keys(text: str) -> tuple[int, ...]:
    return tuple(duplicates.keys_of(_taken_in(text)).tolist())


@lru_cache(maxsize=16_384)
def _likeness(one: str, other: str) -> float:
    return duplicates.alike(_taken_in(one), _taken_in(other))


def texts_of(hazards: Iterable[int]) -> dict[int, str]:
    """The texts of stored hazards, whoever's they are: to compare, never to show."""
    rows = Hazard._base_manager.filter(pk__in=set(hazards))
    return dict(rows.values_list("pk", "text"))


def alike(
    text: str, *, least: float = duplicates.COPY, leave_out: Iterable[int] = ()
) -> list[Alike]:
    """Stored findings at least so alike to `text`, most alike first; in nobody's scope."""
    keys = _keys(text)
    candidates = _ranked(keys, sharing(keys), set(leave_out))
    compared = [
        Alike(hazard, _likeness(text, other)) for hazard, other in texts_of(candidates).items()
    ]
    found = [one for one in compared if one.likeness >= least]
    return sorted(found, key=lambda one: (-one.likeness, one.hazard))


def index_in_turn(hazards: Sequence[Hazard]) -> dict[int, Alike]:
    """`index`, by one transaction at a time: two that do not see each other's texts would miss copies.

    What takes long, comparing, is done ahead of the turn and kept.
    """
    if connection.vendor == "postgresql":
        _compare(hazards)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('hazards.alike'))")
    return index(hazards)


def index(hazards: Sequence[Hazard]) -> dict[int, Alike]:
    """Enter saved hazards into the index; returns the copies among them: hazard id -> what it copies.

    A copy is a text that says the same as an earlier one, stored or of this batch; where a later one was
    entered before, it is named too. Call inside the transaction that keeps what comes of it.
    """
    keys, copies = _compare(hazards)
    pairs = [(key, pk) for pk, found in keys.items() for key in set(found)]
    bulk.write(TextSlice, ("band", "hazard_id"), pairs)
    return copies


def _compare(hazards: Sequence[Hazard]) -> tuple[dict[int, tuple[int, ...]], dict[int, Alike]]:
    """The band keys of hazards, and the copies among these and what is stored."""
    keys = {hazard.pk: _keys(hazard.text) for hazard in hazards}
    holders = sharing(key for found in keys.values() for key in found)
    near = {pk: _closest(found, holders, pk) for pk, found in keys.items()}
    texts = texts_of(pk for ranked in near.values() for pk in ranked)
    copies: dict[int, Alike] = {}
    for hazard in sorted(hazards, key=lambda row: row.pk):
        best = _most_alike(hazard, _closest(keys[hazard.pk], holders, hazard.pk), texts)
        if best and best.likeness >= duplicates.SURE:
            copies[hazard.pk] = best
        for pk in near[hazard.pk]:
            if pk > hazard.pk and pk not in keys and pk in texts:
                _keep_better(copies, pk, Alike(hazard.pk, _likeness(hazard.text, texts[pk])))
        texts[hazard.pk] = hazard.text
        for key in keys[hazard.pk]:
            holders[key].insert(0, hazard.pk)
            del holders[key][PER_BAND:]
    return keys, copies


def _keep_better(copies: dict[int, Alike], pk: int, found: Alike) -> None:
    known = copies.get(pk)
    if found.likeness >= duplicates.SURE and (known is None or found.likeness > known.likeness):
        copies[pk] = found


def _closest(keys: Sequence[int], holders: dict[int, list[int]], pk: int) -> list[int]:
    """As many as are compared in bulk."""
    return _ranked(keys, holders, {pk})[: duplicates.COMPARED]


def _most_alike(hazard: Hazard, ranked: Iterable[int], texts: dict[int, str]) -> Alike | None:
    """The earlier finding most like this one, the oldest of equals; nothing is more alike than 1."""
    best: Alike | None = None
    for pk in sorted(pk for pk in ranked if pk < hazard.pk and pk in texts):
        found = _likeness(hazard.text, texts[pk])
        if best is None or found > best.likeness:
            best = Alike(pk, found)
            if found >= 1:
                break
    return best

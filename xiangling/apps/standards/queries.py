"""Questions across standards and criteria."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Q, QuerySet

from xiangling.kernel import once, packs, search
from xiangling.kernel.refusal import OutOfScope

from .library import Criterion, Library, Standard, Threshold, built_in, cite

_MARKS = re.compile(r"[\s《》「」()（）〔〕\[\]【】·、，,。.第条项款号令]")
Stamp = tuple[Any, ...]
_merged: dict[Stamp, Library] = {}


# --- the library that judges --------------------------------------------------------------------


_read: ContextVar[Library | None] = ContextVar("library", default=None)


@contextmanager
def one_library() -> Iterator[None]:
    """Look once whether the library has changed, for a block that judges or compares many times."""
    token = _read.set(library())
    try:
        yield
    finally:
        _read.reset(token)


def library() -> Library:
    """The packs' library and what was entered here, as of the last change."""
    if (read := _read.get()) is not None:
        return read
    stamp = once.asked("library", _stamp)
    if not stamp[0] and not stamp[2]:
        return built_in()
    found = _merged.get(stamp)
    if found is None:
        found = _merge()
        _merged.clear()
        _merged[stamp] = found
    return found


_STAMP = """
SELECT 1, count(*), max(changed_at) FROM standards_edition WHERE NOT is_from_pack
UNION ALL SELECT 2, count(*), max(changed_at) FROM standards_provision WHERE NOT is_from_pack ORDER BY 1
"""


def _stamp() -> Stamp:
    """How many rows were entered here, and when the last of them changed: for comparing only."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        (_first, *editions), (_second, *provisions) = cursor.fetchall()
    return (*editions, *provisions)


def _merge() -> Library:
    editions = apps.get_model("standards", "Edition").objects.filter(is_from_pack=False)
    provisions = apps.get_model("standards", "Provision").objects.filter(is_from_pack=False)
    criteria = [as_criterion(row) for row in provisions.select_related("edition").order_by("pk")]
    own = [as_standard(row) for row in editions.order_by("pk")]
    packed = built_in()
    completed = {row.standard for row in criteria} & set(packed.by_key)
    own += [replace(packed.by_key[key], held=True) for key in sorted(completed)]
    return packed.with_more(own, criteria)


def as_standard(row: Any) -> Standard:
    return Standard(
        key=row.key,
        group=row.group,
        title=row.title,
        number=row.number,
        begins=row.begins_on,
        ends=row.ends_on,
        numbering=row.numbering,
        held=row.is_held,
        accompanies=row.accompanies,
    )


def as_criterion(row: Any) -> Criterion:
    """A clause entered here: its words are plain words, never patterns."""

    def plain(words: Iterable[str]) -> tuple[str, ...]:
        return tuple(re.escape(word) for word in words)

    return Criterion(
        id=row.code,
        standard=row.edition.key,
        article=row.article,
        trade=row.trade,
        text=row.text,
        subject=plain(row.subject),
        defect=plain(row.defect),
        condition=plain(row.condition),
        thresholds=tuple(
            Threshold(**{**one, "near": tuple(one["near"])}) for one in row.thresholds
        ),
        exempt=plain(row.exempt),
        ask=row.ask,
        limit=row.limit,
    )


# --- citations ----------------------------------------------------------------------------------


def _plain(words: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKC", words)).lower()


def find_clause(library: Library, standard: str, article: str) -> tuple[str, str]:
    """(key of the standard, id of the criterion) that a citation names; "" for what it does not know."""
    wanted = _plain(standard)
    if not wanted:
        return "", ""
    keys = [
        row.key
        for row in library.standards
        if wanted in {_plain(row.name), _plain(row.title), _plain(row.number), row.key.lower()}
    ]
    place = _plain(article)
    for key in keys:
        for row in library.criteria:
            if row.standard == key and place in {
                _plain(row.article),
                _plain(cite(row.article, library.by_key[key].numbering)),
            }:
                return key, row.id
    return (keys[0], "") if keys else ("", "")


def groups_of_sector(sector: str) -> list[str]:
    """The groups of standards whose criteria may apply in a sector (packs/sectors.yaml)."""
    row = next((row for row in packs.load("sectors") if row["code"] == sector), None)
    return list(row["criteria"]) if row else []


def find_criteria(words: str, most: int = 8) -> list[Criterion]:
    """Criteria of the library that hold all the words, those in force first."""
    found = library()
    rows = search.matching(apps.get_model("standards", "Provision").objects.all(), words)
    codes = list(rows.order_by("edition__ends_on", "pk").values_list("code", flat=True)[:most])
    return [found.by_id[code] for code in codes if code in found.by_id]


# --- pages --------------------------------------------------------------------------------------


def get_edition(key: str) -> Any:
    """One edition. Raises OutOfScope."""
    row = apps.get_model("standards", "Edition").objects.filter(key=key).first()
    if row is None:
        raise OutOfScope
    return row


def get_clause(code: str) -> Any:
    """One clause with its edition. Raises OutOfScope."""
    rows = apps.get_model("standards", "Provision").objects.select_related("edition")
    row = rows.filter(code=code).first()
    if row is None:
        raise OutOfScope
    return row


def successors(editions: Iterable[Any]) -> dict[str, Any]:
    """Edition key -> the edition that follows it within its group."""
    groups = {row.group for row in editions}
    rows = apps.get_model("standards", "Edition").objects.filter(group__in=groups)
    found: dict[str, Any] = {}
    for row in rows.order_by("-begins_on"):
        for mine in editions:
            if mine.group == row.group and row.begins_on > mine.begins_on:
                found[mine.key] = row
    return found


def in_force(on: Any, prefix: str = "") -> Q:
    """Editions in force on a day."""
    return Q(**{f"{prefix}begins_on__lte": on}) & (
        Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gte": on})
    )


def edition_choices() -> list[tuple[str, str]]:
    rows: QuerySet[Any] = apps.get_model("standards", "Edition").objects.order_by("pk")
    return [(row.key, f"{row.title} {row.number}".strip()) for row in rows]

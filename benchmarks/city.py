"""A city's ledger of any size: the demo city's cases, written again and again at other firms and times.

Every hazard is a whole case: its entries with a chain that proves, docket, judgement, handling, slices and traces. It is
moved by whole days, so that what is countable about its pattern moves by as many.
Written by COPY (or one statement on SQLite) with the indexes made afterwards; the app is not asked.
"""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models

from xiangling.apps.hazards.judge import duplicates
from xiangling.apps.hazards.models import Handling, Hazard, Judged, TextSlice
from xiangling.apps.objects.codes import name_key
from xiangling.apps.objects.models import SupervisedObject
from xiangling.insight import tallies
from xiangling.insight.facts import Fact
from xiangling.insight.models import Trace
from xiangling.kernel import bulk, clock, ledger, triggers
from xiangling.kernel.models import Docket, Entry, Series
from xiangling.kernel.search import bigrams
from xiangling.org.models import Unit

from . import copies

OPEN, MAJOR, JUST_FOUND = 0.05, 0.03, 0.4
"""Shares; of the open ones, those that wait for their first step, which is what clerks move here."""
SPREAD = 0.8
"""How uneven the towns are: the town of rank r has 1/r^SPREAD of the first one's share."""
YEARS = 3
PER_FIRM = 40
TEXTS = 20_000
BATCH = 5_000
TABLES = (Hazard, Entry, Docket, Judged, Handling, TextSlice, Trace, SupervisedObject, Unit)
IS_PG = connection.vendor == "postgresql"
SHADES = (
    *("一层", "二层", "三层", "东侧", "西侧", "南侧", "北侧", "临时", "旧", "新建"),
    *("一号", "二号", "三号", "四号", "五号", "六号", "七号", "八号", "外墙处", "入口处"),
)


@dataclass
class Pattern:
    """A case of the demo city with everything that hangs on it, as plain values by column."""

    hazard: Hazard
    entries: list[Entry]
    docket: Docket | None
    judged: Judged
    handling: Handling
    facts: list[Fact]
    span: timedelta = field(init=False)

    def __post_init__(self) -> None:
        self.span = max(e.at for e in self.entries) - self.hazard.opened_at


@dataclass(frozen=True)
class Firm:
    pk: int
    unit: int
    region: str
    sector: str
    words: str


class Writer:
    """Rows of one table, written as tuples: the pattern's values with some replaced."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self.fields = bulk.written(model)
        self.names = [one.attribute for one in self.fields]
        self.plain = {one.attribute: one.plain for one in self.fields}
        self.rows: list[tuple[Any, ...]] = []
        self._bases: dict[int, tuple[models.Model, dict[str, Any]]] = {}

    def base(self, row: models.Model) -> dict[str, Any]:
        """A pattern's own values, made plain once."""
        known = self._bases.get(id(row))
        if known is None:
            values = {name: self.value(name, getattr(row, name)) for name in self.names}
            known = self._bases[id(row)] = (row, values)
        return known[1]

    def value(self, name: str, value: Any) -> Any:
        plain = self.plain[name]
        return value if plain is None else plain(value)

    def add(self, row: models.Model, changes: dict[str, Any]) -> None:
        """One more row; `changes` are values as attributes have them."""
        values = self.base(row) | {name: self.value(name, value) for name, value in changes.items()}
        self.rows.append(tuple(values[name] for name in self.names))

    def flush(self) -> None:
        bulk.write_plain(self.model, self.fields, self.rows)
        self.rows = []


class City:
    """Makes hazards at firms of their own, after the demo city's, and more of them whenever it is told to grow."""

    def __init__(self, seed: int = 7) -> None:
        self.first = 1 + (Hazard._base_manager.aggregate(last=models.Max("id"))["last"] or 0)
        self.rng = random.Random(seed)
        self.now = clock.now()
        self.given = list(Hazard._base_manager.values_list("text", flat=True).distinct())
        self.like = list(
            SupervisedObject._base_manager.filter(kind="firm").select_related("unit").order_by("id")
        )
        self.patterns = self._patterns()
        self.found = [one for one in self.patterns[True, False] if one.hazard.state == "found"]
        self.supervisors = self._supervisors()
        self.writers = {model: Writer(model) for model in TABLES}

    def grow(self, n: int, with_history: int, *, with_traces: bool = False) -> None:
        """Make `n` more hazards: `with_history` of them whole, the others as copies without a ledger."""
        first = 1 + (Hazard._base_manager.aggregate(last=models.Max("id"))["last"] or 0)
        self.numbers: dict[str, int] = dict(Series.objects.values_list("key", "last"))
        with loading():
            self.firms = self._firms(max(500, n // PER_FIRM))
            self.texts = self._texts(n)
            for start in range(0, with_history, BATCH):
                for number in range(start, min(with_history, start + BATCH)):
                    self._hazard(first + number)
                self._flush()
            if n > with_history:
                copies.write(
                    n - with_history, self.firms, self.supervisors, YEARS,
                    first=self.first, with_traces=with_traces,
                )  # fmt: skip
        for key, last in self.numbers.items():
            Series.objects.update_or_create(key=key, defaults={"last": last})

    # --- what is written again

    def _patterns(self) -> dict[tuple[bool, bool], list[Pattern]]:
        """The demo city's cases by (open, major)."""
        entries: dict[Any, list[Entry]] = defaultdict(list)
        for entry in Entry.objects.filter(case_kind="hazard").order_by("seq").iterator():
            entries[entry.case_uid].append(entry)
        facts = _facts(list(entries))
        dockets = {row.case_uid: row for row in Docket._base_manager.filter(case_kind="hazard")}
        found: dict[tuple[bool, bool], list[Pattern]] = defaultdict(list)
        rows = Hazard._base_manager.select_related("judged", "handling", "object").order_by("id")
        for hazard in rows.exclude(state__in=("merged", "disputed")):
            pattern = Pattern(
                hazard, entries[hazard.uid], dockets.get(hazard.uid), hazard.judged, hazard.handling,
                facts[hazard.uid],
            )  # fmt: skip
            found[hazard.closed_at is None, hazard.is_major].append(pattern)
        return found

    def _supervisors(self) -> dict[str, list[tuple[int, int | None]]]:
        """Town -> the (unit, post) that supervise there, as often as they do."""
        found: dict[str, list[tuple[int, int | None]]] = defaultdict(list)
        posts = dict(
            Docket._base_manager.exclude(holder_unit=None).values_list("holder_unit", "holder_post")
        )
        rows = Hazard._base_manager.exclude(supervisor=None)
        for region, unit in rows.values_list("region", "supervisor_id"):
            found[region[:9]].append((unit, posts.get(unit)))
        return found

    def _texts(self, n: int) -> list[tuple[str, str, tuple[int, ...]]]:
        """(text, its search words, its slices): the demo city's sentences with other places in front."""
        made = {
            f"{self.rng.choice(SHADES)}{self.rng.choice(SHADES)}{self.rng.choice(self.given)}"
            for _ in range(min(TEXTS, max(2000, n // 5)))
        }
        return [(text, bigrams(text), tuple(set(duplicates.sketch(text)))) for text in sorted(made)]

    def _firms(self, n: int) -> list[Firm]:
        towns = sorted(self.supervisors)
        self.rng.shuffle(towns)
        weights = [1 / (rank + 1) ** SPREAD for rank in range(len(towns))]
        last = SupervisedObject._base_manager.aggregate(last=models.Max("id"))["last"] or 0
        unit = Unit.objects.aggregate(last=models.Max("id"))["last"] or 0
        made = []
        objects, units = self.writers[SupervisedObject], self.writers[Unit]
        for number in range(n):
            like, town = self.like[number % len(self.like)], self.rng.choices(towns, weights)[0]
            last, unit, region = last + 1, unit + 1, f"{town}000"
            name = f"汇兴第{number}{like.name[-6:]}"
            words = bigrams(name, like.address, like.liable_name, like.type)
            units.add(
                like.unit,
                {"id": unit, "uid": self._uid(), "name": name, "path": f"/{unit}/",
                 "region": region, "parent_id": None},
            )  # fmt: skip
            objects.add(
                like,
                {"id": last, "uid": self._uid(), "name": name, "identifier": f"BX{last:012}",
                 "name_key": name_key(name)[:120], "region": region, "unit_id": unit, "parent_id": None,
                 "search": words},
            )  # fmt: skip
            made.append(Firm(last, unit, region, like.sector, bigrams(name)))
        units.flush()
        objects.flush()
        return made

    # --- one case

    def _uid(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def _hazard(self, pk: int) -> None:
        rng = self.rng
        pattern = self._pattern()
        firm, (text, words, slices) = rng.choice(self.firms), rng.choice(self.texts)
        like, uid = pattern.hazard, self._uid()
        shift = self._shift(pattern)
        opened = like.opened_at + shift
        unit, post = rng.choice(self.supervisors[firm.region[:9]])
        code = self._code(firm.region[:6], opened.year)
        changes: dict[str, Any] = {
            "id": pk, "uid": uid, "code": code, "region": firm.region, "unit_id": firm.unit,
            "sector": firm.sector, "object_id": firm.pk, "text": text, "external_id": "",
            "search": f"{code.lower().replace('-', ' ')} {words} {firm.words}",
            "supervisor_id": like.supervisor_id and unit, "merged_into_id": None,
            **{name: getattr(like, name) and getattr(like, name) + shift
               for name in ("opened_at", "changed_at", "closed_at", "due_at", "found_at", "reported_at")},
        }  # fmt: skip
        if like.deadline:
            changes["deadline"] = like.deadline + timedelta(days=shift.days)
        changes["head"] = self._entries(pattern, changes, shift)
        self._beside(pattern, pk, firm, shift, slices)
        self._traces(pattern, changes, shift)
        self.writers[Hazard].add(like, changes)
        if pattern.docket is not None:
            self._docket(pattern.docket, changes, unit, post)

    def _pattern(self) -> Pattern:
        is_open, is_major = self.rng.random() < OPEN, self.rng.random() < MAJOR
        if is_open and not is_major and self.rng.random() < JUST_FOUND:
            return self.rng.choice(self.found)
        return self.rng.choice(self.patterns[is_open, is_major])

    def _shift(self, pattern: Pattern) -> timedelta:
        """Closed cases over the last years, whole in the past; open ones near where they were."""
        if pattern.docket is not None:
            return timedelta(days=-self.rng.randrange(10))
        latest = self.now - pattern.span - pattern.hazard.opened_at
        return timedelta(days=latest.days - self.rng.randrange(YEARS * 365))

    def _code(self, district: str, year: int) -> str:
        key = f"YH-{district}-{year}"
        self.numbers[key] = self.numbers.get(key, 0) + 1
        return f"{key}-{self.numbers[key]:05d}"

    def _entries(self, pattern: Pattern, case: dict[str, Any], shift: timedelta) -> str:
        prev, writer = "", self.writers[Entry]
        for like in pattern.entries:
            entry = _Line(like)
            entry.uid, entry.case_uid, entry.prev = self._uid(), case["uid"], prev
            entry.at, entry.region, entry.sector = like.at + shift, case["region"], case["sector"]
            entry.data = dict(like.data)
            if like.seq == 1:
                entry.data["text"] = case["text"]
            if due := entry.data.get("due"):
                entry.data["due"] = (datetime.fromisoformat(due) + shift).isoformat()
            prev = ledger.entry_hash(entry)  # type: ignore[arg-type]
            changes = {"uid": entry.uid, "case_uid": entry.case_uid, "prev": entry.prev, "hash": prev,
                       "at": entry.at, "region": entry.region, "sector": entry.sector, "data": entry.data}  # fmt: skip
            base = writer.base(like)
            writer.rows.append(
                tuple(
                    writer.value(name, changes[name]) if name in changes else base[name]
                    for name in writer.names
                    if name != "id"
                )
            )
        return prev

    def _beside(
        self, pattern: Pattern, pk: int, firm: Firm, shift: timedelta, slices: Sequence[int]
    ) -> None:
        judged, handling = pattern.judged, pattern.handling
        self.writers[Judged].add(
            judged,
            {"hazard_id": pk, "copy_of_id": None, "judged_at": judged.judged_at + shift,
             "decided_at": judged.decided_at and judged.decided_at + shift},
        )  # fmt: skip
        changes: dict[str, Any] = {
            "hazard_id": pk, "place_id": firm.pk, "found_on": handling.found_on + timedelta(days=shift.days),
        }  # fmt: skip
        if handling.closed_on:
            changes["closed_on"] = handling.closed_on + timedelta(days=shift.days)
        self.writers[Handling].add(handling, changes)
        self.writers[TextSlice].rows += [(key, pk) for key in slices]

    def _traces(self, pattern: Pattern, case: dict[str, Any], shift: timedelta) -> None:
        like, writer = pattern.hazard, self.writers[Trace]
        for fact in pattern.facts:
            row = {
                "kind": "hazard", "case_uid": case["uid"], "region": case["region"], "what": fact.what,
                "state": fact.state, "sector": case["sector"], "grade": like.grade, "source": like.source,
                "first_on": fact.first_on + shift, "until_on": fact.until_on and fact.until_on + shift,
                "weight": fact.weight + (shift.days if fact.what == "open" else 0),
            }  # fmt: skip
            writer.rows.append(
                tuple(writer.value(name, row[name]) for name in writer.names if name != "id")
            )

    def _docket(self, like: Docket, case: dict[str, Any], unit: int, post: int | None) -> None:
        own = like.holder_unit == like.unit_id
        later = self.now + timedelta(seconds=self.rng.randrange(30 * 86_400, 90 * 86_400))
        base = self.writers[Docket].base(like)
        changes = {
            "case_uid": case["uid"], "code": case["code"], "title": case["text"][:60], "region": case["region"],
            "sector": case["sector"], "unit_id": case["unit_id"], "opened_at": case["opened_at"],
            "since": case["changed_at"], "due_at": case["due_at"], "alarm_at": later,
            "holder_unit": like.holder_unit and (case["unit_id"] if own else unit),
            "holder_post": None if own else post,
        }  # fmt: skip
        writer = self.writers[Docket]
        writer.rows.append(
            tuple(
                writer.value(name, changes[name]) if name in changes else base[name]
                for name in writer.names
                if name != "id"
            )
        )

    def _flush(self) -> None:
        for model, writer in self.writers.items():
            if model in (Entry, Docket, Trace):
                fields = [one for one in writer.fields if one.attribute != "id"]
                bulk.write_plain(model, fields, writer.rows)
                writer.rows = []
            else:
                writer.flush()


def _facts(uids: list[uuid.UUID]) -> dict[uuid.UUID, list[Fact]]:
    """What is countable about the patterns, by the product's own rule."""
    found = {}
    for start in range(0, len(uids), 500):
        counted = tallies.count_afresh("hazard", uids[start : start + 500])
        found.update({uid: facts for uid, (_words, facts) in counted.items()})
    return found


class _Line:
    """An entry as the hash asks for it, without the cost of a model."""

    __slots__ = (
        "actor_label", "actor_person", "actor_post", "at", "case_kind", "case_uid", "data", "kind", "prev",
        "region", "sector", "seq", "source", "step", "target", "uid",
    )  # fmt: skip

    def __init__(self, like: Entry) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(like, name))


# --- loading without indexes ---------------------------------------------------------------------


@contextmanager
def loading() -> Iterator[None]:
    """Write in bulk: indexes and word tables are made afterwards, references are not checked."""
    tables = [model._meta.db_table for model in TABLES]
    with connection.cursor() as cursor:
        dropped = list(_drop_indexes(cursor, tables))
        cursor.execute(
            "SET session_replication_role = replica" if IS_PG else "PRAGMA foreign_keys=OFF"
        )
        try:
            yield
        finally:
            cursor.execute(
                "SET session_replication_role = origin" if IS_PG else "PRAGMA foreign_keys=ON"
            )
            for statement in dropped:
                cursor.execute(statement)
        _settle(cursor, tables)


def _drop_indexes(cursor: Any, tables: Iterable[str]) -> Iterator[str]:
    for table in tables:
        if IS_PG:
            cursor.execute(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND NOT EXISTS ("
                "SELECT 1 FROM pg_constraint WHERE conname = indexname)",
                [table],
            )
        else:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL "
                "AND type = 'index'",
                [table],
            )
        for name, statement in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
            yield statement
        if not IS_PG:
            cursor.execute(f'DROP TRIGGER IF EXISTS "{table}_fts_ai"')


def _settle(cursor: Any, tables: Iterable[str]) -> None:
    """Sequences, word tables, statistics."""
    if IS_PG:
        for model in TABLES:
            if isinstance(model._meta.pk, models.AutoField):
                table = model._meta.db_table
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM \"{table}\"))"
                )
        cursor.execute("VACUUM (ANALYZE)")
        return
    triggers.install()
    for table in triggers.searchable_tables():
        if table in tables:
            cursor.execute(f'INSERT INTO "{table}_fts"("{table}_fts") VALUES (\'rebuild\')')
    cursor.execute("ANALYZE")

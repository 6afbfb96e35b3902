"""The duty map: who answers for a case or an object, in every layer, on any date."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, FilteredRelation, Q, QuerySet

from xiangling.kernel import packs, registry
from xiangling.kernel.duty import NOBODY, Holder

from .duties import roles_with
from .models import DutyLine, Holding, Person, Post, Unit, UnitName, in_force

COMMITTEE = "committee"
NAMED_ON_CASE = ("supervisor", "issuer", "checker")
"""Layers that are a unit which the case itself names."""
NO_OBJECT = UUID(int=0)
Seat = tuple[Unit, Post | None]
READ_ALL = 8
"""Places asked for one by one before the whole map of a layer, or all seats of a duty, are read at once."""
SHARED_LAYERS = (DutyLine.Layer.TERRITORY, DutyLine.Layer.SECTOR)
"""Layers in which lines about single objects are the exception."""


class Subject(NamedTuple):
    """What somebody answers for: a place, a trade, a kind of object, perhaps one object."""

    region: str
    sector: str
    object_kind: str = ""
    object_uid: UUID | None = None
    unit_id: int | None = None


def subject_of(case: Any) -> Subject:
    """The subject of a case: its own columns, and its object's where it names one."""
    return Subject(
        region=case.region,
        sector=case.sector,
        object_kind=getattr(case, "object_kind", ""),
        object_uid=getattr(case, "object_uid", None),
        unit_id=case.unit_id,
    )


class DutyMap:
    """Answers duty questions; keeps what it loads, so one instance serves a batch."""

    def __init__(self) -> None:
        self._answers: dict[tuple[Any, ...], list[Holder]] = {}
        self._lines: dict[tuple[str, str, date], list[DutyLine]] = {}
        self._fitting: dict[tuple[str, str, str, str, date], list[DutyLine]] = {}
        self._layers: dict[tuple[str, date], dict[str, list[DutyLine]]] = {}
        self._singled_out: dict[tuple[str, date], set[UUID | None]] = {}
        self._asked: Counter[tuple[str, date]] = Counter()
        self._posts: dict[tuple[int, str, date], Holder] = {}
        self._units: dict[int, Unit] = {}
        self._names: dict[int, list[UnitName]] | None = None
        self._nameless_from = date.max
        self._offices: dict[tuple[str, date], Unit | None] = {}

    # --- the kernel's questions

    def resolve(self, duty: str, case: Any, on: date) -> Holder:
        """Who answers for a duty on a case, on a day. NOBODY where the map has a gap."""
        found = self.recipients(duty, case, on, None)
        return found[0] if found else NOBODY

    def recipients(self, duty: str, case: Any, on: date, level: int | None) -> Sequence[Holder]:
        """The first layer of the duty that has an answer; `level` climbs to a city (4) or district (6)."""
        row = packs.find("answerable", duty, case, on)
        layers = row["layers"] if row else registry.shelf("duties")[duty].layers
        wanted = level or (row or {}).get("level")
        subject = subject_of(case)
        named = [_named(layer, case) for layer in layers if layer in NAMED_ON_CASE]
        key = (duty, on, wanted, *layers, *named, *subject)
        if key not in self._answers:
            self._answers[key] = self._first(duty, layers, subject, case, on, wanted)
        return self._answers[key]

    def _first(
        self,
        duty: str,
        layers: Sequence[str],
        subject: Subject,
        case: Any,
        on: date,
        level: int | None,
    ) -> list[Holder]:
        for layer in layers:
            for unit_id in self._answering(layer, subject, case, on, level):
                holder = self._post_in(unit_id, duty, on)
                if holder:
                    return [holder]
        return []

    # --- the map itself

    def lines_for(self, layer: str, subject: Subject, on: date) -> list[DutyLine]:
        """The lines of a layer that cover a subject, the most specific first."""
        if special := self._special(layer, subject, on):
            return _covering(self._general(layer, subject.region, on) + special, subject)
        key = (layer, subject.region, subject.sector, subject.object_kind, on)
        if key not in self._fitting:
            self._fitting[key] = _covering(self._general(layer, subject.region, on), subject)
        return self._fitting[key]

    def layers(self, subject: Subject, on: date) -> dict[str, list[Holder]]:
        """Everyone who answers for a subject on a day, by layer, the nearest first; [] is a gap."""
        seats: dict[str, list[Seat]] = {layer: [] for layer in DutyLine.Layer.values}
        for line in self._covering(subject, on):
            if line.layer != DutyLine.Layer.ENTERPRISE or not subject.unit_id:
                seats[line.layer].append((line.unit, line.post))
        if subject.unit_id:
            own = self._unit(subject.unit_id)
            chain = [*reversed(self._above(subject.unit_id)), own]
            seats[DutyLine.Layer.ENTERPRISE] = [(unit, None) for unit in chain]
        holders = self._seated([seat for layer in seats.values() for seat in layer], on)
        return {
            layer: list(
                dict.fromkeys(holders[unit.pk, post.pk if post else None] for unit, post in found)
            )
            for layer, found in seats.items()
        }

    def _covering(self, subject: Subject, on: date) -> list[DutyLine]:
        """The lines of every layer that cover a subject, the most specific first, in one query."""
        prefixes = [subject.region[:length] for length in (4, 6, 9, 12)]
        rows = DutyLine.objects.filter(
            in_force(on),
            Q(object_uid=None, region__in=prefixes) | Q(object_uid=subject.object_uid or NO_OBJECT),
            sector__in=("", subject.sector),
            object_kind__in=("", subject.object_kind),
        )
        found = list(rows.select_related("unit", "post").annotate(has_names=_former_names(on)))
        for line in found[:1]:
            self._heed_names(line, on)
        return sorted(found, key=_specific, reverse=True)

    def _heed_names(self, row: Any, on: date) -> None:
        if not row.has_names:
            self._nameless_from = min(on, self._nameless_from)

    def _seated(self, seats: list[Seat], on: date) -> dict[tuple[int, int | None], Holder]:
        """Who sits in each (unit, post) on a day; a unit without a post is answered for by its head."""
        bare = [unit.pk for unit, post in seats if post is None]
        named = [post.pk for _unit, post in seats if post is not None]
        rows = Post.objects.filter(Q(in_force(on), unit__in=bare) | Q(pk__in=named))
        sitting = rows.annotate(
            sits=FilteredRelation("holdings", condition=in_force(on, "holdings__"))
        )
        heads: dict[int, Post] = {}
        people: dict[int, Person] = {}
        for post in sitting.select_related("sits__person").order_by(  # type: ignore[misc]
            "-is_head", "id", "sits__is_deputy", "sits__id"
        ):
            if post.unit_id in bare and post.pk not in named:
                heads.setdefault(post.unit_id, post)
            holding = getattr(post, "sits", None)
            if holding is not None:
                people.setdefault(post.pk, holding.person)
        taken = {
            (unit.pk, post.pk if post else None): (unit, post or heads.get(unit.pk))
            for unit, post in seats
        }
        return {
            key: _holder(
                unit,
                post,
                people.get(post.pk) if post else None,
                self._name(unit.pk, unit.name, on),
            )
            for key, (unit, post) in taken.items()
        }

    def _general(self, layer: str, region: str, on: date) -> list[DutyLine]:
        """Lines about every object of a place, kept per place."""
        key = (layer, region, on)
        if key not in self._lines:
            prefixes = [region[:length] for length in (4, 6, 9, 12)]
            self._asked[layer, on] += 1
            if self._asked[layer, on] > READ_ALL:
                whole = self._whole(layer, on)
                self._lines[key] = [line for prefix in prefixes for line in whole.get(prefix, ())]
            else:
                self._lines[key] = list(_lines(layer, on).filter(region__in=prefixes))
        return self._lines[key]

    def _whole(self, layer: str, on: date) -> dict[str, list[DutyLine]]:
        """Every line of a layer that is about a place, by its place: for batches that touch many."""
        if (layer, on) not in self._layers:
            found: dict[str, list[DutyLine]] = defaultdict(list)
            for line in _lines(layer, on).order_by("id"):
                found[line.region].append(line)
            self._layers[layer, on] = found
        return self._layers[layer, on]

    def _special(self, layer: str, subject: Subject, on: date) -> list[DutyLine]:
        """Lines about this one object; asked for only where the layer has any for it."""
        if subject.object_uid is None:
            return []
        if layer in SHARED_LAYERS:
            if (layer, on) not in self._singled_out:
                rows = DutyLine.objects.filter(in_force(on), layer=layer, object_uid__isnull=False)
                self._singled_out[layer, on] = set(rows.values_list("object_uid", flat=True))
            if subject.object_uid not in self._singled_out[layer, on]:
                return []
        rows = DutyLine.objects.filter(in_force(on), layer=layer, object_uid=subject.object_uid)
        return list(rows.select_related("unit", "post__unit"))

    def _answering(
        self, layer: str, subject: Subject, case: Any, on: date, level: int | None
    ) -> Iterator[int]:
        """The units that answer in a layer, in the order in which to ask them."""
        if layer == DutyLine.Layer.ENTERPRISE:
            self._know_own(case)
            yield case.unit_id
            yield from (unit.pk for unit in self._above(case.unit_id))
            return
        if layer == COMMITTEE:
            office = self._office(subject.region, level or 6, on)
            if office:
                yield office.pk
            return
        if layer in NAMED_ON_CASE:
            unit_id = _named(layer, case)
            if unit_id:
                yield unit_id
            return
        lines = self.lines_for(layer, subject, on)
        if level:
            lines = [line for line in lines if line.unit.level == level] or [
                line for line in lines if line.unit.level < level
            ]
        yield from (line.unit_id for line in lines)

    def _name(self, unit: int, name: str, on: date) -> str:
        """What a unit, now called `name`, was called on a day; former names are few and read once."""
        if on >= self._nameless_from:
            return name
        if self._names is None:
            self._names = {}
            for row in UnitName.objects.order_by("ends_on"):
                self._names.setdefault(row.unit_id, []).append(row)
        former = self._names.get(unit, ())
        return next((row.name for row in former if row.ends_on >= on), name)

    def _above(self, unit_id: int) -> list[Unit]:
        """The enterprise units above a workshop or team, nearest first."""
        found, unit = [], self._unit(unit_id)
        while unit.parent_id and (parent := self._unit(unit.parent_id)).is_enterprise:
            found.append(parent)
            unit = parent
        return found

    def _know_own(self, case: Any) -> None:
        """Take the liable unit from the case where it was read with it."""
        known = case._state.fields_cache.get("unit") if hasattr(case, "_state") else None
        if isinstance(known, Unit) and known.pk == case.unit_id:
            self._units.setdefault(known.pk, known)

    def _unit(self, pk: int) -> Unit:
        if pk not in self._units:
            self._units[pk] = Unit.objects.get(pk=pk)
        return self._units[pk]

    def _office(self, region: str, level: int, on: date) -> Unit | None:
        """The committee office of the district (or the city, where the district has none)."""
        key = (region[:level], on)
        if key not in self._offices:
            levels = [size for size in (9, 6, 4) if size <= level]
            wanted = Q()
            for size in levels:
                wanted |= Q(level=size, region__startswith=region[:size])
            rows = Unit.objects.filter(in_force(on), wanted, kind=Unit.Kind.COMMITTEE_OFFICE)
            self._offices[key] = rows.order_by("-level").first()
        return self._offices[key]

    def _post_in(self, unit_id: int, duty: str, on: date) -> Holder | None:
        """The unit as holder of a duty: with its only able post named, or None if it has none."""
        key = (unit_id, duty, on)
        if key not in self._posts:
            self._asked[duty, on] += 1
            if self._asked[duty, on] == READ_ALL:
                self._seat_authorities(duty, on)
            if key not in self._posts:
                self._posts[key] = self._seat(_nearest_able(unit_id, duty, on), on)
        return self._posts[key] or None

    def _seat_authorities(self, duty: str, on: date) -> None:
        """Who holds a duty in each authority, in one query; firms are too many for that."""
        for row in _able(duty, on).exclude(post__unit__kind__in=Unit.ENTERPRISE_KINDS):
            able = _Able(*row)
            if (able.unit, duty, on) not in self._posts:
                self._posts[able.unit, duty, on] = self._seat(able, on)

    def _seat(self, able: _Able | None, on: date) -> Holder:
        if able is None:
            return NOBODY
        self._heed_names(able, on)
        return Holder(
            unit=able.unit,
            unit_name=self._name(able.unit, able.unit_name, on),
            post=able.post,
            title=able.title,
            person=able.person,
            person_name=able.person_name,
            phone=able.post_phone or able.person_phone,
        )


def _named(layer: str, case: Any) -> int | None:
    """The unit that a case names for a layer."""
    return getattr(case, f"{layer}_id", None)


def _covering(lines: list[DutyLine], subject: Subject) -> list[DutyLine]:
    """Those of the lines that cover a subject's trade and kind, the most specific first."""
    found = [
        line
        for line in lines
        if line.sector in ("", subject.sector) and line.object_kind in ("", subject.object_kind)
    ]
    return sorted(found, key=_specific, reverse=True)


def _lines(layer: str, on: date) -> QuerySet[DutyLine]:
    """The lines of a layer about places, with what they name."""
    rows = DutyLine.objects.filter(in_force(on), layer=layer, object_uid=None)
    return rows.select_related("unit", "post__unit")


def _former_names(on: date) -> Exists:
    """Whether any unit bore another name on that day: mostly none did, and the names need no question."""
    return Exists(UnitName.objects.filter(ends_on__gte=on))


class _Able(NamedTuple):
    """Somebody who may take a duty, as `_able` reads them."""

    unit: int
    unit_name: str
    post: int
    title: str
    post_phone: str
    person: int
    person_name: str
    person_phone: str
    has_names: bool


def _able(duty: str, on: date) -> QuerySet[Holding, tuple[Any, ...]]:
    """Who may take a duty, by unit the nearest first: its head, then by post, deputies last."""
    rows = Holding.objects.filter(in_force(on), in_force(on, "post__"), person__is_active=True)
    able = rows.filter(post__role__in=roles_with(duty, on)).annotate(has_names=_former_names(on))
    return able.order_by("-post__is_head", "post_id", "is_deputy", "id").values_list(
        *("post__unit_id", "post__unit__name", "post_id", "post__title", "post__phone"),
        *("person_id", "person__name", "person__phone", "has_names"),
    )


def _nearest_able(unit_id: int, duty: str, on: date) -> _Able | None:
    """The first of `_able` in a unit. Every step asks this: it is put into SQL once a day."""
    try:
        sql, params = _in_unit_sql(duty, on, connection.vendor)
    except EmptyResultSet:
        return None
    with connection.cursor() as cursor:
        cursor.execute(sql, [unit_id if value == _ANY_UNIT else value for value in params])
        found = cursor.fetchone()
    return _Able(*found) if found else None


_ANY_UNIT = -1


@lru_cache(maxsize=1000)
def _in_unit_sql(duty: str, on: date, vendor: str) -> tuple[str, tuple[Any, ...]]:
    return _able(duty, on).filter(post__unit=_ANY_UNIT)[:1].query.sql_with_params()


def _holder(unit: Unit, post: Post | None, person: Person | None, unit_name: str) -> Holder:
    return Holder(
        unit=unit.pk,
        unit_name=unit_name,
        post=post.pk if post else None,
        title=post.title if post else "",
        person=person.pk if person else None,
        person_name=person.name if person else "",
        phone=(post.phone or (person.phone if person else "")) if post else "",
    )


def _specific(line: DutyLine) -> tuple[bool, int, bool, bool]:
    return (
        line.object_uid is not None,
        len(line.region),
        bool(line.sector),
        bool(line.object_kind),
    )

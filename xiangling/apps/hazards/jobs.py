"""The import of hazards: a sheet of findings becomes records of the ledger (R-083)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid5

from django.apps import apps
from django.conf import settings
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import bulk, clock, duty, engine, registry, wording
from xiangling.kernel.actor import Actor
from xiangling.kernel.imports import MERGED, NEW, Column, Importer, Line, Outcome, Writing, refused
from xiangling.kernel.sheets import BadValueError, parse_code, parse_date
from xiangling.org.sectors import is_sector, sector_choices

from . import actions, judging, notes, queries, rules
from .models import Campaign, Hazard, HazardClass, Source

NAMESPACE = UUID("6f1f8b0e-7a55-4c0b-9a63-2f1b62d5a0c7")
COLUMNS = (
    Column("external_id", _("Number"), ("id", "编号", "隐患编号", "hazardCode")),
    Column(
        "text", _("What is wrong"), ("text", "隐患描述", "问题描述", "隐患内容", "dangerDesc"), True
    ),
    Column("object", _("Object"), ("企业名称", "单位名称", "被检查单位", "companyName")),
    Column("identifier", _("Identifier"), ("统一社会信用代码", "信用代码", "companyCode")),
    Column("sector", _("Sector"), ("sector", "行业", "行业领域")),
    Column("venue", _("Type"), ("venue", "场所", "场所类型")),
    Column("place", pgettext_lazy("hazard", "Place"), ("place", "部位", "隐患部位", "位置")),
    Column("source", _("Source"), ("source", "来源", "隐患来源", "dangerSrc")),
    Column("campaign", _("Campaign"), ("campaign", "专项行动", "专项整治")),
    Column("found_on", _("Found"), ("found_on", "date", "发现日期", "检查日期", "registTime")),
)


SOURCES = frozenset(Source.values)
OF_OBJECT = ("id", "uid", "name", "kind", "identifier", "region", "sector", "unit_id")
"""What a finding takes from its object."""


def _model() -> Any:
    return apps.get_model("objects", "SupervisedObject")


class _Objects:
    """The objects that a batch of lines names, found in a few queries."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.codes: dict[int, str] = {}
        for line in lines:
            with suppress(BadValueError):  # said of its line when that is looked at
                self.codes[line.number] = _code(line)
        self.names = {_text(line, "object") for line in lines} - {""}
        self.facts = self._read()
        self.by_code: dict[str, Any] = {}
        self.by_name: dict[str, list[Any]] = defaultdict(list)
        for row in bulk.known(_model(), OF_OBJECT, self.facts.values()):
            self.by_code[row.identifier] = row
            self.by_name[row.name].append(row)
        is_bare = settings.DEMO_CITY and not (any(self.codes.values()) or self.names)
        self.spread = _spread(_model().objects.only(*OF_OBJECT)) if is_bare else {}

    def _read(self) -> dict[int, tuple[Any, ...]]:
        """By id, what is known of the objects that bear one of the codes or names."""
        found: dict[int, tuple[Any, ...]] = {}
        for column, asked in (
            ("identifier", set(self.codes.values()) - {""}),
            ("name", self.names),
        ):
            if asked:
                # an index has each column behind the kind, and none knows empty identifiers
                rows = _model().objects.filter(kind__in=_model().Kind.values)
                rows = rows.exclude(**{column: ""}).filter(bulk.among(_model(), column, asked))
                found |= {facts[0]: facts for facts in rows.values_list(*OF_OBJECT)}
        return found

    def still_hold(self) -> bool:
        """Whether reading them again would find the very same."""
        return self._read() == self.facts

    def of(self, line: Line) -> Any:
        """The object of a line. Raises BadValueError when it is not named, unknown or ambiguous."""
        code, name = self.codes.get(line.number), _text(line, "object")
        if code is None:
            code = _code(line)
        if code:
            if code in self.by_code:
                return self.by_code[code]
            raise BadValueError("unknown", _("No object with this identifier in your area."))
        if name:
            found = self.by_name.get(name, [])
            if len(found) == 1:
                return found[0]
            raise BadValueError(
                "unknown",
                _("Several objects bear this name; give the identifier.")
                if found
                else _("No object of this name in your area; register it first."),
            )
        pool = self.spread.get(_text(line, "sector")) or self.spread.get("")
        if not pool:
            raise BadValueError("unknown", _("Neither the object nor its identifier is given."))
        return pool[uuid5(NAMESPACE, _text(line, "venue") + line.uid_seed).int % len(pool)]


def _spread(rows: Any) -> dict[str, list[Any]]:
    """The demo city only: firms by sector, over which findings without an object are spread."""
    pools: dict[str, list[Any]] = defaultdict(list)
    for row in rows.filter(kind="firm").order_by("id"):
        pools[row.sector].append(row)
        pools[""].append(row)
    return pools


def _text(line: Line, key: str) -> str:
    value = line.values.get(key)
    return "" if value is None else str(value).strip()


def _code(line: Line) -> str:
    return parse_code(line.values.get("identifier"))


class _Days:
    """When findings were made: the days that a batch names are few, and each is read once."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._known: dict[Any, datetime] = {}

    def found_at(self, line: Line) -> datetime:
        """Raises BadValueError for what is no day of the past."""
        given = line.values.get("found_on")
        key = type(given), given
        if key not in self._known:
            self._known[key] = self._read(given)
        return self._known[key]

    def _read(self, given: Any) -> datetime:
        day = parse_date(given)
        if day is None:
            return self.now
        if not date(2000, 1, 1) <= day <= clock.local_date(self.now):
            raise BadValueError("future", _("The date found lies in the future or before 2000."))
        return min(clock.local(day, time(9)), self.now)


def _choice(
    line: Line, key: str, choices: Callable[[], Any], default: str, known: Container[str] = ()
) -> str:
    """The value of a choice given by value or label. Raises BadValueError for another word."""
    given = _text(line, key)
    if not given:
        return default
    if given in known:
        return given
    for value, label in choices():
        if given == value or given == str(label):
            return str(value)
    raise BadValueError(
        "choice",
        _("“%(given)s” is not one of: %(choices)s.")
        % {"given": given[:40], "choices": wording.listed(label for _value, label in choices())},
    )


def _check_campaign(line: Line, hazard: Hazard, known: dict[str, Campaign]) -> None:
    """Raises BadValueError where the finding cannot belong to the campaign that its line names."""
    name = _text(line, "campaign")
    if name and (why := rules.not_in_campaign(hazard, known.get(name))):
        raise BadValueError("campaign", why)


def _hazard(
    line: Line, objects: _Objects, resolver: duty.Resolver, actor: Actor, days: _Days
) -> Hazard:
    """The hazard that a line describes. Raises BadValueError with the reason it cannot be one."""
    text = _text(line, "text")
    if len(text) < 2:
        raise BadValueError("empty", _("What is wrong is not described."))
    sector = _text(line, "sector")
    if sector and not is_sector(sector):
        sector = _choice(line, "sector", sector_choices, "")
    firm_source = Source.ENTERPRISE if actor.scope.units is not None else Source.INSPECTION
    external = _text(line, "external_id")[:60]
    hazard = bulk.new(
        Hazard,
        uid=uuid5(NAMESPACE, f"{actor.unit}:{external}:{text}" if external else line.uid_seed),
        external_id=external,
        text=text,
        place=_text(line, "place")[:120],
        source=_choice(line, "source", lambda: Source.choices, firm_source, SOURCES),
        hazard_class=HazardClass.SAFETY,
        found_at=days.found_at(line),
    )
    actions.settle_on(hazard, objects.of(line), resolver, sector)
    return hazard


class _Look:
    """A batch of findings, checked and made ready, and what that relied upon."""

    def __init__(self, lines: Sequence[Line], actor: Actor) -> None:
        self.lines, self.actor = lines, actor
        self.objects, resolver, days = _Objects(lines), duty.resolver(), _Days(clock.now())
        self.campaigns = self._read_campaigns()
        self.outcomes: dict[int, Outcome] = {}
        self.hazards: dict[int, Hazard] = {}
        facts = []
        for line in lines:
            try:
                hazard = _hazard(line, self.objects, resolver, actor, days)
                _check_campaign(line, hazard, self.campaigns)
            except BadValueError as problem:
                self.outcomes[line.number] = refused(problem.message)
                continue
            self.hazards[line.number] = hazard
            named = _text(line, "campaign")
            campaign = {"campaign": named} if named else {}
            facts.append({**actions.opening_facts(hazard), **campaign, notes.LATER: True})
        made = list(self.hazards.values())
        self.opening = engine.make_ready(made, actor=actor, data=facts) if made else None

    def _read_campaigns(self) -> dict[str, Campaign]:
        return queries.campaigns_named(_text(line, "campaign") for line in self.lines)

    def _still_holds(self) -> bool:
        before, now = (
            {name: model_to_dict(row) for name, row in found.items()}
            for found in (self.campaigns, self._read_campaigns())
        )
        return before == now and self.objects.still_hold()

    def write(self) -> list[Outcome]:
        """Open the findings, to be judged later; a line already in the ledger counts as merged."""
        if not self._still_holds():
            return _Look(self.lines, self.actor).write()
        opened = engine.open_ready(self.opening) if self.opening else []
        if opened:
            judging.start_if_needed(self.actor)
        fresh = {id(hazard) for hazard in opened}
        for number, hazard in self.hazards.items():
            if id(hazard) in fresh:
                self.outcomes[number] = NEW
            elif self.actor.scope.covers(hazard):
                self.outcomes[number] = MERGED
            else:
                self.outcomes[number] = refused(_("The record lies outside your area."))
        return [self.outcomes[line.number] for line in self.lines]


def look(lines: Sequence[Line], actor: Actor) -> Writing:
    return _Look(lines, actor).write


def take(lines: Sequence[Line], actor: Actor) -> Sequence[Outcome]:
    return look(lines, actor)()


IMPORTER = Importer(
    key="hazards",
    label=_("Hazards"),
    columns=COLUMNS,
    duty="hazard.import",
    take=take,
    look=look,
    list_key="hazards",
    help=_("One row per finding. Name the object by its credit code or by its exact name."),
    sample=(
        {
            "external_id": "2026-001",
            "text": "二层西侧疏散通道堆放纸箱，宽度不足0.8米",
            "object": "海晏五金有限公司",
            "identifier": "",
            "sector": "工贸",
            "place": "二层西侧",
            "source": "执法检查",
            "found_on": "2026-06-10",
        },
    ),
)
registry.add("importers", IMPORTER.key, IMPORTER)

"""What people enter: official figures with their source, and divisions merged into others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import clock, ledger, once, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.imports import MERGED, NEW, Column, Importer, Line, Outcome, refused
from xiangling.kernel.refusal import Refused
from xiangling.kernel.sheets import BadValueError, parse_date
from xiangling.org.models import Region

from . import periods, places
from .duties import ENTER
from .figures import read_amount
from .measures import indicator_label, indicators
from .models import Official, RegionMerger


def enter_official(given: dict[str, Any], *, actor: Actor) -> Official:
    """Keep an official figure. A figure entered before stays; the newer one counts.

    `given` has indicator, region (any length), period (as `periods.read`), figure (as the source writes
    it; a masked one is kept as unknown), citation, source_on. Raises Refused with the field at fault.
    """
    _require(actor)
    row = _official(given, actor)
    row.save()
    return row


def _require(actor: Actor) -> None:
    if not actor.may(ENTER):
        raise Refused(
            "no_duty", _("Entering official figures is not a duty of your post."), status=403
        )


def _official(given: dict[str, Any], actor: Actor) -> Official:
    if given["indicator"] not in indicators():
        raise _wrong("indicator", _("There is no such indicator."))
    period = periods.read(given["period"])
    if period.is_running:
        raise _wrong("period", _("The period is not over yet; enter the figure when it is."))
    place = places.place_of(actor, given.get("region", ""))
    try:
        value = read_amount(given["figure"])
    except ValueError as error:
        why = _("Write the figure as the source does: 34000, 3.4万, or ** where it is masked.")
        raise _wrong("figure", why) from error
    if value is not None and (value < 0 or value >= 10**15):
        raise _wrong("figure", _("A figure lies between 0 and 1,000,000,000,000,000."))
    if given["source_on"] > clock.local_date(clock.now()):
        raise _wrong("source_on", _("The source cannot be dated in the future."))
    return Official(
        indicator=given["indicator"],
        region=place.code.ljust(12, "0"),
        first_on=period.first,
        last_on=period.last,
        value=value,
        as_written=given["figure"].strip()[:40],
        citation=given["citation"].strip()[:200],
        source_on=given["source_on"],
        entered_by=actor.label[:200],
        entered_at=clock.now(),
    )


def _wrong(name: str, why: Any) -> Refused:
    return Refused("bad_figure", _("Not entered."), why=why, fields={name: why}, status=422)


def merge_region(old: str, new: str, on: date, basis: str, *, actor: Actor) -> RegionMerger:
    """Say that a division was merged into another of the same parent.

    Raises Refused where the two are not siblings in the actor's area, or one is merged already.
    """
    _require(actor)
    first, second = (places.place_of(actor, code) for code in (old, new))
    rows = Region.objects.filter(code__in=[p.code.ljust(12, "0") for p in (first, second)])
    parents = {row.prefix[: _parent_level(row.level)] for row in rows}
    if len(rows) != 2 or len({row.level for row in rows}) != 1 or len(parents) != 1:
        raise _wrong(
            "new",
            _("Both must be divisions of one level under the same parent; other changes of borders keep their own figures."),
        )  # fmt: skip
    if second.code in RegionMerger.objects.values_list("old", flat=True):
        raise _wrong("new", _("That division was itself merged into another."))
    if on > clock.local_date(clock.now()):
        raise _wrong("on", _("Enter the merger when it has come into force."))
    made, created = RegionMerger.objects.get_or_create(
        old=first.code, defaults={"new": second.code, "on": on, "basis": basis.strip()[:200]}
    )
    if not created:
        raise _wrong("old", _("This division was merged already."))
    ledger.record_edit(made, actor=actor, before={"old": "", "new": "", "on": None, "basis": ""})
    return made


def _parent_level(level: int) -> int:
    return {4: 2, 6: 4, 9: 6}.get(level, 9)


# --- import -------------------------------------------------------------------------------------

COLUMNS = (
    Column(
        "indicator", pgettext_lazy("official", "Indicator"), ("指标", "指标名称", "indicator"), True
    ),
    Column("region", _("Region"), ("区划", "区划代码", "地区", "区域", "region")),
    Column("period", _("Period"), ("时期", "统计期", "期间", "period"), True),
    Column(
        "figure", pgettext_lazy("official", "Figure"), ("数值", "数据", "figure", "value"), True
    ),
    Column("citation", _("Source"), ("来源", "依据", "出处", "source"), True),
    Column("source_on", _("Date of the source"), ("来源日期", "发布日期", "date"), True),
)


def take(lines: Sequence[Line], actor: Actor) -> list[Outcome]:
    """Take in a batch of official figures; one that is there already, word for word, counts as merged."""
    by_name = {indicator_label(key): key for key in indicators()} | {k: k for k in indicators()}
    by_name |= {row["zh"]: key for key, row in indicators().items()}
    areas = {row.name: row.prefix for row in Region.objects.all()}
    fresh: list[Official] = []
    outcomes: list[Outcome] = []
    with once.block():
        known = set(Official.objects.values_list(*_SAME))
        for line in lines:
            try:
                row = _official(_given(line, by_name, areas), actor)
            except (BadValueError, Refused) as problem:
                outcomes.append(refused(getattr(problem, "message", "") or str(problem)))
                continue
            same = tuple(getattr(row, name) for name in _SAME)
            outcomes.append(MERGED if same in known else NEW)
            if same not in known:
                known.add(same)
                fresh.append(row)
    Official.objects.bulk_create(fresh)
    return outcomes


_SAME = ("indicator", "region", "first_on", "last_on", "as_written", "citation", "source_on")


def _given(line: Line, by_name: dict[str, str], areas: dict[str, str]) -> dict[str, Any]:
    text = {key: str(value or "").strip() for key, value in line.values.items()}
    day = parse_date(line.values.get("source_on"))
    if day is None:
        raise BadValueError("date", _("The date of the source is missing."))
    region = text.get("region", "")
    return {
        **text,
        "indicator": by_name.get(text.get("indicator", ""), ""),
        "region": areas.get(region, region),
        "source_on": day,
    }


IMPORTER = Importer(
    key="official_figures",
    label=_("Official figures"),
    columns=COLUMNS,
    duty=ENTER,
    take=take,
    list_key="official_figures",
    help=_("One row per indicator, area and period. Write a masked figure as ** so that it stays unknown."),
    sample=(
        {
            "indicator": "生产安全事故起数",
            "region": "",
            "period": "2026年1-4月",
            "figure": "67",
            "citation": "安委办〔2026〕12号",
            "source_on": "2026-05-08",
        },
    ),
)  # fmt: skip
registry.add("importers", IMPORTER.key, IMPORTER)

"""The duty map in four layers, with lines that ended, and the gaps left on purpose."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from .geography import Geography
from .model import CityPlan, DutyPlan, ObjectPlan
from .sources import facts
from .world import Builder

LAW = "安全生产法第十条"
TERRITORY_LAW = "安全生产法第九条"
FIRM_LAW = "安全生产法第五条、第二十一条"


def add_duties(builder: Builder, geography: Geography, rng: random.Random) -> None:
    """All duty lines; fills `plan.blind_spots` with the objects that no sector line covers today."""
    plan = builder.plan
    _territory(builder, geography)
    for key, prefix, rows in _levels(geography):
        _sector(builder, key, prefix, rows, rng)
    _single_objects(builder)
    _enterprise(builder, rng)
    plan.blind_spots = _blind(plan)


def _levels(geography: Geography) -> list[tuple[str, str, list[Any]]]:
    city = facts("city")
    districts = [
        (f"d{row['code']}", city["code"] + row["code"], facts("units")["district"])
        for row in city["districts"]
    ]
    return [("city", city["code"], facts("units")["city"]), *districts]


def _territory(builder: Builder, geography: Geography) -> None:
    city = facts("city")["code"]
    add = builder.plan.duties.append
    add(DutyPlan("territory", "city/office", city, basis=TERRITORY_LAW))
    for district in facts("city")["districts"]:
        prefix = city + district["code"]
        add(DutyPlan("territory", f"d{district['code']}/office", prefix, basis=TERRITORY_LAW))
        for town in geography.towns[district["key"]]:
            add(
                DutyPlan(
                    "territory", f"t{town.code[4:9]}/station", town.code[:9], basis=TERRITORY_LAW
                )
            )


def _sector(builder: Builder, key: str, prefix: str, rows: list[Any], rng: random.Random) -> None:
    today, add = builder.plan.today, builder.plan.duties.append
    gaps = {(gap["district"], gap["sector"]): gap for gap in facts("units")["gaps"]}
    letter = next((d["key"] for d in facts("city")["districts"] if key == f"d{d['code']}"), "")
    for row in rows:
        for sector in row["sectors"]:
            if sector == "other":
                continue
            unit, basis = f"{key}/{row['key']}", f"{LAW}；{row['duty']}"
            gap = gaps.get((letter, sector))
            if gap and "since_days" in gap:
                end = today - timedelta(days=gap["since_days"])
                add(
                    DutyPlan(
                        "sector",
                        unit,
                        prefix,
                        sector=sector,
                        ends_on=end,
                        basis=f"{basis}（{gap['reason']}）",
                    )
                )
            elif not gap:
                _line(add, unit, prefix, sector, basis, today, rng, key)


def _line(
    add: Any,
    unit: str,
    prefix: str,
    sector: str,
    basis: str,
    today: date,
    rng: random.Random,
    key: str,
) -> None:
    """One sector line; now and then another department answered before."""
    handed = today - timedelta(days=261 if unit == "d03/emergency" else rng.randint(70, 330))
    former = {"d03/emergency": "d03/inspection"}.get(unit) if sector == "industry_trade" else None
    if (
        not former
        and key != "city"
        and sector in ("gas", "wind_power", "fishing")
        and rng.random() < 0.5
    ):
        former = f"{key}/{'housing' if sector == 'gas' else 'transport' if sector == 'fishing' else 'emergency'}"
    if former:
        add(
            DutyPlan(
                "sector", former, prefix, sector=sector, ends_on=handed, basis=f"{LAW}；职责划转前"
            )
        )
        add(
            DutyPlan(
                "sector",
                unit,
                prefix,
                sector=sector,
                starts_on=handed + timedelta(days=1),
                basis=basis,
            )
        )
    else:
        add(DutyPlan("sector", unit, prefix, sector=sector, basis=basis))


def _single_objects(builder: Builder) -> None:
    """The mixed sector is divided by kind of place, so its lines name their objects."""
    plan = builder.plan
    owners: dict[str, list[tuple[str, str, str]]] = {}
    for level in ("city", "district"):
        for row in facts("units")[level]:
            for venue in row.get("venues", ()):
                owners.setdefault(venue, []).append((level, row["key"], row["duty"]))
    venue_of = {firm.unit: firm.venue for firm in plan.firms}
    for item in plan.objects:
        if item.sector != "other":
            continue
        for level, department, duty in owners.get(venue_of[item.unit], ()):
            key = "city" if level == "city" else f"d{item.region[4:6]}"
            plan.duties.append(
                DutyPlan(
                    "sector",
                    f"{key}/{department}",
                    item.region[:9],
                    sector="other",
                    object=item.key,
                    basis=f"{LAW}；{duty}",
                )
            )


def _enterprise(builder: Builder, rng: random.Random) -> None:
    plan = builder.plan
    parts: dict[str | None, list[ObjectPlan]] = defaultdict(list)
    for item in plan.objects:
        parts[item.parent].append(item)
    for firm in plan.firms:
        start = builder.unit[firm.unit].starts_on
        prefix = firm.region[:9]
        plan.duties.append(
            DutyPlan(
                "enterprise", firm.unit, prefix, object=firm.object, starts_on=start, basis=FIRM_LAW
            )
        )
        personal = start
        if firm.officer and rng.random() < 0.06:
            handed = plan.today - timedelta(days=rng.randint(60, 350))
            plan.duties.append(
                DutyPlan(
                    "personal",
                    firm.unit,
                    prefix,
                    firm.officer,
                    "",
                    firm.object,
                    start,
                    handed - timedelta(days=1),
                    "安全员代行，后由主要负责人承担",
                )
            )
            personal = handed
        plan.duties.append(
            DutyPlan(
                "personal", firm.unit, prefix, firm.owner, "", firm.object, personal, None, FIRM_LAW
            )
        )
        shops = {builder.unit[shop].name: shop for shop in firm.workshops}
        for item in (row for row in parts.get(firm.object, ()) if row.name in shops):
            shop = shops[item.name]
            plan.duties.append(
                DutyPlan(
                    "personal",
                    shop,
                    prefix,
                    builder.posts_of[shop][0].key,
                    "",
                    item.key,
                    start,
                    None,
                    FIRM_LAW,
                )
            )


def _blind(plan: CityPlan) -> list[str]:
    general: set[tuple[str, str]] = set()
    single: set[str] = set()
    for line in plan.duties:
        if (
            line.layer == "sector"
            and line.starts_on <= plan.today
            and (line.ends_on or date.max) >= plan.today
        ):
            if line.object:
                single.add(line.object)
            else:
                general.add((line.region, line.sector))
    return [
        item.key
        for item in plan.objects
        if item.key not in single
        and not any((item.region[:size], item.sector) in general for size in (4, 6, 9))
    ]

"""The demo city as data: the same seed and day always give the same city."""

from __future__ import annotations

import random
from datetime import date

from .codes import Names
from .duties import add_duties
from .findings import Finder
from .firms import PERSONA_FIRM, FirmMaker
from .geography import Geography
from .model import CityPlan
from .sources import facts
from .world import Builder, add_public_side

SEED = 20260701
TODAY = date(2026, 7, 1)


def plan(seed: int = SEED, today: date = TODAY) -> CityPlan:
    """The whole city, with everything that happened before `today` (00:00, China time).

    Pure: no clock, no files but the demo pack, one generator. Takes about two seconds.
    """
    rng = random.Random(seed)
    city = CityPlan(seed, today, facts("city")["name"], facts("city")["code"])
    geography = Geography(rng)
    city.regions = geography.regions
    builder = Builder(city, rng, Names(rng))
    add_public_side(builder, geography)
    FirmMaker(builder, geography, rng).add_all()
    add_duties(builder, geography, rng)
    Finder(builder, rng).add_all()
    city.personas = _personas(builder)
    return city


def _personas(builder: Builder) -> dict[str, str]:
    """Persona keys to posts whose worlds meet around one firm, its town and its sector."""
    firm = next(firm for firm in builder.plan.firms if firm.name == PERSONA_FIRM)
    district, town = f"d{firm.region[4:6]}", f"t{firm.region[4:9]}"
    shop = firm.workshops[0]
    return {
        "committee": builder.posts_of["city/office"][2].key,
        "department": builder.posts_of[f"{district}/emergency"][2].key,
        "inspector": builder.posts_of[f"{town}/station"][2].key,
        "owner": firm.owner,
        "workshop": builder.posts_of[shop][0].key,
        "team": builder.posts_of[f"{shop}/t1"][0].key,
        "leader": builder.posts_of[f"{district}/committee"][2].key,
        "auditor": builder.posts_of["city/audit"][0].key,
        "system_admin": builder.posts_of["city/centre"][0].key,
        "security_admin": builder.posts_of["city/centre"][1].key,
        "audit_admin": builder.posts_of["city/centre"][2].key,
    }

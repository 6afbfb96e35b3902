"""`xiangling begin`: the city, its committee office and the three administrators of a new installation."""

from __future__ import annotations

import argparse
import csv
from datetime import date
from pathlib import Path

from django.db import transaction

from xiangling.kernel import clock
from xiangling.org.duties import role_label
from xiangling.org.models import Holding, Person, Post, Region, Unit
from xiangling.org.passwords import initial_password
from xiangling.org.security import record_event

from .command import Stop

ADMINISTRATORS = ("system_admin", "security_admin", "audit_admin")
LEVELS = (4, 6, 9)
"""Significant digits of a division code: city, district, town (GB/T 2260 and town codes)."""


def run(argv: list[str]) -> int:
    """Enter the city and its districts and towns, and open the administrators' accounts."""
    parser = argparse.ArgumentParser(prog="xiangling begin", description=run.__doc__)
    parser.add_argument("code", nargs="?", help="division code of the city or district, 6 digits")
    parser.add_argument("name", nargs="?", help="its name")
    parser.add_argument("--regions", type=Path, help="CSV of districts and towns: code, name")
    parser.add_argument(
        "--again", choices=ADMINISTRATORS, help="one more account of this role, in need"
    )
    options = parser.parse_args(argv)
    with transaction.atomic():
        if options.again:
            office = Unit.objects.filter(kind=Unit.Kind.COMMITTEE_OFFICE).order_by("level").first()
            if office is None:
                raise Stop("nothing has begun here: xiangling begin CODE NAME")
            opened = [open_account(office, options.again)]
        elif options.code and options.name:
            opened = begin(options.code, options.name, options.regions)
        else:
            parser.error("say the division code and the name, or --again ROLE")
    for username, password, label in opened:
        print(f"  {username:<20} {password:<16} {label}")
    print("These passwords are shown once and must be changed at the first sign-in.")
    return 0


def begin(code: str, name: str, regions: Path | None) -> list[tuple[str, str, str]]:
    """(account, first password, role) of the administrators. Raises Stop where somebody is here already."""
    if Person.objects.exists():
        raise Stop("people are entered here already; --again ROLE opens one more administrator")
    top = region_of(code, name)
    if top.level not in (4, 6):
        raise Stop(f"{code} is neither a city nor a district")
    rows = [top, *(read_regions(regions, top) if regions else [])]
    Region.objects.bulk_create(rows)
    office = Unit.objects.create(
        name=f"{name}安全生产委员会办公室",
        kind=Unit.Kind.COMMITTEE_OFFICE,
        region=top.code,
        level=top.level,
        starts_on=today(),
    )
    return [open_account(office, role) for role in ADMINISTRATORS]


def region_of(code: str, name: str) -> Region:
    """A division by its code of 6, 9 or 12 digits. Raises Stop for a code that is none."""
    full = code.strip().ljust(12, "0")
    level = next((length for length in LEVELS if not full[length:].strip("0")), None)
    if not (len(code.strip()) in (6, 9, 12) and full.isdigit() and level and name.strip()):
        raise Stop(f"{code!r} {name!r} is no division of a city: 6, 9 or 12 digits and a name")
    return Region(code=full, name=name.strip(), level=level)


def read_regions(file: Path, top: Region) -> list[Region]:
    """The districts and towns of a CSV with the columns code and name. Raises Stop naming the line."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            found = [region_of(row["code"], row["name"]) for row in csv.DictReader(lines)]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise Stop(
            f"{file} cannot be read as a CSV with the columns code and name: {error}"
        ) from error
    strays = [row.code for row in found if not row.code.startswith(top.prefix)]
    if strays:
        raise Stop(f"not in {top.name}: {', '.join(strays[:5])}")
    unique = {row.code: row for row in found if row.code != top.code}
    return list(unique.values())


def open_account(office: Unit, role: str) -> tuple[str, str, str]:
    """An administrator with a post at the office and a first password, noted as a security event."""
    base = username = role.replace("_", ".")
    number = 1
    while Person.objects.filter(username=username).exists():
        number += 1
        username = f"{base}{number}"
    password, label = initial_password(), role_label(role)
    person = Person.objects.create_user(username, password, name=label, must_change_password=True)
    post = Post.objects.create(unit=office, title=label, role=role, starts_on=today())
    Holding.objects.create(post=post, person=person, starts_on=today())
    for kind in ("account_added", "rights_given"):
        record_event(kind, person=person.pk, label=username, detail="xiangling begin")
    return username, password, label


def today() -> date:
    return clock.local_date(clock.now())

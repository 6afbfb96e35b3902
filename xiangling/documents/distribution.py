"""To whom a paper goes: the units it names see it once it is issued, and are told.

Named one a line under “Units that receive it”, or by their exact name as addressee, lead, co-handlers or
copies. A group (各镇街) names nobody by itself: who belongs to it is for a person to say.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from xiangling.kernel import clock, wording
from xiangling.kernel.models import Notice
from xiangling.kernel.refusal import Refused
from xiangling.org.duties import duties_of
from xiangling.org.models import Post, Unit, in_force

from .models import Paper, Recipient

FIELD = "distribution"
_NAMED_IN = ("addressee", "lead", "co_handlers", "copies")
_BETWEEN = re.compile(r"[、，,；;\n]")


def reachable(paper: Paper, on: date) -> Any:
    """The units a body may send papers to: those of its area, and those above it."""
    prefix = paper.issuer.prefix
    above = [prefix[:level] for level in (4, 6, 9) if level <= len(prefix)]
    higher = Q()
    for code in above:
        higher |= Q(region=code.ljust(12, "0"), level=len(code))
    return Unit.objects.filter(in_force(on), Q(region__startswith=prefix) | higher)


def find_units(paper: Paper, names: Iterable[str], on: date) -> dict[str, list[Unit]]:
    """The units of these exact names that the body may send to: none, one or several for each."""
    wanted = list(dict.fromkeys(filter(None, (name.strip() for name in names))))
    found: dict[str, list[Unit]] = defaultdict(list)
    for unit in reachable(paper, on).filter(name__in=wanted):
        found[unit.name].append(unit)
    return {name: found.get(name, []) for name in wanted}


def units_known(case: Paper, *, data: dict[str, Any], **_kw: Any) -> None:
    """Whoever is to receive the paper is a unit of the body's area, or one above it."""
    given = data.get(FIELD) or ""
    names = given if isinstance(given, list | tuple) else str(given).splitlines()
    today = clock.local_date(clock.now())
    unclear = [name for name, units in find_units(case, names, today).items() if len(units) != 1]
    if not unclear:
        return
    known = list(reachable(case, today).values_list("name", flat=True)[:5000])
    near = get_close_matches(unclear[0], known, 3, 0.5)
    why = _("No one unit here is called so: %(names)s.") % {"names": wording.listed(unclear[:5])}
    raise Refused(
        "unknown_unit",
        _("The draft was not saved."),
        why=why,
        todo=_("Did you mean %(names)s?") % {"names": wording.listed(near)}
        if near
        else _("Write the name as the list of units has it."),
        fields={FIELD: why},
        status=422,
    )


def named(paper: Paper, on: date) -> list[Unit]:
    """Every unit that a paper names exactly, the issuing body itself left out."""
    content = paper.content
    names = list(content.get(FIELD) or [])
    for key in _NAMED_IN:
        value = content.get(key) or ""
        names += value if isinstance(value, list) else _BETWEEN.split(str(value))
    units = {
        u.pk: u for found in find_units(paper, names, on).values() if len(found) == 1 for u in found
    }
    units.pop(paper.issuer_id, None)
    return list(units.values())


def deliver(paper: Paper) -> None:
    """Open an issued paper to whom it names, and tell their posts."""
    on = paper.issued_on or clock.local_date(clock.now())
    units = named(paper, on)
    Recipient.objects.bulk_create([Recipient(paper=paper, unit=unit) for unit in units])
    posts = Post.objects.filter(in_force(on), unit__in=units).order_by("pk")
    Notice.objects.bulk_create(
        Notice(
            post=post.pk,
            case_kind="paper",
            case_uid=paper.uid,
            code=paper.number[:40],
            title=paper.title()[:200],
            entry_kind="paper.issued",
            at=clock.now(),
        )
        for post in posts
        if "paper.see" in duties_of(post.role, on)
    )

"""Lines of the duty map: added, ended, replaced from a day; never overwritten."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import OutOfScope
from xiangling.org import handover
from xiangling.org.models import DutyLine, Post, Unit, in_force
from xiangling.org.queries import get_region
from xiangling.org.sectors import is_sector

from .access import ONE_DAY, change, created, refuse, require, today

DUTY = "duty.edit"


def add_line(
    *,
    actor: Actor,
    layer: str,
    unit: Unit,
    region: str,
    starts_on: date,
    basis: str,
    post: Post | None = None,
    sector: str = "",
    object_kind: str = "",
    object_uid: UUID | None = None,
    ends_on: date | None = None,
) -> DutyLine:
    """Write a line: from `starts_on` this unit answers for the division prefix `region`.

    Raises Refused for a place or sector that does not exist, a unit or post that does not exist on
    the day, or a line that stands already; OutOfScope for a place outside the actor's area.
    """
    require(actor, DUTY)
    if not region.startswith(actor.scope.region):
        raise OutOfScope
    line = DutyLine(
        layer=layer,
        unit=unit,
        post=post,
        region=region,
        sector=sector,
        object_kind=object_kind,
        object_uid=object_uid,
        starts_on=starts_on,
        ends_on=ends_on,
        basis=basis.strip()[:200],
    )
    _check(line)
    same = _same_subject(line).filter(unit=unit, post=post)
    if same.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on)).exists():
        raise refuse("twice", _("This unit answers there already at that time."), field="unit")
    with transaction.atomic():
        line.save()
        created(line, actor, "layer", "unit_id", "region", "sector", "object_uid", "starts_on")
        _hand_over(line, actor)
    return line


def end_line(line: DutyLine, *, actor: Actor, last_on: date) -> DutyLine:
    """Let a line end after a day. Raises Refused if it ended before or had not begun."""
    require(actor, DUTY)
    _reach(line, actor)
    if last_on < line.starts_on:
        raise refuse("bad_date", _("That is before the line began."), field="last_on")
    if line.ends_on and line.ends_on <= last_on:
        raise refuse("ended", _("The line ends earlier already."), field="last_on")
    with transaction.atomic():
        change(line, actor, ends_on=last_on)
        _hand_over(line, actor)
    return line


def replace_line(
    line: DutyLine,
    *,
    actor: Actor,
    unit: Unit,
    starts_on: date,
    basis: str,
    post: Post | None = None,
) -> DutyLine:
    """From a day another unit answers: the old line ends the day before, a new one begins."""
    require(actor, DUTY)
    _reach(line, actor)
    if starts_on <= line.starts_on:
        raise refuse(
            "bad_date",
            _("The new line must begin after the old one, which began on %(day)s.")
            % {"day": line.starts_on},
            field="starts_on",
        )
    if line.ends_on and line.ends_on < starts_on:
        raise refuse(
            "ended", _("The old line has ended by then: add a new one."), field="starts_on"
        )
    with transaction.atomic():
        ends_on = line.ends_on
        change(line, actor, ends_on=starts_on - ONE_DAY)
        return add_line(
            actor=actor,
            layer=line.layer,
            unit=unit,
            post=post,
            region=line.region,
            sector=line.sector,
            object_kind=line.object_kind,
            object_uid=line.object_uid,
            starts_on=starts_on,
            ends_on=ends_on,
            basis=basis,
        )


def _check(line: DutyLine) -> None:
    if get_region(line.region) is None:
        raise refuse("no_region", _("There is no such division."), field="region")
    if line.sector and not is_sector(line.sector):
        raise refuse("no_sector", _("There is no such sector."), field="sector")
    if line.ends_on and line.ends_on < line.starts_on:
        raise refuse("bad_date", _("The last day is before the first."), field="ends_on")
    for row, name in ((line.unit, "unit"), (line.post, "post")):
        if row is not None and not _exists_on(row, line.starts_on):
            words = _("%(name)s does not exist on that day.") % {"name": row}
            raise refuse("not_in_force", words, field=name)
    if line.post is not None and line.post.unit_id != line.unit_id:
        raise refuse("other_unit", _("The post belongs to another unit."), field="post")
    if line.layer == DutyLine.Layer.PERSONAL and line.post is None:
        raise refuse("no_post", _("Personal duty needs a post."), field="post")


def _exists_on(row: Unit | Post, day: date) -> bool:
    return type(row)._default_manager.filter(in_force(day), pk=row.pk).exists()


def _reach(line: DutyLine, actor: Actor) -> None:
    if not line.region.startswith(actor.scope.region):
        raise OutOfScope


def _same_subject(line: DutyLine) -> Any:
    return DutyLine.objects.filter(
        layer=line.layer,
        region=line.region,
        sector=line.sector,
        object_kind=line.object_kind,
        object_uid=line.object_uid,
    )


def _hand_over(line: DutyLine, actor: Actor) -> None:
    """Open cases under the line are given to whoever answers today."""
    if line.starts_on > today():
        return
    which = Q(region__startswith=line.region)
    if line.sector:
        which &= Q(sector=line.sector)
    handover.hand_over(which, actor)

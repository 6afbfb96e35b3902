"""The one thing people write about figures."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from xiangling.insight.models import Statement
from xiangling.kernel import clock, ledger
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import Refused
from xiangling.org.models import Unit

from .figures import Period
from .signs import Sign


def may_answer(unit: Unit, actor: Actor) -> bool:
    """A unit is answered for by its own posts, and by those of the unit it is part of within a firm."""
    if not actor.may("honesty.answer") or actor.unit is None:
        return False
    return actor.unit == unit.pk or unit.pk in (actor.scope.units or ())


def answer_figure(unit: Unit, sign: Sign, period: Period, text: str, *, actor: Actor) -> Statement:
    """Keep a unit's statement on a figure; a second one on the same figure and period replaces its words.

    Every wording stays in the record of edits. Raises Refused for another unit's.
    """
    if not may_answer(unit, actor):
        raise Refused("no_duty", _("Only the unit itself answers a figure about it."), status=403)
    with transaction.atomic():
        rows = Statement.objects.select_for_update()
        same = {"unit": unit, "sign": sign.key, "begins_on": period.begins, "ends_on": period.ends}
        row = rows.filter(**same).first() or Statement(**same, said_at=clock.now())
        before = {"text": row.text}
        row.text, row.said_by, row.said_at = text, actor.label[:200], clock.now()
        row.save()
        ledger.record_edit(row, actor=actor, before=before)
    return row

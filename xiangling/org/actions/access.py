"""What every action here asks first, and how it leaves its trace."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from xiangling.kernel import clock, ledger, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.org.models import Unit

ONE_DAY = timedelta(days=1)


def today() -> date:
    return clock.local_date(clock.now())


def require(actor: Actor, duty: str) -> None:
    """Raises Refused (`no_duty`, 403) unless the actor's post carries `duty`."""
    if not actor.may(duty):
        label = registry.shelf("duties")[duty].label
        raise Refused(
            "no_duty",
            _("This was not done: your post does not carry the duty “%(duty)s”.") % {"duty": label},
            todo=_("Switch to the post that carries it."),
            ask=_("The system administrator of your unit gives posts."),
            status=403,
        )


def within(actor: Actor, unit: Unit) -> None:
    """Raises OutOfScope unless the unit lies in the actor's area."""
    scope = actor.scope
    if not unit.region.startswith(scope.region):
        raise OutOfScope
    if scope.units is not None and unit.pk not in scope.units:
        raise OutOfScope


def refuse(code: str, what: Any, *, field: str = "", why: Any = "", todo: Any = "") -> Refused:
    """A refusal of an answer that cannot stand, beside its field where there is one."""
    fields = {field: why or what} if field else {}
    return Refused(code, what, why=why, todo=todo, fields=fields, status=422)


def change(row: models.Model, actor: Actor, **values: Any) -> None:
    """Save new values of some columns and keep what they were."""
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    ledger.record_edit(row, actor=actor, before=before)


def created(row: models.Model, actor: Actor, *names: str) -> None:
    """Keep the first values of a new row."""
    ledger.record_edit(row, actor=actor, before=dict.fromkeys(names))

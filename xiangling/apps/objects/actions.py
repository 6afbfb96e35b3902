"""The verbs of the object register: the only code, besides the import, that writes objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from xiangling.kernel import clock, ledger
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.org.models import Unit

from .facts import Draft, Reader
from .models import SupervisedObject
from .naming import rename_units

Kind = SupervisedObject.Kind


def register_object(
    facts: Mapping[str, Any], *, actor: Actor, firm: SupervisedObject | None = None
) -> SupervisedObject:
    """Put an object on the register; a firm brings its unit, everything else hangs under a firm.

    `facts` are as the import's columns have them. Raises Refused: `no_duty`, `invalid` with a
    sentence for each field, or `object_known` when the register has it already.
    """
    _check_duty(actor)
    draft = _read(facts, actor)
    if draft.kind == Kind.FIRM:
        _need(draft, "sector", _("The sector is missing."))
    elif firm is None:
        draft.errors["firm"] = _("The enterprise that the object belongs to is missing.")
    _refuse_errors(draft)
    if firm is not None and draft.kind != Kind.FIRM:
        draft.values.setdefault("region", firm.region)
        draft.values.setdefault("sector", firm.sector)
    _refuse_known(draft, firm)
    now = clock.now()
    row = SupervisedObject(kind=draft.kind, created_at=now, changed_at=now, **draft.values)
    try:
        with transaction.atomic():
            if draft.kind == Kind.FIRM:
                row.unit = Unit.objects.create(
                    name=row.name,
                    kind=Unit.Kind.ENTERPRISE,
                    region=row.region,
                    level=9,
                    starts_on=clock.local_date(now),
                )
            elif firm is not None:
                row.unit, row.parent = firm.unit, firm
            row.save()
    except IntegrityError:
        _refuse_known(draft, firm)
        raise
    return row


def change_object(
    row: SupervisedObject, facts: Mapping[str, Any], *, actor: Actor
) -> SupervisedObject:
    """Change an object's facts; what was before is kept, a renamed firm's unit keeps its old name.

    Only the facts given are touched; an empty one empties its column. Raises Refused (`invalid`).
    """
    _check_duty(actor, row)
    whole = {"kind": row.kind, "name": row.name, "region": row.region, "sector": row.sector}
    draft = _read(whole | dict(facts), actor)
    _need(draft, "sector", _("The sector is missing."))
    _refuse_errors(draft)
    names = [name for name in facts if name in _EDITABLE]
    with transaction.atomic():
        row = SupervisedObject.objects.select_for_update(of=("self",)).get(pk=row.pk)
        before = {name: getattr(row, name) for name in names}
        if draft.identifier != row.identifier and "identifier" in facts:
            _refuse_taken(draft, row)
        for name in names:
            setattr(row, name, draft.values.get(name, _BLANK.get(name, "")))
        row.changed_at = clock.now()
        row.save()
        ledger.record_edit(row, actor=actor, before=before)
        if row.is_firm and any(
            before.get(name, getattr(row, name)) != getattr(row, name)
            for name in ("name", "region")
        ):
            rename_units([row])
    return row


def set_place(row: SupervisedObject, *, lat: float, lng: float, actor: Actor) -> SupervisedObject:
    """Put an object on the map (WGS 84). Raises Refused for a place outside the country."""
    return change_object(row, {"lat": lat, "lng": lng}, actor=actor)


_EDITABLE = (
    "name", "identifier", "type", "sector", "region", "address", "lat", "lng", "liable_name", "liable_phone",
    "staff_count", "next_test_on", "status",
)  # fmt: skip
_BLANK: dict[str, Any] = {
    "lat": None, "lng": None, "staff_count": None, "next_test_on": None, "status": SupervisedObject.Status.ACTIVE,
}  # fmt: skip


def _check_duty(actor: Actor, row: SupervisedObject | None = None) -> None:
    if row is not None and not actor.scope.covers(row):
        raise OutOfScope
    if not actor.may("object.edit"):
        raise Refused(
            "no_duty", _("Keeping the object register is not a duty of your post."), status=403
        )


def _read(facts: Mapping[str, Any], actor: Actor) -> Draft:
    return Reader(actor.scope, clock.local_date(clock.now())).read(facts)


def _need(draft: Draft, name: str, words: str) -> None:
    if name not in draft.values:
        draft.errors.setdefault(name, words)


def _refuse_errors(draft: Draft) -> None:
    if draft.errors:
        raise Refused(
            "invalid",
            _("Some facts are missing or wrong."),
            todo=_("Complete the marked fields and submit again."),
            fields=dict(draft.errors),
            status=422,
        )


def _refuse_taken(draft: Draft, row: SupervisedObject | None) -> None:
    same = SupervisedObject._base_manager.filter(kind=draft.kind, identifier=draft.identifier)
    if row is not None:
        same = same.exclude(pk=row.pk)
    if draft.identifier and same.exists():
        words = _("An object with this number is registered already.")
        raise Refused(
            "object_known",
            words,
            todo=_("Search for it by its number."),
            fields={"identifier": words},
        )


def _refuse_known(draft: Draft, firm: SupervisedObject | None) -> None:
    """One object, one record: by number anywhere, by name within the town or the firm."""
    _refuse_taken(draft, None)
    rows = SupervisedObject._base_manager.filter(kind=draft.kind, name_key=draft.key)
    near = rows.filter(town=draft.town) if firm is None else rows.filter(unit=firm.unit_id)
    if draft.identifier:
        near = near.filter(identifier="")
    if near.exists():
        words = _("An object of this name is registered already.")
        raise Refused(
            "object_known", words, todo=_("Search for it by its name."), fields={"name": words}
        )

"""Units, posts and who holds them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from xiangling.kernel.actor import Actor
from xiangling.org import handover
from xiangling.org.duties import role_label
from xiangling.org.models import DutyLine, Holding, Person, Post, Unit, UnitName
from xiangling.org.queries import exclusive_clash
from xiangling.org.security import record_event

from .access import ONE_DAY, change, created, refuse, require, today, within

DUTY = "org.people"


def add_unit(
    *,
    actor: Actor,
    name: str,
    kind: str,
    parent: Unit | None,
    region: str,
    level: int,
    sectors: Iterable[str],
    starts_on: date,
) -> Unit:
    """A new unit below `parent`. Raises Refused; OutOfScope outside the actor's area."""
    require(actor, DUTY)
    unit = Unit(
        name=name.strip(),
        kind=kind,
        parent=parent,
        region=region.ljust(12, "0"),
        level=level,
        sectors=list(sectors),
        starts_on=starts_on,
    )
    within(actor, unit)
    if parent is not None:
        within(actor, parent)
        if parent.is_enterprise and not unit.is_enterprise:
            raise refuse(
                "wrong_parent", _("An authority cannot stand below an enterprise."), field="parent"
            )
    with transaction.atomic():
        unit.save()
        created(unit, actor, "name", "kind", "parent_id", "region", "starts_on")
    return unit


def rename_unit(unit: Unit, *, actor: Actor, name: str, on: date, reason: str) -> Unit:
    """Give a unit another name from a day on; its records of before keep the former one.

    Raises Refused for a day to come, a day before an earlier renaming, or the same name.
    """
    require(actor, DUTY)
    within(actor, unit)
    name = name.strip()
    if name == unit.name:
        raise refuse("same_name", _("The unit bears this name already."), field="name")
    if on > today() or on <= unit.starts_on:
        raise refuse(
            "bad_date",
            _("The day must lie after the unit was set up and not in the future."),
            field="on",
        )
    if unit.former_names.filter(ends_on__gte=on - ONE_DAY).exists():
        raise refuse("bad_date", _("The unit was renamed later than that."), field="on")
    with transaction.atomic():
        UnitName.objects.create(unit=unit, name=unit.name, ends_on=on - ONE_DAY, reason=reason)
        change(unit, actor, name=name)
    return unit


def merge_unit(unit: Unit, *, into: Unit, actor: Actor, on: date, reason: str) -> Unit:
    """Merge an authority into another from a day on.

    Its posts and holdings end the day before; its duty lines go on with the successor from the
    day; the units below it move. Past days still answer with the former unit. Raises Refused.
    """
    require(actor, DUTY)
    within(actor, unit)
    within(actor, into)
    if unit.is_enterprise or into.is_enterprise:
        raise refuse("enterprise", _("Enterprises are not merged here: only authorities are."))
    if into.path.startswith(unit.path):
        raise refuse("own_part", _("A unit cannot be merged into a part of itself."), field="into")
    if unit.ends_on or into.ends_on:
        raise refuse("ended", _("One of the two units has ended already."), field="into")
    if not unit.starts_on < on <= today():
        raise refuse(
            "bad_date",
            _("The day must lie after the unit was set up and not in the future."),
            field="on",
        )
    last = on - ONE_DAY
    with transaction.atomic():
        _move_lines(unit, into, on, actor, reason)
        for post in Post.objects.filter(Q(ends_on=None) | Q(ends_on__gt=last), unit=unit):
            end_post(post, actor=actor, last_on=max(last, post.starts_on))
        for child in unit.children.all():
            change(child, actor, parent_id=into.pk)
        change(unit, actor, ends_on=last, successor_id=into.pk)
        handover.hand_over(Q(holder_unit=unit.pk), actor)
    return unit


def _move_lines(unit: Unit, into: Unit, on: date, actor: Actor, reason: str) -> None:
    """Lines of the unit end the day before `on` and go on with `into`; later ones begin with it."""
    for line in DutyLine.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), unit=unit):
        if line.starts_on >= on:
            change(line, actor, unit_id=into.pk, post_id=None)
            continue
        heir = DutyLine(
            layer=line.layer,
            unit=into,
            region=line.region,
            sector=line.sector,
            object_kind=line.object_kind,
            object_uid=line.object_uid,
            starts_on=on,
            ends_on=line.ends_on,
            basis=(reason or line.basis)[:200],
        )
        heir.save()
        created(heir, actor, "unit_id", "region", "sector", "starts_on")
        change(line, actor, ends_on=on - ONE_DAY)


# --- posts --------------------------------------------------------------------------------------


def add_post(
    unit: Unit,
    *,
    actor: Actor,
    title: str,
    role: str,
    starts_on: date,
    phone: str = "",
    is_head: bool = False,
) -> Post:
    """A new seat in a unit. Raises Refused if the unit does not exist on that day."""
    require(actor, DUTY)
    within(actor, unit)
    if starts_on < unit.starts_on or (unit.ends_on and starts_on > unit.ends_on):
        raise refuse("bad_date", _("The unit does not exist on that day."), field="starts_on")
    with transaction.atomic():
        post = Post.objects.create(
            unit=unit,
            title=title.strip(),
            role=role,
            phone=phone,
            is_head=is_head,
            starts_on=starts_on,
        )
        created(post, actor, "title", "role", "phone", "is_head", "starts_on")
    return post


def end_post(post: Post, *, actor: Actor, last_on: date) -> Post:
    """End a post; whoever holds it leaves it on the same day. Raises Refused."""
    require(actor, DUTY)
    within(actor, post.unit)
    if last_on < post.starts_on:
        raise refuse("bad_date", _("That is before the post began."), field="last_on")
    with transaction.atomic():
        for holding in post.holdings.filter(Q(ends_on=None) | Q(ends_on__gt=last_on)):
            _end(holding, max(last_on, holding.starts_on), actor)
        change(post, actor, ends_on=last_on)
        handover.hand_over(Q(holder_post=post.pk), actor)
    return post


def put_on_post(
    post: Post,
    person: Person,
    *,
    actor: Actor,
    starts_on: date,
    ends_on: date | None = None,
    is_deputy: bool = False,
) -> Holding:
    """Put a person on a post, as holder or deputy, from one day to another.

    Raises Refused: for oneself, for a second holder at a time, and where one person would hold two
    of the administrator and auditor roles together (GB/T 22239-2019 8.1.5).
    """
    require(actor, DUTY)
    within(actor, post.unit)
    _check_dates(post, starts_on, ends_on)
    if person.pk == actor.person:
        raise refuse(
            "own_rights",
            _("Nobody gives a post to themselves."),
            todo=_("Another administrator of people has to do it."),
        )
    if not person.is_active:
        raise refuse("closed_account", _("This account is closed."), field="account")
    if clash := exclusive_clash(person, post.role, starts_on, ends_on):
        raise refuse(
            "separation",
            _("%(name)s cannot be %(role)s as well.")
            % {"name": person.name, "role": role_label(post.role)},
            why=_(
                "System, security and audit administration are three people; the post %(post)s clashes."
            )
            % {"post": clash},
            todo=_("Choose another person, or end the other post first."),
        )
    rows = _overlapping(post.holdings.all(), starts_on, ends_on)
    if rows.filter(person=person).exists():
        raise refuse(
            "twice", _("This person is on the post at that time already."), field="account"
        )
    if not is_deputy and (other := rows.filter(is_deputy=False).first()):
        raise refuse(
            "taken",
            _("%(name)s holds the post at that time.") % {"name": other.person.name},
            todo=_("End that first, or put the new person on the post as deputy."),
        )
    with transaction.atomic():
        holding = Holding.objects.create(
            post=post, person=person, starts_on=starts_on, ends_on=ends_on, is_deputy=is_deputy
        )
        created(holding, actor, "person_id", "post_id", "is_deputy", "starts_on", "ends_on")
        record_event("rights_given", person=person.pk, label=str(person), detail=_by(post, actor))
        handover.hand_over(Q(holder_unit=post.unit_id) | Q(holder_unit=None), actor)
    return holding


def end_holding(holding: Holding, *, actor: Actor, last_on: date) -> Holding:
    """Take a person off a post after a day. Raises Refused for a day before it began."""
    require(actor, DUTY)
    within(actor, holding.post.unit)
    if last_on < holding.starts_on:
        raise refuse("bad_date", _("That is before this person came to the post."), field="last_on")
    with transaction.atomic():
        _end(holding, last_on, actor)
        handover.hand_over(Q(holder_unit=holding.post.unit_id), actor)
    return holding


def _end(holding: Holding, last_on: date, actor: Actor) -> None:
    change(holding, actor, ends_on=last_on)
    person = holding.person
    detail = _by(holding.post, actor)
    record_event("rights_taken", person=person.pk, label=str(person), detail=detail)


def _by(post: Post, actor: Actor) -> str:
    return f"{post} ← {actor.label}"


def _overlapping(
    rows: QuerySet[Holding], starts_on: date, ends_on: date | None
) -> QuerySet[Holding]:
    rows = rows.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on))
    return rows.filter(starts_on__lte=ends_on) if ends_on else rows


def _check_dates(post: Post, starts_on: date, ends_on: date | None) -> None:
    if ends_on and ends_on < starts_on:
        raise refuse("bad_date", _("The last day is before the first."), field="ends_on")
    if starts_on < post.starts_on or (post.ends_on and starts_on > post.ends_on):
        raise refuse("bad_date", _("The post does not exist on that day."), field="starts_on")

"""From a person on a post to an Actor: duties by role, scope by unit."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from xiangling.kernel import clock
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Job, Notice
from xiangling.kernel.scope import NOTHING, Scope

from .duties import duties_of
from .models import Holding, Person, Post, in_force

WORK_SHOWN_FOR = timedelta(hours=12)
"""How long ended work stays on every page until it was looked at."""


def holdings_of(person: Person, on: date) -> QuerySet[Holding]:
    """The posts a person may act for on a day, their own before those they deputise for."""
    rows = person.holdings.filter(in_force(on), in_force(on, "post__"))
    return rows.select_related("post__unit").order_by("is_deputy", "post_id")


def with_waiting(rows: QuerySet[Holding], since: datetime) -> QuerySet[Holding]:
    """Holdings that know whether their post has unread notices and their person long work since then.

    Every page shows both; mostly there is nothing to ask for.
    """
    unread = Notice.objects.filter(post=OuterRef("post_id"), read_at__isnull=True)
    jobs = Job.objects.filter(person=OuterRef("person_id"), created_at__gte=since)
    return rows.annotate(has_unread=Exists(unread), has_jobs=Exists(jobs))


def scope_of(post: Post) -> Scope:
    """What a post may see: its division, its sectors, and for an enterprise its own units only."""
    unit = post.unit
    if unit.is_enterprise:
        firm = unit.enterprise
        whole = frozenset(pk for pk, _name in firm.subtree())
        own = whole if firm == unit else frozenset(pk for pk, _name in unit.subtree())
        return Scope(units=own, firm=whole, home=unit.pk)
    sectors = frozenset(unit.sectors) if unit.sectors else None
    return Scope(region=unit.prefix, sectors=sectors, home=unit.pk)


def actor_for(holding: Holding, on: date, *, via: str = "") -> Actor:
    """The actor that this person is on this post today."""
    post, person = holding.post, holding.person
    return Actor(
        person=person.pk,
        post=post.pk,
        name=person.name,
        title=post.title,
        unit=post.unit_id,
        unit_name=post.unit.name,
        duties=duties_of(post.role, on),
        scope=scope_of(post) if person.is_active else NOTHING,
        is_deputy=holding.is_deputy,
        via=via,
    )


def load(person: int | None, post: int | None) -> Actor:
    """The actor for stored ids, as of now. Raises LookupError if the holding has ended."""
    on = clock.local_date(clock.now())
    rows = Holding.objects.filter(in_force(on), in_force(on, "post__"), person=person, post=post)
    holding = rows.filter(person__is_active=True).select_related("post__unit", "person").first()
    if holding is None:
        raise LookupError(f"person {person} no longer holds post {post}")
    return actor_for(holding, on)

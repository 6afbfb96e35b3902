"""Reads across units, posts and duty lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import product
from typing import Any, TypeVar
from uuid import UUID

from django.apps import apps
from django.db.models import Exists, Model, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from xiangling.kernel import clock, search
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import OutOfScope

from .models import DutyLine, Holding, Person, Post, Region, Unit, in_force
from .security import roles_for

M = TypeVar("M", bound=Model)
ALL_SECTORS = _("Every sector")


def uncovered(rows: QuerySet[M], layer: str, on: date | None = None) -> QuerySet[M]:
    """Those of `rows` for which no line of a layer of the duty map is in force on a day (today).

    `rows` must have the columns city, district, town, region, sector, kind and uid, as supervised
    objects do. One EXISTS for lines about places and one for lines about single objects, both on
    an index, so that counting 150,000 rows stays one scan.
    """
    on = on or clock.local_date(clock.now())
    lines = DutyLine.objects.filter(in_force(on), layer=layer)
    places = [OuterRef(name) for name in ("city", "district", "town", "region")]
    general = lines.filter(
        object_uid=None,
        region__in=places,
        sector__in=["", OuterRef("sector")],
        object_kind__in=["", OuterRef("kind")],
    )
    single = lines.filter(object_uid=OuterRef("uid"))
    return rows.filter(~Exists(general), ~Exists(single))


Alike = tuple[str, str, str]
"""What lines about places ask of an object: its region, sector and kind."""


def gaps_in(alike: Iterable[Alike], layers: Sequence[str], on: date) -> dict[str, set[Alike]]:
    """Layer -> those for which no line about places is in force on a day: `uncovered`, by the sort."""
    lines = DutyLine.objects.filter(in_force(on), layer__in=layers, object_uid=None)
    known = set(lines.values_list("layer", "region", "sector", "object_kind"))
    gaps: dict[str, set[Alike]] = {layer: set() for layer in layers}
    for region, sector, kind in alike:
        places = [region[:size] for size in (4, 6, 9, 12)]
        for layer in layers:
            if known.isdisjoint(product([layer], places, {"", sector}, {"", kind})):
                gaps[layer].add((region, sector, kind))
    return gaps


def objects_named(layers: Sequence[str], on: date) -> dict[UUID, set[str]]:
    """The layers in which lines in force on a day name an object, by its uid."""
    found: dict[UUID, set[str]] = {}
    lines = DutyLine.objects.filter(in_force(on), layer__in=layers, object_uid__isnull=False)
    for uid, layer in lines.values_list("object_uid", "layer"):
        if uid is not None:
            found.setdefault(uid, set()).add(layer)
    return found


def units_in(actor: Actor, on: date) -> QuerySet[Unit]:
    """The units of the actor's area in force on a day, from the top down."""
    rows = Unit.objects.filter(in_force(on), region__startswith=actor.scope.region)
    if actor.scope.units is not None:
        rows = rows.filter(pk__in=actor.scope.units)
    return rows.order_by("path")


def get_unit(actor: Actor, pk: int) -> Unit:
    """A unit of the actor's area, ended ones too. Raises OutOfScope."""
    rows = Unit.objects.filter(region__startswith=actor.scope.region)
    if actor.scope.units is not None:
        rows = rows.filter(pk__in=actor.scope.units)
    unit = rows.filter(pk=pk).select_related("parent", "successor").first()
    if unit is None:
        raise OutOfScope
    return unit


def with_posts(rows: QuerySet[Unit], on: date) -> QuerySet[Unit]:
    """Units with `posts_now`, each with `holdings_now`, on a day."""
    held = Holding.objects.filter(in_force(on)).select_related("person").order_by("is_deputy", "id")
    posts = Post.objects.filter(in_force(on)).order_by("-is_head", "id")
    posts = posts.prefetch_related(Prefetch("holdings", held, to_attr="holdings_now"))
    return rows.prefetch_related(Prefetch("posts", posts, to_attr="posts_now"))


def head_of(unit: Unit, on: date) -> Person | None:
    """Who heads a unit on a day, by the post that says so; None where nobody does."""
    rows = Holding.objects.filter(
        in_force(on), in_force(on, "post__"), post__unit=unit, post__is_head=True, is_deputy=False
    )
    holding = rows.select_related("person").order_by("post_id", "id").first()
    return holding.person if holding else None


def authorities(actor: Actor, on: date) -> QuerySet[Unit]:
    """The public units of the actor's area and above it, on a day."""
    above = [actor.scope.region[:size].ljust(12, "0") for size in (4, 6, 9)]
    rows = Unit.objects.filter(in_force(on)).exclude(kind__in=Unit.ENTERPRISE_KINDS)
    near = Q(region__startswith=actor.scope.region) | Q(region__in=above)
    return rows.filter(near).order_by("level", "region", "id")


def regions_in(actor: Actor) -> QuerySet[Region]:
    """The divisions of the actor's area, from the top down."""
    return Region.objects.filter(code__startswith=actor.scope.region).order_by("code")


def get_region(prefix: str) -> Region | None:
    return Region.objects.filter(code=prefix.ljust(12, "0"), level=len(prefix)).first()


def find_objects(words: str, limit: int = 20) -> Sequence[Any]:
    """Supervised objects by name or identifier, in the active scope; at most `limit`."""
    if not words.strip() or not apps.is_installed("xiangling.apps.objects"):
        return []
    rows = apps.get_model("objects", "SupervisedObject")._default_manager.all()
    exact = list(rows.filter(identifier=words.strip())[:limit])
    return exact or list(search.matching(rows, words).order_by("kind", "name")[:limit])


def get_object(uid: str) -> Any:
    """A supervised object in the active scope. Raises OutOfScope, also for what is no uid at all."""
    found = None
    if apps.is_installed("xiangling.apps.objects") and _is_uid(uid):
        model = apps.get_model("objects", "SupervisedObject")
        found = model._default_manager.filter(uid=uid).first()
    if found is None:
        raise OutOfScope
    return found


def _is_uid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def lines_about(actor: Actor) -> QuerySet[DutyLine]:
    """The lines of the duty map that touch the actor's area, ended ones too."""
    prefix = actor.scope.region
    above = [prefix[:size] for size in (4, 6, 9) if size < len(prefix)]
    rows = DutyLine.objects.filter(Q(region__startswith=prefix) | Q(region__in=above))
    if actor.scope.units is not None:
        rows = rows.filter(unit__in=actor.scope.units)
    return rows


def exclusive_clash(
    person: Person, role: str, starts_on: date, ends_on: date | None
) -> Post | None:
    """The post that keeps a person from a role in a time, under the separation of administrators."""
    exclusive = roles_for("exclusive", starts_on)
    if role not in exclusive:
        return None
    rows = person.holdings.filter(post__role__in=exclusive - {role})
    rows = rows.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on))
    if ends_on:
        rows = rows.filter(starts_on__lte=ends_on)
    found = rows.select_related("post__unit").first()
    return found.post if found else None


def find_admin_conflicts(on: date) -> list[Person]:
    """People who hold two of the roles that must be separate on a day; should always be empty."""
    roles: dict[int, set[str]] = {}
    held = Holding.objects.filter(
        in_force(on), in_force(on, "post__"), post__role__in=roles_for("exclusive", on)
    )
    for person, role in held.values_list("person_id", "post__role"):
        roles.setdefault(person, set()).add(role)
    wrong = [person for person, several in roles.items() if len(several) > 1]
    return list(Person.objects.filter(pk__in=wrong).order_by("pk"))


def unit_name(pk: Any) -> str:
    """The name of a unit by its id, "" for none."""
    row = Unit.objects.filter(pk=pk).first() if str(pk).isdecimal() else None
    return row.name if row else ""


def person_name(pk: Any) -> str:
    """The name of a person by their id, "" for none."""
    row = Person.objects.filter(pk=pk).first() if str(pk).isdecimal() else None
    return row.name if row else ""

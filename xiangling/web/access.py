"""The doors of the pages: what a post may see, and every look kept."""

from __future__ import annotations

from datetime import timedelta
from typing import cast
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.translation import gettext as _

from xiangling.kernel import clock, ledger, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import List
from xiangling.kernel.models import Access, Case
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.kernel.registry import Kind

_AGAIN_AFTER = timedelta(minutes=10)


def actor_of(request: HttpRequest) -> Actor:
    """Who is asking. The actor middleware lets nobody in without one."""
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def may_see(actor: Actor, kind: Kind) -> bool:
    """Whether a post sees records of a kind: by its own `see` duty, else by any `see` duty it has."""
    code = f"{kind.key}.see"
    if code in registry.shelf("duties"):
        return actor.may(code)
    return any(duty.endswith(".see") for duty in actor.duties)


def find_case(kind: Kind, uid: UUID, actor: Actor) -> Case:
    """One case in the actor's area. Raises OutOfScope, also where the post may not see the kind."""
    seen = Access.objects.filter(
        person=actor.person,
        at__gte=clock.now() - _AGAIN_AFTER,
        kind=kind.key,
        uid=OuterRef("uid"),
        detail=OuterRef("code"),
    )
    found = kind.model._default_manager.select_related(*kind.related)
    rows = kind.beside(found).annotate(was_seen=Exists(seen.filter(what="see")))
    case = rows.filter(uid=uid).first() if may_see(actor, kind) else None
    if case is None:
        raise OutOfScope
    return case


def kind_of_list(found: List) -> Kind | None:
    """The kind whose cases a list shows, if they are cases."""
    return found.kind()


def check_list(found: List, actor: Actor) -> None:
    """Raises Refused when the post has none of the duties that open a list."""
    kind = kind_of_list(found)
    allowed = (
        any(map(actor.may, found.duties)) if found.duties else kind is None or may_see(actor, kind)
    )
    if not allowed:
        raise Refused(
            "no_duty",
            _("“%(list)s” is not open to your post.") % {"list": found.title},
            todo=_(
                "Switch to the post that carries the duty, or ask the administrator of your unit."
            ),
            status=403,
        )


def log_sight(request: HttpRequest, kind: Kind, case: Case) -> None:
    """Keep that this person saw a record, as `find_case` brought it: once in ten minutes."""
    if not case.was_seen:  # type: ignore[attr-defined]
        log_look(request, "see", kind.key, case.uid, case.code)


def log_look(
    request: HttpRequest, what: str, kind: str, uid: UUID | None, detail: str = ""
) -> None:
    """Keep that this person saw something: once in ten minutes for the same thing."""
    actor = actor_of(request)
    since = clock.now() - _AGAIN_AFTER
    rows = Access.objects.filter(person=actor.person, at__gte=since, what=what, kind=kind, uid=uid)
    if not rows.filter(detail=detail[:300]).exists():
        ledger.record_access(
            actor, what, kind=kind, uid=uid, detail=detail, address=address_of(request)
        )


def has_looked(request: HttpRequest, uid: UUID) -> bool:
    """Whether this person's looking at a record was kept in the last ten minutes."""
    since = clock.now() - _AGAIN_AFTER
    person = actor_of(request).person
    return Access.objects.filter(person=person, at__gte=since, uid=uid).exists()


def address_of(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))

"""Who measures: people of the demo city on their posts, and what the town's own inspectors may move."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import QuerySet
from django.test import Client

from xiangling.api.models import Token
from xiangling.apps.hazards.models import Hazard
from xiangling.kernel import clock
from xiangling.kernel.actor import Actor
from xiangling.kernel.digest import digest
from xiangling.kernel.models import Docket
from xiangling.org.actors import actor_for
from xiangling.org.models import Holding, Persona, in_force
from xiangling.org.security import POST

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
AS = {"city": "committee", "district": "department", "town": "inspector", "firm": "owner"}


def today() -> Any:
    return clock.local_date(clock.now())


def holding_of(persona: str) -> Holding:
    return Persona.objects.get(key=persona).holding


def acting(holding: Holding) -> Actor:
    return actor_for(holding, today())


def session_key(holding: Holding) -> str:
    """A signed-in session of this person on this post, as the sign-in page would have made it."""
    person, session = holding.person, SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session[POST] = holding.post_id
    session.create()
    return str(session.session_key)


def browser(persona: str) -> Client:
    client = Client(headers={"host": "localhost"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session_key(holding_of(persona))
    return client


def token(holding: Holding) -> str:
    """An access token of a post, as its page would have made it."""
    text = f"xl_{uuid.uuid4().hex}{uuid.uuid4().hex}"
    Token.objects.create(
        holding=holding,
        name="bench",
        prefix=text[:9],
        digest=digest(text.encode()),
        created_at=clock.now(),
        created_by=holding.person_id,
        expires_on=today() + timedelta(days=30),
    )
    return text


def waiting() -> QuerySet[Docket]:
    """The docket rows of hazards that have a ledger."""
    proven = Hazard._base_manager.exclude(head="").values("uid")
    return Docket._base_manager.filter(case_kind="hazard", case_uid__in=proven)


def movable(n: int, state: str = "found") -> list[tuple[Hazard, Holding]]:
    """Open hazards in a state, each with the one whose turn it is."""
    on = today()
    held = Holding.objects.filter(in_force(on), in_force(on, "post__"), person__is_active=True)
    holdings = {row.post_id: row for row in held.select_related("post__unit", "person")}
    rows = waiting().filter(state=state, holder_post__in=list(holdings))
    posts = dict(rows.order_by("?").values_list("case_uid", "holder_post")[: 2 * n])
    hazards = Hazard._base_manager.select_related("object", "unit").filter(uid__in=posts)
    actors = {pk: acting(holdings[pk]) for pk in set(posts.values())}
    found = []
    for hazard in hazards:
        actor = actors[posts[hazard.uid]]
        if actor.scope.covers(hazard) and actor.may("hazard.grade"):
            found.append((hazard, holdings[posts[hazard.uid]]))
    return found[:n]

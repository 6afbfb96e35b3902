"""Making, finding and revoking access tokens."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from xiangling.kernel import clock, reading, together
from xiangling.kernel.actor import Actor
from xiangling.kernel.digest import digest
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.org.actors import actor_for
from xiangling.org.models import Holding, SecurityEvent, in_force, is_in_force

from .models import Token

OWN_DUTY = "token.own"
LONGEST_DAYS = 366
USUAL_DAYS = 90
_MARK = "xl_"
_SEEN_EVERY = timedelta(minutes=1)


def require_owner(actor: Actor) -> None:
    """Raise Refused unless this post may hold tokens."""
    if not actor.may(OWN_DUTY):
        raise Refused(
            "no_duty",
            _("Holding access tokens is not a duty of your post."),
            ask=_("Ask whoever keeps units, posts and people."),
            status=403,
        )


def create_token(*, name: str, expires_on: date, actor: Actor) -> tuple[Token, str]:
    """A new token for the actor's present post, and its text, which is kept nowhere.

    Raises Refused if the post may not hold tokens or the last day is past or over a year ahead.
    """
    require_owner(actor)
    today = clock.local_date(clock.now())
    if not today <= expires_on <= today + timedelta(days=LONGEST_DAYS):
        why = _("The last day must lie between today and one year from now.")
        raise Refused(
            "bad_expiry",
            _("No token was made."),
            why=why,
            fields={"expires_on": why},
            status=422,
        )
    rows = Holding.objects.filter(in_force(today), person=actor.person, post=actor.post)
    holding = rows.order_by("is_deputy", "id").first()
    if holding is None:
        raise OutOfScope()
    text = _MARK + secrets.token_urlsafe(32)
    token = Token.objects.create(
        holding=holding,
        name=name[:60],
        prefix=text[:9],
        digest=digest(text.encode()),
        created_at=clock.now(),
        created_by=holding.person_id,
        expires_on=expires_on,
    )
    _record("token.created", token, actor)
    return token, text


def tokens_of(actor: Actor) -> QuerySet[Token]:
    """Every token of this person, on any post, newest first."""
    rows = Token.objects.filter(holding__person=actor.person).order_by("-id")
    return rows.select_related("holding__post__unit")


def revoke_token(token_id: int, *, actor: Actor) -> Token:
    """Stop one of the actor's own tokens at once. Raises OutOfScope for anybody else's."""
    token = tokens_of(actor).filter(pk=token_id).first()
    if token is None:
        raise OutOfScope()
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by = clock.now(), actor.person
        token.save(update_fields=["revoked_at", "revoked_by"])
        _record("token.revoked", token, actor)
    return token


def actor_of(text: str) -> Actor:
    """The actor a token stands for, today. Raises Refused (401) saying why it does not work."""
    now = clock.now()
    today = clock.local_date(now)
    by_digest = together.Rows(Token, "digest", digest(text.encode("utf-8", "replace")))
    token = next(iter(together.read(by_digest)[0]), None)
    if token is None:
        raise _stopped("token_unknown", _("This access token is not known."))
    if token.revoked_at is not None:
        raise _stopped("token_revoked", _("This access token has been revoked."))
    if token.expires_on < today:
        raise _stopped("token_expired", _("This access token has expired."))
    reading.read_related(token, ("holding__post__unit", "holding__person"))
    held = token.holding
    is_held = is_in_force(held, today) and is_in_force(held.post, today)
    if not held.person.is_active or not is_held:
        raise _stopped("token_ended", _("The post this access token belongs to is no longer held."))
    if token.last_used_at is None or now - token.last_used_at >= _SEEN_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
    return actor_for(held, today, via=f"token {token.prefix}")


def _stopped(code: str, what: object) -> Refused:
    return Refused(code, what, todo=_("Make a new token on the page “Access tokens”."), status=401)


def _record(kind: str, token: Token, actor: Actor) -> None:
    SecurityEvent.objects.create(
        kind=kind,
        person=actor.person,
        label=actor.label[:200],
        detail=f"{token.name} {token.prefix}"[:300],
        at=clock.now(),
    )

"""Accounts: opened by the people's administrator, guarded by the security administrator."""

from __future__ import annotations

import re

from allauth.mfa.models import Authenticator
from axes.utils import reset as clear_failures
from django.apps import apps
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from xiangling.kernel import clock
from xiangling.kernel.actor import Actor
from xiangling.org.models import Person
from xiangling.org.passwords import initial_password
from xiangling.org.security import find_locks, record_event, roles_for

from .access import change, created, refuse, require, today, within

PEOPLE, SECURITY = "org.people", "org.security"
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{2,59}")


def add_person(*, actor: Actor, username: str, name: str, phone: str = "") -> tuple[Person, str]:
    """Open an account; returns the person and the first password, which is shown once and kept nowhere.

    Raises Refused for an account name that is taken or has other signs than a-z, 0-9, dot, dash.
    """
    require(actor, PEOPLE)
    username = username.strip().lower()
    if not _ACCOUNT.fullmatch(username):
        words = _("An account name has 3 to 60 small letters, digits, dots or dashes.")
        raise refuse("bad_account", words, field="username")
    if Person.objects.filter(username=username).exists():
        raise refuse("taken", _("This account name is taken."), field="username")
    password = initial_password()
    with transaction.atomic():
        person = Person.objects.create_user(
            username, password, name=name.strip(), phone=phone, must_change_password=True
        )
        created(person, actor, "username", "name", "phone")
        _note("account_added", person, actor)
    return person, password


def reset_password(person: Person, *, actor: Actor) -> str:
    """Replace a forgotten password by a new first one, returned once; open sessions end.

    The people's administrator does it for everyone but the separate administrators and auditors,
    for whom it takes the security administrator; nobody does it for themselves. Raises Refused.
    """
    special = roles_for("exclusive", today())
    is_special = person.holdings.filter(post__role__in=special).exists()
    require(actor, SECURITY if is_special or not actor.may(PEOPLE) else PEOPLE)
    _not_self(person, actor)
    _within_area(person, actor)
    password = initial_password()
    with transaction.atomic():
        person.set_password(password)
        person.must_change_password, person.password_changed_at = True, clock.now()
        person.save(update_fields=["password", "must_change_password", "password_changed_at"])
        _note("password_reset", person, actor)
    return password


def set_account_open(person: Person, *, actor: Actor, is_open: bool) -> None:
    """Close an account, which ends its sessions, or open it again. Raises Refused for one's own."""
    require(actor, PEOPLE)
    _not_self(person, actor)
    _within_area(person, actor)
    with transaction.atomic():
        change(person, actor, is_active=is_open)
        if not is_open:
            _end_sessions(person)
        _note("account_reopened" if is_open else "account_closed", person, actor)


# --- the security administrator -----------------------------------------------------------------


def unlock(username: str, address: str, *, actor: Actor) -> None:
    """Open a locked account before its time. Raises Refused without the duty or for no real lock."""
    require(actor, SECURITY)
    if not any(
        (lock.username, lock.address) == (username, address) for lock in find_locks(username)
    ):
        raise refuse("not_locked", _("This account is not locked."))
    clear_failures(username=username, ip=address or None)
    person = Person.objects.filter(username=username).first()
    record_event(
        "unlocked", person=person.pk if person else None, label=username, detail=actor.label
    )


def demand_password(person: Person, *, actor: Actor) -> None:
    """The person must choose a new password at the next page they open."""
    require(actor, SECURITY)
    person.must_change_password = True
    person.save(update_fields=["must_change_password"])
    _note("password_demanded", person, actor)


def reset_two_step(person: Person, *, actor: Actor) -> None:
    """Take away a lost second factor; sessions end. Raises Refused for one's own."""
    require(actor, SECURITY)
    _not_self(person, actor)
    _within_area(person, actor)
    with transaction.atomic():
        Authenticator.objects.filter(user=person).delete()
        _end_sessions(person)
        _note("two_step_reset", person, actor)


def end_sessions(person: Person, *, actor: Actor) -> None:
    """Sign a person out everywhere."""
    require(actor, SECURITY)
    _end_sessions(person)
    _note("sessions_ended", person, actor)


def revoke_tokens(person: Person, *, actor: Actor) -> int:
    """Stop every access token of a person at once; returns how many worked until now."""
    require(actor, SECURITY)
    stopped = 0
    if apps.is_installed("xiangling.api"):
        rows = apps.get_model("api", "Token")._default_manager.filter(holding__person=person)
        stopped = rows.filter(revoked_at=None).update(
            revoked_at=clock.now(), revoked_by=actor.person
        )
    _note("tokens_revoked", person, actor)
    return stopped


def _end_sessions(person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(session_epoch=F("session_epoch") + 1)
    person.refresh_from_db(fields=["session_epoch"])


def _within_area(person: Person, actor: Actor) -> None:
    """Raises OutOfScope for who holds, or will hold, a post outside the actor's area.

    Otherwise the administrator of one district could sign in as the head of another.
    """
    rows = person.holdings.filter(Q(ends_on=None) | Q(ends_on__gte=today()))
    for holding in rows.select_related("post__unit"):
        within(actor, holding.post.unit)


def _not_self(person: Person, actor: Actor) -> None:
    if person.pk == actor.person:
        raise refuse(
            "own_account",
            _("Nobody does this to their own account."),
            todo=_("Another administrator has to do it."),
        )


def _note(kind: str, person: Person, actor: Actor) -> None:
    record_event(kind, person=person.pk, label=str(person), detail=actor.label)

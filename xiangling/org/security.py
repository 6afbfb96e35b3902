"""Security events: what happens to accounts, and the receivers that note it down.

The receivers listen to the sign-in libraries only; nothing here is behaviour of the domain.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from axes.helpers import get_client_ip_address
from axes.models import AccessAttempt
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Max, Sum
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from xiangling.kernel import clock, packs

from .models import Person, SecurityEvent

EVENTS: dict[str, Any] = {
    "sign_in": _("Signed in"),
    "sign_out": _("Signed out"),
    "session_idle": _("Signed out after a pause"),
    "sign_in_failed": _("Wrong account or password"),
    "code_failed": _("Wrong code of the second step"),
    "locked": _("Account locked"),
    "tried_while_locked": _("Tried while locked"),
    "unlocked": _("Account unlocked"),
    "password_changed": _("Password changed"),
    "password_reset": _("Password reset"),
    "password_demanded": _("New password demanded"),
    "two_step_on": _("Two-step sign-in turned on"),
    "two_step_off": _("Two-step sign-in turned off"),
    "codes_renewed": _("Recovery codes renewed"),
    "two_step_reset": _("Two-step sign-in reset"),
    "sessions_ended": _("Sessions ended"),
    "token.created": _("Access token made"),
    "token.revoked": _("Access token revoked"),
    "tokens_revoked": _("Access tokens revoked"),
    "post_switched": _("Changed post"),
    "account_added": _("Account opened"),
    "account_closed": _("Account closed"),
    "account_reopened": _("Account opened again"),
    "rights_given": _("Post given"),
    "rights_taken": _("Post taken away"),
}
SEEN, POST, TWO_STEP = "seen", "post", "two_step"
"""Keys of the session: last activity (epoch seconds), current post, second factor known to exist."""


def address_of(request: HttpRequest | None) -> str:
    """The client's network address, through as many proxies as the installation declares."""
    return (get_client_ip_address(request) or "") if request is not None else ""


def record_event(
    kind: str,
    *,
    person: int | None,
    label: str,
    request: HttpRequest | None = None,
    detail: str = "",
) -> SecurityEvent:
    """Keep one security event. `kind` must be declared in EVENTS (KeyError)."""
    assert EVENTS[kind]
    return SecurityEvent.objects.create(
        kind=kind,
        person=person,
        label=label[:200],
        address=address_of(request)[:64],
        detail=detail[:300],
        at=clock.now(),
    )


def roles_for(rule: str, on: date) -> frozenset[str]:
    """The roles a rule of `packs/security.yaml` names on a day; none when it is not in force."""
    rows = [r for r in packs.load("security") if r["key"] == rule and packs.in_force(r, on)]
    return frozenset(role for row in rows for role in row["roles"])


# --- lock-out -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lock:
    """An account that may not sign in from one address until a moment."""

    username: str
    address: str
    failures: int
    until: datetime


def find_locks(username: str = "") -> list[Lock]:
    """The locks in force, latest first. The lock-out library counts by the machine's own clock."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    rows = AccessAttempt.objects.filter(attempt_time__gt=since)
    if username:
        rows = rows.filter(username=username)
    counted = rows.order_by().values("username", "ip_address")
    found = counted.annotate(n=Sum("failures_since_start"), last=Max("attempt_time"))
    return [
        Lock(
            row["username"] or "",
            row["ip_address"] or "",
            row["n"],
            row["last"] + settings.AXES_COOLOFF_TIME,
        )
        for row in found.filter(n__gte=settings.AXES_FAILURE_LIMIT).order_by("-last")
    ]


def axes_username(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str | None:
    """The account name a sign-in was tried with, in one spelling: also of signs that a database takes for
    a letter (PostgreSQL finds "ſun" as "SUN"), so that no variant begins a count of its own.
    """
    given = credentials or {}
    name = given.get("login") or given.get("username") or request.POST.get("login")
    if not name:
        return None
    return unicodedata.normalize("NFKC", str(name)).strip().upper().lower()[:60]


# --- receivers ----------------------------------------------------------------------------------


@receiver(user_logged_in)
def note_sign_in(sender: Any, request: HttpRequest, user: Person, **_extra: Any) -> None:
    detail = getattr(request, "persona", "")
    request.session[SEEN] = int(clock.now().timestamp())
    record_event("sign_in", person=user.pk, label=str(user), request=request, detail=detail)


@receiver(user_logged_out)
def note_sign_out(sender: Any, request: HttpRequest, user: Person | None, **_extra: Any) -> None:
    if user is not None:
        kind = "session_idle" if getattr(request, "session_ended", False) else "sign_out"
        record_event(kind, person=user.pk, label=str(user), request=request)


@receiver(user_login_failed)
def note_failure(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_extra: Any
) -> None:
    if request is None or sender is SecurityEvent or getattr(request, "axes_locked_out", False):
        return  # a wrong code, or a lock, is noted by its own receiver
    name = axes_username(request, credentials) or ""
    record_event("sign_in_failed", person=_person_named(name), label=name, request=request)


@receiver(user_locked_out)
def note_lock(
    sender: Any, request: HttpRequest, username: str | None, ip_address: str, **_extra: Any
) -> None:
    name = username or ""
    since = clock.now() - timedelta(seconds=settings.AXES_COOLOFF_TIME.total_seconds())
    known = SecurityEvent.objects.filter(
        kind__in=("locked", "unlocked"), label=name, at__gt=since
    ).order_by("-id")
    latest = known.first()
    kind = "tried_while_locked" if latest and latest.kind == "locked" else "locked"
    record_event(kind, person=_person_named(name), label=name, request=request)


@receiver(password_changed)
def note_password(sender: Any, request: HttpRequest, user: Person, **_extra: Any) -> None:
    user.password_changed_at, user.must_change_password = clock.now(), False
    user.save(update_fields=["password_changed_at", "must_change_password"])
    record_event("password_changed", person=user.pk, label=str(user), request=request)


@receiver(authenticator_added)
def note_two_step_on(
    sender: Any, request: HttpRequest, user: Person, authenticator: Any, **_extra: Any
) -> None:
    if authenticator.type == "totp":
        record_event("two_step_on", person=user.pk, label=str(user), request=request)


@receiver(authenticator_removed)
def note_two_step_off(
    sender: Any, request: HttpRequest, user: Person, authenticator: Any, **_extra: Any
) -> None:
    if authenticator.type == "totp":
        request.session.pop(TWO_STEP, None)
        record_event("two_step_off", person=user.pk, label=str(user), request=request)


@receiver(authenticator_reset)
def note_new_codes(sender: Any, request: HttpRequest, user: Person, **_extra: Any) -> None:
    record_event("codes_renewed", person=user.pk, label=str(user), request=request)


@receiver(authentication_failed)
def count_wrong_code(sender: Any, request: HttpRequest, user: Person, **_extra: Any) -> None:
    """A wrong code counts like a wrong password; at the limit the half-finished sign-in is dropped."""
    record_event("code_failed", person=user.pk, label=str(user), request=request)
    credentials = {"username": user.username}
    user_login_failed.send(sender=SecurityEvent, credentials=credentials, request=request)
    if getattr(request, "axes_locked_out", False):
        request.session.flush()


def _person_named(username: str) -> int | None:
    return Person.objects.filter(username=username).values_list("pk", flat=True).first()

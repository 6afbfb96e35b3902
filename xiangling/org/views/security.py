"""The page of the security administrator: locks, events, and what may be done to an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from xiangling.org.actions import accounts
from xiangling.org.middleware import Seated
from xiangling.org.models import Person, SecurityEvent
from xiangling.org.queries import find_admin_conflicts
from xiangling.org.security import EVENTS, find_locks

from .pages import for_duty, run_button, today

keepers = for_duty("org.security")


@keepers
def index(request: Seated) -> HttpResponse:
    """Locked accounts, the latest events, and accounts by name."""
    words = request.GET.get("q", "").strip()[:60]
    people = Person.objects.none()
    if words:
        people = Person.objects.filter(
            Q(name__contains=words) | Q(username__contains=words.lower())
        )
    secured = set(
        Authenticator.objects.filter(type="totp", user__in=people).values_list("user_id", flat=True)
    )
    events = list(SecurityEvent.objects.order_by("-id")[:20])
    context = {
        "locks": find_locks(),
        "events": [(row, EVENTS.get(row.kind, row.kind)) for row in events],
        "people": [(row, row.pk in secured) for row in people.order_by("username")[:30]],
        "words": words,
        "conflicts": find_admin_conflicts(today()),
    }
    return render(request, "org/security.html", context)


@keepers
@require_POST
def unlock(request: Seated) -> HttpResponse:
    name, address = request.POST.get("username", ""), request.POST.get("address", "")
    return run_button(
        request,
        lambda: accounts.unlock(name, address, actor=request.actor),
        done=_("The account is unlocked."),
        back="/security/",
    )


@keepers
@never_cache
@require_POST
def act_on(request: Seated, pk: int, verb: str) -> HttpResponse:
    """Run one verb of the security administrator on an account."""
    person = get_object_or_404(Person, pk=pk)
    if verb == "reset-password":
        password = accounts.reset_password(person, actor=request.actor)
        return render(request, "org/password.html", {"subject": person, "password": password})
    if verb not in _VERBS:
        raise Http404
    action, done = _VERBS[verb]
    return run_button(
        request,
        lambda: action(person, actor=request.actor),
        done=done,
        back=f"/security/?q={person.username}",
    )


_VERBS: dict[str, tuple[Callable[..., Any], Any]] = {
    "demand-password": (
        accounts.demand_password,
        gettext_lazy("A new password is demanded at the next page."),
    ),
    "reset-two-step": (accounts.reset_two_step, gettext_lazy("Two-step sign-in is reset.")),
    "end-sessions": (accounts.end_sessions, gettext_lazy("All sessions are ended.")),
    "revoke-tokens": (accounts.revoke_tokens, gettext_lazy("All access tokens are revoked.")),
}

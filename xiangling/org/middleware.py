"""Who is asking: the signed-in person on their post, in its scope. Every page asks for sign-in.

A view is open to everyone only where it says so with Django's `login_not_required`. The API under
/api/ has its own doors; it gets an actor from a session that is complete, and none otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from xiangling.kernel import clock
from xiangling.kernel.actor import Actor
from xiangling.kernel.scope import Scope, use

from .actors import WORK_SHOWN_FOR, actor_for, holdings_of, with_waiting
from .models import Holding, Person
from .security import POST, SEEN, TWO_STEP, roles_for

API = "/api/"
QUIET = frozenset({"job-tray"})
"""Elements that ask by themselves: their requests are no sign of life."""
TOUCH_EVERY = 60
"""Seconds; how often the last activity is written down."""
ALWAYS_OPEN = frozenset(
    {
        "account_logout",
        "account_change_password",
        "account_reauthenticate",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_reauthenticate",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "set_language",
    }
)
"""Names of the pages a person needs to complete their sign-in."""


class Asked(HttpRequest):
    """A request that has passed the middleware, whoever asked."""

    actor: Actor | None
    holdings: list[Holding]
    barrier: str
    session_ended: bool


class Seated(HttpRequest):
    """A request as views behind the doors get it: by a person on a post."""

    user: Person
    actor: Actor
    holdings: list[Holding]


class ActorMiddleware:
    """Sets `request.actor` and `request.holdings`, activates the scope, and keeps the doors."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Asked) -> HttpResponseBase:
        request.holdings, request.barrier, request.session_ended = [], "", False
        if request.user.is_authenticated and _is_idle(request):
            request.session_ended = True
            logout(request)
        request.actor = actor = _seat(request)
        if actor is None:
            return self.get_response(request)
        with use(actor.scope) as scope:
            response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = _scoped(
                scope, cast("Iterable[bytes]", response.streaming_content)
            )
        return response

    def process_view(
        self, request: Asked, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Refuse what needs a sign-in, a post, a fresh password or a second factor that is missing."""
        if request.path_info.startswith(API) or not getattr(view, "login_required", True):
            return None
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        match = request.resolver_match
        if not request.barrier or (match and match.url_name in ALWAYS_OPEN):
            return None
        return _stop(request)


def _is_idle(request: Asked) -> bool:
    seen = request.session.get(SEEN)
    if seen is None:
        return False
    return clock.now().timestamp() - seen > settings.SESSION_IDLE_AFTER.total_seconds()


def _touch(request: Asked) -> None:
    now, seen = int(clock.now().timestamp()), request.session.get(SEEN)
    if request.headers.get("HX-Trigger") in QUIET and seen is not None:
        return
    if seen is None or abs(now - seen) >= TOUCH_EVERY:
        request.session[SEEN] = now


def _speak(request: Asked, language: str) -> None:
    """Answer in the person's own language where this browser has not chosen one."""
    chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    if language and not chosen and not request.path_info.startswith(API):
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()


def _seat(request: Asked) -> Actor | None:
    """The person on their current post; None where something about the sign-in is incomplete."""
    person = request.user
    if not isinstance(person, Person):
        return None
    _touch(request)
    _speak(request, person.language)
    today = clock.local_date(clock.now())
    asked = clock.now() - WORK_SHOWN_FOR
    request.holdings = list(with_waiting(holdings_of(person, today), asked))
    request.barrier = _barrier(request, person)
    if request.barrier:
        return None
    wanted = request.session.get(POST)
    seats = [row for row in request.holdings if row.post_id == wanted]
    return actor_for((seats or request.holdings)[0], today)


def _barrier(request: Asked, person: Person) -> str:
    if person.has_usable_password() and not settings.DEMO:
        changed = person.password_changed_at
        is_old = changed is None or clock.now() - changed > settings.PASSWORD_VALID_FOR
        if person.must_change_password or is_old:
            return "password"
    if not request.holdings:
        return "post"
    if settings.TWO_STEP_REQUIRED and _lacks_two_step(request):
        return "two_step"
    return ""


def _lacks_two_step(request: Asked) -> bool:
    needed = roles_for("two_step", clock.local_date(clock.now()))
    if not any(row.post.role in needed for row in request.holdings):
        return False
    if not request.session.get(TWO_STEP):
        rows = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP)
        if not rows.exists():
            return True
        request.session[TWO_STEP] = True
    return False


def _to_sign_in(request: Asked) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"X-Session-Expired": "1"})
    if request.session_ended:
        minutes = int(settings.SESSION_IDLE_AFTER.total_seconds() // 60)
        words = ngettext(
            "You were signed out after %(n)d minute without activity. Sign in to go on.",
            "You were signed out after %(n)d minutes without activity. Sign in to go on.",
            minutes,
        )
        messages.warning(request, words % {"n": minutes})
    address = resolve_url(settings.LOGIN_URL)
    return HttpResponseRedirect(f"{address}?{urlencode({'next': _page_of(request)})}")


def _page_of(request: Asked) -> str:
    """The page to come back to: this one, or for a form that was sent, the page it was on."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        parts = urlsplit(came_from)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return "/"


def _stop(request: Asked) -> HttpResponse:
    match request.barrier:
        case "password":
            words = _("Your password is new from the administrator or too old. Choose your own.")
            return _send(request, reverse("account_change_password"), words)
        case "two_step":
            words = _("Your post signs in with a second step. Set it up to go on.")
            return _send(request, reverse("mfa_activate_totp"), words)
        case _:
            return _no_post(request)


def _send(request: Asked, address: str, words: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    messages.warning(request, words)
    return HttpResponseRedirect(address)


def _no_post(request: Asked) -> HttpResponse:
    context = {
        "message_base": "web/plain.html",
        "title": _("You hold no post today"),
        "lines": [
            _("%(name)s is signed in, but holds no post in force, so there is nothing to show.")
            % {"name": request.user},
            _("Ask the system administrator of your unit to put you on your post."),
        ],
        "second": {"label": _("Sign out"), "url": reverse("account_logout")},
    }
    return render(request, "web/message.html", context, status=403)


def _scoped(scope: Scope, content: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a streamed answer, each made in the scope of the request that asked."""
    pieces = iter(content)
    while True:
        with use(scope):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece

"""Who calls: a bearer token bound to a post, or the person signed in to the pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from ninja.security import APIKeyCookie, HttpBearer

from xiangling.kernel import scope
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import Refused

from . import problems, tokens


def caller(request: HttpRequest) -> Actor:
    """The actor of an authenticated request."""
    found: Actor = request.actor  # type: ignore[attr-defined]
    return found


class BearerToken(HttpBearer):
    """An access token. A request that brings one is judged by it alone."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        actor = tokens.actor_of(token.strip())
        request.actor = actor  # type: ignore[attr-defined]
        return actor


class SignedIn(APIKeyCookie):
    """The session of the pages, with CSRF protection (the description page tries calls with it)."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        return session_actor(request)


def session_actor(request: HttpRequest) -> Actor | None:
    """The actor of a signed-in person, as the pages' middleware set it; None without one."""
    user = getattr(request, "user", None)
    actor: Actor | None = getattr(request, "actor", None)
    return actor if user is not None and user.is_authenticated and actor is not None else None


def scoped(view: Callable[..., Any]) -> Callable[..., Any]:
    """Run an endpoint inside its caller's scope."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with scope.use(caller(request).scope):
            return view(request, *args, **kwargs)

    return inner


def for_insiders(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Show the description of the API to those who may call it; others sign in first."""

    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            said = problems.answer(problems.no_method("GET, HEAD"))
            said["Allow"] = "GET, HEAD"
            return said
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            return view(request, *args, **kwargs)
        if "text/html" in request.headers.get("Accept", ""):
            return redirect_to_login(request.get_full_path())
        try:
            if not BearerToken()(request):
                raise problems.signed_out()
        except Refused as refusal:
            return problems.answer(refusal)
        return view(request, *args, **kwargs)

    return inner

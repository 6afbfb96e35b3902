"""Sign-in, demo personas, the post one acts for, and the language."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as choose_language

from xiangling.kernel import clock
from xiangling.org.middleware import Asked, Seated
from xiangling.org.models import Persona, in_force
from xiangling.org.security import POST, axes_username, find_locks, record_event

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class SignIn(LoginView):
    """The sign-in page; in a demo city with its personas."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"personas": personas()}


def personas() -> list[dict[str, str]]:
    """The one-click people of the demo city, in the reader's language; none elsewhere."""
    if not settings.DEMO:
        return []
    english = (get_language() or "").startswith("en")
    return [
        {
            "key": row.key,
            "label": row.label_en if english else row.label,
            "line": row.line_en if english else row.line,
        }
        for row in Persona.objects.all()
    ]


@login_not_required
@require_POST
def persona(request: HttpRequest) -> HttpResponse:
    """Sign in as a demo persona. 404 wherever the installation is not a demo."""
    if not settings.DEMO:
        raise Http404
    today = clock.local_date(clock.now())
    rows = Persona.objects.filter(in_force(today, "holding__"), holding__person__is_active=True)
    row = get_object_or_404(rows.select_related("holding__person"), key=request.POST.get("key", ""))
    request.persona = row.label  # type: ignore[attr-defined]
    login(request, row.holding.person, backend=BACKEND)
    request.session[POST] = row.holding.post_id
    return HttpResponseRedirect(next_page(request))


@require_POST
def switch_post(request: Seated, post: int | None = None) -> HttpResponse:
    """Act for another of one's own posts. 404 for a post the person does not hold today."""
    wanted = str(post or request.POST.get("post", ""))
    held = next((row for row in request.holdings if str(row.post_id) == wanted), None)
    if held is None:
        raise Http404
    request.session[POST] = held.post_id
    person = request.user
    record_event(
        "post_switched", person=person.pk, label=str(person), request=request, detail=str(held.post)
    )
    return HttpResponseRedirect(next_page(request))


@login_not_required
@require_POST
def set_language(request: Asked) -> HttpResponse:
    """Choose the language; a signed-in person keeps it for every browser."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and check_for_language(language):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return choose_language(request)


@login_not_required
def closed(request: HttpRequest) -> HttpResponse:
    """Pages of the sign-in library that this platform does not offer."""
    raise Http404


def next_page(request: HttpRequest) -> str:
    """Where the form asked to go next, if that is a page of ours; else the first page."""
    wanted = request.POST.get("next", "")
    hosts = {request.get_host()}
    secure = request.is_secure()
    return wanted if url_has_allowed_host_and_scheme(wanted, hosts, require_https=secure) else "/"


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """What a locked account is told: that it is locked, until when, and who can open it."""
    name = axes_username(request, credentials) or ""
    locks = find_locks(name) if name else []
    until = locks[0].until if locks else timezone.now() + settings.AXES_COOLOFF_TIME
    # rounded up, so that trying again at the minute named succeeds
    moment = timezone.localtime(until + timedelta(seconds=59))
    refusal = {
        "what": _("This account is locked after %(n)d wrong attempts.")
        % {"n": settings.AXES_FAILURE_LIMIT},
        "todo": _("Try again after %(time)s.") % {"time": f"{moment:%H:%M}"},
        "ask": _("The security administrator can unlock it sooner."),
    }
    return render(request, "web/error.html", {"code": 429, "refusal": refusal}, status=429)

"""What the pages here share: the duty at the door, and a form that runs one action."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from xiangling.kernel import clock
from xiangling.kernel.refusal import Refused
from xiangling.org.actions.access import require
from xiangling.org.forms import OrgForm
from xiangling.org.middleware import Seated

Page = Callable[..., HttpResponseBase]


def today() -> date:
    return clock.local_date(clock.now())


def for_duty(*duties: str) -> Callable[[Page], Page]:
    """A page for posts that carry one of `duties`; others are refused in words."""

    def wrap(page: Page) -> Page:
        @wraps(page)
        def guarded(request: Seated, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not any(request.actor.may(duty) for duty in duties):
                require(request.actor, duties[0])
            return page(request, *args, **kwargs)

        return guarded

    return wrap


def run_form(
    request: Seated,
    form_class: type[OrgForm],
    act: Callable[[dict[str, Any]], HttpResponse | str],
    *,
    done: Any = "",
    initial: dict[str, Any] | None = None,
    **context: Any,
) -> HttpResponse:
    """Show a form; when it is sent, run `act` on its answers and go where it says.

    A refusal comes back on the same page with what was typed, beside the fields it concerns.
    """
    data = request.POST if request.method == "POST" else None
    form = form_class(data, actor=request.actor, on=today(), initial=initial)
    context |= {"form": form}
    status = 200
    if data is not None and form.is_valid():
        try:
            answer = act(form.cleaned_data)
        except Refused as refusal:
            if refusal.status == 404:
                raise
            context["refusal"], status = refusal, refusal.status
            for name, words in refusal.fields.items():
                form.add_error(name if name in form.fields else None, words)
        else:
            if done:
                messages.success(request, done)
            return answer if isinstance(answer, HttpResponse) else HttpResponseRedirect(answer)
    elif data is not None:
        status = 422
    return render(request, "web/form.html", context, status=status)


def run_button(
    request: HttpRequest, act: Callable[[], Any], *, done: Any, back: str
) -> HttpResponse:
    """Run an action that asks nothing; a refusal is said on the page one returns to."""
    try:
        act()
    except Refused as refusal:
        if refusal.status == 404:
            raise
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return HttpResponseRedirect(back)

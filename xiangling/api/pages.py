"""The page on which a person makes, sees and revokes the access tokens of their posts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from xiangling.kernel import clock
from xiangling.kernel.forms import DateInput
from xiangling.kernel.refusal import Refused

from . import tokens
from .auth import caller
from .models import Token


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("What will use it, for instance “patrol app”.")
    )
    expires_on = forms.DateField(label=_("Last day"), widget=DateInput())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_tokens(request: HttpRequest) -> HttpResponse:
    """The person's tokens, and the form for a new one, which is shown this once."""
    actor = caller(request)
    tokens.require_owner(actor)
    last = clock.local_date(clock.now()) + timedelta(days=tokens.USUAL_DAYS)
    form = TokenForm(request.POST or None, initial={"expires_on": last})
    made, text = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            made, text = tokens.create_token(actor=actor, **form.cleaned_data)
            form = TokenForm(initial={"expires_on": last})
        except Refused as refusal:
            for name, words in refusal.fields.items():
                form.add_error(name if name in form.fields else None, str(words))
    rows = [_row(token) for token in tokens.tokens_of(actor)]
    context = {"form": form, "made": made, "text": text, "rows": rows, "actor": actor}
    return render(request, "api/tokens.html", context, status=422 if form.errors else 200)


@require_POST
def revoke(request: HttpRequest, token: int) -> HttpResponse:
    """Stop one of the person's own tokens at once."""
    actor = caller(request)
    tokens.require_owner(actor)
    stopped = tokens.revoke_token(token, actor=actor)
    messages.success(request, _("“%(name)s” no longer works.") % {"name": stopped.name})
    return HttpResponseRedirect(reverse("tokens"))


def _row(token: Token) -> dict[str, Any]:
    today = clock.local_date(clock.now())
    ended = token.revoked_at is not None or token.expires_on < today
    state = _("Works")
    if token.revoked_at:
        state = _("Revoked")
    elif token.expires_on < today:
        state = _("Expired")
    return {"token": token, "post": str(token.holding.post), "state": state, "ended": ended}

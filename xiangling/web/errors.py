"""Errors that say what to do, in the frame of the page where there is one."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from xiangling.kernel.refusal import Refused

log = logging.getLogger(__name__)


def error_page(request: HttpRequest, code: int, **context: Any) -> HttpResponse:
    """web/error.html under a status, with the menu for a person who is signed in."""
    if getattr(request, "actor", None) is not None:
        context["error_base"] = "web/base.html"
    return render(request, "web/error.html", {"code": code, **context}, status=code)


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A refusal as a page of its own."""
    if refusal.status == 404:
        return error_page(request, 404)
    return error_page(request, refusal.status, refusal=refusal, record_url=_record_of(request))


def _record_of(request: HttpRequest) -> str:
    """The record a refused step belongs to, so that the page leads back to it."""
    match = request.resolver_match
    if match is None or match.url_name != "step":
        return ""
    return f"/{match.kwargs['kind'].key}/{match.kwargs['uid']}/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    too_much = isinstance(exception, RequestDataTooBig | TooManyFilesSent)
    return error_page(request, 413 if too_much else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The token of a form is gone: signed in again elsewhere, or the page was open for long."""
    return error_page(request, 403, reason="csrf")


def broken(request: HttpRequest) -> HttpResponse:
    """Something failed on our side: no database is asked, and the number leads to the log."""
    reference = uuid4().hex[:8]
    log.error("request %s failed: %s %s", reference, request.method, request.path)
    page = render_to_string("web/error.html", {"code": 500, "reference": reference})
    return HttpResponse(page, status=500)


def busy(request: HttpRequest) -> HttpResponse:
    """Too many wrote at the same moment: nothing was changed, trying again helps."""
    refusal = Refused(
        "busy",
        _("Not done: too many people were saving at this moment."),
        todo=_("Nothing was changed. Go back and send it again."),
        status=503,
    )
    response = error_page(request, 503, refusal=refusal)
    response.headers["Retry-After"] = "2"
    return response

"""Refusals on the wire: RFC 9457 problem details, in the reader's language."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.responses import NinjaJSONEncoder
from pydantic import BaseModel, Field

from xiangling.kernel import wording
from xiangling.kernel.refusal import OutOfScope, Refused, too_long, took_too_long
from xiangling.kernel.sheets import SheetError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
STATUSES = (400, 401, 403, 404, 405, 409, 413, 415, 422, 503)


class Problem(BaseModel):
    """Why something was refused (RFC 9457), what to do now and whom to ask."""

    type: str
    title: str
    status: int
    code: str = Field(description="Stable for programs.")
    detail: str = Field(description="The rule behind it.")
    todo: str
    ask: str
    fields: dict[str, str] = Field(description="A sentence for each field that is wrong.")


def answer(refusal: Refused) -> HttpResponse:
    """The HTTP response that says this refusal."""
    body = {
        "type": f"urn:xiangling:problem:{refusal.code}",
        "title": str(refusal.what),
        "status": refusal.status,
        "code": refusal.code,
        "detail": str(refusal.why),
        "todo": str(refusal.todo),
        "ask": str(refusal.ask),
        "fields": {str(name): str(words) for name, words in refusal.fields.items()},
    }
    text = json.dumps(body, cls=NinjaJSONEncoder, ensure_ascii=False)
    response = HttpResponse(text, status=refusal.status, content_type=MEDIA_TYPE)
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="xiangling"'
    return response


def signed_out() -> Refused:
    return Refused(
        "signed_out",
        _("This address needs an access token."),
        todo=_(
            "Send it as “Authorization: Bearer …”; tokens are made on the page “Access tokens”."
        ),
        status=401,
    )


def no_address() -> Refused:
    return Refused(
        "no_address",
        _("There is no such address in this API."),
        todo=_("See the description at /api/v1/docs."),
        status=404,
    )


def no_method(allowed: str) -> Refused:
    return Refused(
        "no_method",
        _("This address does not answer to that method."),
        todo=_("Use one of: %(methods)s.") % {"methods": allowed},
        status=405,
    )


def wrong_type(wanted: str) -> Refused:
    return Refused(
        "wrong_type",
        _("The body is of a type that is not read here."),
        todo=_("Send it as %(type)s.") % {"type": wanted},
        status=415,
    )


def unreadable(why: Any = "") -> Refused:
    return Refused(
        "unreadable",
        _("The request cannot be read."),
        why=why,
        todo=_("Correct it and send it again."),
        status=400,
    )


def too_large() -> Refused:
    return Refused(
        "too_large",
        _("The request is too large."),
        todo=_("Send files one by one through /api/v1/files or as an import."),
        status=413,
    )


_WORDS: dict[str, Any] = {
    "missing": _("This is missing."),
    "extra_forbidden": _("There is no such field."),
    "string_type": _("This must be text."),
    "string_too_long": _("This is too long."),
    "int_type": _("This must be a whole number."),
    "int_parsing": _("This must be a whole number."),
    "int_from_float": _("This must be a whole number."),
    "bool_type": _("This must be true or false."),
    "list_type": _("This must be a list."),
    "too_long": _("These are too many."),
    "model_type": _("This must be an object with named fields."),
    "model_attributes_type": _("This must be an object with named fields."),
    "literal_error": _("This is not one of the values that can be chosen."),
}
_PREFIXES: tuple[tuple[str, Any], ...] = (
    ("uuid", _("This must be a UUID.")),
    ("datetime", _("This must be a date and time, like 2026-06-10T09:30:00+08:00.")),
    ("timezone", _("This must be a date and time, like 2026-06-10T09:30:00+08:00.")),
    ("date", _("This must be a date, like 2026-06-10.")),
    ("decimal", _("This must be an amount with at most two decimals.")),
    ("greater_than", _("This number is too small.")),
    ("less_than", _("This number is too large.")),
)


def _sentence(fault: str) -> Any:
    if fault in _WORDS:
        return _WORDS[fault]
    return next(
        (words for prefix, words in _PREFIXES if fault.startswith(prefix)), _("This is wrong.")
    )


def _name(location: tuple[Any, ...]) -> str:
    """The field a pydantic location speaks of, without the words for where it was sent."""
    parts = [str(part) for part in location]
    while parts and parts[0] in ("body", "query", "path", "file", "form"):
        parts.pop(0)
    return ".".join(parts) or "body"


def invalid(errors: list[dict[str, Any]]) -> Refused:
    """The refusal for a request that does not fit the schema."""
    fields = {_name(tuple(error["loc"])): _sentence(error["type"]) for error in errors}
    return Refused(
        "invalid",
        _("Missing or wrong: %(fields)s.") % {"fields": wording.listed(fields)},
        todo=_("Complete the marked fields and submit again."),
        fields=fields,
        status=422,
    )


def _of_http_error(error: HttpError) -> Refused:
    if isinstance(error.__cause__, Refused):
        return error.__cause__
    if error.status_code == HTTPStatus.FORBIDDEN:
        return Refused(
            "csrf",
            _("The request does not come from a page of this site."),
            todo=_("Open the page again, or use an access token."),
            status=403,
        )
    return unreadable()


def install(api: NinjaAPI) -> None:
    """Make every exception that a request can cause an answer in words."""

    def handle(kind: type[Exception], make: Any) -> None:
        api.add_exception_handler(kind, lambda _request, error: answer(make(error)))

    handle(Refused, lambda error: error)
    handle(AuthenticationError, lambda _error: signed_out())
    handle(HttpError, _of_http_error)
    handle(ValidationError, lambda error: invalid(error.errors))
    handle(Http404, lambda _error: OutOfScope())
    handle(SheetError, lambda error: Refused(error.code, error.message, status=422))
    handle(RequestDataTooBig, lambda _error: too_large())
    for garbled in (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        handle(garbled, lambda _error: unreadable())
    for refused in (DataError, ModelValidationError):
        handle(refused, lambda _error: _bad_value())
    api.add_exception_handler(OperationalError, _busy)
    api.add_exception_handler(Exception, _fault)


def _bad_value() -> Refused:
    return Refused(
        "bad_value",
        _("A value lies outside what can be kept."),
        todo=_("Correct it and send it again."),
        status=422,
    )


_BUSY = ("locked", "deadlock", "lock timeout", "could not serialize")


def _busy(request: HttpRequest, error: Any) -> HttpResponse:
    """Two writers met: nothing was changed, and the same request may be sent again."""
    if took_too_long(error):
        return answer(too_long())
    if not any(word in str(error) for word in _BUSY):
        return _fault(request, error)
    response = answer(
        Refused(
            "busy",
            _("Many are writing at this moment; nothing was changed."),
            todo=_("Send the same request again in a moment; with its uid it is done once."),
            status=503,
        )
    )
    response["Retry-After"] = "2"
    return response


def _fault(request: HttpRequest, error: Any) -> HttpResponse:
    log.error("api fault at %s", request.path, exc_info=error)
    return answer(
        Refused(
            "fault",
            _("An unexpected fault; it has been logged."),
            todo=_("Try again later; if it stays, tell the system administrator."),
            status=500,
        )
    )

"""Request bodies: JSON that every database can keep, or a multipart form with a file."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from ninja.parser import Parser

from . import problems

_JSON = "application/json"
_FORM = "multipart/form-data"


class StrictParser(Parser):
    """Refuses other media types, NaN, and text that is not valid Unicode or holds NUL."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON body. Raises Refused (415, 400)."""
        if request.content_type != _JSON:
            raise problems.wrong_type(_JSON)
        try:
            body = json.loads(request.body.decode(), parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise problems.unreadable(_("The body is not JSON in UTF-8.")) from error
        _check_text(body)
        return body

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        if request.method == "POST" and data is request.FILES and request.content_type != _FORM:
            raise problems.wrong_type(_FORM)
        found: dict[str, Any] = super().parse_querydict(data, list_fields, request)
        return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check_text(body: Any) -> None:
    """Raise Refused if any text in `body` could not be kept as it came."""
    waiting = [body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and not _is_clean(value):
            raise problems.unreadable(_("Text must be valid Unicode without NUL characters."))


def _is_clean(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)

"""Refusals, unknown methods and busy databases become pages with words."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import DataError, OperationalError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from xiangling.kernel.refusal import Refused, too_long, took_too_long

from . import errors

API = "/api/"
METHODS = ("GET", "HEAD", "POST")
"""What a page answers to; the API knows more."""
_BUSY = ("locked", "deadlock", "lock timeout", "could not serialize")


class RefusalMiddleware:
    """Turns what the kernel refuses into a page; the API answers for itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse a method no page knows, and a body that is too large before anything of it is read."""
        if request.method not in METHODS and not request.path_info.startswith(API):
            response = errors.error_page(request, 405)
            response.headers["Allow"] = ", ".join(METHODS)
            return response
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length[:20]) > settings.MAX_REQUEST_BYTES:
            return errors.error_page(request, 413)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if request.path_info.startswith(API):
            return None
        if isinstance(error, Refused):
            return errors.refused(request, error)
        if isinstance(error, OperationalError) and any(word in str(error) for word in _BUSY):
            return errors.busy(request)
        if isinstance(error, OperationalError) and took_too_long(error):
            return errors.refused(request, too_long())
        if isinstance(error, DataError) and "NUL" in str(error):
            return errors.error_page(request, 400)
        return None

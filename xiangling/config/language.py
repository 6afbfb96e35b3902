"""Which language a request is answered in."""

from __future__ import annotations

from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware


class ChineseUnlessChosen(LocaleMiddleware):
    """Pages are Chinese until the person chooses otherwise, whatever the browser was installed in.

    A program that calls the API chooses with Accept-Language.
    """

    def process_request(self, request: HttpRequest) -> None:
        if not request.path_info.startswith("/api/"):
            request.META.pop("HTTP_ACCEPT_LANGUAGE", None)
        super().process_request(request)

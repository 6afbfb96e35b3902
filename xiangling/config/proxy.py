"""Whose address a request carries when a proxy stands in front: lock-out and audit must not see the proxy's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class ClientBehindProxy:
    """With XL_BEHIND_PROXY, takes the last address of X-Forwarded-For: the one that the proxy itself wrote."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.BEHIND_PROXY:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        with suppress(ValueError):  # none, or not an address: the connection's own stands
            request.META["REMOTE_ADDR"] = str(ip_address(told))
        return self.get_response(request)

"""Addresses of the page “Access tokens”."""

from __future__ import annotations

from django.urls import path

from . import pages

urlpatterns = [
    path("", pages.own_tokens, name="tokens"),
    path("<int:token>/revoke/", pages.revoke, name="revoke_token"),
]

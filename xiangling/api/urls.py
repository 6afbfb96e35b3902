"""Addresses below /api/."""

from __future__ import annotations

from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from .build import build, no_address, patterns

api = build()

urlpatterns = [
    path("v1/", include((patterns(api), "ninja"), namespace="api")),
    re_path(r"^(?P<rest>.*)$", csrf_exempt(no_address)),
]

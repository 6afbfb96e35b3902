"""Which part answers which address."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path(prefix, include(module))
    for prefix, module in (
        ("api/", "xiangling.api.urls"),
        ("", "xiangling.org.urls"),
        ("accounts/", "allauth.urls"),
        ("", "xiangling.web.urls"),
    )
    if find_spec(module)
]

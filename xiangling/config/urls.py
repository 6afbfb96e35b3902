"""Which part answers which address."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

PARTS = (
    ("api/", "xiangling.api", "urls"),
    ("tokens/", "xiangling.api", "token_urls"),
    ("", "xiangling.org", "urls"),
    ("accounts/", "allauth", "urls"),
    ("", "xiangling.apps.objects", "urls"),
    ("", "xiangling.apps.hazards", "urls"),
    ("", "xiangling.web", "urls"),
)

urlpatterns: list[URLPattern | URLResolver] = [
    path(prefix, include(f"{package}.{module}"))
    for prefix, package, module in PARTS
    if find_spec(package) and find_spec(f"{package}.{module}")
]

handler400 = "xiangling.web.errors.bad_request"
handler403 = "xiangling.web.errors.forbidden"
handler404 = "xiangling.web.errors.not_found"
handler500 = "xiangling.web.errors.broken"

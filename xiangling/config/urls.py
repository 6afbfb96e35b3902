"""Which part answers which address; the generic pages come last, so that an app may have its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from .parts import ADAPTERS, READ_SIDE, domain_apps, pages_of

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("xiangling.api.urls")),
    path("tokens/", include("xiangling.api.token_urls")),
    path("", include("xiangling.org.urls")),
    path("", include("xiangling.documents.urls")),
    path("accounts/", include("allauth.urls")),
    *[path("", include(module)) for module in pages_of([*domain_apps(), *ADAPTERS, *READ_SIDE])],
    path("", include("xiangling.web.urls")),
]

handler400 = "xiangling.web.errors.bad_request"
handler403 = "xiangling.web.errors.forbidden"
handler404 = "xiangling.web.errors.not_found"
handler500 = "xiangling.web.errors.broken"

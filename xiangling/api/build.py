"""The one API object, built from the registry when the addresses are first loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI, Swagger
from ninja.openapi.schema import OpenAPISchema

from xiangling import __version__
from xiangling.kernel import registry

from . import endpoints, house, problems, sources
from .auth import BearerToken, SignedIn, for_insiders, scoped
from .parsing import StrictParser

_: Any = gettext_lazy  # titles and summaries stay lazy; ninja's annotations know plain text only


class Docs(Swagger):
    """The description page, from this installation's own files."""

    template = "api/docs.html"


class Api(NinjaAPI):
    """Serves what apps have registered; refusals are described by their own media type."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        refusals: dict[str, Any] = {}
        for path in schema["paths"].values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    if int(status) >= HTTPStatus.BAD_REQUEST:
                        refusals[f"Problem{status}"] = _refusal(response)
                        operation["responses"][status] = {
                            "$ref": f"#/components/responses/Problem{status}"
                        }
        schema["components"]["responses"] = refusals
        return schema


def _refusal(response: dict[str, Any]) -> dict[str, Any]:
    """A response as described, under the media type of problems."""
    content = {problems.MEDIA_TYPE: next(iter(response["content"].values()))}
    return {**response, "content": content}


def build() -> Api:
    """Make the API of this installation."""
    api = Api(
        title=_("Xiangling API"),
        version=__version__,
        description=_("The same records, duties, scope and refusals as the pages."),
        urls_namespace="api",
        auth=[BearerToken(), SignedIn()],
        parser=StrictParser(),
        docs=Docs(settings={"persistAuthorization": False, "docExpansion": "none"}),
        docs_decorator=for_insiders,
    )
    problems.install(api)
    api.add_decorator(scoped)
    house.add(api)
    for add in registry.shelf("endpoints").values():
        add(api)
    _check_keys()
    for kind in registry.kinds():
        endpoints.add_kind(api, kind)
    for shown in sources.plain_lists():
        endpoints.add_list(api, shown, sources.kind_for(shown), path=shown.key)
    return api


def _check_keys() -> None:
    """Raise ImproperlyConfigured when a kind or list takes an address of the house."""
    keys = {kind.plural for kind in registry.kinds()} | registry.shelf("lists").keys()
    if taken := keys & (house.ADDRESSES | registry.shelf("endpoints").keys()):
        raise ImproperlyConfigured(f"keys kept for the API itself: {sorted(taken)}")


def in_words(view: Callable[..., Any]) -> Callable[..., Any]:
    """Say a method that is not allowed as a refusal, too."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            said = problems.answer(problems.no_method(response["Allow"]))
            said["Allow"] = response["Allow"]
            return said
        return response

    return inner


def patterns(api: Api) -> list[Any]:
    """The addresses of the API."""
    found = api.urls[0]
    for pattern in found:
        if isinstance(pattern, URLPattern) and pattern.name == "api-root":
            pattern.callback = no_address
        elif isinstance(pattern, URLPattern) and pattern.name not in (
            "openapi-view",
            "openapi-json",
        ):
            pattern.callback = in_words(pattern.callback)
    return found


def no_address(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Whatever else is asked for below /api/."""
    return problems.answer(problems.no_address())

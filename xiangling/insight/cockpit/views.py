"""The page of the cockpit, and the boundaries its map draws."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import urlencode

from xiangling.insight.duties import SEE
from xiangling.org.middleware import Seated
from xiangling.org.views.pages import for_duty

from . import picture as pictures

readers = for_duty(SEE)
REFRESH_SECONDS = 60


@readers
def cockpit(request: Seated) -> HttpResponse:
    """Today's picture of an area; `wall` fills a big screen. It fetches itself again to refresh."""
    region = request.GET.get("region", "").strip()[:12]
    picture = pictures.make(request.actor, region)
    is_wall = request.GET.get("wall") == "1"
    here = {"region": region} if region else {}
    context = {
        "picture": picture,
        "is_wall": is_wall,
        "refresh": REFRESH_SECONDS,
        "wall_url": f"{pictures.ADDRESS}?{urlencode({**here, 'wall': '1'})}",
        "desk_url": f"{pictures.ADDRESS}?{urlencode(here)}" if here else pictures.ADDRESS,
        "shapes_url": f"{pictures.ADDRESS}shapes/?{urlencode(here)}",
        "tiles": settings.TILE_URL,
    }
    return render(request, "insight/cockpit.html", context)


@readers
def shapes(request: Seated) -> JsonResponse:
    """The boundaries of the map's areas; they hardly ever change."""
    region = request.GET.get("region", "").strip()[:12]
    answer = JsonResponse(pictures.shapes(request.actor, region))
    answer["Cache-Control"] = "private, max-age=600"
    return answer

"""The description of the API and the page of access tokens, in a browser under the strict policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from tests import factories as f
from xiangling.api.models import Token
from xiangling.kernel import clock

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PHONE = {"width": 390, "height": 844}

pytestmark = pytest.mark.django_db(transaction=True)


def _signed_in(page: Page, world: f.World, key: str, live_server: Any) -> Page:
    world.people[key].password_changed_at = clock.now()
    world.people[key].save()
    client = Client()
    client.force_login(world.people[key], BACKEND)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    page.context.add_cookies([{**cookie, "url": live_server.url}])
    return page


def test_the_description_renders_and_a_call_can_be_tried(page: Page, live_server: Any) -> None:
    _signed_in(page, f.make_world(), "inspector", live_server).goto("/api/v1/docs")
    expect(page.locator("#operations-tag-hazards")).to_be_visible()
    page.locator("#operations-tag-me").click()
    page.locator("#operations-me-me").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table tbody .response-col_status").first
    expect(answer).to_contain_text("200")


@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, PHONE])
def test_a_token_is_made_and_revoked(
    new_page: Callable[..., Page], live_server: Any, size: dict[str, int]
) -> None:
    page = _signed_in(new_page(size), f.make_world(), "inspector", live_server)
    page.goto("/tokens/")
    page.locator("input[name=name]").fill("巡查终端")
    page.get_by_role("button", name="生成", exact=True).click()
    shown = page.locator("#token-text").input_value()
    assert shown.startswith("xl_")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size["width"], "the page is wider than the screen"
    page.get_by_role("button", name="吊销").click()
    expect(page.locator("#token-text")).to_have_count(0)
    expect(page.get_by_role("cell", name="已吊销")).to_be_visible()
    assert Token.objects.get().revoked_at is not None

"""Behind a proxy the client's own address counts, and only where the operator says there is one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests import factories as f
from xiangling.org.models import SecurityEvent

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("behind", "header", "counted"),
    [
        (True, "203.0.113.9", "203.0.113.9"),
        (True, "10.9.9.9, 203.0.113.9", "203.0.113.9"),  # the first was said by the client
        (True, "nonsense", "127.0.0.1"),
        (False, "203.0.113.9", "127.0.0.1"),
    ],
)
def test_failed_sign_ins_count_for_the_client(
    settings: Any, behind: bool, header: str, counted: str
) -> None:
    f.make_world()
    settings.BEHIND_PROXY = behind
    client = Client(headers={"x-forwarded-for": header})
    client.post("/accounts/login/", {"login": "inspector", "password": "wrong"})
    assert SecurityEvent.objects.get(kind="sign_in_failed").address == counted


def test_five_failures_elsewhere_do_not_lock_the_account_here(settings: Any) -> None:
    f.make_world()
    settings.BEHIND_PROXY = True
    there = Client(headers={"x-forwarded-for": "203.0.113.9"})
    for _turn in range(6):
        there.post("/accounts/login/", {"login": "inspector", "password": "wrong"})
    here = Client(headers={"x-forwarded-for": "203.0.113.10"})
    answer = here.post("/accounts/login/", {"login": "inspector", "password": "Test-2026-pass"})
    assert answer.status_code == 302

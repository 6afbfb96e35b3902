"""A statement that takes too long is given up, and said in words: on PostgreSQL by the server itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests import factories as f
from xiangling.config.environment import Environment, database
from xiangling.kernel import clock

pytestmark = pytest.mark.django_db


def test_web_processes_bound_their_statements(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XL_DATABASE_URL", "postgresql://x@/y?host=/run&options=-c%20geqo%3Doff")
    monkeypatch.setenv("XL_STATEMENT_TIMEOUT", "20")
    options = database(Environment())["OPTIONS"]
    serial = "-c max_parallel_workers_per_gather=0"
    assert options["options"] == f"{serial} -c geqo=off -c statement_timeout=20s"
    monkeypatch.setenv("XL_STATEMENT_TIMEOUT", "0")
    assert database(Environment())["OPTIONS"]["options"] == f"{serial} -c geqo=off"


@pytest.mark.parametrize("address", ["/hazards/", "/api/v1/hazards"])
def test_what_takes_too_long_is_said_in_words(address: str) -> None:
    world = f.make_world()
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(
        world.people["committee"], backend="allauth.account.auth_backends.AuthenticationBackend"
    )

    def give_up(execute: object, sql: str, params: object, many: bool, context: object) -> object:
        if 'FROM "hazards_hazard"' in sql:
            raise OperationalError("canceling statement due to statement timeout")
        return execute(sql, params, many, context)  # type: ignore[operator]

    with clock.at(f.NOW), connection.execute_wrapper(give_up):
        answer = client.get(address)
    assert answer.status_code == 503
    assert (
        "超过页面限度" in answer.content.decode()
        or "longer than a page may" in answer.content.decode()
    )

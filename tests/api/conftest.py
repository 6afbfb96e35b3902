"""A small city, and programs that call its API with tokens of its posts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests import factories as f
from xiangling.api.models import Token
from xiangling.apps.hazards.models import Extension
from xiangling.kernel import clock, registry
from xiangling.kernel.digest import digest
from xiangling.org.models import Dispute, Holding


class Caller:
    """A program with (or without) a token; every answer below 500 or the test fails."""

    def __init__(self, token: str = "", **headers: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Accept-Language": "en", **headers}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        path = path if path.startswith("/") else f"/api/v1/{path}"
        if body is not None:
            more = {"data": body, "content_type": "application/json", **more}
        elif method == "POST" and "data" not in more:
            more = {"data": b"{}", "content_type": "application/json", **more}
        answer = self.client.generic(method, path, headers=self.headers, **_bytes(more))
        assert answer.status_code < 500, answer.content[:2000]
        if answer.status_code >= 400:
            check_problem(answer)
        return answer

    def get(self, path: str) -> Any:
        return self.ask("GET", path)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.ask("POST", path, {} if body is None else body, **more)

    def send(self, path: str, file: Any) -> Any:
        """Send a file as a form."""
        answer = self.client.post(f"/api/v1/{path}", {"file": file}, headers=self.headers)
        assert answer.status_code < 500, answer.content[:2000]
        if answer.status_code >= 400:
            check_problem(answer)
        return answer


def _bytes(more: dict[str, Any]) -> dict[str, Any]:
    data = more.get("data", b"")
    if not isinstance(data, bytes):
        more["data"] = json.dumps(data, default=str).encode()
    return more


def check_problem(answer: Any) -> None:
    """A refusal has the form of a problem, and says in words what was refused."""
    assert answer["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert set(said) == {"type", "title", "status", "code", "detail", "todo", "ask", "fields"}
    assert said["status"] == answer.status_code
    assert said["title"]
    assert said["code"]


def give_token(world: f.World, key: str, **facts: Any) -> str:
    """A token of this person's post, as the page would have made it."""
    text = f"xl_{uuid4().hex}{uuid4().hex}"
    Token.objects.create(
        **{
            "holding": Holding.objects.get(person=world.people[key]),
            "name": f"program of {key}",
            "prefix": text[:9],
            "digest": digest(text.encode()),
            "created_at": f.NOW,
            "created_by": world.people[key].pk,
            "expires_on": date(2026, 12, 31),
            **facts,
        }
    )
    return text


@pytest.fixture(autouse=True)
def _at_a_working_wednesday() -> Iterator[None]:
    with clock.at(f.NOW):
        yield


@pytest.fixture
def world(db: None) -> f.World:
    made = f.make_world()
    f._staff(made, "admin", made.units["city_office"], "system_admin", "系统管理员")
    return made


@pytest.fixture
def calling(world: f.World) -> Callable[[str], Caller]:
    """`calling("inspector")`: a program with a token of that post."""

    def make(key: str) -> Caller:
        return Caller(give_token(world, key))

    return make


MAIN = ("found", "graded", "ordered", "fixing", "submitted", "accepted")


def make_case(world: f.World, kind: str, state: str = "") -> Any:
    """An open record of a kind, in a state, made by the right people.

    An app of one kind says how in its `tests/making.py`.
    """
    if kind == "hazard":
        return f.to_state(world, state or "found", seed=uuid4().int % 10**6)
    if kind == "extension":
        hazard = f.to_state(world, "fixing", seed=uuid4().int % 10**6)
        f.step(world, hazard, "ask_extension", "owner", asked_until="2026-07-20", reason="配件未到")
        return Extension._base_manager.get(hazard=hazard)
    if kind == "dispute":
        hazard = f.report(world)
        f.step(world, hazard, "dispute", "inspector", reason="属于行业主管部门")
        return Dispute._base_manager.get(about_uid=hazard.uid)
    return making_of(kind).make(world, state)


def making_of(kind: str) -> Any:
    """How the app of a kind says its records are made: the module `tests/making.py` in it."""
    app = registry.kind(kind).model.__module__.rpartition(".")[0]
    return import_module(f"{app}.tests.making")

"""Every kind through every endpoint: no token, another city's record, no duty, uid twice, version."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests import factories as f
from tests.api.conftest import MAIN, Caller, make_case, making_of
from xiangling.api.urls import api
from xiangling.kernel import registry
from xiangling.kernel.models import Entry, Refusal

Calling = Callable[[str], Caller]
NOBODY = "00000000-0000-4000-8000-000000000000"
OPERATIONS = [
    (method.upper(), path)
    for path, operations in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
    for method in operations
]
KINDS = [kind.key for kind in registry.kinds()]
BY_PLURAL = {kind.plural: kind for kind in registry.kinds()}
RECORDS = [(m, p) for m, p in OPERATIONS if "{uid}" in p and p.split("/")[3] in BY_PLURAL]


def _filled(path: str, uid: Any = NOBODY) -> str:
    return path.replace("{uid}", str(uid)).replace("{importer}", "objects")


def test_every_kind_and_step_is_served() -> None:
    for kind in registry.kinds():
        assert ("GET", f"/api/v1/{kind.plural}") in OPERATIONS
        assert ("GET", f"/api/v1/{kind.plural}/{{uid}}/entries") in OPERATIONS
        for name in kind.loop.steps:
            assert ("POST", f"/api/v1/{kind.plural}/{{uid}}/{name}") in OPERATIONS
        assert (("POST", f"/api/v1/{kind.plural}") in OPERATIONS) is (kind.intake is not None)
    for key in registry.shelf("lists"):
        assert ("GET", f"/api/v1/{key}") in OPERATIONS


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_without_a_token(db: None, method: str, path: str) -> None:
    for caller in (Caller(), Caller("xl_made_up"), Caller(Authorization="Basic YTpi")):
        answer = caller.ask(method, _filled(path))
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_other_methods_are_refused_in_words(calling: Calling, method: str, path: str) -> None:
    caller, known = calling("committee"), {m for m, p in OPERATIONS if p == path}
    for other in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
        answer = caller.ask(other, _filled(path))
        assert answer.status_code == 405
        assert set(re.split(r",\s*", answer["Allow"])) == known


def test_another_citys_record_is_not_there(world: f.World, calling: Calling) -> None:
    cases = {key: make_case(world, key) for key in KINDS}
    strangers = [calling("outsider2"), calling("outsider")]
    for method, path in RECORDS:
        kind = BY_PLURAL[path.split("/")[3]]
        n_entries = Entry.objects.filter(case_uid=cases[kind.key].uid).count()
        for stranger in strangers:
            answer = stranger.ask(method, _filled(path, cases[kind.key].uid))
            unknown = stranger.ask(method, _filled(path))
            assert answer.status_code == 404, (method, path)
            assert answer.json() == unknown.json()
        assert Entry.objects.filter(case_uid=cases[kind.key].uid).count() == n_entries


def _steps() -> list[tuple[str, str, str]]:
    """(kind, step, a state it is taken in) for the states that a case is easily brought to."""
    found = []
    for kind in registry.kinds():
        usual = MAIN if kind.key == "hazard" else (kind.loop.start,)
        for step in kind.loop.steps.values():
            states = [name for name in kind.loop.sources(step) if name in usual]
            if states:
                found.append((kind.key, step.name, states[0]))
    return found


@pytest.mark.parametrize(("key", "step", "state"), _steps())
def test_a_post_without_the_duty_is_refused(
    world: f.World, calling: Calling, key: str, step: str, state: str
) -> None:
    case = make_case(world, key, state)
    kind = registry.kind(key)
    answer = calling("auditor").post(f"{kind.plural}/{case.uid}/{step}")
    assert answer.status_code == 403
    assert answer.json()["code"] == "no_duty"
    assert Refusal.objects.filter(case_uid=case.uid, step=step, code="no_duty").count() == 1
    case.refresh_from_db()
    assert case.state == state


@pytest.mark.parametrize("key", [kind.key for kind in registry.kinds() if kind.intake])
def test_a_post_without_the_duty_opens_nothing(world: f.World, calling: Calling, key: str) -> None:
    answer = calling("auditor").post(registry.kind(key).plural)
    assert answer.status_code == 403
    assert Refusal.objects.filter(case_kind=key, step="open", code="no_duty").count() == 1
    assert not registry.kind(key).model._base_manager.exists()


@pytest.mark.parametrize("key", KINDS)
def test_a_post_that_reads_nothing_reads_nothing(
    world: f.World, calling: Calling, key: str
) -> None:
    case, plural = make_case(world, key), registry.kind(key).plural
    admin = calling("admin")
    assert admin.get(plural).status_code == 403
    for path in (f"{plural}/{case.uid}", f"{plural}/{case.uid}/entries"):
        assert admin.get(path).status_code == 404


def _intake(world: f.World, key: str) -> tuple[str, dict[str, Any]]:
    """Who opens a record of a kind, and with what answers."""
    if key == "hazard":
        return "inspector", {
            "object": str(world.firm.uid),
            "text": "配电箱门缺失，线路裸露",
            "source": "inspection",
        }
    if key == "dispute":
        return "inspector", {
            "subject": "码头仓库归属",
            "layer": "territory",
            "reason": "不在本镇范围",
        }
    who, answers = making_of(key).opening(world)
    return who, answers


@pytest.mark.parametrize("key", [kind.key for kind in registry.kinds() if kind.intake])
def test_the_same_uid_twice_is_one_record(world: f.World, calling: Calling, key: str) -> None:
    kind, uid = registry.kind(key), str(uuid4())
    who, answers = _intake(world, key)
    opener, body = calling(who), {**answers, "uid": uid}
    first, second = opener.post(kind.plural, body), opener.post(kind.plural, body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["uid"] == uid
    assert first.json()["state"] == kind.loop.start
    assert kind.model._base_manager.count() == 1
    assert Entry.objects.filter(case_uid=uid).count() == 1
    assert first.json()["head"] == Entry.objects.get(case_uid=uid).hash
    for other in ("inspector2", "outsider"):
        taken = calling(other).post(kind.plural, body)
        assert taken.status_code in (403, 404, 409)
        assert first.json()["code"] not in taken.content.decode()


STEP = {
    "hazard": ("grade", {"grade": "general"}, "inspector"),
    "dispute": ("withdraw", {"reason": "已协商一致"}, "inspector"),
    "extension": ("refuse", {"opinion": "理由不足"}, "inspector"),
}


def _ready(world: f.World, key: str) -> tuple[Any, str, dict[str, Any], str]:
    """A record, a step it is ready for, plain answers to it, and who may take it."""
    if key in STEP:
        return make_case(world, key), *STEP[key]
    case, step, body, who = making_of(key).ready(world)
    return case, step, body, who


@pytest.mark.parametrize("key", KINDS)
def test_the_same_step_uid_twice_is_one_move(world: f.World, calling: Calling, key: str) -> None:
    case, step, body, who = _ready(world, key)
    caller, path = calling(who), f"{registry.kind(key).plural}/{case.uid}/{step}"
    before = Entry.objects.filter(case_uid=case.uid).count()
    body = {**body, "uid": str(uuid4())}
    first, second = caller.post(path, body), caller.post(path, body)
    assert (first.status_code, second.status_code) == (200, 200), first.json()
    assert first.json() == second.json()
    assert Entry.objects.filter(case_uid=case.uid).count() == before + 1


@pytest.mark.parametrize("key", KINDS)
def test_a_version_that_moved_on_is_a_conflict(world: f.World, calling: Calling, key: str) -> None:
    case, step, body, who = _ready(world, key)
    caller, path = calling(who), f"{registry.kind(key).plural}/{case.uid}"
    seen = caller.get(path).json()["version"]
    assert caller.post(f"{path}/{step}", {**body, "version": seen}).status_code == 200
    late = caller.post(f"{path}/{step}", {**body, "version": seen})
    assert late.status_code == 409
    assert late.json()["code"] == "changed"


@pytest.mark.parametrize("key", KINDS)
def test_the_record_names_the_steps_that_work(world: f.World, calling: Calling, key: str) -> None:
    case, step, _body, who = _ready(world, key)
    record = calling(who).get(f"{registry.kind(key).plural}/{case.uid}").json()
    offers = {offer["name"]: offer for offer in record["steps"]}
    assert step in offers
    assert offers[step]["url"] == f"/api/v1/{registry.kind(key).plural}/{case.uid}/{step}"
    assert record["turn"]["unit_name"]
    reader = calling("auditor").get(f"{registry.kind(key).plural}/{case.uid}")
    if reader.status_code == 200:
        assert reader.json()["steps"] == []

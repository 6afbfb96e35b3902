"""Bad input, in whatever way it is bad, is refused in words; nothing is kept of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import override_settings

from tests import factories as f
from tests.api.conftest import Caller, check_problem
from xiangling.apps.hazards.models import Hazard

Calling = Callable[[str], Caller]

UNKNOWN = "00000000-0000-4000-8000-000000000000"
GOOD = {"text": "配电箱门缺失，线路裸露", "source": "inspection"}
BODIES = [
    b"",
    b"{",
    b"[]",
    b'"text"',
    b"null",
    b"NaN",
    b"\xff\xfe",
    b"\x00",
    b"[" * 100_000,
    b'{"text": ' + b"9" * 5000 + b"}",
    b'{"text": 1e999}',
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_not_what_is_described(calling: Calling, body: bytes) -> None:
    answer = calling("inspector").ask("POST", "hazards", data=body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert not Hazard._base_manager.exists()


@pytest.mark.parametrize(
    "media", ["text/plain", "application/xml", "multipart/form-data; boundary=x"]
)
def test_another_media_type(calling: Calling, media: str) -> None:
    answer = calling("inspector").ask("POST", "hazards", data=b"{}", content_type=media)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "a\0b"),
        ("text", "\ud800"),
        ("text", 12),
        ("text", {"a": 1}),
        ("text", ["a"]),
        ("text", True),
        ("text", ""),
        ("text", "   "),
        ("text", "字" * 5001),
        ("object", "no uuid"),
        ("object", 5),
        ("object", UNKNOWN),
        ("source", "rumour"),
        ("source", 1),
        ("found_at", "yesterday"),
        ("found_at", "0001-01-01T00:00:00+14:00"),
        ("found_at", "9999-12-31T23:59:59-14:00"),
        ("found_at", "2026-02-30T10:00:00"),
        ("found_at", "2030-01-01T00:00:00Z"),
        ("found_at", 10**30),
        ("uid", "no uuid"),
        ("uid", 2**70),
        ("proofs", "none"),
        ("proofs", [{"file": UNKNOWN, "role": "after"}]),
        ("proofs", [{"file": UNKNOWN}]),
        ("proofs", [{}] * 100),
        ("surprise", 1),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_an_answer_that_makes_no_sense(
    world: f.World, calling: Calling, field: str, value: Any
) -> None:
    body = {**GOOD, "object": str(world.firm.uid), field: value}
    answer = calling("inspector").ask(
        "POST", "hazards", data=json.dumps(body).encode(), content_type="application/json"
    )
    assert answer.status_code in (400, 404, 422), answer.content
    assert not Hazard._base_manager.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unit", 2**63),
        ("unit", 2**200),
        ("unit", -1),
        ("unit", 1.5),
        ("unit", "1"),
        ("unit", 999_999),
        ("unit", True),
        ("deadline", "2026-13-01"),
        ("deadline", "1000-01-01"),
        ("deadline", "9999-12-31"),
        ("deadline", 20260701),
        ("deadline", "2026-06-09"),
        ("measures", None),
        ("liable_person", "陈" * 41),
        ("version", 2**31),
        ("version", "1"),
        ("version", -1),
        ("funds", "1e400"),
        ("funds", "1.234"),
        ("funds", True),
    ],
)
def test_an_order_that_makes_no_sense(
    world: f.World, calling: Calling, field: str, value: Any
) -> None:
    hazard = f.to_state(world, "graded")
    good = {**f.order_data(), "unit": hazard.unit_id}
    answer = calling("inspector").post(f"hazards/{hazard.uid}/order", {**good, field: value})
    assert answer.status_code in (409, 422), answer.content
    assert answer.json()["fields"] or answer.json()["code"] == "changed"
    hazard.refresh_from_db()
    assert hazard.state == "graded"


@pytest.mark.parametrize("field", ["unit", "liable_person", "measures", "deadline"])
def test_an_order_without_one_of_its_parts_is_refused_and_kept(
    world: f.World, calling: Calling, field: str
) -> None:
    from xiangling.kernel.models import Refusal

    hazard = f.to_state(world, "graded")
    body = {**f.order_data(), "unit": hazard.unit_id}
    del body[field]
    answer = calling("inspector").post(f"hazards/{hazard.uid}/order", body)
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]
    assert Refusal.objects.filter(case_uid=hazard.uid, code="invalid").count() == 1


def test_refusals_speak_the_readers_language(world: f.World, calling: Calling) -> None:
    path = "nowhere"
    english = calling("inspector").get(path).json()["title"]
    text = calling("inspector").headers["Authorization"].removeprefix("Bearer ")
    chinese = Caller(text, **{"Accept-Language": "zh-CN"}).get(path).json()["title"]
    unsaid = Caller(text, **{"Accept-Language": ""}).get(path).json()["title"]
    assert english == "There is no such address in this API."
    assert chinese == unsaid != english


@pytest.mark.parametrize(
    "path", ["", "hazard", "hazards/", "hazards/x/y/z", "../", "imports", "v2"]
)
def test_an_address_that_does_not_exist(calling: Calling, path: str) -> None:
    assert calling("inspector").get(path).status_code in (404, 422)


@pytest.mark.parametrize("uid", ["x", "0", "%00", "' OR 1=1", "0" * 400, "字"])
def test_a_uid_that_is_none(calling: Calling, uid: str) -> None:
    assert calling("inspector").get(f"hazards/{uid}").status_code in (404, 422)


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_a_body_that_is_too_large(calling: Calling) -> None:
    answer = calling("inspector").post("hazards", {"text": "大" * 1000})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jpg", b""),
        ("a.jpg", b"not a picture"),
        ("a.svg", b"<svg onload='alert(1)'/>"),
        ("a.exe", b"MZ" + b"\0" * 100),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 50),
    ],
)
def test_a_file_that_is_no_photo_or_paper(calling: Calling, name: str, content: bytes) -> None:
    answer = calling("inspector").send("files", SimpleUploadedFile(name, content))
    assert answer.status_code == 422


def test_files_come_as_a_form(calling: Calling) -> None:
    caller = calling("inspector")
    assert caller.post("files").status_code == 415
    broken = {"data": b"--x\r\nnonsense", "content_type": "multipart/form-data; boundary=x"}
    assert caller.ask("POST", "files", **broken).status_code in (400, 422)
    broken["content_type"] = "multipart/form-data"
    assert caller.ask("POST", "files", **broken).status_code == 400


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"PK\x03\x04broken"),
        ("a.csv", b""),
        ("a.csv", b"x,y\n1,2\n"),
        ("a.pdf", b"%PDF-1.4"),
    ],
)
def test_a_sheet_that_cannot_be_taken_in(calling: Calling, name: str, content: bytes) -> None:
    answer = calling("inspector").send("imports/objects", SimpleUploadedFile(name, content))
    assert answer.status_code == 422
    assert answer.json()["title"]


def test_an_import_nobody_offers(calling: Calling) -> None:
    answer = calling("inspector").send("imports/moons", SimpleUploadedFile("a.csv", b"x\n1\n"))
    assert answer.status_code == 404


def test_an_import_without_the_duty(calling: Calling) -> None:
    answer = calling("owner").send("imports/hazards", SimpleUploadedFile("a.csv", b"x\n1\n"))
    assert (answer.status_code, answer.json()["code"]) == (403, "no_duty")


def test_a_busy_database_asks_to_come_again(world: f.World, calling: Calling) -> None:
    """While another writer holds the database nothing is changed, and the answer says so."""
    caller, hazard = calling("inspector"), f.report(world)

    def held(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "kernel_entry"'):
            raise OperationalError("database is locked")
        return execute(sql, *rest)

    with connection.execute_wrapper(held):
        answer = caller.client.post(
            f"/api/v1/hazards/{hazard.uid}/grade",
            {"grade": "general"},
            content_type="application/json",
            headers=caller.headers,
        )
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    check_problem(answer)
    hazard.refresh_from_db()
    assert hazard.state == "found"

"""The description of the API: kept, and true."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import strategies
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests import factories as f
from tests.api.conftest import MAIN, give_token, make_case
from xiangling.api.management.commands.openapi import description
from xiangling.config.wsgi import application
from xiangling.kernel import registry

MOST = int(os.environ.get("XL_API_EXAMPLES", "10"))
KEPT = Path(__file__).with_name("openapi.json")


def test_the_description_is_the_one_that_is_kept() -> None:
    assert KEPT.read_text("utf-8") == description(), (
        "the API has changed; if that is meant: xiangling manage openapi tests/api/openapi.json"
    )


def test_every_address_is_described_in_both_languages() -> None:
    from django.utils import translation

    from xiangling.api.urls import api

    with translation.override("zh-hans"):
        paths = api.get_openapi_schema(path_prefix="/api/v1/")["paths"]
        titles = {str(one["summary"]) for path in paths.values() for one in path.values()}
    assert titles
    assert "轮到本岗位办理的事项" in titles


CHECKED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """As in Django's own test client: a request does not close the test's connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize("who", ["committee", "owner"])
def test_no_request_breaks_it_and_every_answer_is_as_described(world: f.World, who: str) -> None:
    """A few generated requests to every operation, good and bad; the seed is fixed."""
    cases = {kind.key: [make_case(world, kind.key)] for kind in registry.kinds()}
    cases["hazard"] += [make_case(world, "hazard", state) for state in MAIN]
    known = {registry.kind(key).plural: [c.uid for c in found] for key, found in cases.items()}
    token = give_token(world, who)
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json",
        application,
        headers={"Authorization": f"Bearer {token}", "Host": "testserver"},
    )
    seen = [
        _probe(result.ok(), known.get(result.ok().path.split("/")[3], []), token, seed=20260610 + n)
        for n, result in enumerate(schema.get_all_operations())
    ]
    assert len(seen) > 50
    assert min(seen) > 0


def _probe(operation: Any, uids: list[Any], token: str, *, seed: int) -> int:
    """Send a few generated requests to one operation, most of them about a record that exists."""
    headers, sent = {"Authorization": f"Bearer {token}", "Host": "testserver"}, []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=MOST,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(case=operation.as_strategy(), pick=strategies.integers(0, 99))
    def probe(case: Any, pick: int) -> None:
        if uids and "uid" in case.path_parameters and pick % 5:
            case.path_parameters["uid"] = str(uids[pick % len(uids)])
        case.call_and_validate(headers=headers, checks=CHECKED)
        sent.append(case)

    probe()
    return len(sent)

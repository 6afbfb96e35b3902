"""The sender: a job that resumes, backs off, and says how it stands. The upper node is real, on loopback."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests import factories as f
from xiangling.adapters.upward import actions, post, queries, sending
from xiangling.adapters.upward.models import (
    Node,
    Sending,
    SentBatch,
    TakenBatch,
    TakenCase,
    TakenEntry,
)
from xiangling.config import doctor
from xiangling.kernel import clock, crypto, jobs, triggers
from xiangling.kernel.models import Entry, Job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city(live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> f.World:
    """This database as a city and as the node above it at once: the tables are apart."""
    settings.NODE, settings.UPPER_URL = "9901", live_server.url
    settings.NODE_KEY = crypto.new_signing_key()
    monkeypatch.setattr(sending, "BATCH", 3)
    actions.add_node("9901", "测试市", region="9901", key=crypto.public_key(settings.NODE_KEY))
    world = f.make_world()
    f.to_state(world, "ordered", seed=7000)
    f.report(world)
    return world


def work(at: datetime | None = None) -> Job:
    """What a worker's round does about sending, at a moment."""
    with clock.at(at or clock.now()):
        sending.follow(clock.now())
        run = jobs.claim("test", clock.now(), sending.JOB)
        if run:
            jobs.carry(run)
    return Job.objects.get(uid=sending.JOB)


def assert_all_is_above() -> None:
    state = Sending.objects.get()
    assert (state.code, state.detail) == ("", "")
    taken = TakenEntry.objects.order_by("id").values_list("hash", flat=True)
    assert list(taken) == list(Entry.objects.order_by("id").values_list("hash", flat=True))
    assert list(queries.prove()) == []
    assert queries.n_waiting() == 0


def test_everything_goes_up_once_and_new_work_follows(city: f.World) -> None:
    assert work().state == "done"
    assert_all_is_above()
    assert SentBatch.objects.filter(body=None, taken_at__isnull=False).count() == 2
    state = Sending.objects.get()
    assert (state.code, state.n_failures) == ("", 0)
    f.report(city)
    assert work().pk == Job.objects.get(uid=sending.JOB).pk
    assert queries.n_waiting() == 1, "not before it is time"
    work(state.next_at + timedelta(seconds=1))
    assert_all_is_above()
    assert TakenBatch.objects.count() == 3
    work(clock.now() + timedelta(hours=7))
    assert (TakenBatch.objects.count(), TakenBatch.objects.latest("id").n_entries) == (4, 0)
    assert Job.objects.filter(kind=sending.KIND).count() == 1


def test_a_lost_answer_changes_nothing(city: f.World) -> None:
    work()
    SentBatch.objects.filter(number=2).delete()
    made = sending._next(sending.own())
    assert made is not None
    with triggers.lifted():
        TakenBatch.objects.filter(number=2).update(digest=made.digest)
        Node.objects.update(last_digest=made.digest)
    work(clock.now() + timedelta(hours=2))
    assert Sending.objects.get().code == ""
    assert_all_is_above()


def test_an_upper_node_that_was_restored_is_sent_what_it_lost(city: f.World) -> None:
    work()
    with triggers.lifted():
        for model in (TakenEntry, TakenCase):
            model.objects.filter(batch=2).delete()
        TakenBatch.objects.filter(number=2).delete()
    first = TakenBatch.objects.get()
    Node.objects.update(last_number=1, last_digest=first.digest, n_entries=3)
    f.report(city)
    work(clock.now() + timedelta(hours=2))
    assert_all_is_above()
    assert Node.objects.get().n_entries == Entry.objects.count()


def test_a_city_that_was_restored_is_told_and_stops(city: f.World) -> None:
    work()
    SentBatch.objects.filter(number=2).delete()
    f.report(city)
    work(clock.now() + timedelta(hours=2))
    state = Sending.objects.get()
    assert state.code == "fork"
    assert TakenBatch.objects.count() == 2
    assert any(
        finding.level == "fail" and "fork" in finding.words for finding in doctor.check_upward()
    )
    with clock.at(f.NOW):
        page = signed_in(city).get("/upward/").content.decode()
    assert "较旧的备份" in page


def test_it_backs_off_and_comes_back(city: f.World, settings: Any) -> None:
    there, settings.UPPER_URL = settings.UPPER_URL, "http://127.0.0.1:9"
    at, waits = f.NOW, []
    for _ in range(9):
        assert work(at).state == "done"
        state = Sending.objects.get()
        assert state.code == "unreachable"
        waits.append((state.next_at - at).total_seconds())
        at = state.next_at + timedelta(seconds=1)
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert any("unreachable" in finding.words for finding in doctor.check_upward())
    settings.UPPER_URL = there
    work(at)
    assert (Sending.objects.get().code, Sending.objects.get().n_failures) == ("", 0)
    assert_all_is_above()
    assert any(
        finding.level == "ok" and "works" in finding.words for finding in doctor.check_upward()
    )


def test_what_is_not_set_up_is_said(city: f.World, settings: Any) -> None:
    key, settings.NODE_KEY = settings.NODE_KEY, "sm2:xx"
    assert work(f.NOW).state == "done"
    assert Sending.objects.get().code == "not_set"
    settings.NODE_KEY, settings.UPPER_URL = key, "http://safety.example.gov.cn"
    with pytest.raises(post.BadAddress, match="https"):
        sending.own()
    (finding, *_rest) = [one for one in doctor.check_upward() if one.level == "fail"]
    assert "https" in finding.words
    settings.UPPER_URL, settings.NODE = "https://safety.example.gov.cn", ""
    with pytest.raises(sending.NotSet, match="XL_NODE"):
        sending.own()
    settings.UPPER_URL = ""
    assert queries.sending_state() is None


def test_what_answers_but_is_no_upper_node_is_said(city: f.World, settings: Any) -> None:
    settings.UPPER_URL += "/nowhere"
    work()
    assert Sending.objects.get().code == "strange"


def signed_in(world: f.World, key: str = "committee") -> Client:
    client = Client()
    client.force_login(
        world.people[key], backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def test_pages_show_who_is_late_and_are_open_to_the_duty_alone(city: f.World) -> None:
    work()
    key = crypto.public_key(crypto.new_signing_key())
    with clock.at(f.NOW - timedelta(days=900)):
        actions.add_node("990101", "东区", region="990101", key=key)
        actions.add_node("990102", "西区", region="990102", key=key)
    with clock.at(f.NOW):
        assert_pages(city)


def assert_pages(city: f.World) -> None:
    page = signed_in(city, "city").get("/upward/").content.decode()
    for words in ("东区", "西区", "逾期", "测试市"):
        assert words in page
    client = signed_in(city)  # of the east district
    page = client.get("/upward/").content.decode()
    assert "东区" in page
    assert "西区" not in page
    for address in ("/nodes/?view=late", "/nodes/", "/refused_batches/"):
        assert client.get(address).status_code == 200
    near, far = Node.objects.get(code="990101"), Node.objects.get(code="990102")
    assert client.get(f"/upward/{near.uid}/").status_code == 200
    assert client.get(f"/upward/{far.uid}/").status_code == 404
    api = client.get("/api/v1/nodes").json()["items"]
    assert [row["code"] for row in api] == ["990101"]
    for person in ("inspector", "owner"):
        other = signed_in(city, person)
        assert other.get("/upward/").status_code == 403
        assert other.get("/nodes/").status_code == 403
        assert other.get("/api/v1/nodes").status_code == 403

"""The upper node's door: each entry once, and nothing that is not proven (replay, gap, order, forgery, fork)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from tests import factories as f
from xiangling.adapters.upward import actions, queries, wire
from xiangling.adapters.upward.models import BatchRefusal, Node, TakenBatch, TakenCase, TakenEntry
from xiangling.apps.hazards.models import Hazard
from xiangling.kernel import clock, crypto, registry
from xiangling.kernel.ledger import entry_hash
from xiangling.kernel.models import Entry
from xiangling.kernel.summary import summary_of

pytestmark = pytest.mark.django_db
DOOR = "/upward/batches/"


class City:
    """A city node made by hand, and the door of its upper node."""

    def __init__(self, code: str = "9901", algorithm: str = "") -> None:
        self.key = crypto.new_signing_key() if not algorithm else _ed25519()
        self.code = code
        self.node = actions.add_node(code, "测试市", region="9901", key=crypto.public_key(self.key))
        self.client = Client()

    def body(self, number: int, prev: str, entries: list[Any], cases: Any = None) -> bytes:
        uids = {entry.case_uid for entry in entries}
        if cases is None:
            rows = Hazard._base_manager.filter(uid__in=uids).select_related("unit")
            cases = [summary_of(registry.kind("hazard"), case) for case in rows]
        return wire.build(self.code, number, prev, clock.now(), entries, cases)

    def post(self, number: int, body: bytes, *, key: str = "", sent: bytes | None = None) -> Any:
        words = wire.signed_words(self.code, number, wire.digest_of(body))
        return self.raw(number, crypto.sign(key or self.key, words), sent or wire.pack(body))

    def raw(self, number: Any, signature: str, sent: bytes) -> Any:
        answer = self.client.post(
            DOOR,
            sent,
            content_type="application/octet-stream",
            headers={wire.NODE: self.code, wire.NUMBER: str(number), wire.SIGNATURE: signature},
        )
        return answer.status_code, json.loads(answer.content)


def _ed25519() -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    made = Ed25519PrivateKey.generate()
    return crypto._text("ed25519", made.private_bytes_raw(), made.public_key().public_bytes_raw())


def ledger_of(states: tuple[str, ...] = ("ordered", "ordered")) -> list[Entry]:
    world = f.make_world()
    for n, state in enumerate(states):
        f.to_state(world, state, seed=7000 + 10 * n)
    return list(Entry.objects.order_by("id"))


def halves(city: City) -> tuple[list[Entry], bytes, bytes]:
    """A ledger and its two batches."""
    entries = ledger_of()
    first = city.body(1, "", entries[:3])
    return entries, first, city.body(2, wire.digest_of(first), entries[3:])


def assert_nothing_taken(code: str) -> None:
    assert not TakenEntry.objects.exists()
    assert not TakenBatch.objects.exists()
    assert list(BatchRefusal.objects.values_list("code", flat=True)) == [code]


@pytest.mark.parametrize("algorithm", ["", "ed25519"])
def test_every_entry_is_taken_once(algorithm: str) -> None:
    city = City(algorithm=algorithm)
    entries, first, second = halves(city)
    assert city.key.startswith(algorithm or "sm2")
    status, said = city.post(1, first)
    assert (status, said["code"], said["n_new"]) == (200, "taken", 3)
    assert city.post(2, second)[0] == 200
    for number, body in ((1, first), (2, second), (1, first)):
        status, said = city.post(number, body)
        assert (status, said["code"], said["last"]["number"]) == (200, "known", 2)
    taken = TakenEntry.objects.order_by("id")
    assert [entry.hash for entry in taken] == [entry.hash for entry in entries]
    assert [entry_hash(entry) for entry in taken] == [entry.hash for entry in entries]
    assert {case.uid for case in TakenCase.objects.all()} == {e.case_uid for e in entries}
    assert (Node.objects.get().n_entries, list(queries.prove())) == (len(entries), [])
    assert not BatchRefusal.objects.exists()


def test_a_gap_and_a_wrong_order_are_answered_with_what_comes_first() -> None:
    city = City()
    _entries, first, second = halves(city)
    status, said = city.post(2, second)
    assert (status, said["code"], said["last"]) == (409, "gap", {"number": 0, "digest": ""})
    assert city.post(1, first)[0] == 200
    assert city.post(3, city.body(3, "0" * 64, []))[1]["code"] == "gap"
    assert city.post(2, second)[1]["code"] == "taken"
    assert Node.objects.get().refused_at is None


def test_a_batch_signed_by_another_key_is_refused_and_shown() -> None:
    city = City()
    entries = ledger_of()
    body = city.body(1, "", entries)
    status, said = city.post(1, body, key=crypto.new_signing_key())
    assert (status, said["code"]) == (403, "forged")
    assert_nothing_taken("forged")
    assert queries.standing(Node.objects.get()) != queries.REFUSED, "a stranger spoils nothing"
    for signature in ("", "AAAA", "不", "=" * 300):
        assert city.raw(1, signature, wire.pack(body))[0] == 403


def test_a_body_changed_on_the_way_is_refused() -> None:
    city = City()
    body = city.body(1, "", ledger_of())
    changed = body.replace("海晏".encode(), "海宴".encode())
    assert changed != body
    assert city.post(1, body, sent=wire.pack(changed))[1]["code"] == "forged"
    assert_nothing_taken("forged")


def _alter(change: Callable[[dict[str, Any]], Any]) -> Callable[[bytes], bytes]:
    def apply(body: bytes) -> bytes:
        said = json.loads(body)
        change(said)
        return json.dumps(said).encode()

    return apply


ALTERED = {
    "another actor": lambda said: said["entries"][2].update(actor_label="某人"),
    "another time": lambda said: said["entries"][2].update(at="2026-06-11T02:00:00+00:00"),
    "an entry left out": lambda said: said["entries"].pop(1),
    "an answer changed": lambda said: said["entries"][2].update(data={"grade": "general"}),
    "a case that says more": lambda said: said["cases"][0].update(state="closed", head="0" * 64),
    "a case behind its entries": lambda said: said["cases"][0].update(version=1),
    "a first entry that follows another": lambda said: said["entries"][0].update(prev="0" * 64),
}


@pytest.mark.parametrize("name", ALTERED)
def test_what_the_node_itself_altered_is_refused_by_the_chain(name: str) -> None:
    city = City()
    body = _alter(ALTERED[name])(city.body(1, "", ledger_of(("ordered",))))
    status, said = city.post(1, body)
    assert (status, said["code"]) == (422, "altered"), said
    assert_nothing_taken("altered")
    assert queries.standing(Node.objects.get()) == queries.REFUSED


BAD = {
    "no json": lambda said: b"{",
    "unknown field": _alter(lambda said: said.update(x=1)),
    "wrong node": _alter(lambda said: said.update(node="9902")),
    "wrong number": _alter(lambda said: said.update(number=7)),
    "future format": _alter(lambda said: said.update(format=2)),
    "long word": _alter(lambda said: said["entries"][0].update(kind="x" * 49)),
    "nul": _alter(lambda said: said["entries"][0].update(actor_label="a\0b")),
    "twice": _alter(lambda said: said["entries"].append(said["entries"][0])),
    "huge number": _alter(lambda said: said["entries"][0].update(seq=2**40)),
    "no zone": _alter(lambda said: said["entries"][0].update(at="2026-06-11T02:00:00")),
    "case of nobody": _alter(lambda said: said["cases"][0].update(uid=str(uuid4()))),
    "deep": _alter(lambda said: said["entries"][0].update(data=_deep())),
}


def _deep() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(500):
        made = {"a": made}
    return made


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_refused_in_words(name: str) -> None:
    city = City()
    status, said = city.post(1, BAD[name](city.body(1, "", ledger_of(("found",)))))
    assert (status, said["code"]) == (422, "bad_batch"), said
    assert said["detail"]
    assert_nothing_taken("bad_batch")


def test_what_is_no_batch_at_all_is_answered() -> None:
    city = City()
    bomb = wire.pack(b"0" * (wire.MOST_BODY + 1))
    for sent in (b"", b"x", wire.pack(b"{}")[:-3], bomb, wire.pack(b"{}") + b"x"):
        assert city.raw(1, "AAAA", sent)[1]["code"] in ("bad_batch", "forged")
    for number in ("", "-1", "x", "9" * 30, "²"):
        assert city.raw(number, "AAAA", b"x")[0] == 422
    assert city.client.get(DOOR).status_code == 405
    city.code = "nobody"
    assert city.raw(1, "AAAA", b"x")[0] == 403
    assert not TakenEntry.objects.exists()


def test_a_flood_of_refusals_is_not_written_down_without_end() -> None:
    city = City()
    for n in range(80):
        city.raw(1, "AAAA", wire.pack(b"%d" % n))
    assert BatchRefusal.objects.count() == 60


def test_another_region_is_refused() -> None:
    city = City()
    entries = ledger_of(("found",))
    Node.objects.update(region="9902")
    assert city.post(1, city.body(1, "", entries))[1]["code"] == "outside"
    assert_nothing_taken("outside")


def test_a_node_restored_from_a_backup_is_refused_and_shown() -> None:
    """It goes on from batch 1 with other work; the upper node holds batches 2 that it has forgotten."""
    city = City()
    entries, first, second = halves(city)
    city.post(1, first)
    city.post(2, second)
    other = city.body(2, wire.digest_of(first), entries[3:5])
    status, said = city.post(2, other)
    assert (status, said["code"], said["last"]["number"]) == (409, "fork", 2)
    third = city.body(3, wire.digest_of(other), entries[5:])
    assert city.post(3, third)[1]["code"] == "fork"
    node = Node.objects.get()
    assert (queries.standing(node), node.n_entries) == (queries.REFUSED, len(entries))
    assert list(queries.prove()) == []


def test_two_histories_of_one_case_are_a_fork() -> None:
    city = City()
    entries = ledger_of(("ordered",))
    first = city.body(1, "", entries[:2], [])
    assert city.post(1, first)[0] == 200
    again = Entry.objects.get(pk=entries[1].pk)
    again.uid, again.actor_label = uuid4(), "另一人"
    again.hash = entry_hash(again)
    second = city.body(2, wire.digest_of(first), [again], [])
    assert city.post(2, second)[1]["code"] == "fork"
    assert TakenEntry.objects.count() == 2


def test_a_node_registered_anew_goes_on_and_doubles_nothing() -> None:
    """After a restore: the old node is ended, a new code sends everything; what is here is not taken twice."""
    city = City()
    entries, first, _second = halves(city)
    city.post(1, first)
    actions.end_node(city.node, "由备份恢复")
    assert city.post(2, first)[0] == 403
    new = City("9901-2")
    status, said = new.post(1, new.body(1, "", entries))
    assert (status, said["n_new"]) == (200, len(entries) - 3), said
    assert TakenEntry.objects.count() == len(entries)
    assert list(queries.prove()) == []


def test_late_nodes_are_shown_until_they_report() -> None:
    with clock.at(f.NOW):
        city = City()
        assert queries.standing(city.node) == queries.NEVER
        body = city.body(1, "", [])
    with clock.at(f.NOW + timedelta(hours=25)):
        assert queries.standing(Node.objects.get()) == queries.LATE
        assert Node.objects.filter(queries.is_late()).exists()
        assert city.post(1, body)[1]["code"] == "taken", "an empty batch is a report too"
        assert queries.standing(Node.objects.get()) == queries.GOOD


@pytest.mark.django_db(transaction=True)
def test_what_was_taken_cannot_be_changed_and_a_change_is_found() -> None:
    from xiangling.kernel import triggers

    city = City()
    city.post(1, city.body(1, "", ledger_of(("ordered",))))
    for model in (TakenEntry, TakenBatch, TakenCase):
        for attempt in (model.objects.all().delete, lambda m=model: m.objects.update(node=None)):
            with pytest.raises(DatabaseError), transaction.atomic():
                attempt()
    assert list(queries.prove()) == []
    with triggers.lifted():
        TakenEntry.objects.filter(seq=2).update(actor_label="某人")
    (line,) = queries.prove()
    assert "entry 2" in line


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"code": "x"}, "2 to 24"),
        ({"name": " "}, "name"),
        ({"region": "99"}, "division code"),
        ({"every_hours": 0}, "744"),
        ({"key": "sm2:xx"}, "key"),
        ({"key": "rsa:AAAA"}, "key"),
    ],
)
def test_a_node_is_registered_with_sense(facts: dict[str, Any], said: str) -> None:
    good = {
        "code": "9901", "name": "测试市", "region": "9901",
        "key": crypto.public_key(crypto.new_signing_key()), "every_hours": 24,
    }  # fmt: skip
    given = {**good, **facts}
    with pytest.raises(actions.CannotRegister, match=said):
        actions.add_node(given.pop("code"), given.pop("name"), **given)
    actions.add_node(good.pop("code"), good.pop("name"), **good)
    with pytest.raises(actions.CannotRegister, match="already"):
        actions.add_node("9901", "测试市", **good)

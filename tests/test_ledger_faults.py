"""The ledger under fire: races, kill -9, jumping clocks, replays and a rogue administrator."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from tests import factories as f
from xiangling.apps.hazards.models import Hazard
from xiangling.kernel import clock, engine, ledger, sweep, triggers
from xiangling.kernel.models import Docket, Entry, Notice, Refusal, Seal
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import unscoped, use
from xiangling.kernel.testing import check_promises

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> f.World:
    return f.make_world()


def at_once(n: int, work: Callable[[int], Any]) -> list[Any]:
    """Do `work(0..n-1)` in threads that start together; results or exceptions, in order."""
    gate, found = threading.Barrier(n), [None] * n

    def run(index: int) -> None:
        try:
            gate.wait(20)
            found[index] = work(index)
        except Exception as error:  # noqa: BLE001 - handed to the test
            found[index] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


# --- races --------------------------------------------------------------------------------------


def test_two_clerks_at_once_one_wins_and_the_other_is_told(world: f.World) -> None:
    hazard = f.report(world)
    actors = [world.actor("inspector", f.START), world.actor("department", f.START)]
    seen = hazard.version

    def grade(index: int) -> Entry:
        mine = Hazard._base_manager.get(pk=hazard.pk)
        actor = actors[index % 2]
        with clock.at(f.NOW), use(actor.scope):
            return engine.move(mine, "grade", actor=actor, data={"grade": "general"}, version=seen)

    found = at_once(6, grade)
    assert sum(isinstance(result, Entry) for result in found) == 1, found
    losers = [result for result in found if not isinstance(result, Entry)]
    assert all(isinstance(loser, Refused) and loser.code == "changed" for loser in losers), found
    winner = next(result for result in found if isinstance(result, Entry))
    assert all(winner.actor_label in str(loser) for loser in losers)
    assert Refusal.objects.filter(case_uid=hazard.uid, code="changed").count() == 5
    check_promises(hazard)


def test_one_request_sent_many_times_is_one_move(world: f.World) -> None:
    hazard, uid = f.report(world), uuid4()
    actor = world.actor("inspector", f.START)

    def grade(_index: int) -> int:
        mine = Hazard._base_manager.get(pk=hazard.pk)
        with clock.at(f.NOW), use(actor.scope):
            return engine.move(mine, "grade", actor=actor, data={"grade": "general"}, uid=uid).pk

    found = at_once(6, grade)
    assert len(set(found)) == 1, found
    assert Entry.objects.filter(case_uid=hazard.uid).count() == 2


def test_one_report_sent_many_times_is_one_hazard(world: f.World) -> None:
    from xiangling.apps.hazards import actions

    uid, actor = uuid4(), world.actor("inspector", f.START)
    facts = {"text": "配电箱未接地", "source": "inspection", "found_at": f.NOW}

    def report(_index: int) -> Any:
        with clock.at(f.NOW), use(actor.scope):
            return actions.report_hazard(
                dict(facts), object_uid=world.firm.uid, actor=actor, uid=uid
            ).code

    found = at_once(5, report)
    codes = {code for code in found if isinstance(code, str)}
    assert len(codes) == 1, found
    assert all(isinstance(code, str) for code in found), found
    with unscoped("test"):
        assert Hazard.objects.count() == 1


def test_numbers_are_never_given_twice(world: f.World) -> None:
    actor = world.actor("inspector", f.START)

    def report(index: int) -> Any:
        from xiangling.apps.hazards import actions

        with clock.at(f.NOW), use(actor.scope):
            facts = {"text": f"第{index}处", "source": "inspection", "found_at": f.NOW}
            return actions.report_hazard(facts, object_uid=world.firm.uid, actor=actor).code

    found = at_once(8, report)
    assert len(set(found)) == 8, found


def test_several_sweeps_fire_each_rung_once(world: f.World) -> None:
    hazards = [f.to_state(world, "fixing", seed=300 + 10 * n) for n in range(4)]
    late = f.NOW + timedelta(days=40)
    at_once(4, lambda _index: sweep.sweep(late))
    with unscoped("test"):
        for hazard in hazards:
            rungs = [
                entry.data["rung"]
                for entry in Entry.objects.filter(case_uid=hazard.uid, step="").order_by("seq")
            ]
            assert rungs == sorted(set(rungs)), "a rung fired twice or out of order"
            assert rungs == [0, 1, 2, 3]
            check_promises(hazard)
    assert not Docket._base_manager.filter(alarm_at__lte=late).exists()


# --- clocks -------------------------------------------------------------------------------------


def test_the_ladder_climbs_to_the_next_level_and_shows_on_the_record(world: f.World) -> None:
    hazard = f.to_state(world, "fixing", seed=400)
    due = hazard.due_at
    steps = {
        due - timedelta(days=3): [],
        due - timedelta(days=1): ["hazard.reminded"],
        due + timedelta(minutes=1): ["hazard.reminded", "hazard.fell_overdue"],
    }
    for moment, wanted in steps.items():
        sweep.sweep(moment)
        fired = Entry.objects.filter(case_uid=hazard.uid, step="").order_by("seq")
        assert list(fired.values_list("kind", flat=True)) == wanted
    sweep.sweep(due + timedelta(days=30))
    last = Entry.objects.filter(case_uid=hazard.uid).order_by("-seq").first()
    assert last.kind == "hazard.escalated_city"
    assert any("测试市安委办" in name for name in last.data["told"])
    city_post = world.people["city"].holdings.get().post_id
    assert Notice.objects.filter(post=city_post, case_uid=hazard.uid).exists()
    assert sweep.sweep(due + timedelta(days=60)) == 0


def test_a_clock_that_jumps_back_does_not_turn_time_round(world: f.World) -> None:
    hazard = f.to_state(world, "ordered")
    f.step(world, hazard, "start", "owner", f.NOW - timedelta(days=30))
    times = list(
        Entry.objects.filter(case_uid=hazard.uid).order_by("seq").values_list("at", flat=True)
    )
    assert times == sorted(times)
    assert ledger.verify_case(hazard) is None


# --- kill -9 ------------------------------------------------------------------------------------

MOVER = """
import django; django.setup()
from tests import factories as f
from xiangling.apps.hazards.models import Hazard
from xiangling.kernel import clock, engine
from xiangling.kernel.scope import use
from xiangling.org.actors import actor_for, holdings_of
from xiangling.org.models import Person
person = Person.objects.get(username="inspector")
actor = actor_for(holdings_of(person, f.START)[0], f.START)
with use(actor.scope), clock.at(f.NOW):
    for hazard in Hazard.objects.filter(state="found").order_by("id"):
        engine.move(hazard, "grade", actor=actor, data={"grade": "general"})
        print(hazard.code, flush=True)
"""


def test_killed_in_the_middle_of_moves_nothing_is_half_done(
    world: f.World, installation: dict[str, str]
) -> None:
    for n in range(60):
        f.report(world, text=f"第{n}处隐患")
    for kill_after in (3, 9, 17):
        process = subprocess.Popen(
            [sys.executable, "-c", MOVER],
            env={**installation, "DJANGO_SETTINGS_MODULE": "xiangling.config.settings"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        for _ in range(kill_after):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    with unscoped("test"):
        hazards = list(Hazard.objects.all())
        for hazard in hazards:
            check_promises(hazard)
            steps = Entry.objects.filter(case_uid=hazard.uid).count()
            assert steps == (2 if hazard.state == "graded" else 1)
        graded = sum(hazard.state == "graded" for hazard in hazards)
        assert 29 <= graded < 60
        assert not [broken for broken in ledger.verify_all() if broken]


# --- a rogue administrator ----------------------------------------------------------------------


@pytest.mark.parametrize("table", triggers.IMMUTABLE)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_the_database_itself_refuses_changes(world: f.World, table: str, verb: str) -> None:
    hazard = f.to_state(world, "submitted", seed=500)
    with f.acting(world, "owner") as actor:
        with pytest.raises(Refused):
            engine.move(hazard, "close", actor=actor)
        ledger.record_access(actor, "see", kind="hazard", uid=hazard.uid)
        ledger.record_edit(world.firm, actor=actor, before={"name": "旧名"})
    ledger.seal_day(f.NOW + timedelta(days=1))
    name = f"kernel_{table.lower()}"
    sql = f"DELETE FROM {name}" if verb == "DELETE" else f"UPDATE {name} SET id = id"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(sql)


def tampered(sql: str, params: list[Any]) -> list[str]:
    """What verify says after an administrator took the guards down and ran some SQL."""
    with triggers.lifted(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        assert cursor.rowcount == 1
    with unscoped("test"):
        return [str(broken) for broken in ledger.verify_all() if broken]


def test_verify_names_the_first_broken_entry(world: f.World) -> None:
    hazard = f.to_state(world, "closed", seed=600)
    f.to_state(world, "closed", seed=620)
    entry = Entry.objects.get(case_uid=hazard.uid, seq=3)
    sql = "UPDATE kernel_entry SET actor_label = %s WHERE id = %s"
    found = tampered(sql, ["别人", entry.pk])
    assert len(found) == 1
    assert str(hazard.uid) in found[0]
    assert "entry 3" in found[0]


def test_verify_finds_a_removed_last_entry_a_changed_state_and_a_changed_seal(
    world: f.World,
) -> None:
    hazard = f.to_state(world, "accepted", seed=640)
    assert ledger.seal_day(f.NOW + timedelta(days=1)) is not None
    found = tampered("UPDATE hazards_hazard SET state = %s WHERE id = %s", ["closed", hazard.pk])
    assert any("the case says closed" in line for line in found)
    Hazard._base_manager.filter(pk=hazard.pk).update(state="accepted")
    found = tampered("UPDATE kernel_seal SET n_entries = %s WHERE id > %s", [1, 0])
    assert any("seal" in line for line in found)


def test_verify_finds_a_rewritten_chain_by_its_seal(world: f.World) -> None:
    """Whoever rewrites an entry and every hash after it still meets the day's seal."""
    hazard = f.to_state(world, "graded", seed=660)
    assert ledger.seal_day(f.NOW + timedelta(days=1)) is not None
    entries = list(Entry.objects.filter(case_uid=hazard.uid).order_by("seq"))
    entries[1].actor_label = "别人"
    entries[1].hash = ledger.entry_hash(entries[1])
    with triggers.lifted():
        entries[1].save()
        Hazard._base_manager.filter(pk=hazard.pk).update(head=entries[1].hash)
    with unscoped("test"):
        found = [str(broken) for broken in ledger.verify_all() if broken]
    assert found
    assert all("seal" in line for line in found)


def test_late_records_are_sealed_with_the_day_they_arrive(world: f.World) -> None:
    f.to_state(world, "graded", seed=680)
    first = ledger.seal_day(f.NOW + timedelta(days=1))
    assert first is not None
    assert ledger.seal_day(f.NOW + timedelta(days=1)) is None
    f.report(world, text="补录", at=f.NOW - timedelta(days=5))
    second = ledger.seal_day(f.NOW + timedelta(days=2))
    assert second is not None
    assert (second.prev, second.n_entries) == (first.hash, 1)
    assert Seal.objects.count() == 2
    assert not [broken for broken in ledger.verify_seals() if broken]


def test_many_chains_are_proved_quickly(world: f.World) -> None:
    """Not timed: it must only be a bounded number of queries, whatever the number of chains."""
    for n in range(12):
        f.report(world, text=f"第{n}处")
    from django.test.utils import CaptureQueriesContext

    with unscoped("test"), CaptureQueriesContext(connection) as queries:
        assert sum(1 for _result in ledger.verify_all()) == 12
    assert len(queries) < 12

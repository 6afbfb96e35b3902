"""Tasks: the inherited matrices, and what is special to them (R-004, R-015, R-016, R-025)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories as f
from xiangling.apps.directives import actions, queries, rules, terms
from xiangling.apps.directives.lists import TaskLedger
from xiangling.apps.directives.models import Recurrence, Task
from xiangling.apps.directives.tests.making import assign, make, paper, submit
from xiangling.kernel import clock, jobs
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Case, Docket, Entry, Notice
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.kernel.scope import unscoped
from xiangling.kernel.testing import ListTests, LoopTests, check_promises
from xiangling.org.models import Holding

pytestmark = pytest.mark.django_db
LATER = f.NOW + timedelta(hours=4)


class InWorld:
    world: f.World

    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        self.world = f.make_world()

    def personas(self) -> Mapping[str, Callable[[], AbstractContextManager[Actor]]]:
        keys = [*f.ROLES, "outsider", "far_owner", "city"]
        return {key: partial(f.acting, self.world, key, LATER) for key in keys}


class TestTaskLoop(InWorld, LoopTests):
    kind = "task"

    def make(self, state: str) -> Case:
        return make(self.world, state)


class TestTaskLedger(InWorld, ListTests):
    key = "tasks"

    def actor(self) -> AbstractContextManager[Actor]:
        return f.acting(self.world, "committee", LATER)

    def make_rows(self) -> int:
        states = ("assigned", "doing", "submitted", "done", "disputed", "skipped", "withdrawn")
        for state in states:
            make(self.world, state)
        return len(states)


# --- giving out ---------------------------------------------------------------------------------


def test_whoever_gets_a_task_is_told_and_has_it_on_the_list() -> None:
    world = f.make_world()
    task = assign(world)
    post = Holding.objects.get(person=world.people["inspector"]).post_id
    assert post in Notice.objects.filter(case_uid=task.uid).values_list("post", flat=True)
    assert Docket._base_manager.get(case_uid=task.uid).holder_unit == world.units["station"].pk


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("due_on", {"due_on": date(2026, 6, 9)}),
        ("checker", {"checker": "station"}),
        ("checker", {"checker": "far_station"}),
        ("checker", {"checker": "audit"}),
        ("sector", {"unit": "bureau", "sector": "gas"}),
        ("unit", {"unit": "audit"}),
        ("proof_kind", {"proof_kind": "meeting"}),
        ("proof_kind", {"proof_kind": "report"}),
        ("proof_kind", {"proof_kind": "nothing"}),
    ],
)
def test_a_task_that_could_not_be_done_checked_or_proven_is_not_given(
    field: str, changes: dict[str, Any]
) -> None:
    world = f.make_world()
    if "unit" in changes and changes["unit"] == "audit":
        by, changes = "city", {**changes, "checker": "city_office"}
    else:
        by = "committee"
    for key in ("unit", "checker"):
        if key in changes:
            changes = {**changes, key: world.units[changes[key]].pk}
    with pytest.raises(Refused) as caught:
        assign(world, by, **changes)
    assert field in caught.value.fields
    assert not Task._base_manager.exists()


def test_nobody_gives_tasks_beyond_their_area() -> None:
    world = f.make_world()
    far = {"unit": world.units["far_station"].pk, "checker": world.units["west_office"].pk}
    with pytest.raises(OutOfScope):
        assign(world, "committee", **far)


# --- proof (R-015) ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["report", "meeting", "study", "brief"])
def test_a_report_or_a_meeting_never_finishes_a_task(kind: str) -> None:
    world = f.make_world()
    task = make(world, "doing")
    with pytest.raises(Refused) as caught:
        f.step(world, task, "submit", "inspector", f.NOW, paper(), done="已开会", proof_given=kind)
    assert caught.value.code == "not_proof"
    assert str(caught.value.why)
    f.step(world, task, "progress", "inspector", text="已开会部署")
    assert task.state == "doing"


@pytest.mark.parametrize(("kind", "proofs"), [("record", ()), ("site_photo", paper())])
def test_words_alone_and_the_wrong_file_are_no_proof(kind: str, proofs: Any) -> None:
    world = f.make_world()
    task = make(world, "doing")
    with pytest.raises(Refused) as caught:
        f.step(world, task, "submit", "inspector", f.NOW, proofs, done="已办", proof_given=kind)
    assert caught.value.code == "no_proof"


def test_a_photo_from_before_the_task_is_no_proof() -> None:
    world = f.make_world()
    task = make(world, "doing")
    old = f.NOW - timedelta(days=3)
    photo = lambda actor: [f.stored(61, actor, "site", taken=old)]  # noqa: E731
    with pytest.raises(Refused) as caught:
        f.step(
            world, task, "submit", "inspector", f.NOW, photo, done="已办", proof_given="site_photo"
        )
    assert caught.value.code == "photo_old"


# --- whose task it is ---------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["committee", "department", "city"])
def test_only_the_doer_takes_it_on(by: str) -> None:
    world = f.make_world()
    task = assign(world, sector="fire")
    with pytest.raises(Refused) as caught:
        f.step(world, task, "accept", by, doer_person="某人")
    assert caught.value.code == "other_unit"
    assert "港口镇应急站" in str(caught.value.ask)


def test_a_disputed_task_goes_where_the_issuer_decides() -> None:
    world = f.make_world()
    task = assign(world, sector="fire")
    f.step(world, task, "dispute", "inspector", reason="属消防部门")
    with pytest.raises(Refused):
        f.step(world, task, "rule", "inspector", unit=world.units["bureau"].pk, reason="转")
    f.step(world, task, "rule", "committee", unit=world.units["bureau"].pk, reason="由该局承办")
    assert (task.state, task.unit_id, task.region[:6]) == (
        "assigned",
        world.units["bureau"].pk,
        "990101",
    )
    check_promises(task)
    f.step(world, task, "accept", "department", doer_person="科长")


def test_both_sides_learn_that_it_is_late() -> None:
    """R-004: past due alerts doer and checker."""
    world = f.make_world()
    task = make(world, "doing")
    after = clock.end_of(task.due_on) + timedelta(hours=1)
    with clock.at(after):
        while jobs.tick("test"):
            pass
    told = set(
        Notice.objects.filter(case_uid=task.uid, entry_kind="task.fell_overdue").values_list(
            "post", flat=True
        )
    )
    posts = {
        key: Holding.objects.get(person=world.people[key]).post_id
        for key in ("inspector", "committee")
    }
    assert set(posts.values()) <= told


# --- shares (R-025) -----------------------------------------------------------------------------


def _split(world: f.World, lines: str, **more: Any) -> Task:
    task = assign(
        world, "city", unit=world.units["office"].pk, checker=world.units["city_office"].pk
    )
    f.step(world, task, "accept", "committee", doer_person="科员")
    due = more.pop("due_on", task.due_on)
    f.step(world, task, "split", "committee", parts=lines, due_on=due)
    return task


def test_shares_become_tasks_of_the_lower_units_and_hold_the_whole_back() -> None:
    world = f.make_world()
    task = _split(world, "港口镇应急站 60\n海晏五金有限公司 40%")
    with unscoped("test"):
        parts = list(task.parts.order_by("id"))
    assert [part.share for part in parts] == [Decimal(60), Decimal(40)]
    assert all(part.checker_id == world.units["office"].pk for part in parts)
    with pytest.raises(Refused) as caught:
        f.step(
            world, task, "submit", "committee", f.NOW, paper(), done="完成", proof_given="record"
        )
    assert caught.value.code == "parts_open"
    f.step(world, parts[1], "accept", "owner", doer_person="总经理")
    f.step(world, parts[0], "accept", "inspector", doer_person="安监员")
    for part, by in ((parts[0], "inspector"), (parts[1], "owner")):
        submit(world, part, by)
        f.step(world, part, "pass", "committee2", opinion="属实")
    submit(world, task, "committee")
    assert task.state == "submitted"


def test_withdrawing_the_whole_withdraws_its_parts() -> None:
    world = f.make_world()
    task = _split(world, "港口镇应急站 60\n海晏五金有限公司 40")
    f.step(world, task, "withdraw", "city", reason="上级调整")
    with unscoped("test"):
        assert {part.state for part in task.parts.all()} == {"withdrawn"}
        assert not Docket.objects.filter(case_kind="task").exists()


@pytest.mark.parametrize(
    "lines",
    [
        "港口镇应急站 60",
        "港口镇应急站 60\n海晏五金有限公司 41",
        "港口镇应急站 50\n港口镇应急站 50",
        "山前镇应急站 100",
        "港口镇应急站 百分之百",
        "港口镇应急站 NaN",
        "港口镇应急站 -5\n海晏五金有限公司 105",
        "港口镇应急站 33.333\n海晏五金有限公司 66.667",
        "100",
    ],
)
def test_shares_that_do_not_fit_are_refused_with_the_line(lines: str) -> None:
    world = f.make_world()
    with pytest.raises(Refused) as caught:
        _split(world, lines)
    assert "parts" in caught.value.fields
    assert Task._base_manager.count() == 1


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(shares=st.lists(st.decimals("0.01", "100", places=2), min_size=1, max_size=3))
def test_a_split_is_taken_exactly_when_its_shares_sum_to_the_whole(
    shares: list[Decimal], split_world: f.World
) -> None:
    names = ["港口镇应急站", "海晏五金有限公司", "东区应急管理局"][: len(shares)]
    text = "\n".join(f"{name} {share}" for name, share in zip(names, shares, strict=True))
    unit = split_world.units["office"]
    with f.acting(split_world, "committee"):
        try:
            found = rules.read_parts(text, unit)
        except Refused:
            assert sum(shares) != 100
        else:
            assert sum(part.share for part in found) == 100 == sum(shares)


@pytest.fixture
def split_world() -> f.World:
    return f.make_world()


def test_the_proposal_of_a_split_can_be_sent_as_it_stands() -> None:
    world = f.make_world()
    task = assign(
        world, "city", unit=world.units["office"].pk, checker=world.units["city_office"].pk
    )
    with f.acting(world, "committee") as actor:
        text = queries.split_proposal(task, actor)
        assert len(rules.read_parts(text, task.unit)) == 2


# --- standing duties (R-016, S17) ---------------------------------------------------------------


def _standing(world: f.World, due: date) -> Task:
    row = actions.start_recurrence("month", due)
    return assign(world, recurrence=row, due_on=due)


def _tick(day: date) -> None:
    with clock.at(clock.end_of(day)):
        while jobs.tick("test"):
            pass


def test_a_standing_duty_makes_its_next_task_whether_or_not_the_last_was_done() -> None:
    world = f.make_world()
    task = _standing(world, date(2026, 6, 30))
    _tick(date(2026, 6, 29))
    assert Task._base_manager.count() == 1
    _tick(date(2026, 7, 1))
    _tick(date(2026, 7, 2))
    assert list(Task._base_manager.order_by("id").values_list("due_on", flat=True)) == [
        date(2026, 6, 30),
        date(2026, 7, 31),
    ]
    with unscoped("test"):
        row = Recurrence.objects.get()
        assert queries.periods_missed(row, row.tasks.all(), date(2026, 7, 2)) == [date(2026, 6, 30)]
        later = Task.objects.latest("id")
    assert later.issuer_id == task.issuer_id
    check_promises(later)
    assert Entry.objects.get(case_uid=later.uid, seq=1).actor_label == "值守程序"


def test_periods_that_passed_while_nobody_worked_are_listed_and_not_doubled() -> None:
    world = f.make_world()
    _standing(world, date(2026, 6, 30))
    _tick(date(2026, 10, 15))
    dues = list(Task._base_manager.order_by("id").values_list("due_on", flat=True))
    assert dues == [date(2026, 6, 30), date(2026, 10, 31)]
    with unscoped("test"):
        row = Recurrence.objects.get()
        missed = queries.periods_missed(row, row.tasks.all(), date(2026, 10, 15))
    assert missed == [date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30)]


def test_an_ended_standing_duty_comes_round_no_more() -> None:
    world = f.make_world()
    task = _standing(world, date(2026, 6, 30))
    f.step(world, task, "end_cycle", "committee", reason="专项行动结束后另行部署")
    _tick(date(2026, 8, 1))
    assert Task._base_manager.count() == 1


@given(
    due=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    cycle=st.sampled_from(["week", "month", "quarter", "half", "year"]),
)
def test_periods_follow_each_other_without_a_gap(due: date, cycle: str) -> None:
    after = terms.next_period(due, cycle)
    longest = {"week": 7, "month": 31, "quarter": 92, "half": 184, "year": 366}[cycle]
    assert timedelta(days=longest - 3 if cycle != "week" else 7) <= after - due
    assert after - due <= timedelta(days=longest + 3)


# --- counts -------------------------------------------------------------------------------------


def test_filters_divide_the_ledger_without_rest() -> None:
    """Whatever is done to tasks, the counts by state and by doer sum to the ledger's."""
    world = f.make_world()
    dice = Random(7)
    states = ("assigned", "doing", "submitted", "done", "disputed", "withdrawn")
    found = TaskLedger()
    for _turn in range(12):
        make(world, dice.choice(states))
        with f.acting(world, "committee", LATER) as actor:
            whole = found.count(actor, {})[0]
            form = found.form_class(actor)()
            for key in ("state", "unit"):
                choices = [value for value, _label in form.fields[key].choices if value]
                assert whole == sum(found.count(actor, {key: value})[0] for value in choices)

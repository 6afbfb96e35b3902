"""Numbers under races and after a crash: each once, none lost, every one on a frozen paper."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests import factories as f
from xiangling.documents import checking
from xiangling.documents.models import Issued, Paper
from xiangling.documents.tests.making import draft, hazard_for, issue
from xiangling.kernel import clock, engine
from xiangling.kernel.models import Entry
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import use

pytestmark = pytest.mark.django_db(transaction=True)
LATER = f.NOW + timedelta(hours=4)

KILLED = """
import sys, time
import django
django.setup()
import typst
def hang(*args, **more):
    print("allotted", flush=True)
    time.sleep(600)
typst.compile = hang
from datetime import datetime
from xiangling.documents.models import Paper
from xiangling.kernel import clock, engine
from xiangling.kernel.actor import load
from xiangling.kernel.scope import use
paper, person, post, at = sys.argv[1:]
with clock.at(datetime.fromisoformat(at)):
    actor = load(int(person), int(post))
    with use(actor.scope):
        engine.move(Paper.objects.get(uid=paper), "issue", actor=actor)
"""
"""Issues a paper and stands still once its number is taken, before anything is set."""


def in_thread(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Refused as refusal:
        return refusal
    finally:
        connection.close()


def issuing(world: f.World, paper: Paper) -> Callable[[], Any]:
    actor = world.actor("inspector", clock.local_date(LATER))

    def work() -> Any:
        with clock.at(LATER), use(actor.scope):
            mine = Paper.objects.get(pk=paper.pk)
            engine.move(mine, "issue", actor=actor)
            return mine.number

    return work


def test_papers_issued_at_the_same_moment_have_numbers_of_their_own() -> None:
    world = f.make_world()
    hazard = hazard_for(world, "order")
    drafts = [draft(world, about=hazard) for _n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(in_thread, [issuing(world, paper) for paper in drafts]))
    assert sorted(numbers) == [f"东港应急责改〔2026〕{n}号" for n in range(1, 9)]
    assert sorted(Issued.objects.values_list("seq", flat=True)) == list(range(1, 9))
    assert all(checking.holds(issued) for issued in Issued.objects.select_related("paper"))


def test_one_draft_pressed_by_several_at_once_is_issued_once() -> None:
    world = f.make_world()
    paper = draft(world)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(in_thread, [issuing(world, paper)] * 4))
    assert [answer for answer in answers if isinstance(answer, str)] == ["东港应急责改〔2026〕1号"]
    assert {answer.code for answer in answers if isinstance(answer, Refused)} == {"wrong_state"}
    assert Issued.objects.count() == 1
    assert Entry.objects.filter(case_uid=paper.uid, step="issue").count() == 1


def test_killed_between_number_and_freezing_nothing_was_issued(
    installation: dict[str, str],
) -> None:
    world = f.make_world()
    first, second = draft(world), draft(world)
    actor = world.actor("inspector", clock.local_date(LATER))
    arguments = [str(first.uid), str(actor.person), str(actor.post), LATER.isoformat()]
    for _time in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, *arguments],
            env={**installation, "DJANGO_SETTINGS_MODULE": "xiangling.config.settings"},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "allotted\n"
            os.kill(process.pid, 9)
        first.refresh_from_db()
        assert (first.state, first.number) == ("draft", "")
        assert not Issued.objects.exists()
    assert issue(world, second).number == "东港应急责改〔2026〕1号"
    assert issue(world, first).number == "东港应急责改〔2026〕2号"
    assert all(checking.holds(issued) for issued in Issued.objects.select_related("paper"))

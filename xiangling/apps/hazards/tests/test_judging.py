"""Findings are stored at once and judged afterwards, each exactly once (R-083, R-085, R-174)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from tests import factories as f
from xiangling.apps.hazards import backfill, judging, queries, rejudging
from xiangling.apps.hazards.jobs import IMPORTER
from xiangling.apps.hazards.models import Decision, Handling, Hazard, Judged, TextSlice, Unjudged
from xiangling.kernel import clock, jobs, ledger, registry
from xiangling.kernel.imports import MERGED, NEW, Line
from xiangling.kernel.models import Entry, Job
from xiangling.kernel.scope import unscoped

pytestmark = pytest.mark.django_db
TEXTS = (
    "冲压车间3号冲床双手按钮被短接，单手即可启动",
    "喷漆房排风机未开启且无联锁装置",
    "喷漆房排风机未开启，且无联锁装置",
    "配电箱门缺失，带电体外露",
    "二层西侧疏散通道堆放纸箱",
)


@pytest.fixture
def world() -> Iterator[f.World]:
    made = f.make_world()
    with clock.at(f.NOW + timedelta(hours=1)):
        yield made


def take_in(world: f.World, *texts: str, first: int = 1) -> list[Hazard]:
    """Import findings at the test firm as the inspector does; in the order given."""
    with f.acting(world, "inspector", f.NOW + timedelta(hours=1)) as actor:
        lines = [
            Line(n, {"text": text, "object": world.firm.name, "external_id": str(n)}, f"x:{n}")
            for n, text in enumerate(texts, first)
        ]
        assert set(IMPORTER.take(lines, actor)) <= {NEW, MERGED}
    with unscoped("test"):
        wanted = [str(n) for n in range(first, first + len(texts))]
        return list(Hazard.objects.filter(external_id__in=wanted).order_by("pk"))


def work() -> None:
    while jobs.tick("test"):
        pass


def judgements(hazard: Hazard) -> list[Entry]:
    return list(Entry.objects.filter(case_uid=hazard.uid, kind="hazard.judged"))


def assert_judged_once(hazards: list[Hazard]) -> None:
    assert not Unjudged.objects.exists()
    for hazard in hazards:
        hazard.refresh_from_db()
        (entry,) = judgements(hazard)
        row = Judged.objects.get(hazard=hazard)
        assert (entry.actor_person, entry.source, entry.target) == (None, "found", "found")
        assert entry.data["judgement"] == row.answer
        assert TextSlice.objects.filter(hazard=hazard).exists()
        assert ledger.verify_case(hazard) is None


def test_an_import_stores_first_and_queues_the_judge(world: f.World) -> None:
    rows = take_in(world, *TEXTS)
    job = Job.objects.get(kind=judging.KIND)
    assert (job.state, job.person) == ("queued", world.people["inspector"].pk)
    assert Unjudged.objects.count() == Handling.objects.count() == len(TEXTS)
    assert not Judged.objects.exists()
    assert not TextSlice.objects.exists()
    assert "judgement" not in Entry.objects.get(case_uid=rows[0].uid).data
    work()
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", len(TEXTS), len(TEXTS))
    assert str(len(TEXTS)) in job.message
    assert_judged_once(rows)
    copies = dict(Judged.objects.values_list("hazard", "copy_of"))
    assert copies == {row.pk: rows[1].pk if row == rows[2] else None for row in rows}


def test_the_import_and_the_job_repeated_judge_nothing_twice(world: f.World) -> None:
    rows = take_in(world, *TEXTS)
    work()
    again = take_in(world, *TEXTS)
    assert again == rows
    assert not Job.objects.exclude(state="done").exists(), "nothing new, nothing to judge"
    with f.acting(world, "inspector") as actor:
        judging.start_if_needed(actor)
    work()
    assert_judged_once(rows)


def test_one_job_waits_for_many_batches(world: f.World) -> None:
    rows = take_in(world, *TEXTS[:2]) + take_in(world, *TEXTS[2:], first=3)
    assert Job.objects.filter(kind=judging.KIND).count() == 1
    work()
    assert_judged_once(rows)


def test_a_stopped_job_goes_on_where_it_was(
    world: f.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "BATCH", 2)
    rows = take_in(world, *TEXTS)
    job = Job.objects.get(kind=judging.KIND)
    whole = judging.judge

    def judge_and_stop(batch: list[Hazard]) -> None:
        whole(batch)
        jobs.stop(Job.objects.get(pk=job.pk))

    with monkeypatch.context() as patched:
        patched.setattr(judging, "judge", judge_and_stop)
        work()
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("stopped", 2, 5)
    assert Unjudged.objects.count() == 3
    jobs.resume(job)
    work()
    assert_judged_once(rows)


def test_a_batch_that_fails_leaves_nothing_half_judged(
    world: f.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = take_in(world, *TEXTS)
    monkeypatch.setattr(jobs.Run, "advance", _lost)
    work()
    assert Unjudged.objects.count() == len(TEXTS)
    assert not Judged.objects.exists()
    assert not judgements(rows[0])
    monkeypatch.undo()
    Job.objects.update(lease_until=clock.now() - jobs.LEASE)
    work()
    assert_judged_once(rows)


def _lost(run: jobs.Run, **_changes: object) -> None:
    raise jobs.LostLease(str(run.job.uid))


def test_pages_say_not_judged_yet(world: f.World, client: Client) -> None:
    rows = take_in(world, *TEXTS[:2])
    client.force_login(
        world.people["inspector"], backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    page = client.get(f"/hazard/{rows[0].uid}/").content.decode()
    assert "尚未研判" in page
    for verdict in ("major", "general", "unsure", "not_covered"):
        assert client.get(f"/hazards/?view=all&verdict={verdict}").context["page"]["rows"] == []
    assert len(client.get("/hazards/?view=all&verdict=later").context["page"]["rows"]) == 2
    work()
    page = client.get(f"/hazard/{rows[0].uid}/").content.decode()
    assert "尚未研判" not in page
    assert client.get("/hazards/?view=all&verdict=later").context["page"]["rows"] == []


def test_figures_name_how_many_are_not_judged(world: f.World, client: Client) -> None:
    take_in(world, *TEXTS[:2])
    client.force_login(
        world.people["committee"], backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    pages = ("/honesty/?begins=2026-06-01&ends=2026-06-11", "/honesty/overrules/")
    for page in pages:
        assert "尚未研判：2条" in client.get(page).content.decode()
    work()
    for page in pages:
        assert "尚未研判：" not in client.get(page).content.decode()


def test_judging_again_says_that_nothing_had_been_said(world: f.World) -> None:
    take_in(world, TEXTS[0])
    with unscoped("test"):
        (step,) = rejudging.steps()
    assert [change.was for change in step.changes] == [rejudging.NOT_JUDGED]


def test_a_grading_before_the_judgement_is_kept(world: f.World) -> None:
    graded, fixed = take_in(world, TEXTS[3], TEXTS[4])
    f.step(world, graded, "grade", "inspector", f.NOW + timedelta(hours=2), grade="general")
    work()
    row = Judged.objects.get(hazard=graded)
    entry = Entry.objects.get(case_uid=graded.uid, step="grade")
    assert row.answer == entry.data["judgement"]
    assert (row.decision, row.decided) == (entry.data["decision"]["decision"], "general")
    assert row.decided_by == world.people["inspector"].pk
    assert len(judgements(graded)) == 1
    assert Judged.objects.get(hazard=fixed).decision == ""


def test_a_fix_before_the_judgement_was_decided_without_a_suggestion(world: f.World) -> None:
    (hazard,) = take_in(world, TEXTS[4])
    photos = lambda actor: [f.stored(21, actor, "before"), f.stored(22, actor, "after")]  # noqa: E731
    f.step(
        world, hazard, "spot_fix", "inspector", f.NOW + timedelta(hours=2), photos,
        liable_person="陈工", measures="当场清理",
    )  # fmt: skip
    work()
    assert Judged.objects.get(hazard=hazard).decision == Decision.ALONE


def test_a_copy_reported_while_the_original_waits_is_found(world: f.World) -> None:
    (original,) = take_in(world, TEXTS[0])
    copy = f.report(world, text=TEXTS[0])
    assert Judged.objects.get(hazard=copy).copy_of is None
    work()
    row = Judged.objects.get(hazard=copy)
    assert (row.copy_of_id, row.likeness) == (original.pk, pytest.approx(1.0))
    assert Judged.objects.get(hazard=original).copy_of is None


def test_what_waits_is_not_read_as_of_an_older_version(world: f.World) -> None:
    take_in(world, TEXTS[0])
    assert not queries.unread().exists()
    assert backfill.start_if_needed() is None


def test_the_backfill_makes_what_the_job_made(world: f.World) -> None:
    rows = take_in(world, *TEXTS)
    f.step(world, rows[3], "grade", "inspector", f.NOW + timedelta(hours=2), grade="general")
    work()
    f.step(world, rows[0], "grade", "inspector", f.NOW + timedelta(hours=3), grade="general")

    def kept() -> list[object]:
        judged = Judged.objects.order_by("pk").values()
        slices = set(TextSlice.objects.values_list("band", "hazard"))
        return [
            [{**row, "judged_at": None} for row in judged],
            list(Handling.objects.order_by("pk").values()),
            slices,
        ]

    wanted = kept()
    for model in (Judged, Handling, TextSlice):
        model.objects.all().delete()
    assert backfill.start_if_needed() is not None
    work()
    assert kept() == wanted
    assert not Unjudged.objects.exists()


def test_the_kind_of_job_is_registered() -> None:
    assert judging.KIND in registry.shelf("jobs")

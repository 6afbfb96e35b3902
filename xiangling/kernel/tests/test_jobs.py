"""Long work under leases: claimed once, taken over, stopped, resumed, given up."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from xiangling.kernel import clock, jobs, registry
from xiangling.kernel.actor import system
from xiangling.kernel.models import Job, Series, WorkerBeat
from xiangling.kernel.refusal import Refused

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2026-06-10T10:00:00+08:00")
ACTOR = system("test", "test of jobs")
STEPS = 5


def count_up(run: jobs.Run) -> None:
    """A job of five steps, each a row; `fails_at` names a step at which it breaks, `words` how."""
    params = run.job.params
    for step in range(run.job.cursor.get("step", 0), STEPS):
        run.check_stop()
        if params.get("stops_at") == step and not run.job.counts:
            jobs.stop(run.job)
            run.advance(counts={"asked": 1})
            run.check_stop()
        if params.get("fails_at") == step:
            raise Refused("no", params["words"]) if params.get("words") else RuntimeError("broken")
        with transaction.atomic():
            Series.objects.create(key=f"step {step}", last=step)
            run.advance(done=step + 1, cursor={"step": step + 1})


def wait_for_renewal(run: jobs.Run) -> None:
    """A step that lasts until its lease has been renewed by somebody who gave a sign of life as well."""
    first, deadline = run.job.lease_until, time.monotonic() + 20
    while (
        Job.objects.get(pk=run.job.pk).lease_until == first
        or not WorkerBeat.objects.filter(name=run.worker).exists()
    ):
        assert time.monotonic() < deadline, "the lease was never renewed"
        time.sleep(0.01)


registry.add("jobs", "test.count", count_up)
registry.add("jobs", "test.slow", wait_for_renewal)


def started(**params) -> Job:
    with clock.at(NOW):
        return jobs.start("test.count", title="Counting", actor=ACTOR, params=params)


def carried(job: Job, worker: str = "a:1", now: datetime = NOW) -> Job:
    with clock.at(now):
        run = jobs.claim(worker, now)
        assert run is not None
        jobs.carry(run)
    job.refresh_from_db()
    return job


def one_step(run: jobs.Run) -> None:
    with transaction.atomic():
        Series.objects.create(key="step 0", last=0)
        run.advance(done=1, cursor={"step": 1})


def n_steps() -> int:
    return Series.objects.filter(key__startswith="step").count()


def test_a_job_runs_to_its_end():
    job = carried(started())
    assert (job.state, job.done, n_steps()) == ("done", STEPS, STEPS)
    assert job.finished_at == NOW


def test_a_kind_nobody_knows_is_not_queued():
    with pytest.raises(KeyError):
        jobs.start("no.such", title="", actor=ACTOR, params={})


def test_one_job_is_claimed_by_one_worker():
    started()
    assert jobs.claim("a:1", NOW) is not None
    assert jobs.claim("b:2", NOW) is None


def test_the_oldest_comes_first_and_one_can_be_asked_for():
    first, second = started(), started()
    asked = jobs.claim("a:1", NOW, second.uid)
    oldest = jobs.claim("b:2", NOW)
    assert asked is not None
    assert oldest is not None
    assert (asked.job.uid, oldest.job.uid) == (second.uid, first.uid)


def test_a_dead_workers_job_goes_on_where_it_was():
    job = started()
    with clock.at(NOW):
        one_step(jobs.claim("a:1", NOW))
    later = NOW + jobs.LEASE + timedelta(seconds=1)
    assert jobs.claim("b:2", NOW + jobs.LEASE - timedelta(seconds=1)) is None
    job = carried(job, "b:2", later)
    assert (job.state, job.lease_by, n_steps()) == ("done", "b:2", STEPS)


def test_whoever_lost_the_lease_commits_nothing():
    started()
    with clock.at(NOW):
        slow = jobs.claim("a:1", NOW)
        jobs.claim("b:2", NOW + jobs.LEASE * 2)
        with pytest.raises(jobs.LostLease):
            one_step(slow)
        assert n_steps() == 0
        jobs.carry(slow)
    assert n_steps() == 0
    assert Job.objects.get().lease_by == "b:2"
    assert Job.objects.get().state == "running"


def test_a_waiting_job_is_stopped_at_once():
    job = started()
    jobs.stop(job)
    job.refresh_from_db()
    assert job.state == "stopped"
    assert jobs.claim("a:1", NOW) is None


def test_a_running_job_stops_after_its_step_and_resumes_there():
    job = carried(started(stops_at=2))
    assert (job.state, n_steps(), job.wants_stop) == ("stopped", 2, False)
    jobs.resume(job)
    job = carried(job)
    assert (job.state, n_steps()) == ("done", STEPS)


def test_a_job_that_breaks_says_so_and_can_be_resumed():
    job = carried(started(fails_at=3))
    assert (job.state, n_steps()) == ("failed", 3)
    assert job.message
    assert "broken" not in job.message
    Job.objects.update(params={})
    jobs.resume(job)
    assert carried(job).state == "done"
    assert n_steps() == STEPS


def test_a_refusal_is_shown_in_its_own_words():
    assert carried(started(fails_at=0, words="Upload it again.")).message == "Upload it again."


def test_a_job_that_kills_its_workers_is_given_up():
    job, now = started(), NOW
    for _attempt in range(jobs.MAX_ATTEMPTS):
        assert jobs.claim("a:1", now) is not None
        now += jobs.LEASE * 2
    job = carried(job, "b:2", now)
    assert (job.state, n_steps()) == ("failed", 0)


def test_interruptions_with_progress_between_them_never_give_it_up():
    job, now = started(), NOW
    for step in range(STEPS):
        for _attempt in range(jobs.MAX_ATTEMPTS):
            run = jobs.claim("a:1", now)
            now += jobs.LEASE * 2
        with clock.at(now), transaction.atomic():
            Series.objects.create(key=f"step {step}", last=step)
            run.advance(done=step + 1, cursor={"step": step + 1})
        now += jobs.LEASE * 2
    assert carried(job, "b:2", now).state == "done"


def test_a_round_leaves_a_sign_of_life_and_does_one_job():
    started()
    with clock.at(NOW):
        assert jobs.tick("a:1") is True
        assert jobs.tick("a:1") is False
    assert WorkerBeat.objects.get(name="a:1").at == NOW


@pytest.mark.django_db(transaction=True)
def test_a_long_step_keeps_its_lease(monkeypatch):
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=0.5))
    job = jobs.start("test.slow", title="Slow", actor=ACTOR, params={})
    run = jobs.claim("a:1", clock.now())
    jobs.carry(run)
    job.refresh_from_db()
    assert job.state == "done"
    assert WorkerBeat.objects.filter(name="a:1").exists()

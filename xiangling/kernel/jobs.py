"""Long work: started from a page, carried by any worker, stopped, resumed and repeated safely.

A job is a row. A worker holds it under a lease that each step renews; when a worker dies the lease
runs out and the next worker goes on from the cursor that was committed with the work itself.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from . import clock, ledger, registry, sweep
from .actor import Actor
from .models import Job, WorkerBeat
from .refusal import Refused

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
MAX_ATTEMPTS = 5
"""Interruptions one after the other, with no progress between them, after which a job is given up."""
Handler = Callable[["Run"], None]


class LostLease(RuntimeError):
    """Another worker has taken this job over; what this one was about to commit is undone."""


class Stopped(Exception):
    """The person who started the job asked it to stop."""


class Ending(Exception):
    """This worker is going down; another goes on from the cursor."""


_ending = threading.Event()


class Run:
    """A worker's hold on a job, handed to its handler."""

    def __init__(self, job: Job, worker: str) -> None:
        self.job = job
        self.worker = worker

    def advance(self, **changes: Any) -> None:
        """Save progress (done, total, cursor, counts, result, message) and renew the lease.

        Call inside the transaction that does the work, so that both happen or neither. Raises
        LostLease, which undoes that transaction.
        """
        now = clock.now()
        mine = Job.objects.filter(pk=self.job.pk, lease_by=self.worker, state=Job.State.RUNNING)
        if not mine.update(lease_until=now + LEASE, attempts=0, **changes):
            raise LostLease(str(self.job.uid))
        for name, value in changes.items():
            setattr(self.job, name, value)

    def check_stop(self) -> None:
        """Raise Stopped if asked to, Ending if the worker goes down; call between two steps."""
        if _ending.is_set():
            raise Ending
        if Job.objects.filter(pk=self.job.pk, wants_stop=True).exists():
            raise Stopped


def start(
    kind: str, *, title: str, actor: Actor, params: dict[str, Any], total: int | None = None
) -> Job:
    """Queue a job. Raises KeyError for a kind nobody has registered."""
    if kind not in registry.shelf("jobs"):
        raise KeyError(kind)
    return Job.objects.create(
        kind=kind,
        title=title[:200],
        person=actor.person,
        post=actor.post,
        params=params,
        total=total,
        created_at=clock.now(),
    )


def stop(job: Job) -> None:
    """Ask a job to stop after the step under way; what is done stays done."""
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED)
    waiting.update(state=Job.State.STOPPED, finished_at=clock.now())
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(wants_stop=True)


def resume(job: Job) -> None:
    """Queue a stopped or failed job again; it goes on from its cursor."""
    halted = [Job.State.STOPPED, Job.State.FAILED]
    Job.objects.filter(pk=job.pk, state__in=halted).update(
        state=Job.State.QUEUED, wants_stop=False, message="", attempts=0, finished_at=None
    )


def claim(worker: str, now: datetime, only: UUID | None = None) -> Run | None:
    """Take the oldest job (or `only` that one) that waits or whose worker has died; None if there is none."""
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    if only:
        free &= Q(uid=only)
    with transaction.atomic():
        rows = Job.objects.select_for_update(skip_locked=True)
        job = rows.filter(free).order_by("id").first()
        if job is None:
            return None
        job.state, job.lease_by, job.lease_until = Job.State.RUNNING, worker, now + LEASE
        job.started_at = job.started_at or now
        job.attempts += 1
        job.save()
    return Run(job, worker)


@contextmanager
def _keeping(worker: str) -> Iterator[None]:
    """Renew the worker's lease from a second thread: reading a big file or one slow step may outlast it.

    The thread also does the worker's round, so that clocks do not stand still during a long job.
    """
    over = threading.Event()

    def keep() -> None:
        while not over.wait(LEASE.total_seconds() / 3):
            try:
                held = Job.objects.filter(lease_by=worker, state=Job.State.RUNNING)
                held.update(lease_until=clock.now() + LEASE)
                _round(worker, clock.now())
            except Exception:
                log.exception("the lease could not be renewed just now")
            finally:
                connection.close()

    thread = threading.Thread(target=keep, daemon=True, name="lease")
    thread.start()
    try:
        yield
    finally:
        over.set()


def carry(run: Run) -> None:
    """Carry one claimed job to its end, or to where it was stopped."""
    job = run.job
    if job.attempts > MAX_ATTEMPTS:
        return _finish(run, Job.State.FAILED, _("The job was given up after many interruptions."))
    try:
        with _keeping(run.worker):
            registry.shelf("jobs")[job.kind](run)
    except Stopped:
        _finish(run, Job.State.STOPPED, _("Stopped on request; what was done is kept."))
    except Ending:
        _release(run)
    except LostLease:
        log.warning("job %s was taken over by another worker", job.uid)
    except OperationalError:
        log.exception(
            "job %s: the database did not answer; it goes on when the lease ends", job.uid
        )
        connection.close()
    except Refused as refusal:
        _finish(run, Job.State.FAILED, str(refusal))
    except Exception as error:
        log.exception("job %s failed", job.uid)
        words = getattr(error, "message", "") or _("An unexpected fault; it has been logged.")
        _finish(run, Job.State.FAILED, str(words))
    else:
        _finish(run, Job.State.DONE, job.message)


def _release(run: Run) -> None:
    """Give a job back to the queue: the worker goes down, the work goes on elsewhere."""
    Job.objects.filter(pk=run.job.pk, lease_by=run.worker, state=Job.State.RUNNING).update(
        state=Job.State.QUEUED, lease_until=None, attempts=0
    )


def _finish(run: Run, state: str, message: str) -> None:
    Job.objects.filter(pk=run.job.pk, lease_by=run.worker).update(
        state=state, message=message, wants_stop=False, lease_until=None, finished_at=clock.now()
    )
    run.job.refresh_from_db()


def _round(worker: str, now: datetime) -> int:
    """Sign of life, what follows the calendar, sweep, seal; returns how many rungs fired."""
    WorkerBeat.objects.update_or_create(name=worker, defaults={"at": now})
    for follow in registry.shelf("clocks").values():
        follow(now)
    fired = sweep.sweep(now)
    ledger.seal_day(now)
    return fired


def tick(worker: str) -> bool:
    """One round of a worker, and one job. True if it found work."""
    now = clock.now()
    fired = _round(worker, now)
    run = claim(worker, now)
    if run:
        carry(run)
    return bool(run or fired)


def worker_name() -> str:
    """This process as a holder of leases: host and process id."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


def heed_signals() -> None:
    """From now on SIGTERM and SIGINT end the work after the step under way (main thread only)."""
    _ending.clear()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_args: _ending.set())


def is_ending() -> bool:
    return _ending.is_set()


def work(*, pause: float = 1.0, once: bool = False) -> None:
    """Work until told to stop (SIGTERM, SIGINT); `once` returns when nothing is left to do."""
    worker = worker_name()
    heed_signals()
    while not _ending.is_set():
        try:
            busy = tick(worker)
        except Exception:
            log.exception("worker round failed")
            connection.close()
            busy = False
        if once and not busy:
            return
        if not busy:
            _ending.wait(pause)

"""The node below: what is new in its ledger, in batches, to the upper node; a job of the worker.

One job row stands for all sending; the worker's round queues it when it is time. A batch is made once
and sent until it is taken, so that a lost answer or a killed worker changes nothing. The upper node's
answer says where it stands: a node that is behind it goes back or, where the two histories differ,
stops and says so.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from xiangling.kernel import clock, crypto, horizon, registry
from xiangling.kernel.jobs import Run
from xiangling.kernel.models import Entry, Job
from xiangling.kernel.scope import unscoped
from xiangling.kernel.summary import summary_of

from . import post, wire
from .models import Sending, SentBatch

log = logging.getLogger(__name__)

KIND = "upward.send"
JOB = uuid5(UUID(int=0), KIND)
BATCH = 1000
"""Entries of a batch."""
QUIET = timedelta(hours=6)
"""Without anything new, an empty batch says after this time that there is nothing (零报告)."""
PAUSE, LONGEST = timedelta(minutes=1), timedelta(hours=1)
SOONEST = timedelta(seconds=30)
"""Between two tries after a failure: doubled each time, up to LONGEST."""
KEY_FILE = "node.key"


class NotSet(RuntimeError):
    """This node is not set up to report upward; the words say what is missing."""


@dataclass(frozen=True)
class Own:
    """This node as a sender."""

    node: str
    key: str
    url: str


def is_set() -> bool:
    """Whether this installation is meant to report upward."""
    return bool(settings.UPPER_URL)


def own() -> Own:
    """Who sends, with what key, where to. Raises NotSet."""
    if not settings.UPPER_URL or not settings.NODE:
        raise NotSet("set XL_UPPER_URL and XL_NODE to report upward")
    key = settings.NODE_KEY or _read_key()
    if not key:
        raise NotSet("this node has no key: run `xiangling upward key`, or set XL_NODE_KEY")
    try:
        crypto.public_key(key)
    except crypto.BadKey as error:
        raise NotSet(f"the node's key cannot be used: {error}") from error
    post.check_address(settings.UPPER_URL)
    return Own(settings.NODE, key, settings.UPPER_URL.rstrip("/"))


def key_path() -> Path:
    return Path(settings.DATA_DIR) / KEY_FILE


def _read_key() -> str:
    path = key_path()
    return path.read_text().strip() if path.exists() else ""


# --- the worker ---------------------------------------------------------------------------------


def follow(now: datetime) -> None:
    """The worker's round: queue the job when it is time to send."""
    if not is_set():
        return
    state = Sending.objects.filter(pk=1).first()
    if state and state.next_at and state.next_at > now:
        return
    job, is_new = Job.objects.get_or_create(
        uid=JOB, defaults={"kind": KIND, "title": _("Reporting upward"), "created_at": now}
    )
    if not is_new:
        ended = [Job.State.DONE, Job.State.FAILED]
        Job.objects.filter(pk=job.pk, state__in=ended).update(
            state=Job.State.QUEUED, attempts=0, message="", finished_at=None
        )


def send(run: Run) -> None:
    """Send until nothing is left, or until it fails; what came of it is in `Sending`."""
    try:
        sender = own()
    except (NotSet, post.BadAddress) as error:
        return _note(clock.now(), "not_set", str(error))
    while True:
        run.check_stop()
        batch = _pending(sender) or _next(sender)
        if batch is None:
            return _note(clock.now(), "", "")
        answer = post.post(sender, batch)
        if not _settle(sender, batch, answer):
            return _note(clock.now(), answer.code, answer.detail)
        run.advance(done=batch.number)


def _note(now: datetime, code: str, detail: str) -> None:
    """Keep what came of this try, and when the next one is due."""
    state, _created = Sending.objects.get_or_create(pk=1)
    state.tried_at, state.code, state.detail = now, code, detail[:300]
    if code:
        state.n_failures += 1
        state.next_at = now + min(LONGEST, SOONEST * 2 ** min(state.n_failures - 1, 10))
    else:
        state.n_failures, state.ok_at, state.next_at = 0, now, now + PAUSE
    state.save()


# --- batches ------------------------------------------------------------------------------------


def _sent(sender: Own) -> Any:
    return SentBatch.objects.filter(node=sender.node)


def _pending(sender: Own) -> SentBatch | None:
    found: SentBatch | None = _sent(sender).filter(taken_at=None).order_by("number").first()
    return found


def _next(sender: Own) -> SentBatch | None:
    """Make the next batch; None when there is nothing to say."""
    last = _sent(sender).order_by("-number").first()
    after = last.last_entry if last else 0
    until = horizon.settled(Entry, patience=2)
    if until is None:
        return None
    rows = Entry.objects.filter(id__gt=after, id__lte=until).order_by("id")
    entries = list(rows[:BATCH])
    now = clock.now()
    if not entries and last and now - last.made_at < QUIET:
        return None
    number, prev = (last.number + 1, last.digest) if last else (1, "")
    body = wire.build(sender.node, number, prev, now, entries, _summaries(entries))
    with transaction.atomic():
        return SentBatch.objects.create(
            node=sender.node,
            number=number,
            prev=prev,
            digest=wire.digest_of(body),
            last_entry=entries[-1].pk if entries else after,
            n_entries=len(entries),
            body=wire.pack(body),
            made_at=now,
        )


def _summaries(entries: list[Entry]) -> list[dict[str, Any]]:
    """The cases the entries belong to, as they stand now."""
    by_kind: dict[str, set[UUID]] = defaultdict(set)
    for entry in entries:
        by_kind[entry.case_kind].add(entry.case_uid)
    found: list[dict[str, Any]] = []
    with unscoped("the upper node is told of every place"):
        for key, uids in sorted(by_kind.items()):
            kind = registry.shelf("kinds").get(key)
            if kind is None:
                continue
            rows: Any = kind.model._base_manager.filter(uid__in=uids).defer("search")
            cases = rows.select_related("unit", *kind.related).order_by("uid")
            found += [summary_of(kind, case) for case in cases]
    return found


def _settle(sender: Own, batch: SentBatch, answer: post.Answer) -> bool:
    """Do what the answer asks for; False where sending cannot go on now."""
    if answer.code in ("taken", "known"):
        SentBatch.objects.filter(pk=batch.pk).update(taken_at=clock.now(), body=None)
        return True
    return answer.code == "gap" and _go_back(sender, answer)


def _go_back(sender: Own, answer: post.Answer) -> bool:
    """Make again what the upper node lost (it was restored); False where its history is another."""
    ours = _sent(sender).filter(number=answer.number).first()
    is_ours = answer.number == 0 or (ours is not None and ours.digest == answer.digest)
    if is_ours:
        log.warning("the upper node stands at batch %s: sending again from there", answer.number)
        _sent(sender).filter(number__gt=answer.number).delete()
    return is_ours


registry.add("jobs", KIND, send)
registry.add("clocks", KIND, follow)

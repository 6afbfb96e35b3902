"""Steps: by call, beside the bare statements; by HTTP with two web workers, beside a view that does nothing."""

from __future__ import annotations

import time
import uuid
from typing import Any

from xiangling.kernel import engine
from xiangling.kernel.models import Entry
from xiangling.kernel.scope import use

from . import http, people, raw
from .figures import Book


def by_call(book: Book, n: int = 100) -> None:
    todo = people.movable(n + 20)
    actors = {holding.pk: people.acting(holding) for _hazard, holding in todo}
    spare, todo = todo[:20], todo[20:]
    for hazard, holding in spare:
        _grade(hazard, actors[holding.pk])
    begun = time.perf_counter()
    for hazard, holding in todo[:n]:
        _grade(hazard, actors[holding.pk])
    spent = time.perf_counter() - begun
    entry = Entry.objects.filter(step="grade").latest("id")
    rate = raw.move_rate([hazard for hazard, _holding in people.movable(n)], entry)
    n_done = len(todo[:n])
    book.add("steps by call", n_done / spent, "steps/s", raw=rate,
             raw_what="UPDATE + 2 INSERTs", wanted="1/4")  # fmt: skip
    undo_raw()


def undo_raw() -> None:
    """Take back what the raw reference wrote, so that every chain proves again."""
    from django.db import connection

    from xiangling.kernel import triggers

    with triggers.lifted(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_arrival WHERE case_kind = 'raw'")
        cursor.execute(
            "UPDATE hazards_hazard SET state = 'found', grade = '', version = version - 1 "
            "WHERE uid IN (SELECT case_uid FROM kernel_entry WHERE seq > 4999)"
        )
        cursor.execute("DELETE FROM kernel_entry WHERE seq > 4999")


def _grade(hazard: object, actor: object) -> None:
    with use(actor.scope):  # type: ignore[attr-defined]
        engine.move(hazard, "grade", actor=actor, data={"grade": "general"})  # type: ignore[arg-type]


def by_http(book: Book, env: dict[str, str], n: int = 1000, at_once: int = 50) -> None:
    (fresh, *todo) = people.movable(n + 1)
    tokens: dict[int, str] = {}
    for _hazard, holding in (fresh, *todo):
        if holding.pk not in tokens:
            tokens[holding.pk] = people.token(holding)
    asked = [
        http.Asked(
            "POST",
            f"/api/v1/hazards/{hazard.uid}/grade",
            {"grade": "general", "uid": str(uuid.uuid4())},
            {"Authorization": f"Bearer {tokens[holding.pk]}"},
        )
        for hazard, holding in todo
    ]
    bare = http.bare_rate(at_once)
    with http.serving(env) as port:
        http.all_at_once(port, asked[:40], at_once)
        done = http.all_at_once(port, asked[40:], at_once)
        same = _same_case(port, fresh, tokens, at_once)
    assert not done.failed, done.failed[:3]
    book.add(f"steps by HTTP, {at_once} clerks, a case each", done.rate, "steps/s", raw=bare,
             raw_what="a view that does nothing", wanted="150/s",
             note=f"p95 {done.spent.p95:.0f} ms")  # fmt: skip
    book.add(f"steps by HTTP, {at_once} clerks, the same case", same.rate, "answers/s",
             note=f"p95 {same.spent.p95:.0f} ms")  # fmt: skip


def _same_case(
    port: int, fresh: tuple[Any, Any], tokens: dict[int, str], at_once: int
) -> http.Done:
    """Everybody moves one case at one moment: one is taken, the others are told so, nothing else."""
    key = tokens[fresh[1].pk]
    asked = [
        http.Asked(
            "POST",
            f"/api/v1/hazards/{fresh[0].uid}/grade",
            {"grade": "general", "uid": str(uuid.uuid4())},
            {"Authorization": f"Bearer {key}"},
        )
        for _ in range(at_once * 4)
    ]
    done = http.all_at_once(port, asked, at_once)
    taken = Entry.objects.filter(case_uid=fresh[0].uid, step="grade").count()
    assert taken == 1, f"one case was moved {taken} times"
    assert set(done.statuses) <= {200, 409}, done.statuses
    return done

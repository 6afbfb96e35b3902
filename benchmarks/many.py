"""Many at once: inspectors, firms, leaders and programs for some minutes, then the ledger is reconciled."""

from __future__ import annotations

import asyncio
import random
import re
import time
import uuid
from dataclasses import dataclass, field

from xiangling.apps.hazards.models import Hazard
from xiangling.kernel import ledger
from xiangling.kernel.models import Entry, Refusal
from xiangling.org.models import Holding, in_force

from . import http, people
from .figures import Book
from .http import Asked, Done, Wire

THINK = (5.0, 15.0)
"""Seconds between two requests of one person."""
AGAIN, CUT = 0.2, 0.05
"""How often a step that was answered is sent again, and how often the line is cut before the answer."""
RECORD = re.compile(rb"/hazard/[0-9a-f-]{36}/")
PAGES = {
    "firm": ("/", "/hazards/", "/hazards/?view=all", "/notices/"),
    "inspector": (
        "/",
        "/hazards/",
        "/hazards/?view=mine",
        "/docket/",
        "/hazards/?q=%E9%80%9A%E9%81%93",
    ),
    "leader": ("/", "/hazards/?view=major", "/docket/?view=late", "/hazards/?view=month"),
    "program": ("/api/v1/hazards?limit=50", "/api/v1/todo"),
}
SHARES = {"firm": 0.5, "inspector": 0.3, "leader": 0.1, "program": 0.1}


@dataclass
class User:
    """One person or program: what they look at, and the cases they may move."""

    role: str
    headers: dict[str, str]
    token: str = ""
    cases: list[str] = field(default_factory=list)
    sent: dict[str, str] = field(default_factory=dict)
    """uid of a step that was answered -> uid of its case."""


def measure(book: Book, env: dict[str, str], users: int, seconds: int) -> None:
    crowd = _crowd(users)
    before = Entry.objects.filter(step="grade").count()
    refused = Refusal.objects.count()
    with http.serving(env) as port:
        done = asyncio.run(_live(port, crowd, seconds))
    assert not done.failed, (len(done.failed), done.failed[:3])
    sent = {uid: case for user in crowd for uid, case in user.sent.items()}
    n_new = Entry.objects.filter(step="grade").count() - before
    known = set(map(str, Entry.objects.filter(uid__in=list(sent)).values_list("uid", flat=True)))
    lost, doubled = len(sent) - len(known), n_new - len(known)
    assert lost == 0, f"{lost} answered steps are not in the ledger"
    assert doubled == 0, f"{doubled} entries that nobody was told of"
    for case in Hazard._base_manager.filter(uid__in=set(sent.values())):
        assert ledger.verify_case(case) is None, case
    book.add(
        f"{users} people at once for {seconds} s", len(done.times) / seconds, "requests/s",
        note=f"p95 {done.spent.p95:,.0f} ms, median {done.spent.median:,.0f} ms, {len(done.failed)} errors, "
        f"{len(sent):,} steps: 0 lost, 0 doubled; {Refusal.objects.count() - refused} told to be too late",
    )  # fmt: skip


def _crowd(n: int) -> list[User]:
    on, rng = people.today(), random.Random(11)
    held = Holding.objects.filter(in_force(on), in_force(on, "post__"), person__is_active=True)
    held = held.select_related("post__unit", "person")
    by_role = {
        "firm": list(held.filter(post__role="firm_owner").order_by("?")[:n]),
        "leader": list(held.filter(post__role__contains="leader").order_by("?")[:n]),
    }
    todo = people.movable(n * 6)
    cases: dict[int, list[str]] = {}
    inspectors: dict[int, Holding] = {}
    for hazard, holding in todo:
        cases.setdefault(holding.pk, []).append(str(hazard.uid))
        inspectors[holding.pk] = holding
    by_role["inspector"] = by_role["program"] = list(inspectors.values())
    crowd, tokens = [], {}
    for role, share in SHARES.items():
        found = by_role[role] or by_role["inspector"]
        for number in range(round(n * share)):
            holding = found[number % len(found)]
            if holding.pk not in tokens:
                tokens[holding.pk] = people.token(holding)
            headers = {"Cookie": f"sessionid={people.session_key(holding)}"}
            if role == "program":
                headers = {"Authorization": f"Bearer {tokens[holding.pk]}"}
            mine = cases.get(holding.pk, []) if role in ("inspector", "program") else []
            # the colleagues of one post have the same cases: some come too late
            crowd.append(User(role, headers, tokens[holding.pk], rng.sample(mine, len(mine))))
    return crowd


async def _live(port: int, crowd: list[User], seconds: int) -> Done:
    done, until = Done(), time.perf_counter() + seconds
    begun = time.perf_counter()
    await asyncio.gather(*(_one(port, user, done, until) for user in crowd))
    done.seconds = time.perf_counter() - begun
    return done


async def _one(port: int, user: User, done: Done, until: float) -> None:
    rng, wire, records = random.Random(id(user)), Wire(port), []
    await asyncio.sleep(rng.uniform(0, THINK[1]))
    while time.perf_counter() < until:
        if user.cases and rng.random() < 0.4:
            await _move(port, wire, user, done, rng)
        else:
            path = (
                rng.choice(records)
                if records and rng.random() < 0.5
                else rng.choice(PAGES[user.role])
            )
            content = await _ask(wire, Asked("GET", path, None, user.headers), done)
            records = [found.decode() for found in RECORD.findall(content)][:20] or records
        await asyncio.sleep(rng.uniform(*THINK))
    wire.close()


async def _move(port: int, wire: Wire, user: User, done: Done, rng: random.Random) -> None:
    case, uid = user.cases.pop(), str(uuid.uuid4())
    asked = Asked(
        "POST", f"/api/v1/hazards/{case}/grade", {"grade": "general", "uid": uid},
        {"Authorization": f"Bearer {user.token}"},
    )  # fmt: skip
    if rng.random() < CUT:  # sent, and the line is gone: the person sends it again
        cut = Wire(port)
        task = asyncio.create_task(cut.ask(asked))
        await asyncio.sleep(rng.uniform(0.005, 0.05))
        task.cancel()
        cut.close()
    begun = time.perf_counter()
    status, content, _headers = await wire.ask(asked)
    done.note(asked, status, time.perf_counter() - begun, content)
    if status == 200:
        user.sent[uid] = case
        if rng.random() < AGAIN:
            status, content, _headers = await wire.ask(asked)
            done.note(asked, status, 0.0, content)
            done.times.pop()


async def _ask(wire: Wire, asked: Asked, done: Done) -> bytes:
    begun = time.perf_counter()
    status, content, _headers = await wire.ask(asked)
    done.note(asked, status, time.perf_counter() - begun, content)
    return content

"""No English leaks into Chinese pages, and no Chinese into the frame of English ones.

Several people walk through every page that links lead them to, in both languages, and send its
forms empty, so that refusals are read too. What remains of a page when its data and the words that
are the same in both languages are taken away must be in the language of the page.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import Client

from tests import factories as f
from xiangling.apps.standards import actions as standards
from xiangling.apps.standards.library import built_in
from xiangling.kernel import clock, jobs, registry, sweep
from xiangling.kernel.scope import unscoped
from xiangling.org.models import DutyLine, Holding, Person, Post

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]  # words do not depend on the database
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LANGUAGES = ("zh-hans", "en")
LATER = f.NOW + timedelta(hours=5)
STATES = ("found", "graded", "ordered", "fixing", "submitted", "accepted", "closed")
ADMINS = {"system_admin": "系统管理员", "security_admin": "安全管理员", "audit_admin": "审计管理员"}
VISITORS = ("inspector", "committee", "owner", "auditor", "system_admin", "security_admin")
STARTS = ("/", "/jobs/", "/notices/", "/mine/", "/search?q=海晏", "/search?q=查无此词", "/tokens/")

SAME = re.compile(
    r"""(?<![A-Za-z])(?:
    TXT|txt|XLSX|CSV|JSON(?:\ Lines)?|API|UUIDs?|TOTP|JPEG|PNG|WebP|PDF|DOCX|Excel|MB|QR|SM[234]|WGS|
    xlsx|csv|jsonl|uid|NUL|Unicode|OpenAPI|Enter|English|中文|Authorization:\ Bearer
    )(?![A-Za-z])""",
    re.VERBOSE,
)
"""Names of formats and keys, and the switch to the other language."""
NO_WORDS = re.compile(
    r"""https?://\S+|/[a-z_]+(?:/[\w.<>{}-]*)+   # addresses
    |[0-9a-f]{8,64}                              # hashes
    |[A-Z]{2}-?\d[0-9-]*                         # the numbers of records
    |(?=[A-Z]*\d)[0-9A-Z]{8,}                    # credit and device codes, keys
    |GB(?:/T)?\ \d+(?:-\d{4})?(?:附录[A-Z])?        # numbers of standards
    |IMG_\d+\.jpg|rows\.csv                      # names of files
    |xiangling\ upward\ add                       # a command to be typed
    |\{\w+\}|%\(\w+\)s                           # places for a value in words for scripts
    """,
    re.VERBOSE,
)
LATIN = re.compile(r"[A-Za-z]{2,}")
HAN = re.compile(r"[\u3400-\u9fff]+")
SPOKEN = ("title", "alt", "placeholder", "aria-label")
SILENT = {"script", "style", "template", "svg", "code", "noscript"}
NOT_ENTERED = ("/accounts/logout", "/static/", "/persona/", "/api/", "/proof/", "/language/")
NOT_SENT = (*NOT_ENTERED, "/post/", "/notices/read/")


# --- reading a page -----------------------------------------------------------------------------


class Reader(HTMLParser):
    """The words that a page shows or speaks, the addresses it leads to, and the forms it sends."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._silent: list[str] = []
        self._in_form = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in SILENT:
            self._silent.append(tag)
        if self._silent:
            return
        self.words += [given[name] for name in SPOKEN if given.get(name)]
        self.words += [value for name, value in given.items() if name.startswith("data-word")]
        self.links += [given[name] for name in ("href", "hx-get") if given.get(name)]
        if tag == "form":
            self._in_form = given.get("method", "").lower() == "post"
            if self._in_form:
                self.forms.append((given.get("action", ""), {}))
        elif tag == "input" and self._in_form and given.get("type") == "hidden":
            self.forms[-1][1][given.get("name", "")] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()
        if tag == "form":
            self._in_form = False

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.words.append(" ".join(data.split()))


# --- the walk -----------------------------------------------------------------------------------


@dataclass
class Walk:
    """One person's way through the pages, and every word of them with an address it stood at."""

    client: Client
    words: dict[str, str] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    shapes: set[str] = field(default_factory=set)

    def go(self, starts: tuple[str, ...]) -> None:
        waiting = deque(starts)
        while waiting:
            address = waiting.popleft()
            if address in self.opened or not self._is_new(address):
                continue
            self.opened.add(address)
            page = self.read(address, self.client.get(address))
            here = urlsplit(address)
            for link in page.links:
                to = urlsplit(urljoin(here.path, link))
                if not to.netloc and not to.scheme and not to.path.startswith(NOT_ENTERED):
                    waiting.append(to.path + (f"?{to.query}" if to.query else ""))
            for action, hidden in page.forms:
                self.send(urlsplit(urljoin(here.path, action or here.path)).path, hidden)

    def send(self, address: str, given: dict[str, str]) -> None:
        """Send a form with nothing filled in; once for each shape."""
        if not address.startswith(NOT_SENT) and self._is_new(f"{address}?sent"):
            self.read(f"POST {address}", self.client.post(address, given, follow=True))

    def read(self, address: str, answer: Any) -> Reader:
        assert answer.status_code < 500, address
        is_page = answer.get("Content-Type", "").startswith("text/html") and not answer.streaming
        page = Reader(answer.content.decode() if is_page else "")
        if answer.status_code in {301, 302}:
            page.links.append(answer["Location"])
        for words in page.words:
            self.words.setdefault(words, address)
        return page

    def _is_new(self, address: str) -> bool:
        """Whether an address has a path, a view or a name in its question that was not asked for yet.

        Pages lead on with what was asked before, so that combinations would never end.
        """
        to = urlsplit(address)
        path = re.sub(r"[0-9a-f-]{36}|\d{4}-\d\d-\d\d|\d+", "#", to.path)
        if path == "/hazard/#/" and not to.query:
            return True
        asked = {
            f"{path}?{name}={value}" if name == "view" else f"{path}?{name}"
            for name, value in parse_qsl(to.query, keep_blank_values=True)
        } or {path}
        is_new = not asked <= self.shapes
        self.shapes |= asked
        return is_new

    def leaks(self, language: str) -> list[str]:
        """The words of the other language, each with an address."""
        foreign = LATIN if language == "zh-hans" else HAN
        data = [*_library(), *(_usernames() if language == "zh-hans" else _chinese_data())]
        begun_by: dict[str, list[str]] = defaultdict(list)
        for value in data:
            begun_by[value[:2]].append(value)
        found: dict[str, str] = {}
        for words, address in self.words.items():
            if foreign.search(words):
                starts = {words[at : at + n] for at in range(len(words)) for n in (1, 2)}
                may_stand = (value for start in starts for value in begun_by.get(start, ()))
                left = words
                for value in sorted(may_stand, key=len, reverse=True):
                    left = left.replace(value, " ")
                left = SAME.sub(" ", NO_WORDS.sub(" ", left))
                if foreign.search(left):
                    found.setdefault(left.strip(), f"{address}: {words[:160]}")
        return sorted(found.values())


def _usernames() -> list[str]:
    return sorted(Person.objects.values_list("username", flat=True), key=len, reverse=True)


def _library() -> list[str]:
    """What the criteria library cites: names and numbers of documents, articles, units, devices."""
    found: set[str] = set()
    for row in built_in().standards:
        found.update({row.name, row.number, row.key, row.title})
    for clause in built_in().criteria:
        found.update({clause.id, clause.text, clause.limit, clause.ask, built_in().cite(clause.id)})
        found.update(limit.ask for limit in clause.thresholds)
        found.update((*clause.subject, *clause.defect, *clause.condition, *clause.exempt))
    return [text for text in found if text]


def _chinese_data() -> list[str]:
    """Every Chinese text in the database, longest first, and the laws that steps are founded on."""
    found: set[str] = set()
    with unscoped("test"):
        for model in apps.get_models():
            columns = [
                column.attname
                for column in model._meta.concrete_fields
                if isinstance(column, models.CharField | models.TextField | models.JSONField)
            ]
            for row in model._base_manager.values_list(*columns) if columns else ():
                found.update(part for value in row for part in _texts(value))
    for kind in registry.kinds():
        found.update(step.law for step in kind.loop.steps.values())
    return sorted((text for text in found if HAN.search(text)), key=len, reverse=True)


def _texts(value: Any) -> Iterator[str]:
    """The texts in a stored value; the names of rungs are words of the frame, not data."""
    if isinstance(value, str):
        for text in (value, *value.splitlines(), *value.split(" · ")):
            yield " ".join(text.split())
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from () if name == "label" else _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def visitor(world: f.World, key: str, language: str) -> Client:
    client = Client()
    client.force_login(world.people[key], backend=BACKEND)
    client.cookies["django_language"] = language
    return client


def assert_one_language(walk: Walk, language: str) -> None:
    wrong = walk.leaks(language)
    assert not wrong, "\n".join(wrong)


# --- the world ----------------------------------------------------------------------------------


def _add_admin(world: f.World, role: str, title: str) -> None:
    person = Person.objects.create_user(
        role, "Test-2026-pass", name=title, password_changed_at=f.NOW
    )
    post = Post.objects.create(
        unit=world.units["city_office"], title=title, role=role, starts_on=f.START
    )
    Holding.objects.create(post=post, person=person, starts_on=f.START)
    world.people[role] = person


def _side_states(world: f.World) -> None:
    """What can befall a hazard beside its main way: more time, a dispute, a void, interim control."""
    late = f.NOW - timedelta(days=3)
    asked = {"asked_until": f.order_data(days=20)["deadline"], "reason": "等待配件"}
    for seed, answer in ((90, ""), (92, "grant"), (94, "refuse")):
        fixing = f.to_state(world, "fixing", at=late, seed=seed)
        f.step(world, fixing, "ask_extension", "owner", **asked)
        if answer:
            until = {"decided_until": asked["asked_until"]} if answer == "grant" else {}
            with unscoped("test"):
                request = fixing.extensions.get()
            f.step(world, request, answer, "inspector", opinion="已核实", **until)
    f.step(world, f.to_state(world, "graded", at=late), "dispute", "inspector", reason="不属本站")
    f.step(world, f.report(world, at=late), "request_void", "inspector", reason="误报")
    voided = f.report(world, at=late)
    f.step(world, voided, "request_void", "inspector", reason="误报")
    f.step(world, voided, "confirm_void", "inspector2", opinion="确属误报")
    controlled = f.report(world, by="owner", at=late)
    f.step(world, controlled, "grade", "inspector", grade="general")
    f.step(world, controlled, "control", "inspector", interim="stop_work", interim_note="停用冲床")
    merged = f.report(world, at=late)
    f.step(world, merged, "merge", "inspector", into=controlled.code, reason="同一隐患")


@pytest.fixture
def world() -> Iterator[f.World]:
    """A hazard in every state and of both grades, late ones among them, and its side ways."""
    with clock.at(f.NOW):
        made = f.make_world()
        standards.mirror(built_in(), f.NOW)
        for role, title in ADMINS.items():
            _add_admin(made, role, title)
        for n, state in enumerate(STATES):
            f.to_state(made, state, at=f.NOW - timedelta(days=9), seed=10 + 2 * n)
            f.to_state(made, state, at=f.NOW - timedelta(days=30), major=True, seed=50 + 2 * n)
        _side_states(made)
        DutyLine.objects.create(
            layer="enterprise", unit=made.units["firm"], region="990101001", starts_on=f.START
        )
    with clock.at(LATER):
        sweep.sweep(LATER)
        yield made


# --- the tests ----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", VISITORS)
def test_pages_are_in_one_language(world: f.World, key: str) -> None:
    for language in LANGUAGES:
        walk = Walk(visitor(world, key, language))
        walk.go(STARTS)
        assert len(walk.opened) > len(STARTS)
        assert_one_language(walk, language)


@pytest.mark.parametrize("key", ["inspector", "owner"])
def test_refused_steps_are_in_one_language(world: f.World, key: str) -> None:
    """Every step is tried on a hazard early, midway and late on its way, most of them wrongly."""
    rows = apps.get_model("hazards", "Hazard")._base_manager
    tried = {state: rows.filter(state=state).latest("id") for state in ("graded", "fixing", "void")}
    steps = registry.kind("hazard").loop.steps
    for language in LANGUAGES:
        walk = Walk(visitor(world, key, language))
        for row in tried.values():
            for name in steps:
                address = f"/hazard/{row.uid}/{name}/"
                walk.read(address, walk.client.post(address, {"version": row.version}))
        assert_one_language(walk, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_imports_and_jobs_are_in_one_language(world: f.World, language: str) -> None:
    walk = Walk(visitor(world, "inspector", language))
    rows = """隐患描述,企业名称,发现日期
防护罩缺失，皮带外露,海晏五金有限公司,
配电箱未上锁,无此企业,
,海晏五金有限公司,
通道堵塞,海晏五金有限公司,2031-02-30
"""
    for name, content in {
        "rows.csv": rows.encode("utf-8-sig"),
        "a.xlsx": b"%PDF-1.7",
        "b.csv": b"",
        "c.csv": b"A,B\n1,2\n",
    }.items():
        sheet = SimpleUploadedFile(name, content)
        page = walk.read(name, walk.client.post("/import/hazards/", {"file": sheet}))
        for action, hidden in page.forms:
            if "/start/" in action:
                walk.read(action, walk.client.post(action, hidden, follow=True))
    while jobs.tick("test"):
        pass
    walk.go(("/jobs/", "/import/hazards/", "/import/objects/"))
    assert any(re.fullmatch(r"/jobs/[0-9a-f-]{36}/", address) for address in walk.opened)
    assert_one_language(walk, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_before_sign_in_and_error_pages_are_in_one_language(
    world: f.World, language: str
) -> None:
    walk = Walk(Client())
    walk.client.cookies["django_language"] = language
    walk.read("login", walk.client.post("/accounts/login/", {"login": "x", "password": "y"}))
    walk.go(("/accounts/login/", "/hazards/", "/no/such/page/"))
    signed_in = Walk(visitor(world, "owner", language))
    for address in ("/no/such/page/", "/people/", "/import/hazards/", "/hazards/?after=broken"):
        answer = signed_in.client.get(address)
        assert answer.status_code in {403, 404, 422}
        signed_in.read(address, answer)
    signed_in.read("PUT", signed_in.client.put("/hazards/"))
    assert_one_language(walk, language)
    assert_one_language(signed_in, language)

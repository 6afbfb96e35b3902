"""Today: what I must do, what waits on others because of me, what happens below me."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiangling.kernel import clock, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Docket
from xiangling.web import lists, marks, menu, people, words
from xiangling.web.access import actor_of

MOST_ROWS = 10
_WEEKDAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)


def home(request: HttpRequest) -> HttpResponse:
    """The first page: facts with links to their rows, and three columns of work."""
    actor = actor_of(request)
    found = lists.DocketList()
    rows: QuerySet[Docket] = found.base(actor)
    kind = menu.main_kind(actor)
    sees = bool(lists.kinds_seen(actor))
    context = {
        "lead": _today_words(),
        "facts": [*(_facts(rows) if sees else []), *_facts_of_apps(actor)],
        "columns": _columns(actor, rows) if sees else [],
        "primary": {"label": kind.intake.label, "url": f"/{kind.key}/new/"}
        if kind and kind.intake
        else None,
    }
    return render(request, "web/home.html", context)


def mine(request: HttpRequest) -> HttpResponse:
    """The person, their posts and the whole menu, for a phone."""
    return render(request, "web/mine.html")


def _today_words() -> str:
    today = timezone.localtime(clock.now()).date()
    return f"{words.long_day(today)} {_WEEKDAYS[today.weekday()]}"


def _facts(rows: QuerySet[Docket]) -> list[dict[str, Any]]:
    """Open, late, major, unanswered: each opens exactly the rows it counts."""
    n = rows.aggregate(
        open=Count("pk"),
        late=Count("pk", filter=lists.late()),
        serious=Count("pk", filter=Q(mark=marks.SERIOUS)),
        blind=Count("pk", filter=Q(holder_unit=None)),
    )
    facts = [
        (_("Still open"), n["open"], "/docket/", False),
        (_("Overdue"), n["late"], "/docket/?view=late", n["late"] > 0),
        (_("Major, open"), n["serious"], "/docket/?serious=on", False),
        (_("Nobody answers"), n["blind"], "/docket/?view=blind", n["blind"] > 0),
    ]
    return [
        {"label": label, "value": words.number(value), "url": url, "late": is_bad}
        for label, value, url, is_bad in facts
    ]


def _facts_of_apps(actor: Actor) -> list[dict[str, Any]]:
    """What the apps add to the line: numbers become words, None stays unknown."""
    facts = []
    for offer in registry.shelf("home").values():
        for fact in offer(actor):
            value = fact.get("value")
            facts.append(fact | {"value": words.number(value) if isinstance(value, int) else value})
    return facts


def _columns(actor: Actor, rows: QuerySet[Docket]) -> list[dict[str, Any]]:
    wanted = [
        (_("For me to do"), "mine", lists.mine(actor), _("Nothing waits for you now.")),
        (
            _("Waiting for others"),
            "waiting",
            lists.waiting(actor),
            _("Nothing that you began or moved is waiting for somebody else."),
        ),
        (
            _("To watch"),
            "below",
            lists.below(actor),
            _("Nothing is late or newly serious below you."),
        ),
    ]
    parts = [(title, key, rows.filter(q), empty) for title, key, q, empty in wanted]
    shown = [
        list(part.order_by("due_at", "id")[:MOST_ROWS]) for _title, _key, part, _empty in parts
    ]
    names = people.names_for(row for part in shown for row in part)
    due = marks.DueWords()
    return [
        {
            "title": title,
            "total": words.number(len(some) if len(some) < MOST_ROWS else part.count()),
            "more_url": f"/docket/?view={key}",
            "rows": [_row(row, names, due) for row in some],
            "empty": empty,
        }
        for (title, key, part, empty), some in zip(parts, shown, strict=True)
    ]


def _row(row: Docket, names: people.Names, due: marks.DueWords) -> dict[str, Any]:
    kind = registry.kind(row.case_kind)
    holder = names.holder(row)
    return {
        "code": row.code,
        "title": row.title,
        "url": f"/{row.case_kind}/{row.case_uid}/",
        "grade": marks.grade_chip(kind, row.mark),
        "state": marks.state_chip(kind.loop, row.state),
        "holder": holder or {"name": _("Nobody answers"), "post": ""},
        "time": due.chip(row.due_at),
        "where": " ".join(
            filter(None, [names.units.get(row.unit_id, ""), names.place(row.region)])
        ),
    }

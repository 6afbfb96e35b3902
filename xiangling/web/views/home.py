"""Today: what I must do, what waits on others because of me, what happens below me."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiangling.kernel import clock, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import COUNT_CAP
from xiangling.kernel.models import SERIOUS, Docket
from xiangling.web import lists, marks, menu, people, words
from xiangling.web.access import actor_of

MOST_ROWS = 10
_LATE_FIRST, _MAJOR_FIRST = "late", "major"
"""What leads a column: own work by lateness, what is watched by gravity; a late major one always."""
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
    first, is_whole = _first_due(rows)
    columns, idle = _columns(actor, rows, first, is_whole) if sees else ([], [])
    context = {
        "lead": _today_words(),
        "facts": [*(_facts(first, is_whole) if sees else []), *_facts_of_apps(actor)],
        "columns": columns,
        "idle": idle,
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


def _first_due(rows: QuerySet[Docket]) -> tuple[QuerySet[Docket], bool]:
    """The open cases that are looked through, soonest due first, and whether that is all of them."""
    soonest = rows.order_by("due_at").values_list("due_at", flat=True)
    last = list(soonest[COUNT_CAP : COUNT_CAP + 1])
    return (rows.filter(due_at__lt=last[0]), False) if last else (rows, True)


def _counted(n: int, is_whole: bool) -> str:
    """A number in words, or what it is at least."""
    return words.number(n) if is_whole else _("%(n)s or more") % {"n": words.number(n)}


def _facts(rows: QuerySet[Docket], is_whole: bool) -> list[dict[str, Any]]:
    """Open, late, major, and unanswered where there is any: each opens exactly the rows it counts."""
    n = rows.aggregate(
        open=Count("pk"),
        late=Count("pk", filter=lists.late()),
        serious=Count("pk", filter=Q(mark=SERIOUS)),
        serious_late=Count("pk", filter=Q(mark=SERIOUS) & lists.late()),
        blind=Count("pk", filter=Q(holder_unit=None)),
    )
    facts = [
        (_("Still open"), n["open"], "/docket/", False),
        (_("Overdue"), n["late"], "/docket/?view=late", n["late"] > 0),
        (_("Major, open"), n["serious"], "/docket/?serious=on", False),
        (_("Major, overdue"), n["serious_late"], "/docket/?view=late&serious=on", True),
        (_("Nobody answers"), n["blind"], "/docket/?view=blind", True),
    ]
    always = 3
    return [
        {
            "label": label,
            "value": _counted(value, is_whole),
            "url": url,
            "late": is_bad and value > 0,
        }
        for place, (label, value, url, is_bad) in enumerate(facts)
        if value or place < always
    ]


def _facts_of_apps(actor: Actor) -> list[dict[str, Any]]:
    """What the apps add to the line: numbers become words, None stays unknown."""
    facts = []
    for offer in registry.shelf("home").values():
        for fact in offer(actor):
            value = fact.get("value")
            facts.append(fact | {"value": words.number(value) if isinstance(value, int) else value})
    return facts


Column = dict[str, Any]


def _columns(
    actor: Actor, rows: QuerySet[Docket], first: QuerySet[Docket], is_whole: bool
) -> tuple[list[Column], list[Column]]:
    """The columns with work and those without. Who has nothing to do sees first what to watch.

    One's own work is small; what is watched is looked for among the `first` rows.
    """
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
    parts = [
        (title, key, (first if key == "below" else rows).filter(q), empty)
        for title, key, q, empty in wanted
    ]
    shown = [
        list(
            part.order_by(_rank(_MAJOR_FIRST if key == "below" else _LATE_FIRST), "due_at", "id")[
                :MOST_ROWS
            ]
        )
        for _title, key, part, _empty in parts
    ]
    names = people.names_for(row for part in shown for row in part)
    due = marks.DueWords()
    made = [
        {
            "key": key,
            "title": title,
            "total": _counted(
                len(some) if len(some) < MOST_ROWS else part.count(), is_whole or key != "below"
            ),
            "more_url": f"/docket/?view={key}",
            "rows": [_row(row, names, due) for row in some],
            "empty": empty,
        }
        for (title, key, part, empty), some in zip(parts, shown, strict=True)
    ]
    filled = [column for column in made if column["rows"]]
    if filled and filled[0]["key"] != "mine":
        filled.reverse()
    return filled, [column for column in made if not column["rows"]]


def _rank(leads: str) -> Case:
    """Late major cases first, then what leads the column, then the rest by their time."""
    serious = Q(mark=SERIOUS)
    return Case(
        When(serious & lists.late(), then=Value(0)),
        When(lists.late() if leads == _LATE_FIRST else serious, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


def _row(row: Docket, names: people.Names, due: marks.DueWords) -> dict[str, Any]:
    kind = registry.kind(row.case_kind)
    holder = names.holder(row) or {"name": _("Nobody answers"), "post": ""}
    unit = names.units.get(row.unit_id, "")
    where = [names.place(row.region)]
    if not holder["post"].startswith(unit):
        where.insert(0, unit)
    return {
        "code": row.code,
        "title": row.title,
        "url": f"/{row.case_kind}/{row.case_uid}/",
        "grade": marks.grade_chip(kind, row.mark),
        "state": marks.state_chip(kind.loop, row.state),
        "holder": holder,
        "time": due.chip(row.due_at),
        "where": " ".join(filter(None, where)),
    }

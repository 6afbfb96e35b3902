"""Lists the shell itself offers: open cases, notices, and the audit trail. A kind without a list gets one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import clock, docket, registry, wording
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import BY_DUE, NEWEST, Column, Filter, List, View
from xiangling.kernel.models import SERIOUS, Access, Docket, Edit, Entry, Notice, Refusal, Seal
from xiangling.kernel.registry import Kind
from xiangling.org.regions import in_region, region_name

from . import words
from .record import address

IS_OPEN = Q(closed_at__isnull=True)
LATEST = ("-at", "-id")
REMEMBERED = 400
"""How many of a person's latest ledger entries are looked through for cases that now wait on others."""
NEW_FOR = timedelta(days=7)


def late() -> Q:
    return Q(due_at__lt=clock.now())


def kinds_seen(actor: Actor) -> list[str]:
    """The kinds of case a post sees."""
    from .access import may_see  # noqa: PLC0415 - the doors know the lists too

    return [kind.key for kind in registry.kinds() if may_see(actor, kind)]


def mine(actor: Actor) -> Q:
    return Q(pk__in=docket.my_turn(actor).order_by().values("pk"))


def waiting(actor: Actor) -> Q:
    """Cases this person opened or moved, whose next move is somebody else's."""
    latest = Entry.objects.filter(actor_person=actor.person).order_by("-id")
    uids = set(latest.values_list("case_uid", flat=True)[:REMEMBERED])
    return Q(case_uid__in=uids) & ~mine(actor)


def below(actor: Actor) -> Q:
    """What a post watches over without having to move it: late, newly serious, held by nobody."""
    fresh = Q(mark=SERIOUS, opened_at__gte=clock.now() - NEW_FOR)
    return (late() | fresh | Q(holder_unit=None)) & ~mine(actor)


def _in_any(codes: str) -> Q:
    """In one of several divisions: a division and those merged into it."""
    q = Q(pk=None)
    for code in codes.split(","):
        q |= in_region(code)
    return q


def _regions(codes: str) -> str:
    return wording.listed(region_name(code.ljust(12, "0")) for code in codes.split(","))


class DocketList(List):
    """Every open case in the reader's area, whatever its kind."""

    key = "docket"
    model = Docket
    title = _("Open cases")
    empty = _("No open case here.")
    columns = (
        Column("code", _("Code"), is_code=True),
        Column("mark", _("Grade"), chip="mark"),
        Column("title", _("Matter"), width=50),
        Column("kind", _("Kind"), lambda row: registry.kind(row.case_kind).label),
        Column("unit", _("Liable unit")),
        Column("state", _("State"), chip="state"),
        Column("holder", _("Whose turn")),
        Column("due_at", _("Due"), chip="due"),
    )
    filters = (
        Filter(
            "kind",
            _("Kind"),
            choices=lambda actor: [(key, registry.kind(key).label) for key in kinds_seen(actor)],
            lookup="case_kind",
        ),
        Filter("serious", _("Major only"), "flag", q=lambda on: Q(mark=SERIOUS)),
        Filter("in", _("Region"), "text", q=_in_any, is_shown=False, words=_regions),
        Filter(
            "due_from",
            _("Due from"),
            "date",
            is_shown=False,
            q=lambda day: Q(due_at__gt=clock.end_of(day - timedelta(days=1))),
        ),
        Filter(
            "due_to",
            _("Due until"),
            "date",
            is_shown=False,
            q=lambda day: Q(due_at__lte=clock.end_of(day)),
        ),
    )
    views = (
        View("all", pgettext_lazy("view", "All"), order=BY_DUE),
        View("mine", pgettext_lazy("view", "My turn"), mine, BY_DUE),
        View("late", pgettext_lazy("view", "Overdue"), lambda actor: late(), BY_DUE),
        View("waiting", pgettext_lazy("view", "Waiting for others"), waiting, BY_DUE),
        View("below", pgettext_lazy("view", "To watch"), below, BY_DUE),
        View(
            "blind",
            pgettext_lazy("view", "Nobody answers"),
            lambda actor: Q(holder_unit=None),
            BY_DUE,
        ),
    )

    def base(self, actor: Actor) -> QuerySet[Any]:
        return Docket.objects.filter(case_kind__in=kinds_seen(actor))

    def url(self, row: Any) -> str:
        return f"/{row.case_kind}/{row.case_uid}/"


def _case_link(kind: str, uid: Any) -> str:
    known = kind in {found.key for found in registry.kinds()}
    return f"/{kind}/{uid}/" if known and uid else ""


def _kind_label(key: str) -> str:
    """What a kind of case, a list or the rows of a list are called."""
    if found := registry.shelf("kinds").get(key):
        return str(found.label)
    lists = registry.shelf("lists")
    found = lists.get(key) or lists.get(f"{key}s")
    return str(found.title) if found else key


def _look_detail(row: Access) -> str:
    """What was looked at; of an export, the view and filters it was taken out by."""
    found = registry.shelf("lists").get(row.kind)
    if row.what != "export" or found is None:
        return row.detail
    labels = {wanted.key: wanted.label for wanted in found.filters} | {"q": _("Words")}
    asked = dict(parse_qsl(row.detail))
    return wording.clauses(
        [
            found.view(asked).label,
            *(
                _("%(label)s: %(value)s") % {"label": labels[name], "value": value}
                for name, value in asked.items()
                if name in labels
            ),
        ]
    )


def told(kind_key: str, entry_kind: str) -> str:
    """An entry kind as its loop tells it; a rung of the ladder by its own name."""
    if matter := registry.shelf("matters").get(kind_key):
        return str(matter.told(entry_kind))
    found = registry.shelf("kinds").get(kind_key)
    said = found.loop.told(entry_kind) if found else ""
    return str(said or words.rung(entry_kind.partition(".")[2]))


class NoticeList(List):
    """What this post was told: reminders, escalations, cases that came to it."""

    key = "notices"
    model = Notice
    title = _("Notices")
    empty = _("Nothing has been sent to your post yet.")
    columns = (
        Column("at", _("Time")),
        Column("what", _("Notice"), lambda row: told(row.case_kind, row.entry_kind)),
        Column("code", _("Code"), is_code=True),
        Column("title", _("Matter"), width=50),
        Column("read", _("Read"), lambda row: row.read_at or _("Unread")),
    )
    views = (
        View("all", pgettext_lazy("view", "All"), order=LATEST),
        View(
            "unread",
            pgettext_lazy("view", "Unread"),
            lambda actor: Q(read_at__isnull=True),
            LATEST,
        ),
    )

    def base(self, actor: Actor) -> QuerySet[Any]:
        return Notice.objects.filter(post=actor.post or 0)

    def url(self, row: Any) -> str:
        return f"/notices/{row.pk}/"


def _on_day(column: str) -> Any:
    """The filter for one local day, as a span of the column itself, so that its index serves."""
    return lambda day: Q(
        **{
            f"{column}__gt": clock.end_of(day - timedelta(days=1)),
            f"{column}__lte": clock.end_of(day),
        }
    )


class _Audit(List):
    """Base of the lists of the audit trail."""

    duties = ("audit.see",)
    views = (View("all", pgettext_lazy("view", "All"), order=LATEST),)


def _kind_choices(actor: Actor) -> list[tuple[str, Any]]:
    return [(kind.key, kind.label) for kind in registry.kinds()]


LOOKS = {
    "see": _("opened"),
    "preview": _("looked at"),
    "export": _("took out as a sheet"),
    "verify": _("verified the chain"),
    "label": _("printed the label"),
    "proof": _("opened a file"),
    "original": _("took out a file"),
    "search": _("searched"),
}


class AccessList(_Audit):
    """Who saw or took out what."""

    key = "accesses"
    model = Access
    title = _("Who saw what")
    columns = (
        Column("at", _("Time")),
        Column("label", _("Who"), width=36),
        Column("what", _("Did"), lambda row: LOOKS.get(row.what, row.what)),
        Column("kind", _("Kind"), lambda row: _kind_label(row.kind)),
        Column("detail", _("What"), _look_detail, width=40),
        Column("address", _("Address")),
    )
    filters = (
        Filter("label", _("Who"), "text", lookup="label__icontains"),
        Filter("what", _("Did"), choices=list(LOOKS.items())),
        Filter("kind", _("Kind"), choices=_kind_choices),
        Filter("on", _("Day"), "date", q=_on_day("at")),
    )

    def url(self, row: Any) -> str:
        return _case_link(row.kind, row.uid)


class RefusalList(_Audit):
    """Steps that were refused, and why."""

    key = "refusals"
    model = Refusal
    title = _("Refused steps")
    columns = (
        Column("at", _("Time")),
        Column("actor_label", _("Who"), width=36),
        Column("kind", _("Kind"), lambda row: _kind_label(row.case_kind)),
        Column("step", _("Step"), lambda row: _step_label(row.case_kind, row.step)),
        Column("words", _("Why"), width=60),
    )
    filters = (
        Filter("who", _("Who"), "text", lookup="actor_label__icontains"),
        Filter("kind", _("Kind"), choices=_kind_choices, lookup="case_kind"),
        Filter("on", _("Day"), "date", q=_on_day("at")),
    )

    def base(self, actor: Actor) -> QuerySet[Any]:
        return Refusal.objects.filter(region__startswith=actor.scope.region)

    def url(self, row: Any) -> str:
        return _case_link(row.case_kind, row.case_uid)


def _step_label(kind_key: str, name: str) -> str:
    found = registry.shelf("kinds").get(kind_key)
    if found is None:
        return name
    if name == "open":
        return str(found.intake.label if found.intake else found.label)
    return str(found.loop.steps[name].label) if name in found.loop.steps else name


def changed_words(row: Any) -> str:
    """An edit as words, fields by their labels."""
    from django.apps import apps  # noqa: PLC0415 - only rows of a database need it

    try:
        model = apps.get_model(row.model)
        labels = {
            field.name: getattr(field, "verbose_name", field.name)
            for field in model._meta.get_fields()
        }
    except LookupError:
        labels = {}
    return wording.clauses(
        f"{labels.get(name, name)}：{words.stored(old) or '—'} → {words.stored(new) or '—'}"
        for name, (old, new) in row.changes.items()
    )


class EditList(_Audit):
    """Plain facts that were changed, before and after."""

    key = "edits"
    model = Edit
    title = _("Changed facts")
    columns = (
        Column("at", _("Time")),
        Column("actor_label", _("Who"), width=36),
        Column("label", _("What"), width=30),
        Column("changes", _("Before → after"), changed_words, width=60),
    )
    filters = (
        Filter("who", _("Who"), "text", lookup="actor_label__icontains"),
        Filter("on", _("Day"), "date", q=_on_day("at")),
    )


class EntryList(_Audit):
    """The ledger itself, newest first."""

    key = "entries"
    model = Entry
    title = _("Ledger entries")
    columns = (
        Column("at", _("Time")),
        Column("actor_label", _("Who"), width=36),
        Column("kind", _("Kind"), lambda row: _kind_label(row.case_kind)),
        Column("what", _("Did"), lambda row: told(row.case_kind, row.kind)),
        Column("seq", _("No."), is_numeric=True),
        Column("hash", _("Hash"), lambda row: row.hash[:16]),
    )
    filters = (
        Filter("who", _("Who"), "text", lookup="actor_label__icontains"),
        Filter("kind", _("Kind"), choices=_kind_choices, lookup="case_kind"),
        Filter("on", _("Day"), "date", q=_on_day("at")),
    )

    def base(self, actor: Actor) -> QuerySet[Any]:
        return Entry.objects.filter(region__startswith=actor.scope.region)

    def url(self, row: Any) -> str:
        return _case_link(row.case_kind, row.case_uid)


class SealList(_Audit):
    """The daily seals with their roots."""

    key = "seals"
    model = Seal
    views = (View("all", pgettext_lazy("view", "All")),)
    title = _("Daily seals")
    columns = (
        Column("day", _("Day")),
        Column("n_entries", _("Entries"), is_numeric=True),
        Column("root", _("Merkle root"), width=66),
        Column("hash", _("Seal"), width=66),
        Column("sealed_at", _("Sealed")),
    )


AUDIT_LISTS = (AccessList, RefusalList, EditList, EntryList, SealList)
for _shown in (DocketList, NoticeList, *AUDIT_LISTS):
    registry.add("lists", _shown.key, _shown())

_made: dict[str, List] = {}


def list_of(key: str) -> List | None:
    """The list under a key; a kind that registered none gets a plain one under its plural."""
    found: List | None = registry.shelf("lists").get(key)
    if found is None:
        kind = next((kind for kind in registry.kinds() if kind.plural == key), None)
        if kind is not None:
            found = _made.get(key) or _made.setdefault(key, _case_list(kind))
    return found


def _case_list(kind: Kind) -> List:
    """A list of a kind's cases: code, title, unit, state, holder, due."""

    has_marks = kind.mark_label is not Kind.__dataclass_fields__["mark_label"].default
    shown = (
        Column("code", _("Code"), is_code=True),
        Column("mark", _("Grade"), lambda row: kind.mark_label(kind.mark(row)), chip="mark"),
        Column("title", _("Matter"), lambda row: row.title(), width=50),
        Column("unit.name", _("Liable unit"), width=30),
        Column("state", _("State"), chip="state"),
        Column("holder", _("Whose turn")),
        Column("due_at", _("Due"), chip="due"),
        Column("opened_at", _("Opened")),
    )

    class CaseList(List):
        key = kind.plural
        model = kind.model
        title = kind.label
        is_searchable = True
        related = tuple(dict.fromkeys([*kind.related, "unit"]))
        columns = tuple(column for column in shown if has_marks or column.key != "mark")
        filters = (
            Filter(
                "state",
                _("State"),
                choices=[(name, state.label) for name, state in kind.loop.states.items()],
            ),
            Filter("late", _("Overdue"), "flag", q=lambda on: IS_OPEN & late()),
        )
        views = (
            View("all", pgettext_lazy("view", "All"), order=NEWEST),
            View("open", pgettext_lazy("view", "Still open"), lambda actor: IS_OPEN, BY_DUE),
            View(
                "mine",
                pgettext_lazy("view", "My turn"),
                lambda actor: Q(uid__in=docket.my_turn(actor).order_by().values("case_uid")),
                BY_DUE,
            ),
        )

        def url(self, row: Any) -> str:
            return address(kind, row)

    return CaseList()

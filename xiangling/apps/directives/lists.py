"""The ledger of tasks as a list, and documents, pledges and duty lists as lists."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import clock, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.docket import my_turn
from xiangling.kernel.lists import BY_DUE, NEWEST, Column, Filter, List, View
from xiangling.kernel.registry import MenuItem
from xiangling.org.models import Unit
from xiangling.org.regions import in_region, region_choices
from xiangling.org.sectors import sector_choices, sector_label

from . import queries, terms
from .loop import TASK
from .models import Document, Draft, DutySheet, Genre, Part, Pledge, Task

OPEN = Q(closed_at__isnull=True)
ASKED = ~Q(state="withdrawn")


def late() -> Q:
    return OPEN & Q(due_at__lt=clock.now())


def holder_of(row: Task) -> str:
    """The unit whose turn it is."""
    turn = TASK.states[row.state].turn_of(row)
    unit: Unit | None = {
        "task.do": row.unit,
        "task.check": row.checker,
        "task.assign": row.issuer,
    }.get(turn)
    return unit.name if unit else ""


def units_with_tasks(actor: Actor) -> list[tuple[str, str]]:
    """The units that have a task in the actor's area."""
    rows = Unit.objects.filter(pk__in=Task.objects.order_by().values("unit"))
    return [(str(unit.pk), unit.name) for unit in rows.order_by("level", "region", "id")]


COLUMNS = (
    Column("code", _("Code"), is_code=True, width=22),
    Column("title", _("Task"), lambda row: row.title(), width=50),
    Column("unit.name", _("Doer"), width=24),
    Column("state", _("State"), lambda row: TASK.states[row.state].label, chip="state"),
    Column("holder", _("Whose turn"), holder_of, width=24),
    Column("due_at", _("Time left"), chip="due"),
    Column("due_on", _("Due")),
    Column("checker.name", _("Checking unit"), width=24),
    Column("issuer.name", _("Issuing unit"), width=24),
    Column("part", _("Part"), lambda row: row.get_part_display()),
    Column("share", _("Share (%)"), is_numeric=True),
    Column("doer_person", _("Person in charge")),
    Column("sector", _("Sector"), lambda row: sector_label(row.sector) if row.sector else ""),
    Column("words", _("Ten words"), lambda row: terms.word_labels(row.words)),
    Column("proof_kind", _("Proof"), lambda row: terms.proof_label(row.proof_kind), width=20),
    Column("basis", _("Basis"), width=40),
    Column("source", _("Source sentence"), width=60),
    Column("indicator", _("Indicator"), width=24),
    Column("opened_at", _("Assigned on"), width=18),
    Column("closed_at", _("Closed on"), width=18),
)
FILTERS = (
    Filter(
        "state", _("State"), choices=[(name, state.label) for name, state in TASK.states.items()]
    ),
    Filter("unit", _("Doer"), choices=units_with_tasks, lookup="unit_id"),
    Filter("region", _("Region"), choices=region_choices, q=in_region),
    Filter("sector", _("Sector"), choices=lambda actor: sector_choices()),
    Filter(
        "word",
        _("Ten words"),
        choices=lambda actor: terms.word_choices(),
        q=lambda word: Q(words__contains=word),
    ),
    Filter(
        "member",
        _("Word of a set"),
        choices=lambda actor: terms.member_choices(),
        q=terms.of_choice,
        is_shown=False,
    ),
    Filter("asked", _("Not withdrawn"), "flag", q=lambda on: ASKED, is_shown=False),
    Filter("part", _("Part"), choices=Part.choices),
    Filter("standing", _("Comes round"), "flag", q=lambda on: Q(recurrence__isnull=False)),
    Filter("overdue", _("Overdue"), "flag", q=lambda on: late()),
    Filter("due_from", _("Due from"), "date", lookup="due_on__gte"),
    Filter("due_to", _("Due until"), "date", lookup="due_on__lte"),
    Filter("document", _("Document"), "text", lookup="document__title__icontains"),
)


class TaskLedger(List):
    """Every task in the reader's area."""

    key = "tasks"
    model = Task
    title = _("Ledger of tasks")
    is_searchable = True
    duties = ("task.see",)
    related = ("unit", "checker", "issuer", "recurrence")
    empty = _("No task matches. Clear the filters, take in a document, or assign one.")
    columns = COLUMNS
    filters = FILTERS
    start_view = "open"
    views: ClassVar[tuple[View, ...]] = (
        View("all", pgettext_lazy("view", "All"), order=NEWEST),
        View("open", pgettext_lazy("view", "Open"), lambda actor: OPEN, BY_DUE),
        View(
            "mine",
            pgettext_lazy("view", "My turn"),
            lambda actor: OPEN & Q(uid__in=my_turn(actor).order_by().values("case_uid")),
            BY_DUE,
        ),
        View(
            "given",
            pgettext_lazy("view", "Given by us"),
            lambda actor: Q(issuer_id=actor.unit),
        ),
        View("overdue", pgettext_lazy("view", "Overdue"), lambda actor: late(), BY_DUE),
        View(
            "skipped",
            pgettext_lazy("view", "Skipped periods"),
            lambda actor: (
                Q(recurrence__isnull=False)
                & (Q(state="skipped") | Q(closed_at__isnull=True, due_on__lt=queries.today()))
            ),
        ),
    )

    def url(self, row: Any) -> str:
        return f"/task/{row.uid}/"


class DocumentList(List):
    """Documents taken in, with how far their tasks are confirmed."""

    key = "documents"
    model = Document
    title = _("Documents")
    is_searchable = True
    duties = ("document.see",)
    related = ("unit",)
    empty = _("No document here yet. Take one in: its tasks are proposed, you confirm them.")
    create_url = "/documents/new/"
    create_label = _("Take in a document")
    create_duty = "document.take"
    columns = (
        Column("title", pgettext_lazy("document", "Title"), width=50),
        Column("genre", _("Type"), lambda row: row.get_genre_display()),
        Column("issued_on", _("Date of the document")),
        Column("speaker", _("Speaker or issuer"), width=24),
        Column("unit.name", _("Taken in by"), width=24),
        Column("n_open", _("To confirm"), is_numeric=True),
        Column("n_confirmed", _("Confirmed"), is_numeric=True),
        Column("n_tasks", _("Tasks"), is_numeric=True),
        Column("medium", _("Source medium"), width=24),
        Column("read_at", _("Taken in on"), width=18),
    )
    filters = (
        Filter("genre", _("Type"), choices=Genre.choices),
        Filter("issued_from", _("Date from"), "date", lookup="issued_on__gte"),
        Filter("issued_to", _("Date until"), "date", lookup="issued_on__lte"),
    )
    views = (
        View("all", pgettext_lazy("view", "All")),
        View(
            "open",
            pgettext_lazy("view", "To confirm"),
            lambda actor: Q(
                pk__in=Draft.objects.filter(state=Draft.State.OPEN).order_by().values("document")
            ),
        ),
        View(
            "plans",
            pgettext_lazy("view", "Own plans asked for"),
            lambda actor: Q(plans_due_on__isnull=False),
        ),
    )

    def base(self, actor: Actor) -> QuerySet[Any]:
        return queries.documents_seen(actor).annotate(
            n_open=Count("drafts", Q(drafts__state=Draft.State.OPEN), distinct=True),
            n_confirmed=Count("drafts", Q(drafts__state=Draft.State.CONFIRMED), distinct=True),
            n_tasks=Count("tasks", distinct=True),
        )

    def url(self, row: Any) -> str:
        return f"/documents/{row.uid}/"


class PledgeList(List):
    """Responsibility pledges by year, signed and unsigned."""

    key = "pledges"
    model = Pledge
    title = _("Responsibility pledges")
    duties = ("task.see",)
    related = ("unit", "to_unit")
    empty = _("No pledge here. Open a year: each lower unit gets a line to sign.")
    create_url = "/pledges/open/"
    create_label = _("Open a year")
    create_duty = "pledge.keep"
    columns = (
        Column("unit.name", _("Unit"), width=30),
        Column("year", _("Year"), lambda row: str(row.year)),
        Column("to_unit.name", _("Signed with"), width=24),
        Column(
            "state",
            _("State"),
            lambda row: (
                pgettext_lazy("pledge", "Signed")
                if row.signed_on
                else pgettext_lazy("pledge", "Not signed")
            ),
        ),
        Column("signed_on", _("Signed on")),
        Column("signer", _("Signed by")),
        Column("targets", _("Targets"), width=50),
    )
    filters = (
        Filter(
            "year",
            _("Year"),
            choices=lambda actor: [
                (str(year), str(year))
                for year in Pledge.objects.order_by("-year")
                .values_list("year", flat=True)
                .distinct()
            ],
        ),
    )
    views = (
        View("all", pgettext_lazy("view", "All"), None, ("-year", "id")),
        View(
            "unsigned",
            pgettext_lazy("view", "Not signed"),
            lambda actor: Q(signed_on=None),
            ("-year", "id"),
        ),
        View(
            "signed",
            pgettext_lazy("view", "Signed"),
            lambda actor: Q(signed_on__isnull=False),
            ("-year", "id"),
        ),
    )

    def url(self, row: Any) -> str:
        return f"/pledges/{row.uid}/"


class DutySheetList(List):
    """Standing duty lists; a person opens on their own unit's."""

    key = "sheets"
    model = DutySheet
    title = _("Duty lists")
    duties = ("task.see",)
    related = ("unit",)
    empty = _("No duty list here yet.")
    create_url = "/sheets/new/"
    create_label = _("Start a duty list")
    create_duty = "sheet.keep"
    start_view = "mine"
    columns = (
        Column("title", pgettext_lazy("document", "Title"), width=40),
        Column("unit.name", _("Unit"), width=30),
        Column("version", _("Version"), lambda row: len(row.versions.all()), is_numeric=True),
        Column(
            "starts_on",
            _("In force from"),
            lambda row: max((v.starts_on for v in row.versions.all()), default=None),
        ),
    )
    views = (
        View("all", pgettext_lazy("view", "All")),
        View("mine", pgettext_lazy("view", "Our own"), lambda actor: Q(unit_id=actor.unit)),
    )

    def base(self, actor: Actor) -> QuerySet[Any]:
        return DutySheet.objects.prefetch_related("versions")

    def url(self, row: Any) -> str:
        return f"/sheets/{row.uid}/"


for _made in (TaskLedger(), DocumentList(), PledgeList(), DutySheetList()):
    registry.add("lists", _made.key, _made)
registry.add(
    "menu",
    "directives",
    MenuItem(
        "directives",
        _("Documents and tasks"),
        "/tasks/",
        "file-text",
        50,
        ("task.see",),
        ("/task", "/documents/", "/standing/", "/pledge", "/sheets/", "/plans/"),
    ),
)

"""Which lists and kinds the API serves, and who may read them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import clock, docket, ledger, reading, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import Filter, List, View
from xiangling.kernel.models import Access, Case, Docket, Entry, Job, RefusedRow
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.kernel.registry import Kind

from .auth import caller
from .fields import named_rows

_AGAIN_AFTER = timedelta(minutes=10)


def default_list(kind: Kind) -> List:
    """A list over a kind whose app registers none: by state, open or not, in words."""
    states = [(name, state.label) for name, state in kind.loop.states.items()]
    made = {
        "key": kind.plural,
        "model": kind.model,
        "title": kind.label,
        "columns": (),
        "is_searchable": True,
        "filters": (
            Filter("state", _("State"), choices=states),
            Filter(
                "open",
                pgettext_lazy("view", "Open"),
                "flag",
                q=lambda on: Q(closed_at__isnull=True),
            ),
        ),
    }
    found: List = type("DefaultList", (List,), made)()
    return found


def list_of(kind: Kind) -> List:
    """The list registered under the kind's plural, or else the default one."""
    found = registry.shelf("lists").get(kind.plural)
    return found if found is not None and found.model is kind.model else default_list(kind)


def kind_for(shown: List) -> Kind | None:
    """The kind whose records a list shows, if it shows any."""
    return next((kind for kind in registry.kinds() if kind.model is shown.model), None)


def plain_lists() -> list[List]:
    """Registered lists that are not the main list of a kind."""
    plurals = {kind.plural for kind in registry.kinds()}
    return [shown for key, shown in registry.shelf("lists").items() if key not in plurals]


def may_see(actor: Actor, kind: Kind) -> bool:
    """Whether a post sees records of a kind: by its own `see` duty, else by any `see` duty it has."""
    code = f"{kind.key}.see"
    if code in registry.shelf("duties"):
        return actor.may(code)
    return any(duty.endswith(".see") for duty in actor.duties)


def require_list(shown: List, actor: Actor) -> None:
    """Raise Refused (403) unless the post has one of the duties that open a list."""
    kind = kind_for(shown)
    is_open = kind is None or may_see(actor, kind)
    if shown.duties:
        is_open = any(map(actor.may, shown.duties))
    if not is_open:
        raise Refused(
            "no_duty",
            _("Reading these records is not a duty of your post."),
            ask=_("Ask whoever keeps units, posts and people."),
            status=403,
        )


def record(kind: Kind, uid: UUID, actor: Actor) -> Case:
    """One record of a kind. Raises OutOfScope outside the area, and where the post sees no such kind."""
    found = reading.find(kind.model, uid) if may_see(actor, kind) else None
    if found is None:
        raise OutOfScope()
    reading.read_related(found, named_rows(kind))
    return found


def keep_look(request: HttpRequest, what: str, key: str, uid: UUID | None = None) -> None:
    """Keep that this caller read something: once in ten minutes for the same thing."""
    actor, detail = caller(request), f"API {request.get_full_path()}"[:300]
    since = clock.now() - _AGAIN_AFTER
    rows = Access.objects.filter(person=actor.person, at__gte=since, what=what, kind=key)
    if not rows.filter(uid=uid, detail=detail).exists():
        address = str(request.META.get("REMOTE_ADDR", ""))
        ledger.record_access(actor, what, kind=key, uid=uid, detail=detail, address=address)


class Todo(List):
    """Open records whose next move is the caller's, soonest due first."""

    key = "todo"
    model = Docket
    title = _("To do")
    columns = ()
    views = (View("all", pgettext_lazy("view", "All"), order=("due_at", "id")),)

    def base(self, actor: Actor) -> QuerySet[Any]:
        return docket.my_turn(actor)


class Timeline(List):
    """One record's entries, first to last."""

    key = "entries"
    model = Entry
    title = _("Timeline")
    columns = ()
    views = (View("all", pgettext_lazy("view", "All"), order=("seq",)),)

    def __init__(self, case: Case) -> None:
        self.case = case

    def base(self, actor: Actor) -> QuerySet[Any]:
        return ledger.timeline(self.case)


class RefusedRows(List):
    """The rows an import did not take in."""

    key = "refused"
    model = RefusedRow
    title = _("Refused rows")
    columns = ()
    views = (View("all", pgettext_lazy("view", "All"), order=("number",)),)

    def __init__(self, job: Job) -> None:
        self.job = job

    def base(self, actor: Actor) -> QuerySet[Any]:
        return RefusedRow.objects.filter(job=self.job)

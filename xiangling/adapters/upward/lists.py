"""Lists of the nodes below and of what was refused of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import Column, Filter, List, View

from . import queries
from .duties import SEE
from .models import BatchRefusal, Node

STANDINGS = {
    queries.GOOD: pgettext_lazy("node", "On time"),
    queries.LATE: pgettext_lazy("node", "Late"),
    queries.REFUSED: pgettext_lazy("node", "Refused"),
    queries.NEVER: pgettext_lazy("node", "Nothing yet"),
    queries.ENDED: pgettext_lazy("node", "Ended"),
}
REASONS = {
    "forged": _("The signature is not the node's."),
    "fork": _("It goes on from another history: the node was restored from an older copy."),
    "altered": _("An entry or record was altered."),
    "outside": _("It reports on another region."),
    "bad_batch": _("It cannot be read."),
    "no_key": _("Its key cannot be used here."),
    "gap": _("An earlier batch is missing."),
    "unknown_node": _("The upper node does not know this node."),
    "unreachable": _("The upper node cannot be reached."),
    "strange": _("What answers is no upper node."),
    "not_set": _("Reporting upward is not set up completely."),
}
"""What the codes of a refusal and of a failed try say."""


def standing_label(node: Node) -> Any:
    return STANDINGS[queries.standing(node)]


class NodeList(List):
    """The nodes that report here, whoever is late first."""

    key = "nodes"
    model = Node
    title = _("Nodes below")
    duties = (SEE,)
    empty = _("No node reports here. The operator registers one: xiangling upward add.")
    columns = (
        Column("code", _("Node"), is_code=True),
        Column("name", _("Name"), width=24),
        Column("region", _("Region")),
        Column("standing", _("Reporting"), standing_label),
        Column("last_at", _("Last report")),
        Column("due_at", _("Next report due")),
        Column("last_number", _("Last batch"), is_numeric=True),
        Column("n_entries", _("Entries"), is_numeric=True),
    )
    views = (
        View("all", pgettext_lazy("view", "All"), order=("due_at", "id")),
        View(
            "late", pgettext_lazy("view", "Late"), lambda actor: queries.is_late(), ("due_at", "id")
        ),
        View(
            "refused",
            pgettext_lazy("view", "Refused"),
            lambda actor: queries.is_refused(),
            ("due_at", "id"),
        ),
    )

    def base(self, actor: Actor) -> QuerySet[Any]:
        return nodes_of(actor)

    def url(self, row: Any) -> str:
        return f"/upward/{row.uid}/"


class RefusedBatchList(List):
    """Batches that were not taken, newest first."""

    key = "refused_batches"
    model = BatchRefusal
    title = _("Refused batches")
    duties = (SEE,)
    related = ("node",)
    columns = (
        Column("at", _("Time")),
        Column("node.name", _("Node"), width=24),
        Column("number", _("Batch"), is_numeric=True),
        Column("code", _("Why"), lambda row: REASONS.get(row.code, row.code), width=40),
        Column("detail", _("Exactly"), width=60),
        Column("address", _("Address")),
    )
    filters = (Filter("code", _("Why"), choices=list(REASONS.items())[:6]),)
    views = (View("all", pgettext_lazy("view", "All"), order=("-at", "-id")),)

    def base(self, actor: Actor) -> QuerySet[Any]:
        return BatchRefusal.objects.filter(Q(node__in=nodes_of(actor)))

    def url(self, row: Any) -> str:
        return f"/upward/{row.node.uid}/"


def nodes_of(actor: Actor) -> QuerySet[Node]:
    """The nodes inside an actor's area; none for a post of an enterprise."""
    if actor.scope.units is not None:
        return Node.objects.none()
    return Node.objects.filter(region__startswith=actor.scope.region)


for _shown in (NodeList, RefusedBatchList):
    registry.add("lists", _shown.key, _shown())

"""The verbs of bulletins: drafting one, counting its figures anew, and what is asked before it goes out."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from xiangling.documents import actions as papers
from xiangling.documents import rules
from xiangling.documents.models import Paper
from xiangling.insight import periods
from xiangling.insight.duties import PUBLISH
from xiangling.insight.models import Bulletin, BulletinFigures
from xiangling.insight.periods import Period
from xiangling.kernel import clock, engine, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.digest import canonical, digest
from xiangling.kernel.refusal import Refused
from xiangling.org.models import Unit, in_force

from . import wording
from .figures import Collected, collect

BINDER = "bulletin"


def draft(period: str, *, actor: Actor) -> Bulletin:
    """Draft the bulletin of the actor's own area for a month or quarter.

    One that replaces a published bulletin withdraws it when it goes out. Raises Refused without the
    duty, for other periods, for one that has not begun, and where a draft is there already.
    """
    if not actor.may(PUBLISH):
        raise Refused("no_duty", _("Publishing figures is not a duty of your post."), status=403)
    found = read_period(period)
    last = found.ends or found.last
    older = _older(actor, found)
    made = collect(actor.scope.region, period, actor)
    with transaction.atomic():
        paper = papers.draft_bulletin(
            wording.title_of(made),
            wording.sections(made),
            addressee=wording.addressee_of(made),
            distribution=_receivers(made, actor),
            figures=list(made.figures.values()),
            binder=BINDER,
            withdraws=older,
            actor=actor,
        )
        return Bulletin.objects.create(
            paper=paper,
            region=made.place.code,
            period=found.code(),
            first_on=found.first,
            last_on=last,
            text=paper.content["body"],
        )


def read_period(text: str) -> Period:
    """A month or a quarter. Raises Refused for anything else, and for one that has not begun."""
    found = periods.read(text)
    if found.n_months() == 1 or (found.n_months() == 3 and found.first.month % 3 == 1):
        return found
    raise Refused(
        "bad_period",
        _("A bulletin reports one month or one quarter."),
        todo=_("Write it as 2026-10 or 2026-Q3."),
        status=422,
        fields={"period": _("One month or one quarter.")},
    )


def _own(actor: Actor, period: Period) -> Any:
    return Bulletin.objects.filter(
        region=actor.scope.region,
        first_on=period.first,
        last_on=period.ends or period.last,
        paper__issuer=actor.unit,
    )


def latest(period: str, actor: Actor) -> Bulletin | None:
    """The actor's own bulletin of a period: the one in force, else the draft; None for none. Raises Refused."""
    rows = _own(actor, read_period(period)).select_related("paper__issuer")
    return (
        rows.filter(paper__state="issued").order_by("-pk").first()
        or rows.filter(paper__state="draft").first()
    )


def _older(actor: Actor, period: Period) -> str:
    """The number of the bulletin in force for the period, "" for none. Raises Refused for a draft."""
    rows = _own(actor, period)
    drafted = rows.filter(paper__state="draft").select_related("paper").first()
    if drafted is not None:
        raise Refused(
            "bulletin_exists",
            _("There is a draft for this period already: %(code)s.") % {"code": drafted.paper.code},
            todo=_("Go on with it, or discard it: %(address)s.")
            % {"address": address_of(drafted.paper)},
        )
    standing = rows.filter(paper__state="issued").values_list("paper__number", flat=True).first()
    return standing or ""


def _receivers(made: Collected, actor: Actor) -> list[str]:
    """The authorities of the area, except who drafts: they are to read it."""
    kinds = (
        Unit.Kind.COMMITTEE,
        Unit.Kind.COMMITTEE_OFFICE,
        Unit.Kind.DEPARTMENT,
        Unit.Kind.STATION,
    )
    rows = Unit.objects.filter(
        in_force(clock.local_date(clock.now())), region__startswith=made.place.code, kind__in=kinds
    )
    names = list(
        rows.exclude(pk=actor.unit or 0)
        .order_by("level", "region", "pk")
        .values_list("name", flat=True)
    )
    return [name for name in dict.fromkeys(names) if names.count(name) == 1]


def reword(bulletin: Bulletin, answers: dict[str, Any], *, actor: Actor) -> None:
    """Keep the words of a draft. Raises Refused for a figure that is not the bulletin's."""
    papers.complete(bulletin.paper, answers, actor=actor)


def refresh(bulletin: Bulletin, *, actor: Actor) -> dict[str, list[str]]:
    """Count the figures of a draft anew; returns what changed: key -> [before, now]."""
    entry = engine.move(bulletin.paper, "refresh", actor=actor)
    changed: dict[str, list[str]] = entry.data["figures"]
    return changed


def publish(bulletin: Bulletin, *, actor: Actor) -> None:
    """Issue the paper, which freezes words and figures. Raises Refused in words."""
    engine.move(bulletin.paper, "issue", actor=actor)


# --- what the paper asks of whoever keeps its figures -----------------------------------------------


def bulletin_of(paper: Paper) -> Bulletin:
    return Bulletin.objects.get(paper=paper)


def recounted(bulletin: Bulletin, actor: Actor) -> tuple[dict[str, Any], dict[str, Any]]:
    """(figures, tables) of a bulletin as counted now, as its paper would keep them."""
    made = collect(bulletin.region, bulletin.period, actor)
    return (
        {key: papers.cell_of(figure) for key, figure in made.figures.items()},
        {key: papers.table_of(table) for key, table in made.tables.items()},
    )


def check(paper: Paper, actor: Actor) -> None:
    """Raise Refused where the period is not over, or figures are no longer what the draft says."""
    bulletin = bulletin_of(paper)
    if not actor.may(PUBLISH):
        raise Refused("no_duty", _("Publishing figures is not a duty of your post."), status=403)
    if is_running(bulletin):
        raise Refused(
            "running",
            rules.NOT_ISSUED,
            why=_("The period is under way; its figures still change."),
            todo=_("Publish it when it is over: after %(day)s.") % {"day": bulletin.last_on},
        )
    if moved := differences(paper.content, recounted(bulletin, actor)):
        raise Refused(
            "figures_moved",
            rules.NOT_ISSUED,
            why=_("%(n)d figures are counted otherwise since the draft was made.")
            % {"n": len(moved)},
            todo=_("Bring the figures up to date, read the text once more, then publish."),
        )


def is_running(bulletin: Bulletin) -> bool:
    """Whether its period is not over yet."""
    return bulletin.last_on >= clock.local_date(clock.now())


def differences(
    kept: dict[str, Any], fresh: tuple[dict[str, Any], dict[str, Any]]
) -> dict[str, list[str]]:
    """What is counted otherwise now: key (of a figure, or table/row/number of column) -> [kept, now]."""
    figures, tables = fresh
    return rules.changed_figures(
        {**(kept.get("figures") or {}), **_cells(kept.get("tables") or {})},
        {**figures, **_cells(tables)},
    )


def _cells(tables: dict[str, Any]) -> dict[str, Any]:
    """The cells of tables by table, row (its first words) and number of the column, whose heading may be reworded."""
    found = {}
    for key, table in tables.items():
        for number, row in enumerate(table["rows"]):
            texts = [cell if isinstance(cell, dict) else {"text": cell} for cell in row]
            named = 1 if key == "parts" else 0
            label = texts[named]["text"] or str(number + 1)
            for column, cell in enumerate(texts):
                found[f"{key}/{label}/{column}"] = cell
    return found


def freeze(paper: Paper, actor: Actor) -> None:
    """Keep the figures as they go out; runs in the transaction that issues the paper."""
    figures, tables = paper.content["figures"], paper.content["tables"]
    BulletinFigures.objects.create(
        bulletin=bulletin_of(paper),
        figures=figures,
        tables=tables,
        digest=digest(canonical([figures, tables])),
        published_at=clock.now(),
        published_by=actor.label[:200],
    )


def is_whole(published: BulletinFigures) -> bool:
    """Whether the figures kept are those that went out."""
    return published.digest == digest(canonical([published.figures, published.tables]))


def address_of(paper: Paper) -> str:
    return f"/bulletins/{paper.uid}/"


registry.add(
    "binders",
    BINDER,
    registry.Binder(
        bind=lambda paper, actor: recounted(bulletin_of(paper), actor),
        check=check,
        freeze=freeze,
        address=address_of,
    ),
)


def period_of(bulletin: Bulletin) -> Period:
    return Period(bulletin.first_on, bulletin.last_on)

"""What the life of a paper asks beyond its declaration: guards (refuse) and preparations (set)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from xiangling.kernel import clock, engine, proof, registry, series, wording
from xiangling.kernel.actor import Actor
from xiangling.kernel.digest import digest
from xiangling.kernel.refusal import Refused
from xiangling.org.models import Unit

from . import catalogue, composing, distribution, docx, pdf, queries
from .models import Issued, Letterhead, Paper

NOT_ISSUED = _("The paper was not issued.")
FREE_TEXT = "body"


def _wrong(field: str, why: Any, *, todo: Any = "", status: int = 422, code: str = "") -> Refused:
    return Refused(
        code or f"bad_{field}",
        _("The draft was not made."),
        why=why,
        todo=todo,
        fields={field: why},
        status=status,
    )


# --- drafting -----------------------------------------------------------------------------------


def types_of(actor: Actor | None) -> list[catalogue.PaperType]:
    """The papers that this actor's body may issue today."""
    found = catalogue.types(clock.local_date(clock.now()))
    if actor is None or actor.unit is None:
        return found
    kind = Unit.objects.values_list("kind", flat=True).get(pk=actor.unit)
    return [sort for sort in found if kind in sort.row["by"]]


def prepare_paper(case: Paper, data: dict[str, Any], actor: Actor) -> None:
    """Fill a new draft from its record, its body and the body's last paper.

    Raises Refused where the record is not the actor's to see, is of the wrong grade, or lacks the
    paper that must come before.
    """
    case.opened_at = clock.now()
    case.issuer_id = case.unit_id = _body_of(actor)
    case.issuer = Unit.objects.get(pk=case.issuer_id)
    case.region = case.issuer.prefix.ljust(12, "0")
    case.sector = next(iter(sorted(actor.scope.sectors or ())), "")
    sort = next((sort for sort in types_of(actor) if sort.key == case.type), None)
    if sort is None:
        raise _wrong("type", _("Your body does not issue this paper."))
    given = _from_record(case, sort, data.get("about", ""), actor)
    _tie_withdrawn(case, data.get("withdraws", ""))
    case.content = fill(case, sort, given)
    dress(case)
    data |= {"type": sort.name, "content": case.content}  # the ledger is read by people


def _body_of(actor: Actor) -> int:
    if actor.unit is None:
        raise _wrong("type", _("Only a unit issues papers."))
    return actor.unit


def _from_record(case: Paper, sort: catalogue.PaperType, code: str, actor: Actor) -> dict[str, Any]:
    """Tie the draft to its record, and read off what the record knows."""
    wanted = sort.row["about"]
    if not code.strip() or wanted == "none":
        if wanted == "required":
            raise _wrong("about", _("This paper is about a record: enter its code."))
        return {}
    try:
        key, record = queries.find_record(code, actor)
    except Refused as refusal:
        why = _("There is no record with this code in your area.")
        raise _wrong("about", why, status=404, code="about_unknown") from refusal
    given = registry.shelf("fills")[key](record)
    if sort.row.get("grade") and given.get("grade") not in sort.row["grade"]:
        raise _wrong("about", _("This paper is for major hazards only."))
    case.about_kind, case.about_uid, case.about_code = key, record.uid, record.code
    case.sector = record.sector
    if sort.after:
        given |= _from_earlier(sort, record.uid)
    if takes := sort.row.get("takes"):
        given |= _taken_over(takes, record.uid)
    return given


def _taken_over(takes: dict[str, Any], uid: Any) -> dict[str, Any]:
    """What a paper repeats of the standing one before it, and that one's number."""
    earlier = queries.standing(uid, [takes["from"]])
    if not earlier:
        return {}
    kept = {key: earlier[0].content.get(key) for key in takes["fields"]}
    return {**kept, takes["number"]: earlier[0].number}


def _from_earlier(sort: catalogue.PaperType, uid: Any) -> dict[str, Any]:
    earlier = queries.standing(uid, sort.after)
    if not earlier:
        raise _wrong(
            "about", _not_before(sort), todo=_("Issue that paper first."), code="paper_missing"
        )
    return {"order_number": earlier[0].number, "order_on": earlier[0].issued_on}


def _not_before(sort: catalogue.PaperType) -> Any:
    labels = dict(catalogue.labels())
    return _("“%(paper)s” needs one of these to have been issued about the record: %(before)s.") % {
        "paper": sort.label,
        "before": wording.listed(labels[key] for key in sort.after),
    }


def _tie_withdrawn(case: Paper, number: str) -> None:
    if not number.strip():
        return
    found = Paper.objects.filter(number=number.strip(), issuer=case.issuer_id).first()
    if found is None or not found.is_standing:
        raise _wrong(
            "withdraws",
            _("Your body has no paper in force with this number."),
            code="no_such_paper",
        )
    case.withdraws = found


def fill(case: Paper, sort: catalogue.PaperType, given: dict[str, Any]) -> dict[str, Any]:
    """The content of a new draft: from its record, else the letterhead, else the body's last paper."""
    head = composing.letterhead_of(case)
    last = queries.latest_of_body(case)
    house = _of_house(head) if head else {}
    content: dict[str, Any] = {}
    for asked, _needed in sort.fields:
        value = given.get(asked.key) or house.get(asked.key)
        if not value and asked.is_remembered and last is not None:
            value = last.content.get(asked.key)
        content[asked.key] = asked.kept(value)
    return content


def _of_house(head: Letterhead) -> dict[str, str]:
    return {
        "review_body": head.review_body,
        "court": head.court,
        "contact": head.contact,
        "contact_phone": head.phone,
    }


def dress(case: Paper) -> None:
    """Set the columns that follow from the content."""
    case.heading = composing.title_of(case.paper_type, case.content)[:200]
    case.addressee = str(case.content.get("addressee") or "")[:200]


# --- guards -------------------------------------------------------------------------------------


def figures_known(case: Paper, *, data: dict[str, Any], **_kw: Any) -> None:
    """Figures are bound to their rows: a text may leave one out, not make one up."""
    _ask_figures(
        {**case.content, **data},
        code="unknown_figure",
        said=_("The draft was not saved."),
        why=_("There is no such figure in this paper: %(names)s."),
        todo=_("Put figures back as they were; write words around them."),
    )


def _ask_figures(content: dict[str, Any], *, code: str, said: Any, why: Any, todo: Any) -> None:
    """Refuse a text that names figures its paper does not have; `why` takes their names."""
    if wrong := composing.unknown_places(content, FREE_TEXT):
        reason = why % {"names": wording.listed(f"{{{name}}}" for name in wrong[:5])}
        raise Refused(code, said, why=reason, todo=todo, fields={FREE_TEXT: reason}, status=422)


def binder_of(case: Paper) -> registry.Binder | None:
    """The part that keeps this paper's figures; None for a paper without."""
    found: registry.Binder | None = registry.shelf("binders").get(case.content.get("binder"))
    return found


def has_binder(case: Paper, **_kw: Any) -> None:
    if binder_of(case) is None:
        raise Refused(
            "no_figures", _("This paper has no figures of its own."), todo=_("Word it by hand.")
        )


def figures_hold(case: Paper, *, actor: Actor, **_kw: Any) -> None:
    """A paper with figures goes out only as they are counted on that day."""
    if binder := binder_of(case):
        binder.check(case, actor)


def is_whole(case: Paper, **_kw: Any) -> None:
    """Everything the paper must say is there; nothing is made up to fill a gap."""
    missing = case.paper_type.missing(case.content)
    if missing:
        raise Refused(
            "incomplete",
            NOT_ISSUED,
            why=_("Still missing: %(fields)s.")
            % {"fields": wording.listed(asked.label for asked in missing)},
            todo=_("Complete the draft first."),
            status=422,
        )


def comes_in_order(case: Paper, **_kw: Any) -> None:
    """A recheck follows an order that stands, and names it (domain.md 8.9)."""
    sort = case.paper_type
    if not sort.after:
        return
    earlier = queries.standing(case.about_uid, sort.after) if case.about_uid else []
    if case.content.get("order_number") not in {paper.number for paper in earlier}:
        raise Refused("paper_missing", NOT_ISSUED, why=_not_before(sort))


def has_letterhead(case: Paper, **_kw: Any) -> None:
    if composing.letterhead_of(case) is None:
        raise Refused(
            "no_letterhead",
            NOT_ISSUED,
            why=_("Your body has no word for its numbers yet."),
            todo=_("Enter it under “Letterhead”: %(address)s.")
            % {"address": "/papers/letterhead/"},
        )


def withdrawn_stands(case: Paper, **_kw: Any) -> None:
    if case.withdraws is not None and not case.withdraws.is_standing:
        raise Refused(
            "already_withdrawn",
            NOT_ISSUED,
            why=_("%(number)s is no longer in force.") % {"number": case.withdraws.number},
        )


def can_be_set(case: Paper, **_kw: Any) -> None:
    """Only where both forms can be made does a paper go out."""
    pdf.find_fonts()


def withdrawn_by_a_paper(case: Paper, *, data: dict[str, Any], **_kw: Any) -> None:
    """An issued paper is withdrawn only by a new one that says so."""
    newer = Paper._base_manager.filter(withdraws=case, number=data["number"]).first()
    if newer is None or not Issued.objects.filter(paper=newer).exists():
        raise Refused(
            "withdrawing_paper_missing",
            _("The paper was not withdrawn."),
            why=_("An issued paper is withdrawn only by a new one."),
            todo=_("Draft a paper that names this one under “Withdraws”, and issue it."),
        )


# --- preparations and effects -------------------------------------------------------------------


def keep_answers(case: Paper, *, data: dict[str, Any], **_kw: Any) -> None:
    """An edit says the whole content: what is left empty is empty."""
    content = dict(case.content)
    for asked, _needed in case.paper_type.fields:
        content[asked.key] = asked.kept(data.get(asked.key))
    case.content = content
    dress(case)


def refresh_figures(case: Paper, *, data: dict[str, Any], actor: Actor, **_kw: Any) -> None:
    """Count the figures of a draft again; its words stay. Raises Refused where the text names one that is gone."""
    binder = binder_of(case)
    assert binder is not None, "the guard asked for it"
    figures, tables = binder.bind(case, actor)
    fresh = {**case.content, "figures": figures, "tables": tables}
    _ask_figures(
        fresh,
        code="figure_gone",
        said=_("The figures were not brought up to date."),
        why=_("These figures of the text are no longer there: %(names)s."),
        todo=_("Take them out of the text, save it, and try again."),
    )
    data["figures"] = changed_figures(case.content.get("figures") or {}, figures)
    case.content = fresh


def changed_figures(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[str]]:
    """Figures that say something else now: key -> [before, now], "" where there was or is none."""
    said = [{key: figure["text"] for key, figure in figures.items()} for figures in (old, new)]
    return {
        key: [said[0].get(key, ""), said[1].get(key, "")]
        for key in dict.fromkeys([*said[0], *said[1]])
        if said[0].get(key) != said[1].get(key)
    }


def allot_and_freeze(case: Paper, *, data: dict[str, Any], at: datetime, **_kw: Any) -> None:
    """Take the next number, set the paper under it, and keep both forms by their hash.

    All in the transaction of the step: a number is either on a frozen paper or was never taken.
    """
    day = clock.local_date(at)
    seq, number = allot(case, day)
    token = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")
    document = composing.compose(
        case, number=number, issued_on=day, address=f"{settings.PUBLIC_URL}/v/{token}/"
    )
    files = {"docx": docx.render(document, at=at), "pdf": pdf.render(document, at=at)}
    digests = {form: digest(content) for form, content in files.items()}
    for form, content in files.items():
        proof.keep(digests[form], form, content)
    Issued.objects.create(
        paper=case,
        number=number,
        issuer_id=case.issuer_id,
        issuer_name=document.issuer,
        type=case.type,
        year=day.year,
        seq=seq,
        issued_on=day,
        token=token,
        document=document.as_plain(),
        document_digest=document.digest(),
        pdf_sha256=hashlib.sha256(files["pdf"]).hexdigest(),
        **digests,
    )
    data |= {"number": number, "issued_on": day, "document": document.digest(), **digests}
    case.number, case.issued_on = number, day
    _move_to_matter(case)


def allot(case: Paper, day: date) -> tuple[int, str]:
    """The next number of this body, sort of paper and year: (7, 东应急责改〔2026〕7号)."""
    head = composing.letterhead_of(case)
    assert head is not None, "the guard asked for it"
    stem = f"{head.word}{case.paper_type.row['series']}〔{day.year}〕"
    while True:
        seq = series.take(f"paper {stem}")
        number = f"{stem}{seq}号"
        taken = Issued.objects.filter(number=number)
        taken |= Issued.objects.filter(
            issuer=case.issuer_id, type=case.type, year=day.year, seq=seq
        )
        if not taken.exists():
            return seq, number


def _move_to_matter(case: Paper) -> None:
    """From now on the paper stands where its matter is, so that those it concerns see it."""
    record = queries.record_of(case)
    if record is not None:
        case.region, case.sector = record.region, record.sector
        if case.paper_type.is_for_unit:
            case.unit_id = record.unit_id


def settle_issue(case: Paper, *, actor: Actor, **_kw: Any) -> None:
    """What goes with an issue: the older paper is withdrawn, figures are kept, and it reaches its readers."""
    if case.withdraws is not None:
        engine.move(case.withdraws, "withdraw", actor=actor, data={"number": case.number})
    if binder := binder_of(case):
        binder.freeze(case, actor)
    distribution.deliver(case)

"""What the judge says, in words for people: beside a form, on the record, in the timeline (R-085, R-174)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.apps import apps
from django.utils.translation import gettext as _

from xiangling.apps.standards import queries as standards
from xiangling.apps.standards.library import Library
from xiangling.kernel import clock, wording
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Entry
from xiangling.kernel.registry import Beside

from . import queries, suggestions
from .judge import Depth, Judgement, Verdict
from .models import Decision, DepthReason, Hazard

LONGEST = 5000
"""Characters of a text that are judged while it is typed; what is stored is judged whole."""
URL = "/hazard/suggestion/"


def verdict_chip(verdict: str) -> dict[str, str]:
    """The verdict as a chip; only major and general are grades."""
    said = {
        Verdict.MAJOR.value: ("grade", "major", _("Major hazard")),
        Verdict.GENERAL.value: ("grade", "general", _("General hazard")),
        Verdict.UNSURE.value: ("state", "wait", _("One fact is missing")),
        Verdict.NOT_COVERED.value: ("state", "void", _("Not covered")),
    }
    kind, tone, label = said.get(verdict, ("state", "void", verdict))
    return {"kind": kind, "tone": tone, "label": label}


def likely(probability: float) -> str:
    """A calibrated probability as people say it, with its figure."""
    if probability >= 0.9:
        words = _("very likely a major hazard")
    elif probability >= 0.6:
        words = _("probably a major hazard")
    elif probability >= 0.3:
        words = _("perhaps a major hazard")
    elif probability >= 0.1:
        words = _("hardly a major hazard")
    else:
        words = _("very unlikely to be a major hazard")
    return _("%(words)s (%(percent)d in 100)") % {
        "words": words,
        "percent": round(100 * min(1.0, max(0.0, probability))),
    }


def segments(text: str, spans: Iterable[tuple[int, int]]) -> list[dict[str, Any]]:
    """The text cut where the deciding spans begin and end; overlapping spans become one."""
    hit = sorted((max(0, a), min(len(text), b)) for a, b in spans)
    cuts: list[list[int]] = []
    for start, end in hit:
        if end <= start:
            continue
        if cuts and start <= cuts[-1][1]:
            cuts[-1][1] = max(cuts[-1][1], end)
        else:
            cuts.append([start, end])
    found, at = list[dict[str, Any]](), 0
    for start, end in cuts:
        if at < start:
            found.append({"text": text[at:start], "hit": False})
        found.append({"text": text[start:end], "hit": True})
        at = end
    if at < len(text):
        found.append({"text": text[at:], "hit": False})
    return found


def clause(library: Library, criterion: str) -> dict[str, Any] | None:
    """A criterion as the panel names it; None for one that has left the library."""
    row = library.by_id.get(criterion)
    if row is None:
        return None
    standard, later = library.by_key[row.standard], library.successor(row.standard)
    today = clock.local_date(clock.now())
    return {
        "id": row.id,
        "article": library.cite(row.id),
        "standard": standard.name,
        "short": standard.title,
        "text": row.text,
        "url": f"/criteria/{row.id}/",
        "superseded": _("Superseded by %(later)s since %(day)s.")
        % {"later": later.number or later.title, "day": later.begins.isoformat()}
        if later and later.begins <= today
        else "",
    }


def suggestion(case: Hazard | None, answers: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """`beside`, as hazards/_suggestion.html asks for it, for a finding being reported or graded."""
    text = case.text if case else str(answers.get("text", ""))
    facts = str(answers.get("facts", case.facts if case else ""))[:LONGEST]
    if not text.strip():
        return {"said": None}
    place = case.object if case else _object(answers)
    moment = case.found_at if case else clock.now()
    finding = suggestions.finding(
        text[:LONGEST],
        facts,
        case.sector if case else getattr(place, "sector", ""),
        getattr(place, "type", ""),
        clock.local_date(moment),
    )
    judge = suggestions.current_judge()
    answer = suggestions.settled(judge.judge(finding), facts)
    is_grading = case is not None
    return {
        "said": {
            **_verdict(answer, judge.library),
            "segments": segments(finding.text, answer.spans) if answer.spans else [],
            "clauses": _clauses(answer, judge.library, is_grading),
            "can_take": is_grading,
            "questions": list(answer.missing)[:3] if answer.verdict is Verdict.UNSURE else [],
            "is_shallow": answer.depth is Depth.SHALLOW,
            "depth_reason": reason_words(answer.depth_reason),
            "copies": _copies(case, text[:LONGEST], place, actor),
            "version": str(judge.version),
        }
    }


def reason_words(code: str) -> Any:
    """What a depth rests on, in words; "" for none and for one of another version of the judge."""
    return DepthReason(code).label if code in DepthReason.values else ""


def _object(answers: Mapping[str, Any]) -> Any:
    """The object chosen in the form, if it lies in the reader's area."""
    try:
        uid = UUID(str(answers.get("object", "")))
    except ValueError:
        return None
    return apps.get_model("objects", "SupervisedObject").objects.filter(uid=uid).first()


def _verdict(answer: Judgement, library: Library) -> dict[str, Any]:
    lacking = [library.by_key[key] for key in answer.unheld if key in library.by_key]
    is_covered = answer.verdict is not Verdict.NOT_COVERED
    return {
        "chip": verdict_chip(answer.verdict.value),
        "verdict": answer.verdict.value,
        "likely": likely(answer.major_probability) if is_covered else "",
        "unheld": wording.listed(row.name for row in lacking),
        "superseded": wording.listed(
            library.by_key[key].name for key in answer.superseded if key in library.by_key
        ),
    }


def _clauses(answer: Judgement, library: Library, is_grading: bool) -> list[dict[str, Any]]:
    """The clauses that fit; at a general verdict only for the officer, who may see it otherwise."""
    if answer.verdict is Verdict.GENERAL and not is_grading:
        return []
    found = (clause(library, match.criterion) for match in answer.matches)
    return [row for row in found if row][: suggestions.MOST_CLAUSES]


def _copies(case: Hazard | None, text: str, place: Any, actor: Actor) -> dict[str, Any] | None:
    """Findings elsewhere that say the same; an enterprise is told only of its own."""
    found = queries.copies_elsewhere(
        text, getattr(place, "uid", None), but=case.pk if case else None
    )
    n = found.n if actor.scope.units is None else len(found.shown)
    if not n:
        return None
    rows = [
        {
            "code": row.code,
            "title": row.title(),
            "object": row.object.name,
            "url": f"/hazard/{row.uid}/",
        }
        for row in found.shown
    ]
    return {"n": n, "rows": rows, "n_hidden": n - len(rows)}


def search_clauses(words: str) -> list[dict[str, Any]]:
    """Clauses of the library that hold the words, to cite one the judge did not name."""
    library = standards.library()
    rows = standards.find_criteria(words) if words.strip() else []
    return [found for row in rows if (found := clause(library, row.id))]


# --- on the record ------------------------------------------------------------------------------


def record_rows(hazard: Hazard) -> list[tuple[Any, Any, str]]:
    """The judge's answer and what became of it, as facts of the record page."""
    row = getattr(hazard, "judged", None)
    if row is None:
        return [(_("Suggestion"), _("Not judged yet"), "")]
    library = standards.library()
    best = clause(library, row.criterion) if row.criterion else None
    is_said = row.verdict != Verdict.NOT_COVERED.value
    shows_clause = best is not None and row.verdict in {Verdict.MAJOR.value, Verdict.UNSURE.value}
    rows: list[tuple[Any, Any, str]] = [
        (_("Suggestion"), verdict_chip(row.verdict)["label"], ""),
        (_("Probability"), likely(row.probability) if is_said else "", ""),
    ]
    if best is not None and shows_clause:
        rows.append((_("Closest clause"), f"{best['short']} {best['article']}", best["url"]))
    if row.decision:
        rows.append((_("Officer's decision"), Decision(row.decision).label, ""))
    depth = _("shallow") if row.depth == Depth.SHALLOW.value else _("substantive")
    reason = reason_words(row.depth_reason)
    rows.append((_("Depth"), f"{depth} · {reason}" if reason else depth, ""))
    if row.copy_of_id:
        code, uid = queries.copied_by(hazard)
        label = code or _("a finding outside your area")
        rows.append((_("Same words as"), label, f"/hazard/{uid}/" if uid else ""))
    return rows


def remarks(entry: Entry) -> Iterator[str]:
    """What the ledger keeps of the judge at an entry, in a sentence or two."""
    answer = entry.data.get("judgement")
    if not isinstance(answer, dict):
        return
    said = verdict_chip(answer.get("verdict", ""))["label"]
    yield _("Judge (version %(version)s): %(said)s") % {
        "version": answer.get("version", ""),
        "said": said,
    }
    decided = entry.data.get("decision") or {}
    if decided.get("decision") in Decision.values:
        yield _("Officer: %(decision)s") % {"decision": Decision(decided["decision"]).label}


TAPS = ("question", "yes", "take")

INTAKE = Beside(
    url=URL,
    template="hazards/_suggestion.html",
    context=suggestion,
    asks=("object", "text", "facts", *TAPS),
)
GRADING = Beside(
    url=URL,
    template="hazards/_suggestion.html",
    context=suggestion,
    asks=("facts", "grade", "standard", "article", *TAPS),
)

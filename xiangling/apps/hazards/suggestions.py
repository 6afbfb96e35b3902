"""What the judge says of a finding, with the facts people established, and how a decision compares with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from xiangling.apps.standards import queries as standards
from xiangling.apps.standards.library import Library
from xiangling.kernel import clock

from .judge import Finding, Judge, Judgement, Verdict
from .models import Decision, Grade, Hazard

MOST_CLAUSES = 3
_judges: dict[int, Judge] = {}


def current_judge() -> Judge:
    """The judge of the library as it stands: the packs and what was imported."""
    library = standards.library()
    found = _judges.get(id(library))
    if found is None or found.library is not library:
        _judges.clear()
        found = _judges[id(library)] = Judge(library)
    return found


# --- facts that were asked for ------------------------------------------------------------------


def statement(question: str, yes: bool) -> str:
    """A question of the judge with its answer, as a fact: 作业人数是否超过9人？ -> 作业人数超过9人."""
    plain = question.strip().rstrip("？?。 ")
    if "是否" in plain:
        return plain.replace("是否", "" if yes else "不", 1)
    for asked, said, denied in (
        ("有无", "有", "无"),
        ("能否", "能", "不能"),
        ("有没有", "有", "没有"),
    ):
        if asked in plain:
            return plain.replace(asked, said if yes else denied, 1)
    if plain.endswith("吗"):
        plain = plain[:-1]
    return f"{plain}：{'是' if yes else '否'}"


def fact_lines(facts: str) -> list[str]:
    return [line.strip() for line in facts.splitlines() if line.strip()]


def add_fact(facts: str, question: str, yes: bool) -> str:
    """The facts with one more, the contrary answer to the same question taken out."""
    contrary = statement(question, not yes)
    said = statement(question, yes)
    kept = [line for line in fact_lines(facts) if line not in {said, contrary}]
    return "\n".join([*kept, said])


def full_text(text: str, facts: str) -> str:
    """What the judge reads: the finding as written, then the facts."""
    lines = fact_lines(facts)
    return "；".join([text, *lines]) if lines else text


def settled(judgement: Judgement, facts: str) -> Judgement:
    """A judgement whose questions have been answered: a yes makes it major, only noes a general one."""
    if judgement.verdict is not Verdict.UNSURE:
        return judgement
    said, questions = set(fact_lines(facts)), questions_of(judgement)
    if any(statement(question, True) in said for question in questions):
        return replace(judgement, verdict=Verdict.MAJOR, missing=())
    left = tuple(question for question in questions if statement(question, False) not in said)
    if questions and not left:
        return replace(judgement, verdict=Verdict.GENERAL, missing=())
    return replace(judgement, missing=left)


def questions_of(judgement: Judgement) -> tuple[str, ...]:
    """What an unsure judge asks; without a question of its own, whether the closest clause is met."""
    asked = tuple(question for question in judgement.missing if question.strip())
    library = standards.library()
    if asked or not judgement.matches or judgement.matches[0].criterion not in library.by_id:
        return asked
    text = library.by_id[judgement.matches[0].criterion].text
    return (f"是否存在“{text}”的情形？",)


# --- asking -------------------------------------------------------------------------------------


def finding(text: str, facts: str, sector: str, venue: str, on: date | None) -> Finding:
    return Finding(text=full_text(text, facts), sector=sector, venue=venue, on=on)


def finding_of(hazard: Hazard, on: date | None = None) -> Finding:
    """A hazard as the judge reads it, as of the day it was found or of another day."""
    day = on or clock.local_date(hazard.found_at)
    return finding(hazard.text, hazard.facts, hazard.sector, hazard.object.type, day)


def judge_one(hazard: Hazard) -> Judgement:
    return settled(current_judge().judge(finding_of(hazard)), hazard.facts)


def judge_many(hazards: Sequence[Hazard], on: date | None = None) -> Iterator[Judgement]:
    """Judgements of hazards whose objects are loaded, in their order; the same words are judged once."""
    findings = [finding_of(hazard, on) for hazard in hazards]
    asked = list(dict.fromkeys(findings))
    answers = dict(zip(asked, current_judge().judge_all(asked), strict=True))
    for hazard, finding_ in zip(hazards, findings, strict=True):
        yield settled(answers[finding_], hazard.facts)


def kept(judgement: Judgement) -> dict[str, Any]:
    """A judgement as the ledger keeps it."""
    return {
        "version": str(current_judge().version),
        "verdict": judgement.verdict.value,
        "probability": round(judgement.major_probability, 4),
        "matches": [
            {
                "standard": match.standard,
                "article": match.article,
                "criterion": match.criterion,
                "likelihood": round(match.likelihood, 4),
            }
            for match in judgement.matches[:MOST_CLAUSES]
        ],
        "missing": list(judgement.missing),
        "depth": judgement.depth.value,
        "depth_reason": judgement.depth_reason,
        "superseded": list(judgement.superseded),
        "unheld": list(judgement.unheld),
    }


# --- what the officer made of it ----------------------------------------------------------------


@dataclass(frozen=True)
class Decided:
    """A grading compared with the suggestion; `standard` is the library's key or ""."""

    decision: str
    standard: str = ""
    criterion: str = ""

    def kept(self) -> dict[str, str]:
        return {"decision": self.decision, "standard": self.standard, "criterion": self.criterion}


def compare(answer: Mapping[str, Any], grade: str, standard: str, article: str) -> Decided:
    """How a grading relates to the judge's answer, given as the ledger keeps it."""
    library: Library = standards.library()
    key, criterion = standards.find_clause(library, standard, article)
    verdict = answer.get("verdict", "")
    suggested = {match["criterion"] for match in answer.get("matches", ())}
    if verdict not in (Verdict.MAJOR, Verdict.GENERAL):
        return Decided(Decision.ALONE.value, key, criterion)
    if (verdict == Verdict.MAJOR) != (grade == Grade.MAJOR):
        return Decided(Decision.REFUSED.value, key, criterion)
    if grade == Grade.MAJOR and criterion not in suggested:
        return Decided(Decision.CHANGED.value, key, criterion)
    return Decided(Decision.CONFIRMED.value, key, criterion)

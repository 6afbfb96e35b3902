"""What the record of a hazard can fill official papers with."""

from __future__ import annotations

from typing import Any

from django.utils import timezone, translation

from xiangling.kernel import clock, registry
from xiangling.kernel.models import Entry
from xiangling.org.queries import head_of

from .loop import HAZARD
from .models import Hazard


def fill(case: Hazard) -> dict[str, Any]:
    """Values by field of `packs/paper_fields.yaml`, in the Chinese of papers; nothing that is not on record."""
    firm = case.unit.enterprise
    today = clock.local_date(clock.now())
    head = head_of(firm, today)
    where = f"{case.object.name}{case.place}" if case.place else case.object.name
    return {
        "grade": case.grade,
        "addressee": firm.name,
        "subject": f"{where}{'重大' if case.is_major else ''}事故隐患",
        "unit_address": case.object.address,
        "unit_head": head.name if head else "",
        "unit_phone": case.object.liable_phone,
        "place": where,
        "findings": case.text,
        "problems": [" ".join(case.text.split())],
        "basis": " ".join(filter(None, [case.standard, case.article])),
        "deadline": case.deadline,
        "opinion": _opinion(case),
        "facts": _facts(case, where),
        "why": f"{where}存在事故隐患（{case.code}）{_late(case)}",
        "lead": case.supervisor.name if case.supervisor else "",
        "demands": [line for line in case.measures.splitlines() if line.strip()],
        "liable_person": case.liable_person,
    }


def _facts(case: Hazard, where: str) -> str:
    """What is on record about it, in sentences."""
    with translation.override("zh-hans"):
        found = timezone.localtime(case.found_at)
        said = [
            f"{found.year}年{found.month}月{found.day}日，在{where}发现隐患：{_sentence(case.text)}",
            f"隐患编号{case.code}"
            + (f"，定级为{case.get_grade_display()}" if case.grade else "，尚未定级")
            + f"，责任单位为{case.unit.name}。",
        ]
        if case.deadline:
            until = case.deadline
            said.append(
                f"整改期限为{until.year}年{until.month}月{until.day}日，"
                f"目前状态为“{HAZARD.states[case.state].label}”。"
            )
    return "".join(said)


def _late(case: Hazard) -> str:
    """That the deadline has passed, where it has."""
    is_late = case.closed_at is None and case.due_at is not None and case.due_at < clock.now()
    return "，逾期未整改" if is_late and case.state == "fixing" else ""


def _sentence(text: str) -> str:
    return f"{' '.join(text.split()).rstrip('。')}。"


def _opinion(case: Hazard) -> str:
    """What the officer who accepted the rectification wrote."""
    rows = Entry.objects.filter(case_uid=case.uid, step="accept").order_by("-seq")
    latest = rows.first()
    return str(latest.data.get("opinion", "")) if latest else ""


registry.add("fills", "hazard", fill)

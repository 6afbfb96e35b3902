"""Tasks brought to a state by the right people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests import factories as f
from xiangling.apps.directives import actions
from xiangling.apps.directives.actions import TaskFacts
from xiangling.apps.directives.models import Task
from xiangling.kernel import clock, proof
from xiangling.kernel.actor import Actor

_numbers = count(1)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def facts(world: f.World, **changes: Any) -> TaskFacts:
    """A task of the town's station, given and checked by the district's committee office."""
    given = {
        "what": f"对辖区燃气用户开展第{next(_numbers)}轮入户安检",
        "unit": world.units["station"].pk,
        "checker": world.units["office"].pk,
        "due_on": clock.local_date(f.NOW) + timedelta(days=20),
        "proof_kind": "record",
        "basis": "东区燃气安全工作会议",
        "source": "港口镇要在月底前完成燃气用户入户安检。",
        "words": "查",
        **changes,
    }
    return TaskFacts(**given)


def assign(world: f.World, by: str = "committee", at: datetime = f.NOW, **changes: Any) -> Task:
    with f.acting(world, by, at) as actor:
        return actions.open_task(facts(world, **changes), actor=actor)


def paper() -> Callable[[Actor], list[proof.Proof]]:
    """A paper of its own, as proof."""

    def made(actor: Actor) -> list[proof.Proof]:
        data = PDF + f"% {next(_numbers)}\n".encode()
        upload = SimpleUploadedFile("记录.pdf", data, "application/pdf")
        return [proof.Proof(proof.store(upload, actor=actor), "paper")]

    return made


def submit(world: f.World, task: Task, by: str = "inspector", at: datetime = f.NOW) -> None:
    f.step(world, task, "submit", by, at, paper(), done="已入户安检120户", proof_given="record")


def make(world: f.World, state: str = "") -> Task:
    """A task of the station in this state; "" is the start."""
    if state == "skipped":
        due = clock.local_date(f.NOW) + timedelta(days=20)
        task = assign(world, recurrence=actions.start_recurrence("month", due), due_on=due)
        f.step(world, task, "skip", "committee", reason="本月停产检修")
        return task
    task = assign(world)
    if state == "disputed":
        f.step(world, task, "dispute", "inspector", reason="不属本镇范围")
    if state == "withdrawn":
        f.step(world, task, "withdraw", "committee", reason="重复交办")
    if state in ("doing", "submitted", "done"):
        f.step(world, task, "accept", "inspector", doer_person="安监员r")
    if state in ("submitted", "done"):
        submit(world, task)
    if state == "done":
        f.step(world, task, "pass", "committee", opinion="抽查属实")
    return task


def opening(world: f.World) -> tuple[str, dict[str, Any]]:
    """Who opens a task by hand, and with what answers."""
    return "committee", {
        "what": "组织一次瓶装液化气送气工培训",
        "unit": world.units["station"].pk,
        "checker": world.units["office"].pk,
        "due_on": "2026-07-10",
        "proof_kind": "record",
        "basis": "东区燃气安全工作会议",
    }


def ready(world: f.World) -> tuple[Task, str, dict[str, Any], str]:
    """A task, a step it is ready for, answers that need no file, and who takes it."""
    return make(world), "accept", {"doer_person": "安监员r"}, "inspector"

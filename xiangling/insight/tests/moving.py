"""Random steps by random posts at random times, fast: for tests that need many moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

from django.db import transaction

from tests import factories as f
from xiangling.apps.hazards.loop import HAZARD
from xiangling.apps.hazards.models import Hazard
from xiangling.kernel import clock, engine, sweep
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import unscoped, use
from xiangling.kernel.testing import answers

WHO = ("inspector", "inspector2", "department", "department2", "committee", "committee2", "owner",
       "safety", "workshop")  # fmt: skip
SOURCES = ("inspection", "public", "department")


class Undone(Exception):
    """Thrown to undo a move after it was written."""


class Mover:
    """Makes moves until told to stop; every choice comes from one seed."""

    def __init__(self, world: f.World, seed: int) -> None:
        self.world, self.random, self.at = world, Random(seed), f.NOW
        with clock.at(f.NOW):
            self.actors = {key: world.actor(key) for key in WHO}
        self.uids: list[Any] = []
        self.taken = self.photo = 0

    def go(self, moves: int) -> Iterator[int]:
        """Take so many steps that are not refused; yields their number."""
        target = self.taken + moves
        while self.taken < target:
            self.at += timedelta(minutes=self.random.choice((0, 1, 9, 90, 700, 3000)))
            if len(self.uids) < 8 or self.random.random() < 0.12:
                self._find()
            else:
                self._step()
            if self.random.random() < 0.04:
                sweep.sweep(self.at)
            yield self.taken

    def _find(self) -> None:
        late = timedelta(days=self.random.choice((0, 0, 0, 1, 40)))
        at = min(self.at, clock.end_of(clock.local_date(self.at)))
        by = self.random.choice(("inspector", "owner", "committee"))
        with self._undone_sometimes(), f.acting(self.world, by, at) as actor:
            facts = {
                "text": f"第{len(self.uids)}处：安全通道堆放杂物",
                "source": "enterprise" if by == "owner" else self.random.choice(SOURCES),
                "found_at": at - late,
            }
            from xiangling.apps.hazards import actions

            hazard = actions.report_hazard(facts, object_uid=self.world.firm.uid, actor=actor)
            self.uids.append(hazard.uid)
            self.taken += 1

    @contextmanager
    def _undone_sometimes(self) -> Iterator[None]:
        """Every twentieth move is taken back after it was written, as a crash would."""
        fails = self.random.random() < 0.05
        known, taken = list(self.uids), self.taken
        try:
            with transaction.atomic():
                yield
                if fails:
                    raise Undone
        except Undone:
            self.uids, self.taken = known, taken

    def _step(self) -> None:
        uid = self.random.choice(self.uids)
        with unscoped("test"):
            case = Hazard.objects.select_related("object").get(uid=uid)
        steps = [s for s in HAZARD.from_state(case.state) if s.shown is None or s.shown(case)]
        ahead = [s for s in steps if s.is_primary]
        step = self.random.choice(ahead if ahead and self.random.random() < 0.75 else steps)
        able = [actor for actor in self.actors.values() if actor.may(step.by)]
        if not able:
            return
        actor = self.random.choice(able)
        with clock.at(self.at), use(actor.scope), self._undone_sometimes():
            try:
                data = self._answers(step, case, actor)
                engine.move(
                    case, step.name, actor=actor, data=data, proofs=self._proofs(step, actor)
                )
                self.taken += 1
            except Refused:
                return

    def _answers(self, step: Any, case: Hazard, actor: Actor) -> dict[str, Any]:
        given = answers(step.fields_for(case), case, actor)
        if step.name == "grade":
            grade = self.random.choice(("general", "general", "major"))
            given |= {"grade": grade, "standard": "令10号", "article": "7"}
        if step.name == "order":
            given["deadline"] = clock.local_date(self.at) + timedelta(
                days=self.random.choice((1, 7, 20))
            )
        return given

    def _proofs(self, step: Any, actor: Actor) -> list[Any]:
        if step.proof is None:
            return []
        self.photo += 1
        return [
            f.stored(700_000 + self.photo * 10 + n, actor, role, taken=self.at, size=(160, 120))
            for n, role in enumerate(step.proof.roles)
        ]

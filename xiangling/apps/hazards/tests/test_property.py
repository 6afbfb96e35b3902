"""Random steps by random posts at random times: the loop's promises hold (done-when 3)."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests import factories as f
from xiangling.apps.hazards.models import Extension, Hazard
from xiangling.kernel import clock, engine, registry, sweep
from xiangling.kernel.actor import Actor
from xiangling.kernel.loop import Step
from xiangling.kernel.models import Docket, Entry, ProofUse
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import unscoped, use
from xiangling.kernel.testing import answers, check_promises, on_somebodys_list
from xiangling.org.models import Dispute

WHO = ["inspector", "inspector2", "department", "department2", "committee", "committee2", "owner",
       "safety", "workshop", "team", "city", "leader", "auditor", "outsider", "far_owner"]  # fmt: skip
PROVING = ("accept", "self_accept", "spot_fix")

moves = st.lists(
    st.tuples(
        st.integers(0, 1),  # which hazard
        st.integers(0, 10_000),  # who: mostly somebody with the duty, sometimes anybody
        st.floats(0, 1, allow_nan=False),  # which of the steps of its state, or of all
        st.sampled_from([True, True, True, False]),  # with a photo
        st.sampled_from([0, 1, 5, 60, 1500, 6000, 20000]),  # minutes that pass
        st.booleans(),  # a sweep comes by
    ),
    min_size=20,
    max_size=40,
)


class LoopPromises(TestCase):
    """Every history that people can make keeps the loop's promises."""

    world: f.World
    actors: dict[str, Actor]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = f.make_world()
        with clock.at(f.NOW):
            cls.actors = {key: cls.world.actor(key) for key in WHO}

    @settings(
        max_examples=20,
        phases=(Phase.explicit, Phase.generate),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(moves=moves, major=st.booleans())
    def test_promises(self, moves: list[Any], major: bool) -> None:
        at = f.NOW + timedelta(hours=2)
        first = f.to_state(self.world, "fixing", seed=80_000)
        cases = [first, f.report(self.world, by="workshop", text="配电箱门缺失")]
        for photo, (which, who, pick, with_photo, minutes, swept) in enumerate(moves, 1):
            at += timedelta(minutes=minutes)
            self._move(cases[which], who, pick, at, photo if with_photo else None, major)
            if swept:
                sweep.sweep(at)
            with clock.at(at):
                check_promises(cases[which])
                event(cases[which].state)
                self._closed_only_with_independent_proof(cases[which])
                self._on_a_list(cases[which])
        with unscoped("test"):
            every = [*Hazard.objects.all(), *Extension.objects.all(), *Dispute.objects.all()]
            for case in every:
                check_promises(case)
            still_open = {case.uid for case in every if case.closed_at is None}
            assert still_open == set(Docket.objects.values_list("case_uid", flat=True))

    def _step(self, case: Hazard, pick: float) -> Step:
        """Mostly the way ahead, often any step of the state, now and then any step at all."""
        loop = registry.kind("hazard").loop
        ahead = [s for s in loop.from_state(case.state) if s.is_primary and s.target != "="]
        shown = [s for s in loop.from_state(case.state) if s.shown is None or s.shown(case)]
        pool = list(loop.steps.values())
        if pick < 0.7 and ahead:
            pool = [s for s in shown if s.is_primary] or ahead
        elif pick < 0.95 and shown:
            pool = shown
        return pool[int(pick * 1e6) % len(pool)]

    def _somebody(self, step: Step, who: int) -> Actor:
        able = [actor for actor in self.actors.values() if actor.may(step.by)]
        pool = able if who % 4 and able else list(self.actors.values())
        return pool[who % len(pool)]

    def _move(
        self, case: Hazard, who: int, pick: float, at: Any, photo: int | None, major: bool
    ) -> None:
        case.refresh_from_db()
        step = self._step(case, pick)
        with ExitStack() as stack:
            stack.enter_context(clock.at(at))
            actor = self._somebody(step, who)
            stack.enter_context(use(actor.scope))
            try:
                given_answers = self._answers(step, case, actor, major)
                proofs = self._proofs(step, actor, at, photo)
                engine.move(case, step.name, actor=actor, data=given_answers, proofs=proofs)
            except Refused:
                return

    def _answers(self, step: Any, case: Hazard, actor: Actor, major: bool) -> dict[str, Any]:
        given_answers = answers(step.fields_for(case), case, actor)
        if step.name == "grade":
            given_answers |= {
                "grade": "major" if major else "general",
                "standard": "令10号",
                "article": "7",
            }
        if step.name == "order":
            given_answers["deadline"] = clock.local_date(clock.now()) + timedelta(days=7)
        return given_answers

    def _proofs(self, step: Any, actor: Actor, at: Any, photo: int | None) -> list[Any]:
        if photo is None or step.proof is None:
            return []
        return [
            f.stored(90_000 + photo * 10 + n, actor, role, taken=at)
            for n, role in enumerate(step.proof.roles)
        ]

    def _closed_only_with_independent_proof(self, case: Hazard) -> None:
        if case.state != "closed":
            return
        entries = list(Entry.objects.filter(case_uid=case.uid).order_by("seq"))
        closing = next(e for e in reversed(entries) if e.step == "close")
        since = max((e.seq for e in entries if e.step in ("order", "reopen")), default=0)
        accepted = [e for e in entries if e.step in PROVING and e.seq > since]
        assert accepted, "closed without acceptance"
        assert closing.actor_person is not None
        fixed = [e for e in entries if e.step == "submit" and e.seq > since]
        for act in [*accepted, closing]:
            assert act.actor_person not in {e.actor_person for e in fixed}
        if not fixed:
            assert closing.actor_person != accepted[-1].actor_person
        shown = ProofUse.objects.filter(entry_id__in=[e.pk for e in [*fixed, *accepted]])
        assert shown.exists(), "closed without proof"

    def _on_a_list(self, case: Hazard) -> None:
        if case.closed_at is None:
            assert on_somebodys_list(case, self.actors.values()), (
                f"{case.code} in {case.state} is on nobody's list"
            )

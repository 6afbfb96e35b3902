"""Hazards, extensions and disputes: the inherited state x step x post matrices (done-when 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests import factories as f
from xiangling.apps.hazards.models import Extension
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Case
from xiangling.kernel.testing import ListTests, LoopTests
from xiangling.org.models import Dispute

pytestmark = pytest.mark.django_db

LATER = f.NOW + timedelta(hours=4)


class InWorld:
    world: f.World

    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        self.world = f.make_world()

    def personas(self) -> Mapping[str, Callable[[], AbstractContextManager[Actor]]]:
        keys = [*f.ROLES, "outsider", "far_owner", "city"]
        return {key: partial(f.acting, self.world, key, LATER) for key in keys}


class TestHazardLoop(InWorld, LoopTests):
    kind = "hazard"
    seed = 5000

    def make(self, state: str) -> Case:
        self.seed += 10
        main = ["found", "graded", "ordered", "fixing", "submitted", "accepted", "closed"]
        if state in main:
            return f.to_state(self.world, state, seed=self.seed)
        hazard = f.to_state(self.world, "found")
        if state == "disputed":
            f.step(self.world, hazard, "dispute", "inspector", reason="不属本镇")
        elif state == "merged":
            kept = f.report(self.world)
            f.step(self.world, hazard, "merge", "inspector", into=kept.code, reason="同一处")
        else:
            f.step(self.world, hazard, "request_void", "inspector", reason="重复")
            if state == "void":
                f.step(self.world, hazard, "confirm_void", "inspector2", opinion="属实")
        return hazard


class TestExtensionLoop(InWorld, LoopTests):
    kind = "extension"
    seed = 7000

    def make(self, state: str) -> Case:
        self.seed += 10
        hazard = f.to_state(self.world, "fixing", seed=self.seed)
        until = hazard.deadline + timedelta(days=7)
        f.step(self.world, hazard, "ask_extension", "owner", asked_until=until, reason="等配件")
        extension = Extension._base_manager.get(hazard=hazard)
        if state == "granted":
            f.step(self.world, extension, "grant", "inspector", decided_until=until, opinion="同意")
        elif state == "refused":
            f.step(self.world, extension, "refuse", "inspector", opinion="理由不成立")
        elif state == "lapsed":
            self._close(hazard)
            extension.refresh_from_db()
        return extension

    def _close(self, hazard: Any) -> None:
        at = f.NOW + timedelta(hours=2)
        photo = lambda actor: [f.stored(self.seed + 5, actor, taken=at)]  # noqa: E731
        f.step(self.world, hazard, "submit", "owner", at, photo, done="完成")
        f.step(self.world, hazard, "accept", "inspector", at, opinion="合格")
        f.step(self.world, hazard, "close", "inspector", at)


class TestDisputeLoop(InWorld, LoopTests):
    kind = "dispute"

    def make(self, state: str) -> Case:
        hazard = f.report(self.world)
        f.step(self.world, hazard, "dispute", "inspector", reason="不属本镇")
        dispute = Dispute._base_manager.get(about_uid=hazard.uid)
        if state == "ruled":
            unit = self.world.units["bureau"].pk
            f.step(self.world, dispute, "rule", "committee", unit=unit, ruling="由行业部门负责")
        elif state == "withdrawn":
            f.step(self.world, dispute, "withdraw", "inspector", reason="已协商")
        return dispute


class TestHazardList(InWorld, ListTests):
    key = "hazards"

    def actor(self) -> AbstractContextManager[Actor]:
        return f.acting(self.world, "inspector", LATER)

    def make_rows(self) -> int:
        for n, state in enumerate(["found", "graded", "fixing", "submitted", "closed"] * 2):
            f.to_state(self.world, state, seed=8000 + 10 * n, at=f.NOW - timedelta(days=n))
        f.to_state(self.world, "fixing", major=True, seed=8900)
        return 11

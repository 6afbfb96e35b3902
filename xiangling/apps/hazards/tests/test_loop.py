"""The hazard loop, end to end and refusal by refusal (R-076 to R-081, R-087, S09, S10)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as f
from xiangling.kernel import clock, docket, engine, ledger
from xiangling.kernel.models import Docket, Entry, Refusal
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.kernel.scope import unscoped

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> f.World:
    return f.make_world()


@pytest.mark.parametrize("major", [False, True])
def test_a_hazard_runs_from_found_to_closed(world: f.World, major: bool) -> None:
    hazard = f.to_state(world, "closed", major=major)
    assert hazard.state == "closed"
    assert hazard.closed_at is not None
    assert not Docket._base_manager.filter(case_uid=hazard.uid).exists()
    assert ledger.verify_case(hazard) is None
    steps = list(Entry.objects.filter(case_uid=hazard.uid).order_by("seq").values_list("step", flat=True))
    assert steps[0] == "open"
    assert steps[-1] == "close"
